"""How the format of a file is found, and what is read of list files themselves."""

import json
import re
from pathlib import Path
from typing import Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from tests.formats.reading import SOURCE, entries, found_format, left, refusal
from tests.formats.writers import WRITERS
from tests.frontends import ROOT
from xmlrpc_guard.errors import SourceError
from xmlrpc_guard.formats import FORMATS, NAMES, convert, is_lines, read_file

LISTS: list[Any] = [
    pytest.param("# office\n10.0.0.0/8\n::1 ; its line\n", "lines of entries", ["10.0.0.0/8", "::1/128"], id="lines"),
    pytest.param("# no one\n", "lines of entries", [], id="comments alone"),
    pytest.param("private\n", "lines of entries", ["10.0.0.0/8"], id="a published list's name"),
    pytest.param('["10.0.0.0/8", "::1"]', "JSON", ["10.0.0.0/8", "::1/128"], id="an array"),
    pytest.param('{"prefixes": [{"ipv4Prefix": "192.0.2.0/24"}]}', "JSON", ["192.0.2.0/24"], id="a service's JSON"),
    pytest.param("[::1]\n", "lines of entries", None, id="an address in brackets"),
    pytest.param("[office]\n10.0.0.0/8\n", "JSON", None, id="a section of an ini file"),
]


@pytest.mark.parametrize(("text", "format_", "expected"), LISTS)
def test_a_list_file_is_read_as_a_guard_reads_it(text: str, format_: str, expected: list[str] | None) -> None:
    if expected is None:
        assert refusal(text)[1]
        return
    assert found_format(text) == format_
    assert entries(text)[: len(expected)] == expected
    assert read_file(text.encode(), SOURCE).is_list


def test_the_parts_of_json_are_paths() -> None:
    prefixes = '{"prefixes": ["::1"]}'
    assert refusal(prefixes)[1].startswith("is JSON in no known shape, with addresses in prefixes[]; ")
    assert entries(prefixes, "prefixes") == ["::1/128"]
    text = '{"hooks": ["::1"], "web": ["::2", "::3"]}'
    assert refusal(text)[1].startswith("is JSON in no known shape, with addresses in hooks[], web[]; ")
    assert entries(text, "hooks") == ["::1/128"]
    assert entries(text, "web", "hooks") == ["::2/128", "::3/128", "::1/128"]


NAMED: list[Any] = [
    pytest.param("acl blocked src ::1\n", "blocked", id="an ACL of HAProxy or Squid"),
    pytest.param('acl not_allowed {\n  "::1";\n}\n', "not_allowed", id="an ACL of Varnish"),
    pytest.param("geo $banned { default 0; ::1 1; }\n", "$banned", id="a variable of nginx"),
    pytest.param("@blocked remote_ip ::1\n", "@blocked", id="a matcher of Caddy"),
    pytest.param("table <blacklist> { ::1 }\n", "blacklist", id="a table of pf"),
    pytest.param("add deny-list ::1\n", "deny-list", id="a set of ipset"),
    pytest.param("set blocked6 { type ipv6_addr; elements = { ::1 } }\n", "blocked6", id="a set of nftables"),
    pytest.param("define BLOCKED = { ::1 }\n", "BLOCKED", id="a definition of nftables"),
    pytest.param("add address=::1 list=blocklist\n", "blocklist", id="an address list of RouterOS"),
    pytest.param(
        "object-group network Blocked_Hosts\n network-object host ::1\n", "Blocked_Hosts", id="a group of ASA"
    ),
    pytest.param("ipv6 prefix-list REJECT permit ::1/128\n", "REJECT", id="a prefix list"),
    pytest.param('<ipset name="blockedIps"><entry>::1</entry></ipset>', "blockedIps", id="a set of firewalld"),
]


@pytest.mark.parametrize(("text", "name"), NAMED)
def test_a_list_that_its_name_says_to_be_of_those_who_are_not_let_in_must_be_named(text: str, name: str) -> None:
    problem = f"holds the list '{name}', whose name says that its addresses are not let in"
    assert refusal(text)[1] == f"{problem}; name it with --field if it is meant, as for deny"
    assert entries(text, name) == ["::1/128"]
    assert entries(text.replace(name.lstrip("$@"), "office")) == ["::1/128"]


REFUSED: list[Any] = [
    pytest.param("", None, "is empty; write a # comment if it should have no entries", id="no bytes"),
    pytest.param(
        "<a><b>192.0.2.7</b></a>",
        None,
        "begins as XML does, in no format that is known; fetch the list as text or JSON",
        id="XML of another kind",
    ),
    pytest.param("<html>", None, "looks like an HTML page; fetch the list itself, one entry a line", id="HTML"),
    pytest.param("\0", None, "has NUL bytes, as a file does after a crash; write it again", id="NUL bytes"),
    pytest.param("allow ::1;\rdeny all;", None, "has a CR that is not before a LF", id="a lone CR"),
    pytest.param("::1\n", "json", "is not JSON; name another format, or none", id="lines that are called JSON"),
    pytest.param(
        "[]", "lines", "is not lines of entries; name another format, or none", id="JSON that is called lines"
    ),
    pytest.param("::1\n", "nginx", "ends in the middle of a directive", id="lines that are called nginx"),
    pytest.param("a b;\n", "nginx", "has no entries in the format nginx; name another format, or none", id="no rules"),
    pytest.param("deny all;\n", None, "has no entries in the format nginx; name another", id="a rule that refuses all"),
    pytest.param(
        "office 10.0.0.1\n", None, "'office 10.0.0.1' is not an address, a CIDR", id="no format that is known"
    ),
]


UNREAD: list[Any] = [
    pytest.param(
        "# the office\nmap $remote_addr $office {\n    192.0.2.7 1;\n}\n",
        2,
        "is nginx' map, which compares texts and not addresses; write the rows that are meant as geo, or one a line",
        id="nginx' map",
    ),
    pytest.param(
        "Chain INPUT (policy DROP)\ntarget     prot opt source               destination\n"
        "ACCEPT     all  --  192.0.2.0/24         0.0.0.0/0\n",
        1,
        "is what 'iptables -L' prints, which leaves out parts of rules; convert what iptables-save prints",
        id="what iptables -L prints",
    ),
    pytest.param(
        "Status: inactive\n",
        1,
        "is what 'ufw status' prints while ufw is off, without its rules; convert what 'ufw show added' prints",
        id="what ufw status prints while ufw is off",
    ),
    pytest.param(
        "block all\npass in from 192.0.2.0/24\n",
        2,
        "is a rule of pf, of which only tables are read; write its addresses as a table, or one a line",
        id="rules of pf",
    ),
    pytest.param(
        "(ip.src in {192.0.2.0/24 198.51.100.7})\n",
        1,
        "is an expression of Cloudflare's, which is not read; write its addresses one a line",
        id="an expression of Cloudflare's",
    ),
    pytest.param(
        'config firewall address\n    edit "office"\n        set subnet 192.0.2.0 255.255.255.0\n    next\nend\n',
        1,
        "is a configuration of FortiGate's, which is not read; write its addresses one a line",
        id="a configuration of FortiGate's",
    ),
    pytest.param(
        "These IP addresses/networks are ignored:\n|- 127.0.0.0/8\n`- ::1\n",
        1,
        "is what fail2ban-client prints; convert the jail's file, or write the addresses one a line",
        id="what fail2ban-client prints",
    ),
    pytest.param(
        '$HTTP["remoteip"] != "192.0.2.7" {\n',
        1,
        "is a condition of lighttpd, which is not read; write its addresses one a line",
        id="conditions of lighttpd",
    ),
]


@pytest.mark.parametrize(("text", "line", "problem"), UNREAD)
def test_a_file_that_is_known_and_not_read_says_what_it_is(text: str, line: int, problem: str) -> None:
    assert refusal(text) == (line, problem)


@pytest.mark.parametrize(("text", "format_", "problem"), REFUSED)
def test_a_file_that_is_refused_as_a_whole(text: str, format_: str | None, problem: str) -> None:
    assert refusal(text, format_=format_)[1].startswith(problem)


def test_lines_have_no_parts() -> None:
    assert refusal("::1\n", "hooks") == (0, "is lines of text, which has no part 'hooks'; leave that out")
    assert refusal("allow ::1;\n", "hooks") == (0, "has no part 'hooks'; it is one list, so leave that out")


def test_an_unreadable_entry_says_to_write_one_a_line() -> None:
    words = "is not an address, a CIDR range or a published list; write one entry a line, such as 203.0.113.0/24"
    assert refusal("10.0.0.1\n10.0.0.2, 10.0.0.3\n") == (2, f"'10.0.0.2, 10.0.0.3' {words}")


def test_bytes_that_are_not_utf_8_are_refused() -> None:
    with pytest.raises(SourceError, match=r"^x:2: is not UTF-8; save it as UTF-8$"):
        convert(b"allow ::1;\n# \xfc\n", "x")


def test_the_comments_of_a_list_are_left() -> None:
    assert left("# a\n::1\n\n  ; b\n") == {"comments": [1, 4]}
    assert left('["::1"]') == {}


def test_a_format_is_found_far_into_a_file() -> None:
    assert found_format("# comment\n" * 40_000 + "allow ::1;\n") == "nginx' allow and deny"


def test_comments_that_end_with_a_cr_do_not_slow_the_search_for_a_format() -> None:
    assert found_format("# a\r\n" * 60 + "Require ip ::1\r\n") == "Apache's access rules"
    assert found_format("# a\r\n\r\n" * 60 + "::1 1;\r\n") == "nginx' geo"


def test_long_json_is_json_though_its_lines_look_like_csv() -> None:
    array = json.dumps([f"10.{high}.{low}.0/24" for high in range(60) for low in range(250)], indent=1)
    assert len(array) > 1 << 18
    assert found_format(array) == "JSON"


def test_what_looks_like_lines() -> None:
    assert [is_lines(data) for data in (b"::1", b"# no one", b"allow ::1;", b"[]")] == [True, True, False, False]
    assert is_lines(b"\xef\xbb\xbf# office\r\n::1\r\n")


@given(st.text(), st.sampled_from([None, *NAMES]))
def test_any_text_is_read_or_refused(text: str, format_: str | None) -> None:
    line, problem = refusal(text, format_=format_)
    assert line >= 0
    assert "\n" not in str(SourceError(SOURCE, line, problem))


SIGNS = "{ } ; \\ # \" ' , . : = ( ) [ ] | ! - 10.0.0.0/8 ::1 10.1 1 0"
NAMES_OF_TOOLS = "allow deny all geo $a default Require ip not Order Allow,Deny from Allow Deny <Files x> </Files>"
MORE = "<RequireAll> </RequireAll> acl src -f create add hash:net nomatch"
WORDS = st.sampled_from(f"{SIGNS} {NAMES_OF_TOOLS} {MORE}".split())


@given(st.lists(st.tuples(WORDS, st.sampled_from([" ", "\n"]))), st.sampled_from([None, *NAMES]))
@example([("{", " ")], "nginx-geo")
def test_any_words_of_the_formats_are_read_or_refused(words: list[tuple[str, str]], format_: str | None) -> None:
    line, _ = refusal("".join(word + space for word, space in words), format_=format_)
    assert line >= 0


def test_the_manual_shows_every_format() -> None:
    manual = (ROOT / "docs/reference/convert.md").read_text("utf-8")
    named = [
        name for cell in re.findall(r"^\| (`.*?`) \|", manual, re.MULTILINE) for name in re.findall("`(.*?)`", cell)
    ]
    assert [name for name in NAMES if name not in named] == []


def test_the_page_of_shapes_has_a_row_for_each_that_is_written_here() -> None:
    """By ``python -m tests.benchmarks.shapes --rounds 2 --into docs/evidence``."""
    page = (ROOT / "docs/evidence/shapes.md").read_text("utf-8")
    assert set(re.findall(r"^\| ([^|]+?) \|", page, re.MULTILINE)) == {"shape", *WRITERS}


def test_the_changelog_has_their_number() -> None:
    assert f"reads {len(FORMATS)} formats of" in (ROOT / "docs/changelog.md").read_text("utf-8")


def test_every_format_has_a_test_module() -> None:
    modules = {format_.read.__module__.rpartition(".")[2] for format_ in FORMATS.values()}
    assert {name for name in modules if not Path(__file__).with_name(f"test_{name}.py").exists()} == set()


def test_a_text_of_json_that_holds_several_lines_says_so() -> None:
    text = '{"content": "10.0.0.1\\n10.0.0.2"}'
    assert refusal(text, "content") == (
        1,
        r"'10.0.0.1\n10.0.0.2' holds several lines; write an array of texts, one for each",
    )
