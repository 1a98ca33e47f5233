"""What an audit shows beside its text: a page, a table, a chart, a bar of progress; hostile bytes reach none."""

import csv
import io
import re
import sys
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import pytest

from xmlrpc_guard.audit import running
from xmlrpc_guard.cli import run
from xmlrpc_guard.cli.audit.spans import join_spans

HOSTILE = b"<script>alert(1)</script>\x1b]0;x\x07\xff&amp;"
LINE = '{} - - [{}/Nov/2026:{:02}:00:00 +0000] "POST /xmlrpc.php HTTP/1.1" {} 370 "-" "{}"\n'
LOG = b"".join(
    [
        *(LINE.format("203.0.113.9", 20 + hour // 24, hour % 24, 200, "probe/1").encode() for hour in range(0, 200, 3)),
        LINE.format("198.51.100.7", 20, 1, 403, "=cmd|x").encode(),
        LINE.format("192.0.64.7", 20, 1, 200, "Jetpack").encode(),
        LINE.format("host.example", 21, 1, 200, "HOSTILE").encode().replace(b"HOSTILE", HOSTILE),
    ]
)


@pytest.fixture(autouse=True)
def _in_a_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    Path("access.log").write_bytes(LOG)
    Path("notes").write_text("198.51.100.7 # the office\n")


class Page(HTMLParser):
    """Collects the elements of a page, and fails for one that is not closed."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.open: list[str] = []
        self.tags: list[str] = []
        self.text = ""
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        if tag != "meta":
            self.open.append(tag)
        assert not any(name in ("src", "href") or name.startswith("on") for name, _ in attrs)

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        self.text += data


def test_the_page_stands_alone_and_holds_nothing_that_a_client_sent_as_it_was(
    capsys: pytest.CaptureFixture[str],
) -> None:
    assert run(["audit", "--allow", "jetpack", "--html", "page.html", "access.log"]) == 0
    capsys.readouterr()
    page = Page(Path("page.html").read_text("ascii"))
    assert page.open == []
    assert not {"script", "link", "img", "iframe"} & {*page.tags}
    assert "main" in page.tags
    assert re.findall(r"<th[^>]*></th>", Path("page.html").read_text("ascii")) == []
    assert r"<script>alert(1)</script>\x1b]0;x\x07\xff&amp;" in page.text
    assert [name for name in ("203.0.113.9", "host.example", "would be refused") if name not in page.text] == []


def test_the_page_says_what_it_is_about_and_what_stands_in_a_cell_where_a_phone_has_no_columns() -> None:
    assert run(["audit", "--allow", "jetpack", "--notes", "notes", "--html", "page.html", "access.log"]) == 0
    text = Path("page.html").read_text("ascii")
    page = Page(text)
    assert "Decided by: allow jetpack." in page.text
    assert "70 lines in 1 log (combined), 70 of them read." in page.text
    assert "2026-11-20 00:00 to 2026-11-28 04:00 UTC, 4 hours a bar; at most 4 requests in a bar" in page.text
    assert '<td class="n" data-of="requests">67</td>' in text
    assert 'To let it in: <span class="t">--allow</span> 198.51.100.7.' in text
    Path("short.log").write_bytes(LOG[:95])
    run(["audit", "--allow", "jetpack", "--html", "page.html", "short.log"])
    assert "2026-11-20 00:00 to 2026-11-20 00:00 UTC; at most 1 requests" in Page(Path("page.html").read_text()).text


@pytest.mark.parametrize(
    ("days", "width"), [pytest.param(40, "1 day a bar", id="a day"), pytest.param(90, "2 days a bar", id="two days")]
)
def test_the_page_says_how_long_a_bar_is(days: int, width: str) -> None:
    form = '203.0.113.9 - - [{:02}/{}/2026:00:00:00 +0000] "POST /xmlrpc.php HTTP/1.1" 200 5 "-" "-"\n'
    months = ("Jan", "Feb", "Mar", "Apr")
    Path("long.log").write_text("".join(form.format(1 + day % 30, months[day // 30]) for day in range(0, days, 9)))
    run(["audit", "--allow", "jetpack", "--html", "page.html", "long.log"])
    assert width in Page(Path("page.html").read_text()).text


def test_a_page_without_requests() -> None:
    Path("empty.log").write_text("\n")
    assert run(["audit", "--allow", "jetpack", "--html", "page.html", "empty.log"]) == 0
    page = Page(Path("page.html").read_text("ascii"))
    assert "svg" not in page.tags
    assert "Spellings" not in page.text


def test_the_table_has_every_client_and_no_formula() -> None:
    assert run(["audit", "--allow", "jetpack", "--top", "1", "--csv", "clients.csv", "access.log"]) == 0
    rows = list(csv.DictReader(io.StringIO(Path("clients.csv").read_text("ascii"))))
    assert [(row["client"], row["verdict"], row["agents"]) for row in rows] == [
        ("192.0.64.7", "allowed", "Jetpack"),
        ("198.51.100.7", "refused", "'=cmd|x"),
        ("203.0.113.9", "refused", "probe/1"),
        ("host.example", "unknown", r"<script>alert(1)</script>\x1b]0;x\x07\xff&amp;"),
    ]
    assert rows[0]["lists"] == rows[0]["entry"] == "jetpack"


@pytest.mark.parametrize("flag", ["html", "csv"])
def test_a_file_that_cannot_be_written_is_one_line(flag: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["audit", "--allow", "jetpack", f"--{flag}", "none/file", "access.log"]) == 2
    assert capsys.readouterr() == (
        "",
        f"xmlrpc-guard: {flag}: 'none/file' cannot be written (No such file or directory); name another file\n",
    )


def test_a_terminal_gets_a_chart_and_a_bar_of_progress(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("FORCE_COLOR", "1")
    for stream in (sys.stdout, sys.stderr):
        monkeypatch.setattr(stream, "isatty", lambda: True)
    run(["audit", "--allow", "jetpack", "access.log"])
    out, error = capsys.readouterr()
    assert "requests over time, UTC: \u2591 would be allowed, \u2588 would be refused, \u2592 cannot be told" in out
    assert "2026-11-20 00:00" in out
    assert "6.7/6.7 kB" in error
    assert "\x1b]0;" not in out


def test_one_span_is_no_chart(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
    Path("short.log").write_bytes(LOG[:95])
    monkeypatch.setattr(sys.stdout, "isatty", lambda: True)
    run(["audit", "--allow", "jetpack", "short.log"])
    assert "over time" not in capsys.readouterr().out


def test_ctrl_c_prints_what_was_read(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
    def interrupt(*_: object) -> int:
        raise KeyboardInterrupt

    monkeypatch.setattr(running, "_position", interrupt)
    assert run(["audit", "--allow", "jetpack", "access.log"]) == 130
    out = capsys.readouterr().out
    assert "  ended by Ctrl-C; what was read until then is counted\n" in out
    assert "203.0.113.9  " in out


def hours(*starts: str) -> dict[str, Any]:
    rows = [{"from": start, "allowed": 0, "refused": 1, "unknown": 0} for start in starts]
    return {"over_time": {"seconds": 3600, "spans": rows}}


SPANS: list[Any] = [
    pytest.param(hours(), [], id="no requests"),
    pytest.param(
        hours("2026-11-29T11:00:00Z", "2026-11-29T13:00:00Z"),
        [("2026-11-29 11:00", 1), ("2026-11-29 12:00", 0), ("2026-11-29 13:00", 1)],
        id="an hour without requests is a span too",
    ),
    pytest.param(
        hours("2026-11-20T11:00:00Z", "2026-11-22T13:00:00Z"),
        [("2026-11-20 00:00", 1), ("2026-11-21 00:00", 0), ("2026-11-22 00:00", 1)],
        id="hours are joined to days",
    ),
]


@pytest.mark.parametrize(("report", "spans"), SPANS)
def test_spans_are_joined_until_they_are_few(report: dict[str, Any], spans: list[tuple[str, int]]) -> None:
    assert [(span.start, span.total) for span in join_spans(report, 4)] == spans


def test_years_are_joined_too() -> None:
    assert len(join_spans(hours("0001-01-01T00:00:00Z", "5000-01-01T00:00:00Z"), 24)) <= 24
