"""Bodies that real clients send, as their own encoders write them (tests/lab/encoders).

    python -m tests.lab.client_bodies

writes them anew, with the libraries that are installed; the programs of the others are left out, and what is kept of
them stays as it is. NODE_PATH names the folder of npm's packages, JAVA_CLASSES that of the built program.
"""

import json
import os
import subprocess
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import NamedTuple

from tests.inherited import inherited

HERE = Path(__file__).parent
FILE = HERE / "client_bodies.json"
_PROGRAMS = HERE / "encoders"
_CALLS = str(_PROGRAMS / "calls.json")


class ClientBody(NamedTuple):
    client: str
    body: bytes


def read_all() -> list[ClientBody]:
    """Give the bodies that are kept."""
    rows: Mapping[str, list[str]] = json.loads(FILE.read_text("utf-8"))
    return [ClientBody(client, body.encode("utf-8", "surrogateescape")) for client in rows for body in rows[client]]


def _command(program: str, *arguments: str) -> tuple[str, ...]:
    runner = {".py": "python3", ".rb": "ruby", ".pl": "perl", ".js": "node", ".php": "php"}[Path(program).suffix]
    return (runner, str(_PROGRAMS / program), *arguments)


_IXR = "/usr/share/wordpress/wp-includes/IXR"
_JAVA = os.environ.get("JAVA_CLASSES", "/usr/share/java")
ENCODERS: Mapping[str, tuple[str, ...]] = {
    "Python, xmlrpc.client": _command("python.py", _CALLS, "{}"),
    "Python, xmlrpc.client, ASCII": _command("python.py", _CALLS, '{"encoding": "us-ascii"}'),
    "WordPress, IXR_Request": _command("wordpress.php", _CALLS, _IXR),
    "node, xmlrpc": _command("node.js", "xmlrpc", _CALLS),
    "node, homematic-xmlrpc": _command("node.js", "homematic-xmlrpc", _CALLS),
    "node, @foxglove/xmlrpc": _command("node.js", "@foxglove/xmlrpc", _CALLS),
    "node, davexmlrpc": _command("node.js", "davexmlrpc", _CALLS),
    "Ruby, xmlrpc": _command("ruby.rb", _CALLS),
    "PHP, xmlrpc_encode_request": _command("php.php", _CALLS, "{}"),
    "PHP, xmlrpc_encode_request, UTF-8": _command("php.php", _CALLS, '{"encoding": "utf-8", "escaping": ["markup"]}'),
    "PHP, xmlrpc_encode_request, CDATA": _command("php.php", _CALLS, '{"encoding": "utf-8", "escaping": ["cdata"]}'),
    "PHP, xmlrpc_encode_request, short": _command("php.php", _CALLS, '{"verbosity": "no_white_space"}'),
    "Go, kolo/xmlrpc": ("go", "run", str(_PROGRAMS / "go.go"), _CALLS),
    "Perl, XMLRPC::Lite": _command("perl.pl", "XMLRPC::Lite", _CALLS),
    "Perl, RPC::XML": _command("perl.pl", "RPC::XML", _CALLS),
    "Perl, Frontier::RPC2": _command("perl.pl", "Frontier::RPC2", _CALLS),
    "Java, aXMLRPC": ("java", "-cp", f"{_JAVA}:{_JAVA}/axmlrpc.jar:/usr/share/java/axmlrpc.jar", "Java"),
}


def _encode(command: tuple[str, ...]) -> list[str]:
    """Run a program, and give the bodies that it prints, each after its length."""
    environment = inherited(GO111MODULE="off", GOPATH="/usr/share/gocode")
    printed = subprocess.run(command, env=environment, capture_output=True, check=True).stdout
    return [body.decode("utf-8", "surrogateescape") for body in _split(printed)]


def _split(printed: bytes) -> Iterator[bytes]:
    while printed:
        line, _, rest = printed.partition(b"\n")
        yield rest[: int(line)]
        printed = rest[int(line) :]


def main() -> None:
    rows = json.loads(FILE.read_text("utf-8")) if FILE.exists() else {}
    for client, command in ENCODERS.items():
        try:
            rows[client] = _encode(command)
        except (OSError, subprocess.CalledProcessError) as error:
            print(f"{client}: not run: {error}")
    FILE.write_text(json.dumps(rows, ensure_ascii=False, indent=1) + "\n", "utf-8", "surrogateescape")


if __name__ == "__main__":
    main()
