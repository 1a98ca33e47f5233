"""What the pages say of counts and records, held against what is there."""

import logging
import re
import socket

import pytest

from tests.manual import read_pages
from xmlrpc_guard import Policy, XMLRPCGuard
from xmlrpc_guard.metrics.exposition import COUNTERS, GAUGES, PREFIX
from xmlrpc_guard.testing import STRANGER

PAGE = read_pages("guides/serving", "reference/logs")


def find_blocks(word: str) -> list[str]:
    return [block for block in re.findall(r"```python\n(.*?)```", PAGE, re.DOTALL) if word in block]


def send(guard: XMLRPCGuard) -> None:
    guard({"REQUEST_METHOD": "GET", "PATH_INFO": "/xmlrpc.php", "REMOTE_ADDR": STRANGER}, lambda *_: bytes)


def test_the_recipe_for_statsd_sends_what_its_server_counts() -> None:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as server:
        server.bind(("127.0.0.1", 0))
        server.settimeout(30)
        (recipe,) = find_blocks("import statsd")
        names: dict[str, object] = {"XMLRPCGuard": XMLRPCGuard, "Policy": Policy, "site": print}
        exec(recipe.replace("8125", str(server.getsockname()[1])), names)
        guard = names["guard"]
        assert isinstance(guard, XMLRPCGuard)
        send(guard)
        assert server.recv(1000) == b"site.xmlrpc.not_listed:1|c"
        names["client"].close()  # type: ignore[attr-defined]


@pytest.mark.parametrize("name", [*(f"{PREFIX}{name}_total" for name in COUNTERS), *(PREFIX + name for name in GAUGES)])
def test_each_metric_is_described(name: str) -> None:
    described = re.findall(r"`((?:xmlrpc_guard)?_[a-z_]+)`", PAGE)
    assert name in described or name.removeprefix("xmlrpc_guard") in described


def test_each_field_of_a_record_is_described(caplog: pytest.LogCaptureFixture) -> None:
    send(XMLRPCGuard(print, Policy(allow=["jetpack"])))  # type: ignore[arg-type]
    (record,) = caplog.records
    assert record.levelno == logging.WARNING
    described = re.findall(r"`([a-z@_]+(?:\.[a-z_]+)?)`", PAGE)
    assert {name for name in vars(record) if "." in name} <= set(described)
