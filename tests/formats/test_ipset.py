"""What ``ipset save`` writes, and scripts that call ipset."""

from typing import Any

import pytest

from tests.formats.reading import EXCEPTION, entries, found_format, left, refusal

SAVED = """\
# ipset restore format
create office_v4 hash:net family inet hashsize 1024 maxelem 65536 -exist
flush office_v4
add office_v4 192.0.2.0/24
add office_v4 198.51.100.7 comment "not the nomatch one"
create office_v6 hash:net family inet6 hashsize 1024 maxelem 65536
add office_v6 2001:db8::/32 packets 0 bytes 0
"""
ADDRESSES = ["192.0.2.0/24", "198.51.100.7/32", "2001:db8::/32"]
LISTED = """\
Name: office
Type: hash:net
Revision: 7
Header: family inet hashsize 1024 maxelem 65536 timeout 300 counters comment bucketsize 12 initval 0x6192820e
Size in memory: 593
References: 0
Number of entries: 2
Members:
192.0.2.0/24 timeout 0 packets 0 bytes 0 comment "nomatch"
198.51.100.7 timeout 0 packets 0 bytes 0

Name: office6
Type: hash:net
Header: family inet6 hashsize 1024 maxelem 65536
Number of entries: 1
Members:
2001:db8::/32
"""
SETS: list[Any] = [
    pytest.param(LISTED, ADDRESSES, id="what ipset list prints"),
    pytest.param(
        "Name: a\nType: hash:ip\nHeader: family inet netmask 24\nMembers:\n10.1.2.0\n",
        ["10.1.2.0/24"],
        id="a set of networks, as ipset list prints it",
    ),
    pytest.param(SAVED, ADDRESSES, id="a set of each IP version"),
    pytest.param(SAVED.replace("_v4", "").replace("_v6", "6"), ADDRESSES, id="sets whose names differ by a 6"),
    pytest.param(
        "flush a\nadd a 10.0.0.1\nflush a6\nadd a6 ::1\n", ["10.0.0.1/32", "::1/128"], id="sets emptied first"
    ),
    pytest.param(SAVED.replace("\n", "\r\n"), ADDRESSES, id="lines as on Windows"),
    pytest.param("add a 10.0.0.0/8\n", ["10.0.0.0/8"], id="no create, as in a file to restore"),
    pytest.param("create a hash:ip\nadd a 10.0.0.1-10.0.0.9\n", ["10.0.0.1-10.0.0.9"], id="a range"),
    pytest.param(
        "create a hash:ip netmask 24\nadd a 10.0.0.0\n", ["10.0.0.0/24"], id="addresses that stand for networks"
    ),
    pytest.param(
        "create a hash:ip netmask 24\nadd a 10.1.2.3\n", ["10.1.2.0/24"], id="host bits that stand for a network"
    ),
    pytest.param("create a hash:ip netmask 24\nadd a 10.0.0.1-10.0.1.2\n", ["10.0.0.0/23"], id="a range of networks"),
    pytest.param("create a hash:ip family inet6 netmask 64\nadd a ::\n", ["::/64"], id="the same of IPv6"),
    pytest.param("create a bitmap:ip range 10.0.0.0/24\nadd a 10.0.0.1\n", ["10.0.0.1/32"], id="a bitmap"),
    pytest.param("-N a iphash\n-A a 10.0.0.1\nCOMMIT\n", ["10.0.0.1/32"], id="the words of old versions"),
    pytest.param(
        "#!/bin/sh\nipset -exist create a hash:net\nsudo ipset add a 10.1.2.3/8\n/sbin/ipset add a 192.0.2.7\n",
        ["10.0.0.0/8", "192.0.2.7/32"],
        id="a script, and host bits",
    ),
    pytest.param("create a hash:ip timeout 60\nadd a 10.0.0.1 timeout 42\n", ["10.0.0.1/32"], id="a time to live"),
]


@pytest.mark.parametrize(("text", "expected"), SETS)
def test_the_entries_of_a_set(text: str, expected: list[str]) -> None:
    assert found_format(text) == "sets of ipset"
    assert entries(text) == expected


REFUSED: list[Any] = [
    pytest.param(
        "add a 10.0.0.0/8\nadd a 10.1.0.0/16 nomatch\n", 2, f"'add a 10.1.0.0/16 nomatch' {EXCEPTION}", id="nomatch"
    ),
    pytest.param(
        f"{LISTED}2001:db8::7 nomatch\n",
        18,
        f"'add office6 2001:db8::7 nomatch' {EXCEPTION}",
        id="nomatch in a listing",
    ),
    pytest.param(
        LISTED.replace("198.51.100.7 timeout 0 packets 0 bytes 0\n", ""),
        11,
        "the set 'office' lacks 1 of the entries that it is said to have; list it again",
        id="a listing that was cut",
    ),
    pytest.param("add a 10.0.0.0/8\ndel a 10.1.0.0/16\n", 2, f"'del a 10.1.0.0/16' {EXCEPTION}", id="del"),
    pytest.param("add a 10.0.0.0/8\nflush a\n", 2, f"'flush a' {EXCEPTION}", id="a set that is emptied again"),
    pytest.param("add a 10.0.0.0/8\ndestroy\n", 2, f"'destroy' {EXCEPTION}", id="all sets are removed again"),
    *(
        pytest.param(
            f"create a {type_}\nadd a {entry}\n",
            1,
            f"the set 'a' is of the type '{type_}', whose entries are not addresses alone; a list file has only",
            id=type_,
        )
        for type_, entry in (
            ("hash:ip,port", "10.0.0.1,tcp:80"),
            ("hash:net,iface", "10.0.0.0/8,eth0"),
            ("hash:net,net", "10.0.0.0/8,10.0.0.0/8"),
            ("hash:ip,mark", "10.0.0.1,0x1"),
            ("list:set", "10.0.0.1"),
            ("bitmap:port", "80"),
        )
    ),
    pytest.param(
        "add a 10.0.0.1\nadd a 10.0.0.1,tcp:80\n", 2, "'10.0.0.1,tcp:80' is not an address alone", id="a port"
    ),
    pytest.param(
        "create a hash:ip bitmask 255.0.255.0\nadd a 10.0.0.0\n", 1, "the set 'a' has a mask, which", id="a mask"
    ),
    pytest.param(
        "create a hash:ip netmask x\nadd a 10.0.0.0\n", 1, "the set 'a' has a mask, which a list", id="no number"
    ),
    pytest.param("create a hash:ip netmask 99\nadd a 10.0.0.0\n", 0, "", id="a netmask of the other IP version"),
    pytest.param("add a 10.0.0.1\nadd a office\n", 2, "'office' is not an address", id="a name"),
    pytest.param(
        "add a 10.0.0.1\ntest a 10.0.0.2\n", 2, "'test a 10.0.0.2' is not a line of a set", id="another command"
    ),
    pytest.param(
        "add a 10.0.0.1\nadd a\n", 2, "'add a' is not a line of a set; leave only create and add", id="cut off"
    ),
    pytest.param(
        f"create a hash:ip netmask {'9' * 5000}\nadd a 10.0.0.1\n",
        1,
        "the set 'a' has a mask, which a list file has not",
        id="a netmask of more digits than Python reads",
    ),
]


@pytest.mark.parametrize(("text", "line", "problem"), REFUSED)
def test_what_a_list_file_cannot_say(text: str, line: int, problem: str) -> None:
    found, why = refusal(text)
    assert (found, why[: len(problem)]) == (line, problem)


def test_one_of_several_sets_is_named() -> None:
    text = "create a hash:net\nadd a 10.0.0.0/8\ncreate b hash:net,iface\nadd b 10.0.0.0/8,eth0\nadd c ::1\n"
    assert (
        refusal(text)[1] == "holds several lists: 'a' (line 2), 'c' (line 5); name the one that is meant with --field"
    )
    assert entries(text, "a") == ["10.0.0.0/8"]
    assert refusal(text, "b")[0] == 3
    assert entries(text, "a", "c", "a") == ["10.0.0.0/8", "::1/128"]


def test_an_entry_that_would_have_ended_is_noted() -> None:
    note = "a time after which ipset would have removed the entry, which a list file has not"
    assert left("add a ::1 timeout 0\nadd a ::2 timeout 9\n") == {note: [2]}
