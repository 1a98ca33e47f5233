"""What is logged about followed lists: each thing once, when it begins."""

import logging
from collections.abc import Sequence

from xmlrpc_guard.errors import SourceError
from xmlrpc_guard.live.watched import Watched
from xmlrpc_guard.policy import Policy
from xmlrpc_guard.records import logger
from xmlrpc_guard.text import format_entries, printable


class Journal:
    """The records of one LivePolicy, and what of it has been logged already."""

    def __init__(self, policy: Policy, lists: Sequence[Watched]) -> None:
        self._policy, self._doubts = policy, policy.doubts  # which a guard logs when it is made
        self._trouble = ""
        for watched in lists:
            _log_problem("", watched)
            _log_warning("", watched)
            _log_stale(watched)

    def log_lists(self, before: Sequence[Watched], after: Sequence[Watched]) -> None:
        """Log what a look has changed: a new problem, its end, new entries, a list that is now too old."""
        for old, new in zip(before, after, strict=True):
            _log_problem(_problem_text(old), new)
            _log_warning(old.warning, new)
            _log_entries(old, new)
            if not old.stale:
                _log_stale(new)

    def log_doubts(self, policy: Policy) -> None:
        """Log the doubts that the policy before did not have. Working them out is for a new policy, not each look."""
        if policy is self._policy:
            return
        doubts = policy.doubts
        for doubt in doubts:
            if doubt not in self._doubts:
                logger.warning("%s", doubt)
        self._policy, self._doubts = policy, doubts

    def log_trouble(self, trouble: str) -> None:
        """Log why no look was possible, unless that was so at the last attempt."""
        if trouble != self._trouble:
            self._trouble = trouble
            logger.error("the lists could not be checked (%s); the active entries stay active", printable(trouble))

    def end_trouble(self) -> None:
        """Note that a look was possible."""
        self._trouble = ""


def _log_problem(before: str, new: Watched) -> None:
    problem = _problem_text(new)
    if problem and problem != before:
        logger.error("%s: %s; %s", new.setting, problem, _describe_active(new))


def _log_warning(before: str, new: Watched) -> None:
    if new.warning and new.warning != before:
        logger.warning("%s: %s", new.setting, new.warning)


def _log_entries(old: Watched, new: Watched) -> None:
    entries, name = new.active.entries, printable(new.source.name)
    if old.problem and not new.problem:
        logger.warning("%s: %s is usable again, with %s", new.setting, name, format_entries(entries))
    elif new.active.networks is not old.active.networks and new.active.networks != old.active.networks:
        level = logging.INFO if entries else logging.WARNING
        message = "%s: %s now has %s (%d before)"
        logger.log(level, message, new.setting, name, format_entries(entries), old.active.entries)


def _log_stale(new: Watched) -> None:
    if new.stale:
        message = "%s: %s is older than its max_age; %s"
        logger.warning(message, new.setting, printable(new.source.name), _describe_active(new))


def _problem_text(watched: Watched) -> str:
    problem: SourceError | None = watched.problem
    return "" if problem is None else str(problem)


def _describe_active(watched: Watched) -> str:
    written, which = watched.active.written, "an earlier list"
    if written is not None:
        which = f"the list of {written:%Y-%m-%d %H:%M} UTC"
    elif watched.active is watched.source.fallback:
        which = "the fallback"
    return f"{which} stays active, with {format_entries(watched.active.entries)}"
