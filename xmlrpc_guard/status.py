"""What a guard has done so far, for an operator, a health check or a monitoring system."""

import os
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, NamedTuple

from xmlrpc_guard.counting import EventCounts
from xmlrpc_guard.policy import Reason

if TYPE_CHECKING:
    from datetime import datetime


class ListStatus(NamedTuple):
    """The state of one followed list, in the process that calls ``status()``."""

    setting: str
    """``allow``, ``deny`` or ``trusted_proxies``."""
    source: str
    """The file's path."""
    entries: int
    """The number of active entries."""
    as_of: "datetime | None"
    """When these were written; None for a fallback."""
    attempted: "datetime"
    """When the last look at the file was."""
    error: str | None
    """What was wrong with the file then; None if nothing was, so that the active entries are the file's."""
    stale: bool
    """Whether they were written longer ago than ``max_age``."""
    reloads: int = 0
    """How often other entries have become active since this process began."""
    warning: str = ""
    """What is wrong about a list that is usable, as that others may change its file; "" if nothing is."""


class GuardCounts(NamedTuple):
    """The counts of one guard, of the lists of its policy, and of the proxy that it guards."""

    decisions: EventCounts[Reason]
    """Decisions on guarded requests."""
    written: EventCounts[str]
    """Refusals that had a record of their own."""
    reloads: EventCounts[int]
    """Reloads, by the position of the list in ``status()`` of the policy."""
    upstream_errors: EventCounts[str]
    """Requests that the upstream did not answer, by the status of the answer in its place, and answers cut short."""

    @classmethod
    def of(
        cls, app: object, source: object, decisions: EventCounts[Reason], written: EventCounts[str]
    ) -> "GuardCounts":
        """Add the counts that an application and a source of policies keep themselves, where they do."""
        return cls(decisions, written, _kept(source, "reloads"), _kept(app, "upstream_errors"))


def _kept(keeper: object, name: str) -> EventCounts[Any]:
    events = getattr(keeper, name, None)
    return events if isinstance(events, EventCounts) else EventCounts(())


class GuardStatus(NamedTuple):
    """What one process has decided and recorded since it began, and the state of its lists."""

    process: int
    """The process' id: all numbers are its own."""
    report_only: bool
    """Whether the refused were let through."""
    decisions: Mapping[Reason, int]
    """How many guarded requests were decided, by reason."""
    written: int
    """How many refusals had a record of their own."""
    upstream_errors: Mapping[str, int]
    """How many requests the upstream did not answer: by the status of the answer in its place (``502``, ``504``), or
    ``broken off``."""
    lists: tuple[ListStatus, ...]
    """The followed lists."""

    @property
    def refused(self) -> int:
        """How many requests were refused, or would have been."""
        return sum(number for reason, number in self.decisions.items() if not reason.allowed)

    @property
    def suppressed(self) -> int:
        """How many of these had no record of their own."""
        return self.refused - self.written


def make_status(counts: GuardCounts, source: Any, *, report_only: bool) -> GuardStatus:
    """Put the status of a guard together, whose policies come from ``source``."""
    written = counts.written.read()  # before the decisions, of which it is a part
    lists: list[ListStatus] = source.status() if counts.reloads.cells else []
    return GuardStatus(
        process=os.getpid(),
        report_only=report_only,
        decisions=counts.decisions.read(),
        written=sum(written.values()),
        upstream_errors=counts.upstream_errors.read(),
        lists=tuple(lists),
    )
