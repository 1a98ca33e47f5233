"""Every view of a request's path that a WSGI environ holds: what is wrapped may forward or run any of them."""

from collections.abc import Iterator
from wsgiref.types import WSGIEnvironment

from xmlrpc_guard.target import Scripts, path_of

_RAW_TARGETS = ("RAW_URI", "REQUEST_URI")  # the request line's own text, in the servers that keep it


def views_of(environ: WSGIEnvironment) -> Iterator[str]:
    """Give each view of the path, without its query.

    Servers decode and split a target in different ways (docs/index.md has the table), and an application may use the
    result or the raw text. So the views are SCRIPT_NAME and PATH_INFO joined, PATH_INFO alone where it lacks its slash,
    and each raw target. PEP 3333 lets a server leave out what would be empty.

    >>> list(views_of({"SCRIPT_NAME": "/blog", "PATH_INFO": "/a b", "RAW_URI": "/blog/a%20b?c=d"}))
    ['/blog/a b', '/blog/a%20b']
    >>> list(views_of({"PATH_INFO": "x:/", "QUERY_STRING": "/xmlrpc.php"}))
    ['x:/', 'x:/?/xmlrpc.php']
    """
    script, path = environ.get("SCRIPT_NAME", ""), environ.get("PATH_INFO", "")
    yield from _decoded_views(script + path, environ)
    if script and path[:1] != "/":
        yield from _decoded_views(path, environ)
    yield from (path_of(environ[key]) for key in _RAW_TARGETS if key in environ)


def _decoded_views(path: str, environ: WSGIEnvironment) -> Iterator[str]:
    yield path
    if ":" in path and path[:1] != "/":
        # It may begin with a scheme, and such a target is not cut at "?" (path_of says why): the halves are joined.
        yield f"{path}?{environ.get('QUERY_STRING', '')}"


def any_view_reaches(scripts: Scripts, environ: WSGIEnvironment) -> bool:
    """Return whether any view of the path reaches one of the scripts: the rule above, and a quick form of it.

    Every request of a site waits for this answer, and nearly all are for ordinary pages, on which the rule alone takes
    six times as long. The quick form skips what cannot change the answer: a path without the scripts' mark and without
    "%" reaches nothing, and a raw target that is the decoded path, with or without a query after it, adds nothing.
    The latter holds for targets that begin with a slash: any other is not cut at "?" (path_of), so all of it is path.

    A step here may skip only what the rule would find harmless. tests/test_views.py holds the two together over
    environs whose keys are present, absent, empty, and at odds with each other.

    >>> any_view_reaches(Scripts(["xmlrpc.php"]), {"PATH_INFO": "", "RAW_URI": "", "REQUEST_URI": "/xmlrpc.php"})
    True
    """
    try:
        script, path = environ["SCRIPT_NAME"], environ["PATH_INFO"]
    except KeyError:
        script, path = environ.get("SCRIPT_NAME", ""), environ.get("PATH_INFO", "")
    whole = path
    if script:
        whole = script + path
        if path[:1] != "/" and any(map(scripts.reached_by, _decoded_views(path, environ))):
            return True
    if ":" in whole and any(map(scripts.reached_by, _decoded_views(whole, environ))):
        return True
    if (scripts.mark in whole or "%" in whole) and scripts.reached_by(whole):
        return True
    if "RAW_URI" in environ and environ["RAW_URI"] != whole and _raw_reaches(scripts, environ["RAW_URI"], whole):
        return True
    return "REQUEST_URI" in environ and _raw_reaches(scripts, environ["REQUEST_URI"], whole)


def _raw_reaches(scripts: Scripts, raw: str, whole: str) -> bool:
    cut = raw.partition("?")[0]
    return (cut != whole or not cut or cut[0] != "/") and scripts.reached_by(path_of(raw))


def raw_target(environ: WSGIEnvironment) -> str | None:
    """Give the target as it stood in the request line; None under a server that does not keep it.

    >>> raw_target({"PATH_INFO": "/a b", "REQUEST_URI": "/a%20b?c=d"})
    '/a%20b?c=d'
    """
    return next((environ[key] for key in _RAW_TARGETS if key in environ), None)


def queries_of(environ: WSGIEnvironment) -> Iterator[str]:
    """Give each view of the query: what the server took for it, and what follows the ``?`` of each raw target.

    >>> list(queries_of({"QUERY_STRING": "c=d", "PATH_INFO": "/a b", "RAW_URI": "/a%20b?c=d"}))
    ['c=d', 'c=d']
    """
    if "QUERY_STRING" in environ:
        yield environ["QUERY_STRING"]
    yield from (environ[key].partition("?")[2] for key in _RAW_TARGETS if key in environ)


def decoded_path(environ: WSGIEnvironment) -> str:
    """Give the path as the server decoded it.

    >>> decoded_path({"SCRIPT_NAME": "/blog", "PATH_INFO": "/a b"})
    '/blog/a b'
    """
    path: str = environ.get("SCRIPT_NAME", "") + environ.get("PATH_INFO", "")
    return path


def path_as_sent(environ: WSGIEnvironment) -> str:
    """Give the view that shows an operator most: the raw target if there is one, without its query.

    A query may hold a signature, which does not belong in a log.

    >>> path_as_sent({"PATH_INFO": "/a b", "REQUEST_URI": "/a%20b?signature=d"})
    '/a%20b'
    """
    raw = raw_target(environ)
    return decoded_path(environ) if raw is None else path_of(raw)
