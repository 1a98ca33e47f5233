"""A program on the server's own machine, through a right set-up: refused as any stranger, and logged as one."""

from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest

from tests.frontends import COMMANDS, Listener, free_port, get, serving
from tests.real.configuration import USER
from tests.real.fronts import admit, nginx, status
from tests.real.guards import FRONT, LISTED
from tests.real.processes import account, folder_of
from tests.real.programs import lacks

pytestmark = lacks("nginx", "nginx-common")

HOST = """
server {{
    listen 127.0.0.1:{front.port};
    location / {{
        proxy_pass http://{upstream};
        {bind}
        proxy_set_header X-Forwarded-For $proxy_add_x_forwarded_for;
    }}
}}
"""


@pytest.fixture(params=["a unix socket", "TCP"])
def log(request: pytest.FixtureRequest) -> Iterator[tuple[str, str]]:
    """Ask as a listed client and as this machine itself; give how the peer is named, and what the guard logged."""
    by_unix = request.param == "a unix socket"
    with folder_of(account(USER)) as root, ExitStack() as processes:
        at = Listener(path=f"{root}/site.sock") if by_unix else Listener(port=free_port())
        output = Path(root) / "server.out"
        processes.enter_context(serving(COMMANDS["gunicorn"]("tests.real.guards:application", at), at, output))
        admit(at)
        upstream, bind = (f"unix:{at.path}", "") if by_unix else (f"127.0.0.1:{at.port}", f"proxy_bind {FRONT};")
        front = Listener(port=free_port())
        processes.enter_context(nginx(root, HOST.format(front=front, upstream=upstream, bind=bind), front))
        answers = [
            status(front, source, get("/appends/X-Forwarded-For/xmlrpc.php")) for source in (LISTED, "127.0.0.1")
        ]
        assert answers == [200, 403]
        yield "unix" if by_unix else FRONT, output.read_text()


def test_the_line_says_that_the_proxy_named_the_client(log: tuple[str, str]) -> None:
    peer, text = log
    (line,) = [line for line in text.splitlines() if "refused" in line]
    assert line == (
        f"refused 127.0.0.1: client is not in the allowlist (allow); peer {peer}, X-Forwarded-For '127.0.0.1', "
        "path /appends/X-Forwarded-For/xmlrpc.php"
    )
