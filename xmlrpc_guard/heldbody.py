"""A request's body that is read ahead of the application, and then given to it byte for byte."""

from collections.abc import Iterator
from io import BufferedReader, RawIOBase
from mmap import ACCESS_READ, mmap
from wsgiref.types import WSGIEnvironment

from xmlrpc_guard.body import PIECE, Body, RequestError, body_length
from xmlrpc_guard.methods import Bytes

IN_MEMORY = 1 << 18
"""The bytes of a body that are held in memory; of a longer one, all are in a file."""


class HeldBody:
    """What was read of a request's body: all of it, or as much as ``most`` bytes and one more.

    ``content`` is in memory up to ``in_memory`` bytes, and else in a file without a name, so that nothing is left of it
    if the process is killed. ``problem`` is None, or why the body cannot be read to its end. Where that is not clear,
    RequestError is raised, and OSError where a file has no room.

    >>> from io import BytesIO
    >>> body = HeldBody({"CONTENT_LENGTH": "13", "wsgi.input": BytesIO(b"<methodCall/> GET /next")}, 1000)
    >>> body.content, body.too_large, body.problem
    (b'<methodCall/>', False, None)
    """

    def __init__(self, environ: WSGIEnvironment, most: int, *, in_memory: int = IN_MEMORY) -> None:
        length = body_length(environ)
        self._body = Body(environ["wsgi.input"], length)
        self.problem: str | None = None
        # A body that is too large by its own account is left unread.
        self.content: Bytes = _hold(self._read(most + 1), in_memory) if length is None or length <= most else b""
        self.too_large: bool = len(self.content) > most or bool(length and length > most)

    def _read(self, most: int) -> Iterator[bytes]:
        try:
            yield from self._body.read_pieces(most)
        except RequestError as error:
            self.problem = error.problem

    def give_back(self, environ: WSGIEnvironment) -> None:
        """Put the body into its environ again: what was read, and after it what was not.

        A whole body has a length then, and no coding: the next server need not take it apart again.
        """
        if self.problem is None and not self.too_large:
            environ.pop("HTTP_TRANSFER_ENCODING", None)
            environ["CONTENT_LENGTH"] = str(len(self.content))
        environ["wsgi.input"] = _Replay(self.content, self._body, environ["wsgi.input"])
        environ["wsgi.input_terminated"] = True


def _hold(pieces: Iterator[bytes], in_memory: int) -> Bytes:
    held = bytearray()
    for piece in pieces:
        held += piece
        if len(held) > in_memory:
            return _store(held, pieces)
    return bytes(held)


def _store(head: bytearray, pieces: Iterator[bytes]) -> mmap:
    # The file is closed when it is mapped. The mapping keeps it, and needs no one to close it: it ends with the environ
    # that leads to it, however the request ends.
    from tempfile import TemporaryFile  # noqa: PLC0415 - it takes a tenth of a guard's import, which most need not

    with TemporaryFile() as file:
        file.write(head)
        file.writelines(pieces)
        file.flush()
        return mmap(file.fileno(), 0, access=ACCESS_READ)


class _Replay(BufferedReader):
    """An input that gives what was read of a body, and then the rest."""

    def __init__(self, content: Bytes, rest: Body, rfile: object) -> None:
        super().__init__(_Rejoined(content, rest), PIECE)
        self.rfile = rfile
        """The server's own input, which may lead to the connection (peers.is_unix_socket)."""


class _Rejoined(RawIOBase):
    def __init__(self, content: Bytes, rest: Body) -> None:
        self._content, self._rest, self._at = content, rest, 0

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: memoryview) -> int:  # type: ignore[override]
        piece = self._content[self._at : self._at + len(buffer)] or self._read_rest(len(buffer))
        self._at += len(piece)
        buffer[: len(piece)] = piece
        return len(piece)

    def _read_rest(self, most: int) -> bytes:
        try:
            return self._rest.read(most)
        except RequestError as error:
            if error.__cause__ is not None:
                raise
            return b""  # shorter than announced: it ends as the server's own input does, and what came is not lost
