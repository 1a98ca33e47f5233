"""A line for a shell that sends a request again, to the same address; curl writes some of its fields by itself."""

import re
from shlex import quote

from xmlrpc_guard.corpus import Attempt
from xmlrpc_guard.probe.sending import CALL, FIELDS, Place, write_request

# What curl sends as it is, with --path-as-is; anything else is written out.
_PLAIN_TARGET = re.compile(r"/[A-Za-z0-9/._~%;=&?:,@+-]*")
_VERSIONS = {"HTTP/1.1": "--http1.1", "HTTP/1.0": "--http1.0"}


def write_line(attempt: Attempt, place: Place, ca_file: str | None = None) -> str:
    r"""Write the line.

    >>> from xmlrpc_guard.probe.site import Site
    >>> print(write_line(Attempt("", "", "/a/../xmlrpc.php"), Place(Site("http", "blog.example", 80), "192.0.2.1")))
    curl -gsi -A guard-probe --path-as-is --http1.1 --resolve blog.example:80:192.0.2.1 'http://blog.example/a/../xmlrpc.php'
    """
    if _PLAIN_TARGET.fullmatch(attempt.target) and attempt.version in _VERSIONS:
        return _write_curl(attempt, place, ca_file)
    return _write_printf(attempt, place, ca_file)


def _write_curl(attempt: Attempt, place: Place, ca_file: str | None) -> str:
    site = place.site
    words = ["curl", "-gsi", "-A", FIELDS["User-Agent"], "--path-as-is", _VERSIONS[attempt.version]]
    words += {"GET": [], "HEAD": ["-I"]}.get(attempt.method, ["-X", quote(attempt.method)])
    if attempt.method == "POST":
        words += ["-H", quote("Content-Type: text/xml"), "--data-binary", quote(CALL.decode())]
    for name, value in (*place.fields.items(), *attempt.headers):
        words += ["-H", quote(f"{name}: {value}")]
    if site.host != place.address:
        words += ["--resolve", f"{site.host}:{site.port}:{_bracketed(place.address)}"]
    words += ["--cacert", quote(ca_file)] if ca_file else []
    return " ".join([*words, f"'{site.origin}{attempt.target}'"])


def _write_printf(attempt: Attempt, place: Place, ca_file: str | None) -> str:
    site = place.site
    format_ = "".join(map(_escape, write_request(attempt, site.authority, place.fields).decode("latin-1")))
    if site.scheme == "http":
        return f"printf '{format_}' | nc {place.address} {site.port}"
    authorities = f" -CAfile {quote(ca_file)}" if ca_file else ""
    to = f"{_bracketed(place.address)}:{site.port} -servername {site.host}"
    return f"printf '{format_}' | openssl s_client -quiet{authorities} -connect {to}"


def _bracketed(address: str) -> str:
    return f"[{address}]" if ":" in address else address


_ESCAPES = {"\r": r"\r", "\n": r"\n", "\t": r"\t", "%": "%%", "\\": r"\\"}


def _escape(char: str) -> str:
    if char in _ESCAPES:
        return _ESCAPES[char]
    return char if " " <= char <= "~" and char != "'" else f"\\{ord(char):03o}"
