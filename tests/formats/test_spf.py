"""SPF records: the networks that mail of a domain comes from."""

from typing import Any

import pytest

from tests.formats.reading import EXCEPTION, entries, found_format, left, refusal

DUG = (
    '_spf.example.\t300\tIN\tTXT\t"v=spf1 ip4:192.0.2.0/24 +ip4:198.51.100.7 i" "p6:2001:db8::/32 exp=a.example ~all"\n'
)
RECORDS: list[Any] = [
    pytest.param(DUG, ["192.0.2.0/24", "198.51.100.7/32", "2001:db8::/32"], id="what dig prints, in two pieces"),
    pytest.param('"V=spf1 IP4:10.1.2.3/8 -all"\n"other=text"\n', ["10.0.0.0/8"], id="what dig +short prints"),
    pytest.param("v=spf1 ip6:::1 ?all", ["::1/128"], id="the text alone"),
]


@pytest.mark.parametrize(("text", "expected"), RECORDS)
def test_the_networks_of_a_record(text: str, expected: list[str]) -> None:
    assert found_format(text) == "SPF records"
    assert entries(text) == expected


REFUSED: list[Any] = [
    *(
        pytest.param(f"v=spf1 ip4:192.0.2.0/24 {term} -all", f"'{term}' {problem}", id=term)
        for term, problem in (
            ("-ip4:192.0.2.7", EXCEPTION),
            ("~ip4:192.0.2.7", EXCEPTION),
            ("all", "lets everyone in; leave only the networks that are meant"),
            ("+all", "lets everyone in; leave only the networks that are meant"),
            *(
                (
                    term,
                    "stands for the addresses of a name, which is not looked up; look up that record, and convert both",
                )
                for term in ("include:_spf.example", "redirect=_spf.example", "a", "mx/24", "exists:%{i}.example")
            ),
        )
    ),
    pytest.param("v=spf1 ip4:192.0.2 -all", "'192.0.2' is a partial address", id="a partial address"),
]


@pytest.mark.parametrize(("text", "problem"), REFUSED)
def test_what_a_list_file_cannot_say(text: str, problem: str) -> None:
    line, why = refusal(text)
    assert (line, why[: len(problem)]) == (1, problem)


def test_records_of_two_names_are_two_lists() -> None:
    text = f'{DUG}b.example. TXT "v=spf1 ip4:203.0.113.7 -all"\n'
    assert refusal(text)[1].startswith("holds several lists: '_spf.example.' (line 1), 'b.example.' (line 2)")
    assert entries(text, "b.example.") == ["203.0.113.7/32"]
    assert left(DUG) == {"an explanation": [1], "what refuses all the rest": [1]}
