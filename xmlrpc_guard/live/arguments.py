"""The checks of what File and LivePolicy are made with; each raises ConfigurationError, with the argument's name."""

import os
from collections.abc import Iterable, Iterator
from datetime import datetime, timedelta
from math import inf
from typing import TypeGuard

from xmlrpc_guard.errors import ConfigurationError, as_list
from xmlrpc_guard.listfile.paths import parse_path
from xmlrpc_guard.live.source import Source, has_zone, is_source
from xmlrpc_guard.policy import Policy
from xmlrpc_guard.published import PUBLISHED, nearest_list


def check_path(path: object) -> str:
    """Return a path as absolute text: a server may change its directory later. Symbolic links stay."""
    text = os.fspath(path) if isinstance(path, os.PathLike) else path
    if not isinstance(text, str):
        raise ConfigurationError("path", path, "is not a path; write it as text")
    if not text or "\0" in text:
        raise ConfigurationError("path", path, "is not the path of a file; write one as '/etc/xmlrpc-guard/office.txt'")
    return os.path.abspath(text)  # noqa: PTH100 - Path.resolve follows symbolic links


def check_fallback(name: object) -> str:
    """Return the name of a published list."""
    if not isinstance(name, str) or name not in PUBLISHED:
        near = nearest_list(name) if isinstance(name, str) else None
        offer = near or f"one of: {', '.join(PUBLISHED)}"
        raise ConfigurationError("fallback", name, f"is not a known list; write {offer}")
    return name


def check_max_age(max_age: object) -> timedelta | None:
    """Return a positive length of time, or None."""
    if max_age is not None and (not isinstance(max_age, timedelta) or max_age <= timedelta(0)):
        raise ConfigurationError("max_age", max_age, "is not a length of time; write timedelta(days=7)")
    return max_age


def check_service(service: object) -> str | None:
    """Return the name of a service, or None."""
    if service is not None and (not isinstance(service, str) or not service):
        raise ConfigurationError("service", service, "is not a service's name; write 'CLOUDFRONT_ORIGIN_FACING'")
    return service


def check_field(field: object, service: str | None) -> str | None:
    """Return a path to a part of a JSON document, or None; beside a service it is an error."""
    if field is None:
        return None
    if not isinstance(field, str):
        raise ConfigurationError("field", field, "is not a path to a part of a document; write one such as 'hooks'")
    parse_path(field)
    if service is not None:
        raise ConfigurationError("field", field, "is set beside service, which names a part too; leave one out")
    return field


def check_policy(policy: object) -> Policy:
    """Return a Policy: another LivePolicy, or a list, is not one."""
    if not isinstance(policy, Policy):
        raise ConfigurationError("policy", policy, "is not a Policy; write Policy(allow=[...])")
    return policy


def check_sources(setting: str, sources: Iterable[Source]) -> Iterator[Source]:
    """Give each source of a list of sources."""
    for source in as_list(setting, sources):
        if not is_source(source):
            raise ConfigurationError(setting, source, "is not a source; write File(path), or put entries in the policy")
        yield source


def check_every(every: object) -> float:
    """Return seconds, 0 or more."""
    if not _is_number(every) or not 0 <= every < inf:
        raise ConfigurationError("every", every, "is not a number of seconds; write 5.0")
    return every


def check_clock(seconds: object) -> float:
    """Return the seconds that a clock returned."""
    if not _is_number(seconds) or not -inf < seconds < inf:
        raise ConfigurationError(
            "clock", seconds, "is what clock() returned, not a number of seconds; write time.monotonic"
        )
    return seconds


def check_now(now: datetime) -> datetime:
    """Return the time that ``now`` returned."""
    if not has_zone(now):
        raise ConfigurationError(
            "now", now, "is what now() returned, not a time with a zone; write lambda: datetime.now(UTC)"
        )
    return now


def _is_number(value: object) -> TypeGuard[float]:
    return isinstance(value, int | float) and not isinstance(value, bool)
