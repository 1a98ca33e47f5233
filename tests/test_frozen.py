"""What a value is: frozen, equal by its fields, copied and pickled by them."""

import copy
import pickle
import subprocess
import sys
from dataclasses import FrozenInstanceError
from typing import Any

import pytest

from xmlrpc_guard import Policy, Request
from xmlrpc_guard.frozen import Frozen, settle


class Port(Frozen, uncompared=("text",)):
    __slots__ = ("number", "text")

    number: int
    text: str

    def __init__(self, text: str) -> None:
        settle(self, number=int(text), text=text)


class Door(Port, init=False):
    """Of another class, and with no field of its own."""

    __slots__ = ()

    def __init__(self, text: str) -> None:
        super().__init__(text)


@pytest.mark.parametrize(
    ("other", "equal"),
    [
        pytest.param(Port("80"), True, id="equal fields make equal values"),
        pytest.param(Port("080"), True, id="a field that is not compared makes no difference"),
        pytest.param(Port("81"), False, id="another field makes another value"),
        pytest.param(Door("80"), False, id="a value of a subclass is another"),
        pytest.param(80, False, id="a field alone is not its value"),
    ],
)
def test_values_are_compared_by_their_fields(other: object, equal: bool) -> None:
    assert (Port("80") == other) is (other == Port("80")) is equal
    assert len({Port("80"), other}) == 2 - equal


def test_a_subclass_is_compared_as_its_base_is() -> None:
    assert Door("80") == Door("080") != Door("81")


@pytest.mark.parametrize("again", [copy.copy, copy.deepcopy, lambda port: pickle.loads(pickle.dumps(port))])
def test_a_copy_has_all_fields(again: Any) -> None:
    made = again(Port("080"))
    assert (made, made.number, made.text) == (Port("80"), 80, "080")


@pytest.mark.parametrize(
    "change",
    [
        pytest.param(lambda port: setattr(port, "number", 81), id="a field is not assigned"),
        pytest.param(lambda port: setattr(port, "colour", "red"), id="no other attribute is added"),
        pytest.param(lambda port: delattr(port, "number"), id="a field is not deleted"),
    ],
)
def test_a_value_does_not_change(change: Any) -> None:
    port = Port("80")
    with pytest.raises(FrozenInstanceError, match="cannot change field"):
        change(port)
    assert port == Port("80")


def test_a_value_holds_no_more_than_its_fields() -> None:
    assert [hasattr(value, "__dict__") for value in (Port("80"), Policy(allow=[]), Request("/"))] == [False] * 3


# From Python 3.14 on, logging brings the first two by itself.
STARTING = """
import logging, sys
given = {*sys.modules}
from xmlrpc_guard import Networks, Policy, Request, XMLRPCGuard
print(*{*sys.argv[1:]}.intersection(sys.modules) - given)
"""


@pytest.mark.parametrize("slow", ["dataclasses", "inspect", "urllib.parse", "ipaddress", "xmlrpc_guard.published"])
def test_a_guard_is_imported_without(slow: str) -> None:
    command = (sys.executable, "-c", STARTING, slow)
    assert subprocess.run(command, check=True, capture_output=True, text=True).stdout == "\n"
