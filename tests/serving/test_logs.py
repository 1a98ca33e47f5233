"""Lines of text and of JSON, and what an application may have done to logging before."""

import json
import logging
import logging.config
import sys
from collections.abc import Callable, Iterator

import pytest

from xmlrpc_guard import Policy, XMLRPCGuard
from xmlrpc_guard.errors import ConfigurationError
from xmlrpc_guard.serving.logs import LineFormatter, set_up_logging
from xmlrpc_guard.testing import STRANGER


@pytest.fixture
def start(monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[[str, str], bool]]:
    """Give a function that sets up logging as in a new process, whose root logger has no handlers."""
    level = logging.root.level

    def set_up(level: str, form: str) -> bool:
        monkeypatch.setattr(logging.root, "handlers", [])  # pytest's own
        return set_up_logging(level, form)

    yield set_up
    logging.root.setLevel(level)


Start = Callable[[str, str], bool]


def refuse(path: str = "/xmlrpc.php") -> None:
    guard = XMLRPCGuard(print, Policy(allow=["jetpack"]))  # type: ignore[arg-type]
    guard({"REQUEST_METHOD": "GET", "PATH_INFO": path, "REMOTE_ADDR": STRANGER}, lambda *_: bytes)


@pytest.mark.parametrize(
    ("level", "shown"),
    [
        pytest.param("debug", ["DEBUG", "INFO", "WARNING", "ERROR"], id="debug"),
        pytest.param("info", ["INFO", "WARNING", "ERROR"], id="info"),
        pytest.param("warning", ["WARNING", "ERROR"], id="warning"),
        pytest.param("error", ["ERROR"], id="error"),
    ],
)
def test_the_least_serious_records_that_are_shown(
    level: str, shown: list[str], start: Start, capsys: pytest.CaptureFixture[str]
) -> None:
    assert start(level, "text")
    logger = logging.getLogger("xmlrpc_guard")
    for number in (logging.DEBUG, logging.INFO, logging.WARNING, logging.ERROR):
        logger.log(number, "a record")
    assert [line.split(" ")[2] for line in capsys.readouterr().err.splitlines()] == shown


def test_a_line_of_json_has_the_facts_of_a_refusal(start: Start, capsys: pytest.CaptureFixture[str]) -> None:
    start("info", "json")
    refuse('/xmlrpc.php/"\n\x1b')
    (line,) = capsys.readouterr().err.splitlines()
    record = json.loads(line)
    assert record.pop("@timestamp").endswith("+00:00")
    assert record.pop("process.pid") > 0
    assert record == {
        "log.level": "WARNING",
        "log.logger": "xmlrpc_guard",
        "ecs.version": "8.11.0",
        "message": f"refused {STRANGER}: client is not in the allowlist (allow); peer {STRANGER}, "
        r'path /xmlrpc.php/"\n\x1b',
        "client.address": STRANGER,
        "client.ip": STRANGER,
        "source.address": STRANGER,
        "source.ip": STRANGER,
        "event.action": "refused",
        "event.outcome": "failure",
        "event.reason": "client is not in the allowlist",
        "rule.name": "NOT_LISTED",
        "rule.ruleset": "allow",
        "url.path": r'/xmlrpc.php/"\n\x1b',
        "xmlrpc_guard.forwarded": "absent",
    }


def test_a_traceback_is_a_field_of_json(start: Start, capsys: pytest.CaptureFixture[str]) -> None:
    assert start("info", "json")
    logging.getLogger("site").error("failed", exc_info=ValueError("a\nb"))
    (line,) = capsys.readouterr().err.splitlines()
    assert json.loads(line)["error.stack_trace"].endswith("ValueError: a\nb")


def test_json_without_its_library(start: Start, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "pythonjsonlogger.json", None)
    with pytest.raises(ConfigurationError) as caught:
        start("info", "json")
    assert str(caught.value) == ("log_format: 'json' needs python-json-logger; run: pip install 'xmlrpc_guard[cli]'")


@pytest.mark.parametrize(
    ("message", "written"),
    [
        pytest.param("plain", "plain", id="a plain message is left as it is"),
        pytest.param("a\n2026-01-01 WARNING refused", "a\n    2026-01-01 WARNING refused", id="a line of its own"),
        pytest.param("a\r2026 WARNING", r"a\r2026 WARNING", id="a carriage return"),
        pytest.param("a\x85b\u2028c\x0bd", r"a\x85b\u2028c\x0bd", id="line ends of Unicode"),
        pytest.param("a\x1b[2J", r"a\x1b[2J", id="a terminal's command"),
    ],
)
def test_no_message_can_forge_a_line(message: str, written: str) -> None:
    record = logging.LogRecord("site", logging.ERROR, "", 0, "%s", (message,), None)
    assert LineFormatter("%(message)s").format(record) == f"site: {written}"


@pytest.mark.parametrize(
    ("name", "line"),
    [
        pytest.param("xmlrpc_guard", "refused 192.0.2.1", id="a guard's record"),
        pytest.param("xmlrpc_guard.proxy", "refused 192.0.2.1", id="the proxy's record"),
        pytest.param("site", "site: refused 192.0.2.1", id="an application's record"),
        pytest.param("xmlrpc_guardian", "xmlrpc_guardian: refused 192.0.2.1", id="a logger with a name much like it"),
    ],
)
def test_a_record_of_another_logger_names_it(name: str, line: str) -> None:
    record = logging.LogRecord(name, logging.WARNING, "", 0, "refused %s", ("192.0.2.1",), None)
    formatter = LineFormatter("%(message)s")
    assert [formatter.format(record) for _ in range(2)] == [line, line]


def test_an_application_that_has_set_up_logging_keeps_it(monkeypatch: pytest.MonkeyPatch) -> None:
    kept = logging.StreamHandler()
    monkeypatch.setattr(logging.root, "handlers", [kept])
    assert not set_up_logging("info", "json")
    assert logging.root.handlers == [kept]


def test_refusals_are_recorded_though_the_application_has_switched_off_older_loggers(
    start: Start,
    capsys: pytest.CaptureFixture[str],
) -> None:
    logging.config.dictConfig({"version": 1})
    assert start("info", "text")
    refuse()
    assert f"refused {STRANGER}" in capsys.readouterr().err
