"""The fuzzers' properties: the seeds keep them, so do some thousands of other inputs, and each can be broken."""

import subprocess
import sys
from collections.abc import Callable
from typing import Any

import pytest

from tests.audit.test_quick import slow_tally
from tests.lab.fuzzing import properties
from tests.lab.fuzzing.__main__ import CORPUS, seeds
from tests.lab.fuzzing.properties import TARGETS
from xmlrpc_guard import Networks, Policy

OPEN_TO_ALL = Policy(allow=["0.0.0.0/0", "::/0"], trusted_proxies=["10.0.0.0/8"])


class Blind:
    """Scripts that no path reaches."""

    @staticmethod
    def reached_by(_path: str) -> bool:
        return False


@pytest.mark.parametrize("target", TARGETS)
def test_the_seeds_keep_the_property(target: str) -> None:
    for seed in seeds(target):
        TARGETS[target](seed)


def test_each_folder_of_seeds_is_a_targets() -> None:
    assert {folder.name for folder in CORPUS.iterdir()} == TARGETS.keys()


BREAKS: list[Any] = [
    pytest.param("path", "SCRIPTS", Blind(), id="path: nothing reaches the script"),
    pytest.param("forwarded_for", "GUARDED", OPEN_TO_ALL, id="X-Forwarded-For: the guard lets everyone in"),
    pytest.param("forwarded", "BY_FORWARDED", OPEN_TO_ALL, id="Forwarded: another header is read"),
    pytest.param("entry", "read_entry", lambda _: [(4, 1, 1)], id="entry: any text is one address"),
    pytest.param("list_file", "read_networks", lambda *_: (Networks(), 1), id="list file: it covers nothing"),
    pytest.param("body", "read_methods", lambda _: ("demo.other",), id="body: another method's name is found"),
    pytest.param("log_line", "quick_tally", lambda policy, _: slow_tally(policy, []), id="log: none counts"),
    pytest.param("configuration", "repr", lambda _: "Policy(allow=['jetpack'])", id="settings: the repr is another's"),
    pytest.param("answer", "HTTPResponse", lambda *_, **__: Other(), id="answer: the oracle reads another body"),
]


class Other:
    """What reads another body out of any answer."""

    status = 200
    begin: Callable[[], None] = staticmethod(lambda: None)
    read: Callable[[], bytes] = staticmethod(lambda: b"another")


@pytest.mark.parametrize(("target", "name", "instead"), BREAKS)
def test_the_property_can_be_broken(target: str, name: str, instead: object, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(properties, name, instead, raising=False)

    def run() -> None:
        for seed in seeds(target):
            TARGETS[target](seed)

    with pytest.raises((AssertionError, ValueError)):
        run()


def test_half_a_minute_of_other_inputs_keeps_the_properties() -> None:
    tool = [sys.executable, "-m", "tests.lab.fuzzing", "--seconds", "27"]
    ran = subprocess.run(tool, capture_output=True, text=True, check=False)
    assert ran.returncode == 0, ran.stdout
    assert ran.stdout.count(" inputs by ") == len(TARGETS)
