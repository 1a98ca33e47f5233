"""A line for a shell that sends a request again, to the same address; curl writes some of its fields by itself."""

import re
from shlex import quote

from xmlrpc_guard.corpus import Attempt
from xmlrpc_guard.probe.sending import CALL, FIELDS, SiteServer, write_request

# What curl sends as it is; anything else is written out. From 8.20 on it writes the escapes of a URL in capitals, even
# with --path-as-is (curl/curl#21524), and leaves those of --request-target alone.
_PLAIN_TARGET = re.compile(r"/[A-Za-z0-9/._~%;=&?:,@+-]*")
_VERSIONS = {"HTTP/1.1": "--http1.1", "HTTP/1.0": "--http1.0"}


def write_line(attempt: Attempt, server: SiteServer, ca_file: str | None = None) -> str:
    r"""Write the line.

    >>> from xmlrpc_guard.probe.site import Site
    >>> server = SiteServer(Site("http", "blog.example", 80), "192.0.2.1")
    >>> print(write_line(Attempt("", "", "/a/../xmlrpc.php"), server))
    curl -gsi -A guard-probe --path-as-is --http1.1 --resolve blog.example:80:192.0.2.1 'http://blog.example/a/../xmlrpc.php'
    """
    if _PLAIN_TARGET.fullmatch(attempt.target) and attempt.version in _VERSIONS:
        return _write_curl(attempt, server, ca_file)
    return _write_printf(attempt, server, ca_file)


def _write_curl(attempt: Attempt, server: SiteServer, ca_file: str | None) -> str:
    site = server.site
    words = ["curl", "-gsi", "-A", FIELDS["User-Agent"], *_as_is(attempt.target), _VERSIONS[attempt.version]]
    words += {"GET": [], "HEAD": ["-I"]}.get(attempt.method, ["-X", quote(attempt.method)])
    if attempt.method == "POST":
        words += ["-H", quote("Content-Type: text/xml"), "--data-binary", quote(CALL.decode())]
    for name, value in (*server.fields.items(), *attempt.headers):
        words += ["-H", quote(f"{name}: {value}")]
    if site.host != server.address:
        words += ["--resolve", f"{site.host}:{site.port}:{_bracketed(server.address)}"]
    words += ["--cacert", quote(ca_file)] if ca_file else []
    return " ".join([*words, f"'{site.origin}{attempt.target}'"])


def _as_is(target: str) -> list[str]:
    return ["--request-target", quote(target)] if "%" in target else ["--path-as-is"]


def _write_printf(attempt: Attempt, server: SiteServer, ca_file: str | None) -> str:
    site = server.site
    format_ = "".join(map(_escape, write_request(attempt, site.authority, server.fields).decode("latin-1")))
    if site.scheme == "http":
        return f"printf '{format_}' | nc {server.address} {site.port}"
    authorities = f" -CAfile {quote(ca_file)}" if ca_file else ""
    to = f"{_bracketed(server.address)}:{site.port} -servername {site.host}"
    return f"printf '{format_}' | openssl s_client -quiet{authorities} -connect {to}"


def _bracketed(address: str) -> str:
    return f"[{address}]" if ":" in address else address


_ESCAPES = {"\r": r"\r", "\n": r"\n", "\t": r"\t", "%": "%%", "\\": r"\\"}


def _escape(char: str) -> str:
    if char in _ESCAPES:
        return _ESCAPES[char]
    return char if " " <= char <= "~" and char != "'" else f"\\{ord(char):03o}"
