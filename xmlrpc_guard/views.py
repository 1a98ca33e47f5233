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

    It may pass only what the rule finds harmless: a request of which no view has the letters of a name in their order,
    or gets them.

    1. ``path`` is SCRIPT_NAME and PATH_INFO joined. It has no "%", so that decoding does not change it, and lacks the
       mark of all names, or one of two rare letters in both cases, or a third one after its first mark. The rule
       ignores case, and otherwise only removes characters: it finds no name in this path, nor in a part of it, such as
       PATH_INFO alone.
    2. It has no ":", so that no view begins with a scheme and has the query in it.
    3. A raw target that equals ``path`` is harmless as ``path`` is. One without the mark and "%" is harmless as it is,
       with its query. One that begins with "/" is cut at "?": it is harmless if ``path`` is left.
    4. So it is if what is left spells ``path`` with escapes (_spells). As it stands, it has the characters of ``path``
       in their order, and "%", "=" and hexadecimal digits; neither the mark nor a rare letter is one of these. What the
       rule removes before decoding is none of them either, so that it finds the same escapes. Decoded, it has no more
       than ``path``, "=" and digits, and no "%" that could begin another escape.
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
        self._x, self._big_x, self._r, self._big_r = scripts.rare if scripts else (_IN_EVERY_PATH,) * 4
        self._h, self._big_h = scripts.ending if scripts else (_IN_EVERY_PATH,) * 2

    def __call__(  # noqa: C901, PLR0911 - one question after the other, each with its verdict
        self, environ: WSGIEnvironment, start_response: StartResponse
    ) -> Iterable[bytes]:
        """Answer one request, as PEP 3333 defines it; a body that does not decide is left unread."""
        try:
            path = environ["PATH_INFO"]
            if environ["SCRIPT_NAME"]:
                path = environ["SCRIPT_NAME"] + path
        except KeyError:  # a server may leave out what would be empty
            return self._answer(environ, start_response)
        if "%" in path or ":" in path:
            return self._answer(environ, start_response)
        marked = False
        if self._mark in path:
            marked = True
            if (self._x in path or self._big_x in path) and (self._r in path or self._big_r in path):
                if path == self._plain:
                    return self._answer_guarded(environ, start_response)
                if self._may_end(path):
                    return self._answer(environ, start_response)
        if "RAW_URI" in environ:  # twice, since get() takes longer
            raw = environ["RAW_URI"]
        elif "REQUEST_URI" in environ:
            raw = environ["REQUEST_URI"]
        else:
            return self._app(environ, start_response)
        if (
            raw != path
            and (
                (not raw or raw.removeprefix(path)[0] != "?" or raw[0] != "/")
                if marked
                else ("%" in raw or self._mark in raw)
            )
            and not _spells(raw, path)
        ):
            return self._answer(environ, start_response)
        if "REQUEST_URI" in environ and environ["REQUEST_URI"] != raw and not _spells(environ["REQUEST_URI"], path):
            return self._answer(environ, start_response)
        return self._app(environ, start_response)

    def _may_end(self, path: str) -> bool:
        """Return whether what follows the first mark has the letter that every name has there."""
        tail = path.partition(self._mark)[2] if self._mark else path
        return self._h in tail or self._big_h in tail


_IN_EVERY_PATH = ""


def _spells(raw: str, path: str) -> bool:
    r"""Return whether a raw target, cut at "?", is a path without "%", or becomes one by decoding its escapes.

    For the latter ``unquote``, whose loop is in Python, takes fifteen times as long. Quoted-printable (RFC 2045 section
    6.7) has the same escapes with another sign, and a decoder in C. "=" takes the place of "%", and one of the target's
    own may begin an escape too, which Gate allows for. Where a sign begins none, "=" is left, and no path has it; but
    one at the end is dropped, and one before a line's end is dropped with what follows, so there may be no line ends.

    >>> _spells("/%C3%a9%20b?c=%78", "/\xc3\xa9 b"), _spells("/%\n78", "/78"), _spells("/%%78", "/=78")
    (True, False, False)
    """
    if "?" in raw and raw[0] == "/":
        if raw.removeprefix(path)[:1] == "?":  # partition takes longer, and a query may have escapes of its own
            return True
        raw = raw.partition("?")[0]
    if "=" in path or "\n" in raw or "\r" in raw:
        return False
    try:
        return a2b_qp(raw.replace("%", "=")) == path.encode("latin1")
    except ValueError:  # the target is not ASCII, or the path no bytes of a server
        return False


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
