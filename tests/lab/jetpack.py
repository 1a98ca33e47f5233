"""Jetpack's requests: an HMAC over all that a proxy in front of WordPress could change."""

from base64 import b64encode
from dataclasses import dataclass
from hashlib import sha1
from hmac import digest
from urllib.parse import parse_qsl, quote, urlencode, urlsplit
from xmlrpc.client import dumps

from tests.lab.visitor import Answer, Visitor
from tests.lab.wordpress import HOST

METHOD = "jetpack.testConnection"
FIRST = ("token", "timestamp", "nonce")
HEADERS = {"Content-Type": "application/x-www-form-urlencoded", "User-Agent": "Jetpack by WordPress.com"}


@dataclass(frozen=True)
class Call:
    """What is signed, and what is sent."""

    host: str = HOST
    path: str = "/xmlrpc.php"
    query: str = "for=jetpack&token=key%3A1%3A1&timestamp=1447000000&nonce=a1b2c3d4e5"
    body: bytes = dumps((), METHOD).encode()
    scheme: str = "http"

    @property
    def body_hash(self) -> str:
        return b64encode(sha1(self.body).digest()).decode()

    def signature(self, secret: str) -> str:
        named = {**dict(parse_qsl(self.query, keep_blank_values=True)), "body-hash": self.body_hash}
        pairs = sorted(f"{quote(name, safe='')}={quote(value, safe='')}" for name, value in named.items())
        at = urlsplit(f"{self.scheme}://{self.host}")
        port = at.port or {"http": 80, "https": 443}[self.scheme]
        who = (*(named[name] for name in FIRST), self.body_hash)
        lines = (*who, "POST", str(at.hostname), str(port), self.path, *pairs, "")
        return b64encode(digest(secret.encode(), "\n".join(lines).encode(), "sha1")).decode()


def send(visitor: Visitor, call: Call, signed: Call, secret: str) -> Answer:
    """Send a call under the signature of another, which may be the same."""
    proof = urlencode({"body-hash": signed.body_hash, "signature": signed.signature(secret)})
    return visitor.post(f"{call.path}?{call.query}&{proof}", call.body, {"Host": call.host, **HEADERS})
