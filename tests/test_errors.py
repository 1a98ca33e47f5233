"""A refused setting: what the error says, and what counts as a list."""

import pickle
from collections.abc import Iterable
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from xmlrpc_guard.errors import ConfigurationError, as_list


def test_an_error_names_the_setting_quotes_the_value_and_offers_the_fix() -> None:
    error = ConfigurationError("allow", "192.0.64.1/18", "has host bits set; write 192.0.64.0/18")
    assert str(error) == "allow: '192.0.64.1/18' has host bits set; write 192.0.64.0/18"
    assert (error.setting, error.value, error.problem) == (
        "allow",
        "192.0.64.1/18",
        "has host bits set; write 192.0.64.0/18",
    )


def test_an_error_is_a_value_error_as_callers_of_other_libraries_expect() -> None:
    with pytest.raises(ValueError, match=r"^deny: None is not a list$"):
        raise ConfigurationError("deny", None, "is not a list")


def test_an_error_survives_pickling_as_it_must_between_a_servers_processes() -> None:
    error = ConfigurationError("allow", ["10/8"], "is a partial address; write 10.0.0.0/8")
    again = pickle.loads(pickle.dumps(error))
    assert (type(again), str(again)) == (ConfigurationError, str(error))
    assert (again.setting, again.value, again.problem) == (error.setting, error.value, error.problem)


@pytest.mark.parametrize(
    ("value", "quoted"),
    [
        pytest.param("a\nallow: b", r"'a\nallow: b'", id="a line break in a value does not make a second line"),
        pytest.param("caf\xe9", r"'caf\xe9'", id="a letter that a terminal may lack is escaped"),
        pytest.param("1\u0660.0.0.0", r"'1\u0660.0.0.0'", id="an Arabic-Indic digit is escaped"),
        pytest.param("\ud800", r"'\ud800'", id="a lone surrogate, which no stream can encode, is escaped"),
        pytest.param(5, "5", id="a value that is not text is shown as Python writes it"),
        pytest.param("<html>" * 1000, "'" + ("<html>" * 17)[:99], id="an error page is cut at 100 characters"),
    ],
)
def test_the_value_is_quoted_in_one_short_ascii_line(value: object, quoted: str) -> None:
    assert str(ConfigurationError("allow", value, "is wrong")) == f"allow: {quoted} is wrong"


@given(st.text())
def test_the_message_is_one_line_of_ascii_for_any_value(value: str) -> None:
    message = str(ConfigurationError("allow", value, "is wrong"))
    assert message.isascii()
    assert message.isprintable()
    assert len(message) <= len("allow:  is wrong") + 100


@pytest.mark.parametrize(
    "entries",
    [
        pytest.param([], id="an empty list is a list"),
        pytest.param(["10.0.0.0/8"], id="a list is a list"),
        pytest.param(("10.0.0.0/8",), id="a tuple is a list"),
        pytest.param({"10.0.0.0/8"}, id="a set is a list"),
        pytest.param((entry for entry in ["10.0.0.0/8"]), id="a generator is a list"),
        pytest.param({"10.0.0.0/8": "office"}.keys(), id="a view of a mapping's keys is a list"),
    ],
)
def test_lists_are_given_back_as_they_are(entries: Iterable[str]) -> None:
    assert as_list("allow", entries) is entries


@pytest.mark.parametrize(
    ("entries", "message"),
    [
        pytest.param(
            "10.0.0.0/8",
            "allow: '10.0.0.0/8' is one string where a list belongs; write ['10.0.0.0/8']",
            id="one string is one thing, not a list of letters",
        ),
        pytest.param(
            "10.0.0.0/8 ; SBL1",
            "allow: '10.0.0.0/8 ; SBL1' is one string where a list belongs; write its entries as a list",
            id="a label is not an entry",
        ),
        pytest.param(
            "10.0.0.1 - 10.0.0.9",
            "allow: '10.0.0.1 - 10.0.0.9' is one string where a list belongs; write its entries as a list",
            id="the ends of a range are not its entries",
        ),
        pytest.param(
            "", "allow: '' is one string where a list belongs; write []", id="an empty string is not an empty list"
        ),
        pytest.param(
            "10.0.0.5, jetpack ::1",
            "allow: '10.0.0.5, jetpack ::1' is one string where a list belongs; write ['10.0.0.5', 'jetpack', '::1']",
            id="text with commas is offered as a list",
        ),
        pytest.param(
            "1" * 61,
            f"allow: '{'1' * 61}' is one string where a list belongs; write its entries as a list",
            id="a string that is too long to repeat",
        ),
        pytest.param(b"10/8", "allow: b'10/8' is not a list; write allow=[...]", id="bytes are not a list of integers"),
        pytest.param(
            bytearray(b"1"),
            "allow: bytearray(b'1') is not a list; write allow=[...]",
            id="a bytearray is not a list of integers",
        ),
        pytest.param(8, "allow: 8 is not a list; write allow=[...]", id="an integer is not a list"),
        pytest.param(True, "allow: True is not a list; write allow=[...]", id="a boolean is not a list"),
        pytest.param(None, "allow: None is not a list; write allow=[...]", id="None is not an empty list"),
    ],
)
def test_one_thing_is_not_a_list(entries: Any, message: str) -> None:
    with pytest.raises(ConfigurationError) as caught:
        as_list("allow", entries)
    assert str(caught.value) == message
    assert caught.value.value is entries


def test_the_fix_for_a_long_string_is_cut() -> None:
    with pytest.raises(ConfigurationError) as caught:
        as_list("allow", "<html>" * 1000)
    assert len(str(caught.value)) < 250


class Unshowable:
    def __repr__(self) -> str:
        raise RuntimeError("no")


@pytest.mark.parametrize(
    ("value", "shown"),
    [
        pytest.param(Unshowable(), "<Unshowable>", id="a value whose repr fails"),
        pytest.param(10**5000, "<int>", id="an integer that is too long to write"),
        pytest.param("caf\xe9\n", r"'caf\xe9\n'", id="text is shown in ASCII, on one line"),
    ],
)
def test_any_value_can_be_shown(value: object, shown: str) -> None:
    assert str(ConfigurationError("allow", value, "is odd")) == f"allow: {shown} is odd"


def test_a_setting_s_name_cannot_end_the_line() -> None:
    assert str(ConfigurationError("a\nb" * 99, "x", "is odd\x1b")) == r"a\nb" * 20 + r": 'x' is odd\x1b"
