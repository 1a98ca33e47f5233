"""Which lines of a server's own configuration decide, beside a rule, what the client's address is.

One may take any client's word for it; and on Apache a rule with trusted proxies changes what others ask about, since
mod_remoteip is one for all sites. Of Apache, the files are those that it says it includes, without .htaccess.
"""

import re
from collections.abc import Collection, Iterator
from pathlib import Path
from typing import NamedTuple

_INCLUDED = re.compile(r"^\s+\([0-9*]+\) (.+)$", re.MULTILINE)
_HEADER = re.compile(r"\s*RemoteIPHeader\s", re.IGNORECASE)
_PROXIES = re.compile(r"\s*RemoteIP(?:Internal|Trusted)Proxy(?:List)?\s", re.IGNORECASE)
# Of an expression, what mod_remoteip changes (2.4, seen): CONN_REMOTE_ADDR stays the proxy's.
_ASKS = re.compile(
    r"\s*(?:Require\s+(?:not\s+)?(?:ip|local|host|forward-dns)\b|(?:Allow|Deny)\s+from\s+(?!all\b|env=)"
    r"|SetEnvIf(?:NoCase)?\s+\"?Remote_Addr\b|RewriteCond\s.*%\{REMOTE_ADDR\}"
    r"|(?:Require\s+(?:not\s+)?expr|SetEnvIfExpr|<(?:Else)?If)\s.*(?:%\{REMOTE_ADDR\}|[\s\"'(!]-R\s))",
    re.IGNORECASE,
)
_NGINX_FILE = re.compile(r"^# configuration file (.*):$", re.MULTILINE)
_EVERYONE = re.compile(r"\s*set_real_ip_from\s+(?:0\.0\.0\.0|::)/0\s*;")


class _Line(NamedTuple):
    file: str
    number: int
    text: str

    def __str__(self) -> str:
        return f"{self.file}:{self.number} ({' '.join(self.text.split())})"


def find_unproven_proxies(dump: str) -> list[str]:
    r"""Give a sentence for each line by which nginx trusts any client; ``dump`` is what nginx -T has written.

    >>> find_unproven_proxies("# configuration file /nginx.conf:\nhttp {\nset_real_ip_from ::/0;\n}")
    ["/nginx.conf:2 (set_real_ip_from ::/0;) takes any client's word for its address: name your proxies alone"]
    """
    _, *parts = _NGINX_FILE.split(dump)
    lines = (line for name, text in zip(parts[::2], parts[1::2], strict=True) for line in _lines(name, text[1:]))
    return [f"{line} {_TAKES}: name your proxies alone" for line in lines if _EVERYONE.match(line.text)]


def find_affected(rule: str, listing: str, own: Collection[Path]) -> list[str]:
    """Give a sentence for each line of Apache that trusts any client, or that the rule's proxies change.

    ``rule`` is the text of the rule and of its lists, ``listing`` what Apache writes of the files that it includes,
    ``own`` those of them that are the rule's.
    """
    files = [Path(name) for name in dict.fromkeys(_INCLUDED.findall(listing))]
    lines = [line for file in files if file not in own for line in _lines(str(file), _read(file))]
    return [*(_find_changed(lines) if "\nRemoteIPHeader " in rule else _find_unproven(lines))]


def _find_changed(lines: list[_Line]) -> Iterator[str]:
    files: set[str] = set()  # a sentence each: one may name a CDN's hundred networks
    for line in lines:
        if _HEADER.match(line.text) or _PROXIES.match(line.text):
            if line.file not in files:
                yield f"{line} {_RESOLVES}"
            files.add(line.file)
        elif _ASKS.match(line.text):
            yield f"{line} {_ASKS_ANEW}"


def _find_unproven(lines: list[_Line]) -> Iterator[str]:
    """Apache trusts any peer if no proxies are named (2.4, seen)."""
    if not any(_PROXIES.match(line.text) for line in lines):
        yield from (f"{line} {_TAKES}: add RemoteIPTrustedProxy" for line in lines if _HEADER.match(line.text))


_ASKS_ANEW = (
    "asks about the client from now on, and no longer about the proxy: if it lets in your proxies alone, it will "
    "refuse every visitor"
)
_RESOLVES = "resolves the client already: name your proxies there, and render without --trusted-proxies"
_TAKES = "takes any client's word for its address"


def _lines(name: str, text: str) -> Iterator[_Line]:
    yield from (_Line(name, number, line) for number, line in enumerate(text.splitlines(), 1))


def _read(file: Path) -> str:
    return file.read_text("utf-8", "replace")
