"""How a server tells systemd that it is ready."""

import os
import socket
from pathlib import Path

import pytest

from xmlrpc_guard.serving.readiness import tell_ready


@pytest.mark.parametrize("form", ["{}/notify", "@xmlrpc-guard-{}"], ids=["a path", "a name without a file"])
def test_the_socket_that_systemd_names_is_told_once(form: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    address = form.format(tmp_path)
    monkeypatch.setenv("NOTIFY_SOCKET", address)
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as waiting:
        waiting.settimeout(30)
        waiting.bind(address.replace("@", "\0"))
        tell_ready()
        assert waiting.recv(100) == b"READY=1"
        assert "NOTIFY_SOCKET" not in os.environ
        tell_ready()
        waiting.setblocking(False)
        with pytest.raises(BlockingIOError):
            waiting.recv(100)


def test_a_socket_that_no_one_waits_at_is_logged(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setenv("NOTIFY_SOCKET", f"{tmp_path}/none")
    tell_ready()
    assert caplog.messages == [
        f"NOTIFY_SOCKET: {tmp_path}/none cannot be told that the server is ready: [Errno 2] No such file or directory"
    ]
