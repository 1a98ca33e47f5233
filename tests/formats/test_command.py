"""``ranges convert``, and how ``show``, ``diff`` and ``check`` take what it takes."""

import io
from pathlib import Path
from types import SimpleNamespace

import pytest

from tests.lab.setups import POST_NGINX
from xmlrpc_guard import Networks
from xmlrpc_guard.cli import run
from xmlrpc_guard.files import LARGEST_LIST
from xmlrpc_guard.sources import File

GEO = "# office\ngeo $office {\n    default 0;\n    10.1.2.3/8 1;\n    ::1 1;\n}\n"


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    return tmp_path


def ranges(capsys: pytest.CaptureFixture[str], *arguments: str) -> tuple[int, str, str]:
    status = run(["ranges", *arguments])
    return (status, *capsys.readouterr())


def give(monkeypatch: pytest.MonkeyPatch, data: bytes) -> None:
    monkeypatch.setattr("sys.stdin", SimpleNamespace(buffer=io.BytesIO(data)))


def test_convert_writes_a_list_and_says_what_it_took_and_left(capsys: pytest.CaptureFixture[str]) -> None:
    Path("geo.conf").write_text(GEO)
    assert ranges(capsys, "convert", "geo.conf") == (
        0,
        """\
# geo.conf: 2 entries of nginx' geo; xmlrpc-guard ranges convert
10.0.0.0/8
::1/128
""",
        """\
xmlrpc-guard: geo.conf: took 2 entries of nginx' geo, lines 4 to 5
xmlrpc-guard: geo.conf: left a default that is off: 1 (line 3)
xmlrpc-guard: geo.conf: left the notation of nginx' geo: 1 (line 4)
xmlrpc-guard: geo.conf: left comments: 1 (line 1)
""",
    )


def test_what_convert_writes_is_a_list_that_a_guard_takes(capsys: pytest.CaptureFixture[str]) -> None:
    Path("geo.conf").write_text(GEO)
    Path("list.txt").write_text(ranges(capsys, "convert", "geo.conf")[1])
    assert File("list.txt").read().networks == Networks(["10.0.0.0/8", "::1"])


def test_convert_refuses_a_whole_file_in_one_line(capsys: pytest.CaptureFixture[str]) -> None:
    Path("site.conf").write_text("allow 10.0.0.0/8;\ndeny 10.1.2.3;\ndeny all;\n")
    assert ranges(capsys, "convert", "site.conf") == (
        2,
        "",
        """\
xmlrpc-guard: site.conf:2: 'deny 10.1.2.3' is an exception; a list file has none; put the addresses that are meant \
into a list, and these into deny
""",
    )


def test_convert_reads_standard_input(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
    give(monkeypatch, POST_NGINX.encode())
    status, out, err = ranges(capsys, "convert", "-")
    assert (status, out.splitlines()[1:]) == (0, ["192.0.64.0/18"])
    assert err.startswith("xmlrpc-guard: standard input: took 1 entry of nginx' allow and deny, line 3\n")


def test_convert_takes_the_parts_that_are_named(capsys: pytest.CaptureFixture[str]) -> None:
    Path("meta.json").write_text('{"hooks": ["192.0.2.0/24"], "web": ["::1"], "api": ["::2"]}')
    status, out, err = ranges(capsys, "convert", "meta.json", "--field", "hooks", "--field", "web")
    assert (status, out.splitlines()[1:]) == (0, ["192.0.2.0/24", "::1/128"])
    assert err == "xmlrpc-guard: meta.json: took 2 entries of JSON, line 1\n"


@pytest.mark.parametrize("text", ["[]", "# no one yet\n", '{"prefixes": []}'])
def test_a_list_without_entries_is_not_written(text: str, capsys: pytest.CaptureFixture[str]) -> None:
    Path("none.json").write_text(text)
    problem = "has no entries, and a list without any lets no one in; look what is in it"
    assert ranges(capsys, "convert", "none.json") == (2, "", f"xmlrpc-guard: none.json: {problem}\n")


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        pytest.param("convert", "Missing argument 'FILE|-'.", id="no file"),
        pytest.param(
            "convert none.conf", "cannot read none.conf: No such file or directory", id="a file that is absent"
        ),
        pytest.param("convert .", ".: is a directory; write the path of a file", id="a directory"),
        pytest.param(
            "convert x --format nginks", "Invalid value for '--format': 'nginks' is not one of ", id="a format"
        ),
        pytest.param("convert list.txt --field hooks.", "list.txt: is lines of text, which has no part", id="no parts"),
        pytest.param("convert meta.json --field hooks.", "field: 'hooks.' is not a path to a part of a", id="no path"),
        pytest.param(
            "diff - -", "standard input is one list; name a file for the other", id="one standard input twice"
        ),
    ],
)
def test_what_cannot_be_read_is_one_line_and_status_2(
    arguments: str, message: str, capsys: pytest.CaptureFixture[str]
) -> None:
    Path("list.txt").write_text("::1\n")
    Path("meta.json").write_text('{"hooks": ["::1"]}')
    status, out, err = ranges(capsys, *arguments.split())
    assert (status, out, err.count("\n")) == (2, "", 1)
    assert err.startswith(f"xmlrpc-guard: {message}")


def test_standard_input_is_as_long_as_a_file_may_be(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    give(monkeypatch, b"# \n" * (LARGEST_LIST // 3) + b"##")
    assert ranges(capsys, "convert", "-") == (
        2,
        "",
        "xmlrpc-guard: standard input: is larger than 64 MB; write a shorter list\n",
    )


def test_a_name_cannot_drive_a_terminal(capsys: pytest.CaptureFixture[str]) -> None:
    Path("\x1b[2J").write_text("::1\n")
    _, out, err = ranges(capsys, "convert", "\x1b[2J")
    assert "\x1b" not in out + err
    assert out.startswith("# \\x1b[2J: 1 entry of lines of entries; ")


def test_show_prints_the_entries_of_any_format(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    Path("geo.conf").write_text(GEO)
    assert ranges(capsys, "show", "geo.conf")[1].splitlines()[1:] == ["10.0.0.0/8", "::1/128"]
    give(monkeypatch, GEO.encode())
    assert ranges(capsys, "show", "-") == (0, "# standard input: 2 entries (1 IPv4, 1 IPv6)\n10.0.0.0/8\n::1/128\n", "")


def test_diff_compares_lists_of_any_format(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
    Path("geo.conf").write_text(GEO)
    Path("list.txt").write_text("10.0.0.0/9\n10.128.0.0/9\n::2\n")
    assert ranges(capsys, "diff", "list.txt", "geo.conf") == (1, "+ ::1/128\n- ::2/128\n", "")
    give(monkeypatch, POST_NGINX.encode())
    assert ranges(capsys, "diff", "jetpack", "-")[1].splitlines() == [
        "- 54.217.201.243/32",
        "- 54.232.116.4/32",
        "- 122.248.245.244/32",
        "- 195.234.108.0/22",
    ]


def test_the_part_that_is_named_is_for_the_list_that_has_parts(capsys: pytest.CaptureFixture[str]) -> None:
    Path("old.txt").write_text("::1\n")
    Path("new.json").write_text('{"hooks": ["::1"], "web": ["::2"]}')
    assert ranges(capsys, "diff", "old.txt", "new.json", "--field", "hooks") == (0, "", "")
    assert ranges(capsys, "diff", "new.json", "new.json", "--field", "web") == (0, "", "")


def test_check_names_every_problem_of_a_file(capsys: pytest.CaptureFixture[str]) -> None:
    Path("site.conf").write_text("allow 10.0.0.0/8;\nallow x;\ndeny 10.1.2.3;\nallow 10.0.0.1;\ndeny all;\n")
    assert ranges(capsys, "check", "site.conf") == (
        1,
        """\
site.conf: has nginx' allow and deny; a guard takes what ranges convert makes of it
site.conf:2: 'x' is not an address but a name, and names are not looked up; write its addresses
site.conf:3: 'deny 10.1.2.3' is an exception; a list file has none; put the addresses that are meant into a list, \
and these into deny
site.conf:4: 10.0.0.1/32 lies within 10.0.0.0/8 of line 1
""",
        "xmlrpc-guard: site.conf: is refused for 2 reasons\n",
    )


def test_check_sums_up_what_does_no_harm(capsys: pytest.CaptureFixture[str]) -> None:
    addresses = [f"192.0.2.{number}\n" for number in range(1, 255)]
    Path("list.txt").write_text("".join([*addresses, *addresses]))
    assert ranges(capsys, "check", "list.txt") == (
        0,
        """\
list.txt: 254 entries are there already (lines 255, 256, 257, 258, 259 and 249 more), which does no harm
list.txt: 12 groups of entries make up a wider one (lines 2, 4, 8, 16, 32 and 7 more), which does no harm
""",
        "",
    )


def test_check_reads_standard_input(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
    give(monkeypatch, b"::1\n10/8\n")
    assert ranges(capsys, "check", "-") == (
        1,
        "standard input:2: '10/8' is a partial address; write 10.0.0.0/8\n",
        "xmlrpc-guard: standard input: is refused for 1 reason\n",
    )
