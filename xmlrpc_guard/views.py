"""Every view of a request's path that a WSGI environ holds: what is wrapped may forward or run any of them."""

from binascii import a2b_qp
from collections.abc import Iterable, Iterator
from wsgiref.types import StartResponse, WSGIApplication, WSGIEnvironment

from xmlrpc_guard.target import Scripts, path_of

_RAW_TARGETS = ("RAW_URI", "REQUEST_URI")  # the request line's own text, in the servers that keep it


def views_of(environ: WSGIEnvironment) -> list[str]:
    """Give each view of the path, without its query.

    Servers decode and split a target in different ways (docs/reference/servers.md has the table), and an
    application may use the result or the raw text. So the views are SCRIPT_NAME and PATH_INFO joined, PATH_INFO
    alone where it lacks its slash, and each raw target. PEP 3333 lets a server leave out what would be empty.

    >>> views_of({"SCRIPT_NAME": "/blog", "PATH_INFO": "/a b", "RAW_URI": "/blog/a%20b?c=d"})
    ['/blog/a b', '/blog/a%20b']
    >>> views_of({"PATH_INFO": "x:/", "QUERY_STRING": "/xmlrpc.php"})
    ['x:/', 'x:/?/xmlrpc.php']
    """
    script, path = environ.get("SCRIPT_NAME", ""), environ.get("PATH_INFO", "")
    decoded = [script + path]
    if script and path[:1] != "/":
        decoded.append(path)
    # One that begins with a scheme is not cut at "?" (path_of says why): the halves are joined.
    queries = [f"{view}?{environ.get('QUERY_STRING', '')}" for view in decoded if ":" in view and view[:1] != "/"]
    return [*decoded, *queries, *(path_of(environ[key]) for key in _RAW_TARGETS if key in environ)]


def any_view_reaches(scripts: Scripts, environ: WSGIEnvironment) -> bool:
    """Return whether any view of the path reaches one of the scripts.

    >>> any_view_reaches(Scripts(["xmlrpc.php"]), {"PATH_INFO": "", "RAW_URI": "", "REQUEST_URI": "/xmlrpc.php"})
    True
    """
    return any(map(scripts.reached_by, views_of(environ)))


class Gate:
    """A WSGI application that passes what surely reaches no script, and leaves all else to the rule above.

    Every request of a site waits for this test, and nearly all are for ordinary pages, on which the rule takes six
    times as long. So it stands in the call itself: one more call would cost a quarter of what a request to an empty
    middleware does.

    It may pass only what the rule finds harmless: a request of which no view has all letters of a name, or gets them.

    1. ``path`` is SCRIPT_NAME and PATH_INFO joined. It has no "%", so that decoding does not change it, and lacks the
       mark of all names, or one of their rare letters in both cases. The rule ignores case, and otherwise only removes
       characters: it finds no name in this path, nor in a part of it, such as PATH_INFO alone.
    2. It has no ":", so that no view begins with a scheme and has the query in it.
    3. A raw target that equals ``path`` is harmless as ``path`` is. One without the mark and "%" is harmless as it is,
       with its query. One that begins with "/" is cut at "?": it is harmless if ``path`` is left.
    4. So it is if what is left spells ``path`` with escapes (_spells). As it stands, it has the characters of ``path``,
       "%", "=" and hexadecimal digits; neither the mark nor a rare letter is one of these. What the rule removes before
       decoding is none of them either, so that it finds the same escapes. Decoded, it has no more than ``path``, "="
       and digits, and no "%" that could begin another escape.
    5. A second raw target adds nothing if it equals the first, or spells ``path``.

    One path surely reaches a script, the one that nearly all who call it write, and is not looked at again.

    tests/test_views.py holds it to the rule over environs whose keys are present, absent, empty, and at odds.
    """

    _app: WSGIApplication
    _answer: WSGIApplication
    """Answers a request that may reach a script."""
    _answer_guarded: WSGIApplication
    """Answers a request that reaches one."""
    _plain: str | None
    _mark: str

    def _guard_only(self, scripts: Scripts | None) -> None:
        """Leave to the rule no more than what may reach these scripts, which must be those of every request to come.

        None leaves all to the rule.
        """
        # Attributes of the object alone. One that its class has too is looked up in both, and takes as long as a
        # question about the path: Python remembers where the others are (LOAD_ATTR_INSTANCE_VALUE).
        self._plain, self._mark = (scripts.plain, scripts.mark) if scripts else (None, _IN_EVERY_PATH)
        self._x, self._big_x, self._r, self._big_r, self._h, self._big_h = scripts.rare if scripts else _LEFT_TO_RULE

    def __call__(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        """Answer one request, as PEP 3333 defines it; a body that does not decide is left unread."""
        try:
            path = environ["PATH_INFO"]
            if environ["SCRIPT_NAME"]:
                path = environ["SCRIPT_NAME"] + path
            raw = environ["RAW_URI"] if "RAW_URI" in environ else path  # noqa: SIM401 - get() takes longer
            if (
                "%" in path
                or ":" in path
                or (
                    self._mark in path
                    and (
                        path == self._plain
                        or (
                            (self._x in path or self._big_x in path)
                            and (self._r in path or self._big_r in path)
                            and (self._h in path or self._big_h in path)
                        )
                    )
                )
                or (
                    raw != path
                    and (self._mark in raw or "%" in raw)
                    and not ((query := environ["QUERY_STRING"]) and path[0] == "/" and raw == f"{path}?{query}")
                    and not _spells(raw, path)
                )
                or (
                    "REQUEST_URI" in environ
                    and environ["REQUEST_URI"] != raw
                    and not _spells(environ["REQUEST_URI"], path)
                )
            ):
                answer = self._answer_guarded if path == self._plain else self._answer
            else:
                answer = self._app
        except LookupError:  # an empty path, or a key that the server leaves out since it would be empty
            answer = self._answer
        return answer(environ, start_response)


_IN_EVERY_PATH = ""
_LEFT_TO_RULE = (_IN_EVERY_PATH,) * 6


def _spells(raw: str, path: str) -> bool:
    r"""Return whether a raw target, cut at "?", is a path without "%", or becomes one by decoding its escapes.

    For the latter ``unquote``, whose loop is in Python, takes fifteen times as long. Quoted-printable (RFC 2045 section
    6.7) has the same escapes with another sign, and a decoder in C. "=" takes the place of "%", and one of the target's
    own may begin an escape too, which Gate allows for. Where a sign begins none, "=" is left, and no path has it; but
    one at the end is dropped, and one before a line's end is dropped with what follows, so there may be no line ends.

    >>> _spells("/%C3%a9%20b?c=%78", "/\xc3\xa9 b"), _spells("/%\n78", "/78"), _spells("/%%78", "/=78")
    (True, False, False)
    """
    if "?" in raw:
        if raw[0] != "/":
            return False
        raw = raw.partition("?")[0]
        if raw == path:
            return True
    if "=" in path or "\n" in raw or "\r" in raw or not raw.isascii():
        return False
    return a2b_qp(raw.replace("%", "=")).decode("latin-1") == path


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
