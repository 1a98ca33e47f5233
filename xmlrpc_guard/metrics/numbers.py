"""What is shown of a guard: counts and the state of its lists, without addresses of clients and without paths."""

from collections.abc import Iterable, Mapping
from datetime import datetime
from pathlib import PurePath
from typing import Any, NamedTuple, Protocol

from xmlrpc_guard.policy import Reason
from xmlrpc_guard.status import GuardCounts, GuardStatus, ListStatus

ListName = tuple[str, str]
"""A followed list: its setting, and the name of its file without the folder."""


class CountedGuard(Protocol):
    """A guard, as far as it is counted: an XMLRPCGuard."""

    counts: GuardCounts

    def status(self) -> GuardStatus:
        """Return what it has done."""


class ListNumbers(NamedTuple):
    """The state of one followed list, in one process."""

    process: int
    setting: str
    name: str
    entries: int
    written: float | None
    """When the active entries were written, in seconds since 1970; None if that is not known."""
    stale: bool
    usable: bool
    """Whether the active entries are those that the file has now."""


class GuardNumbers(NamedTuple):
    """What a guard has done, and the state of its lists."""

    processes: tuple[int, ...]
    """Whose numbers these are."""
    report_only: bool
    decisions: Mapping[str, int]
    """By the name of the reason."""
    recorded: int
    """Refusals that had a record of their own."""
    reloads: Mapping[ListName, int]
    upstream_errors: Mapping[str, int]
    lists: tuple[ListNumbers, ...]

    @property
    def suppressed(self) -> int:
        """Refusals that had no record of their own."""
        refused = sum(number for name, number in self.decisions.items() if not Reason[name].allowed)
        return max(refused - self.recorded, 0)  # a refusal may be counted between the readings of both

    def as_dict(self, now: float) -> dict[str, Any]:
        """Give what is shown as JSON; ``now`` is in seconds since 1970."""
        return {
            "processes": list(self.processes),
            "report_only": self.report_only,
            "decisions": dict(self.decisions),
            "refusals": {"recorded": self.recorded, "suppressed": self.suppressed},
            "upstream_errors": dict(self.upstream_errors),
            "reloads": [{"setting": s, "list": name, "times": times} for (s, name), times in self.reloads.items()],
            "lists": [_list_as_dict(each, now) for each in self.lists],
        }


def _list_as_dict(numbers: ListNumbers, now: float) -> dict[str, Any]:
    return {
        "process": numbers.process,
        "setting": numbers.setting,
        "list": numbers.name,
        "entries": numbers.entries,
        "age_seconds": None if numbers.written is None else round(now - numbers.written, 3),
        "stale": numbers.stale,
        "usable": numbers.usable,
    }


def numbers_of(status: GuardStatus) -> GuardNumbers:
    """Give the numbers of one process."""
    names = name_lists(status.lists)
    return GuardNumbers(
        processes=(status.process,),
        report_only=status.report_only,
        decisions={reason.name: number for reason, number in status.decisions.items()},
        recorded=status.written,
        reloads={name: each.reloads for name, each in zip(names, status.lists, strict=True)},
        upstream_errors=status.upstream_errors,
        lists=tuple(_list_numbers(status.process, name, each) for name, each in zip(names, status.lists, strict=True)),
    )


def name_lists(lists: Iterable[ListStatus]) -> list[ListName]:
    """Name each list by its setting and the name of its file; one that has another's name gets a number.

    >>> from datetime import UTC
    >>> now = datetime.now(UTC)
    >>> name_lists(ListStatus("allow", path, 1, now, now, None, False) for path in ("/a/office.txt", "/b/office.txt"))
    [('allow', 'office.txt'), ('allow', 'office.txt (2)')]
    """
    named: list[ListName] = []
    for each in lists:
        plain = PurePath(each.source).name
        times = sum(each.setting == setting and name.partition(" (")[0] == plain for setting, name in named)
        named.append((each.setting, f"{plain} ({times + 1})" if times else plain))
    return named


def _list_numbers(process: int, name: ListName, status: ListStatus) -> ListNumbers:
    return ListNumbers(
        process=process,
        setting=name[0],
        name=name[1],
        entries=status.entries,
        written=_seconds(status.as_of),
        stale=status.stale,
        usable=status.error is None,
    )


def _seconds(date: datetime | None) -> float | None:
    return None if date is None else date.timestamp()
