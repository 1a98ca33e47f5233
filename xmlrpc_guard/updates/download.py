"""Download a published list over HTTPS, within a time and a size limit; what it holds is not looked at here.

The environment is not read: no proxy is taken from ``https_proxy`` and the like. OpenSSL's own variables,
``SSL_CERT_FILE`` and ``SSL_CERT_DIR``, name the authorities as they do for other programs.
"""

import re
import ssl
from http.client import HTTPException, HTTPMessage, HTTPResponse
from queue import Empty, SimpleQueue
from threading import Thread
from typing import IO
from urllib.error import HTTPError, URLError
from urllib.parse import urlsplit, urlunsplit
from urllib.request import (
    HTTPDefaultErrorHandler,
    HTTPErrorProcessor,
    HTTPRedirectHandler,
    HTTPSHandler,
    OpenerDirector,
    Request,
    UnknownHandler,
)

from xmlrpc_guard.tls import make_context

DOWNLOAD_SECONDS = 60.0
"""How long an address may take, from looking up its host to the last byte."""
LARGEST_DOWNLOAD = 1 << 24
"""The bytes that a list may have. The largest that is known, AWS', has about 2 MB."""

_OK = 200
_REQUEST_FIELDS = {"User-Agent": "xmlrpc-guard", "Accept-Encoding": "identity"}


class DownloadError(Exception):
    """An address whose list cannot be downloaded: which, and why.

    >>> print(DownloadError("https://jetpack.com/ips-v4.txt", "answered 500"))
    https://jetpack.com/ips-v4.txt: answered 500
    """

    def __init__(self, url: str, problem: str) -> None:
        super().__init__(url, problem)
        self.url = url
        self.problem = problem

    def __str__(self) -> str:
        return f"{strip_secrets(self.url):.200}: {self.problem}"


def strip_secrets(url: str) -> str:
    """Write an address without the parts that may be secret: a user's name and password, a query, a fragment.

    >>> strip_secrets("https://me:secret@a.example:8443/list?key=secret")
    'https://a.example:8443/list'
    """
    try:
        parts = urlsplit(url)
        _ = parts.port  # a password that holds a slash ends where the port should
    except ValueError:
        return f"{url.partition(':')[0]:.20}:..."
    return urlunsplit((parts.scheme, parts.netloc.rpartition("@")[2], parts.path, "", ""))


def download(
    url: str, *, ca_file: str | None = None, seconds: float = DOWNLOAD_SECONDS, largest: int = LARGEST_DOWNLOAD
) -> bytes:
    """Give the whole body that an ``https://`` address answers with; DownloadError for anything less.

    ``ca_file`` holds the authorities to trust instead of the system's, in PEM. ``seconds`` is the time for all of it:
    a server that sends a byte now and then does not extend it. ``largest`` is in bytes.

    >>> download("http://jetpack.com/ips-v4.txt")
    Traceback (most recent call last):
    xmlrpc_guard.updates.download.DownloadError: http://jetpack.com/ips-v4.txt: is not an https:// address
    """
    problem = _find_problem(url)
    if problem:
        raise DownloadError(url, problem)
    answers: SimpleQueue[bytes | DownloadError] = SimpleQueue()
    # A thread, since no timeout of a socket spans the look-up of a name and all reads. A thread that is given up ends
    # with the process, or with its socket's timeout, which is later for certain.
    Thread(target=lambda: answers.put(_attempt(url, ca_file, seconds, largest)), daemon=True).start()
    try:
        answer = answers.get(timeout=seconds)
    except Empty:
        raise DownloadError(url, f"did not answer in full within {seconds:g} seconds") from None
    if isinstance(answer, DownloadError):
        raise answer
    return answer


def _find_problem(url: str) -> str | None:
    try:
        parts = urlsplit(url)
        _ = parts.port
    except ValueError:
        return "is not an address; write one such as https://jetpack.com/ips-v4.txt"
    if parts.scheme != "https":
        return "is not an https:// address"
    if parts.username is not None:
        return "has a user's name in it, which would be written into the list; leave it out"
    if not parts.hostname or not url.isascii() or not url.isprintable() or " " in url:
        return "is not an address; write one such as https://jetpack.com/ips-v4.txt"
    return None


def _attempt(url: str, ca_file: str | None, seconds: float, largest: int) -> bytes | DownloadError:
    try:
        with _opener(url, ca_file).open(Request(url, headers=_REQUEST_FIELDS), timeout=2 * seconds) as answer:  # noqa: S310 - https alone
            return _read_answer(answer, url, largest)
    except DownloadError as error:
        return error
    except HTTPError as error:
        error.close()
        return DownloadError(url, f"answered {error.code} ({_without_queries(error.reason)})")
    except Exception as error:  # noqa: BLE001 - any error has to reach the caller's thread
        return DownloadError(url, _describe(error))


def _without_queries(text: str) -> str:
    return re.sub(r"[?#]\S*", "", " ".join(text.split()))


def _describe(error: Exception) -> str:
    reason = error.reason if isinstance(error, URLError) else error
    if isinstance(reason, ssl.SSLCertVerificationError):
        return f"has a certificate that cannot be trusted: {reason.verify_message}"
    if isinstance(reason, HTTPException):
        return f"broke off, or does not speak HTTP ({reason!r:.100})"
    return f"cannot be downloaded: {reason}"


class _WithinHTTPS(HTTPRedirectHandler):
    """Follow redirects, at most ten, and only to addresses that can be downloaded from in the first place."""

    def __init__(self, url: str) -> None:
        self._url = url

    def redirect_request(  # noqa: PLR0917 - as the base class calls it
        self, req: Request, fp: IO[bytes], code: int, msg: str, headers: HTTPMessage, newurl: str
    ) -> Request | None:
        fp.close()  # else the body, however large, is read to its end
        problem = _find_problem(newurl)
        if problem:
            raise DownloadError(self._url, f"redirects to {strip_secrets(newurl)!a:.100}, which {problem}")
        return super().redirect_request(req, fp, code, msg, headers, newurl)


def _opener(url: str, ca_file: str | None) -> OpenerDirector:
    # Made by hand: build_opener() would add proxies from the environment, and http, ftp, file and data addresses.
    opener = OpenerDirector()
    for handler in (
        HTTPSHandler(context=_context(url, ca_file)),
        _WithinHTTPS(url),
        HTTPErrorProcessor(),
        HTTPDefaultErrorHandler(),
        UnknownHandler(),
    ):
        opener.add_handler(handler)
    opener.addheaders = []
    return opener


def _context(url: str, ca_file: str | None) -> ssl.SSLContext:
    try:
        return make_context(ca_file)
    except OSError as error:  # ssl.SSLError is one
        raise DownloadError(url, f"cannot be downloaded: {ca_file!a:.100} has no authorities in it ({error})") from None


def _read_answer(answer: HTTPResponse, url: str, largest: int) -> bytes:
    problem = _find_unusable(answer)
    if problem:
        raise DownloadError(url, problem)
    data = answer.read(largest + 1)
    if len(data) > largest:
        raise DownloadError(url, f"is larger than {largest} bytes")
    if answer.length:  # what is still to come
        raise DownloadError(url, f"broke off {answer.length} bytes before its end")
    return data


def _find_unusable(answer: HTTPResponse) -> str | None:
    coding = answer.headers.get("Content-Encoding", "identity")
    if answer.status != _OK:
        return f"answered {answer.status}"
    if coding.strip().lower() != "identity":
        return f"is compressed ({coding!a:.40}), which was not requested"
    if answer.length is None and not answer.chunked:
        return "does not say how long its answer is, so one that breaks off would look whole"
    return None
