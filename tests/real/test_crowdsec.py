"""The CrowdSec parser of docs/examples, its pattern put together as grok does it.

CrowdSec itself, version 1.4.6, was asked about the same lines by ``cscli explain`` when this was written.
"""

import re
from pathlib import Path

import pytest

from tests.frontends import ROOT
from tests.real.test_fail2ban import LINES, RECORD

PARSER = ROOT / "docs" / "examples" / "serving" / "crowdsec" / "parsers" / "s01-parse" / "xmlrpc-guard.yaml"
SCENARIO = PARSER.parents[2] / "scenarios" / "xmlrpc-guard-flood.yaml"
# The library's own patterns, as far as addresses and dates go here.
LIBRARY = {
    "TIMESTAMP_ISO8601": r"\d{4}-\d\d-\d\d \d\d:\d\d:\d\d,\d{3}",
    "IP": r"(?:\d+(?:\.\d+){3}|[0-9a-f]*:[0-9a-f:.]*)",
    "GREEDYDATA": ".*",
}


def read_value(key: str, path: Path = PARSER) -> str:
    """Read a value in single quotes, in which a quote is written twice."""
    found = re.search(rf"^\s*{key}: '((?:[^']|'')*)'$", path.read_text(), re.MULTILINE)
    assert found is not None
    return found[1].replace("''", "'")


def expand(pattern: str) -> str:
    """Put the patterns in place that ``%{NAME}`` and ``%{NAME:group}`` stand for."""

    def replace(found: re.Match[str]) -> str:
        inner = LIBRARY.get(found[1]) or expand(read_value(found[1]))
        return f"(?P<{found[2]}>{inner})" if found[2] else f"(?:{inner})"

    return re.sub(r"%\{([A-Z0-9_]+)(?::(\w+))?\}", replace, pattern)


def find_sources(line: str) -> set[str]:
    """Return the address that a line counts against."""
    found = re.search(expand(read_value("pattern")), line)
    return {found["source_ip"]} if found and found["source_ip"] == found["peer"] else set()


@pytest.mark.parametrize(("line", "sources"), LINES)
def test_which_lines_count(line: str, sources: set[str]) -> None:
    assert find_sources(line) == sources


def test_a_line_that_counts_has_its_parts() -> None:
    found = re.search(expand(read_value("pattern")), RECORD.format("203.0.113.9"))
    assert found is not None
    assert found.groupdict() == {
        "timestamp": "2026-11-29 22:15:00,123",
        "source_ip": "203.0.113.9",
        "peer": "203.0.113.9",
        "reason": "client is not in the allowlist (allow)",
        "path": "/xmlrpc.php",
    }


def test_the_scenario_reads_what_the_parser_writes() -> None:
    assert "value: xmlrpc_guard_refusal" in PARSER.read_text()
    assert "evt.Meta.log_type == 'xmlrpc_guard_refusal'" in SCENARIO.read_text()
