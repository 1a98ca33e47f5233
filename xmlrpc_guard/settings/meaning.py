"""What a configuration means, in sentences, and every doubt about it."""

import re
from collections.abc import Iterator, Sequence

from xmlrpc_guard.live.policy import LivePolicy
from xmlrpc_guard.policy import Policy, PolicySource
from xmlrpc_guard.published import PUBLISHED
from xmlrpc_guard.settings.configuration import Configuration
from xmlrpc_guard.settings.setting import Setting
from xmlrpc_guard.settings.table import ALL_SETTINGS
from xmlrpc_guard.settings.written import Entry, Settings
from xmlrpc_guard.status import ListStatus
from xmlrpc_guard.text import format_entries

_MOST_SHOWN = 8  # entries, in a sentence that names them
# What the sentences about a policy say; a setting that is none of these has a sentence of its own if it is given.
_SAID = ("allow", "deny", "trusted_proxies", "forwarded_header", "scripts", "report_only", "public_methods")


def describe_meaning(configuration: Configuration, source: PolicySource) -> Iterator[str]:
    """Say what a configuration means; ``source`` is the policy that its ``follow()`` gave.

    >>> from xmlrpc_guard.settings.configuration import read_configuration
    >>> configuration = read_configuration({}, {"XMLRPC_GUARD_ALLOW": "jetpack"})
    >>> for sentence in describe_meaning(configuration, configuration.follow()):
    ...     print(sentence)
    Guarded: xmlrpc.php, in any directory and spelling. All other pages pass.
    The client is the address that connects; no header is read.
    Let in: jetpack (8 entries of 2025).
    All others are refused.
    """
    settings, policy, lists = configuration.settings(), source.current(), _list_status(source)
    yield f"Guarded: {', '.join(policy.scripts)}, in any directory and spelling. All other pages pass."
    yield _describe_client(settings, policy, lists)
    if settings.deny:
        yield f"Refused first: {_describe_entries('deny', settings.deny, lists)}."
    yield f"Let in: {_describe_entries('allow', settings.allow, lists) or 'no one'}."
    if policy.calls.is_open:
        yield f"Anyone may {_describe_calls(settings, policy)}, at {', '.join(policy.calls.endpoints)}."
    yield (
        "REPORT-ONLY: no one is refused; what would be is logged."
        if settings.reports_only
        else f"All {'other requests' if policy.calls.is_open else 'others'} are refused."
    )
    yield from (
        _describe_other(row, configuration) for row in ALL_SETTINGS.values() if _needs_sentence(row, configuration)
    )


def find_doubts(configuration: Configuration, source: PolicySource) -> list[str]:
    """Give every doubt about a configuration: about its policy, what is not read, and the files that it follows."""
    settings, policy = configuration.settings(), source.current()
    lists = _doubts_about_lists(_list_status(source))
    doubts = [*configuration.doubts, *policy.doubts, *settings.unread, *lists]
    if not policy.allow and not policy.calls.is_open:
        doubts.append("allow is empty: every request for a guarded script is refused")
    if settings.reports_only:
        doubts.append("report_only is on: no request is refused")
    return doubts


def _describe_client(settings: Settings, policy: Policy, lists: Sequence[ListStatus]) -> str:
    if not settings.trusted_proxies:
        return "The client is the address that connects; no header is read."
    proxies = _describe_entries("trusted_proxies", settings.trusted_proxies, lists)
    return f"Trusted proxies: {proxies}. They name the client in {policy.forwarded_header}; all others are the client."


def _describe_calls(settings: Settings, policy: Policy) -> str:
    calls = _describe_entries("public_methods", settings.public_methods or (), ())
    discovery = "ask for discovery" if policy.calls.rsd else ""
    return " and ".join(filter(None, (calls and f"call {calls}", discovery)))


def _describe_entries(setting: str, entries: Sequence[Entry], lists: Sequence[ListStatus]) -> str:
    files = iter([each for each in lists if each.setting == setting])
    shown = [_describe_entry(str(entry.value), files) for entry in entries]
    more = len(shown) - _MOST_SHOWN
    return ", ".join(shown[:_MOST_SHOWN]) + (f" and {more} more" if more > 0 else "")


def _describe_entry(text: str, files: Iterator[ListStatus]) -> str:
    if text in PUBLISHED:
        return f"{text} ({format_entries(len(PUBLISHED[text].entries))} of {PUBLISHED[text].seen})"
    if text.startswith("file:"):
        file = next(files)
        when = f" of {file.as_of:%Y-%m-%d}" if file.as_of else ", its fallback"
        return f"{file.source} ({format_entries(file.entries)}{when})"
    return text


def _needs_sentence(row: Setting, configuration: Configuration) -> bool:
    return row.name in configuration.given and row.name not in _SAID


def _describe_other(row: Setting, configuration: Configuration) -> str:
    values = ", ".join(format_value(entry.value) for entry in configuration.given[row.name].entries)
    purpose = re.split(r"[.;:](?:\s|$)", row.help)[0]  # the rest of the help says how to write it
    return f"{row.name} is {values or 'empty'}: {purpose[:1].lower()}{purpose[1:]}."


def format_value(value: object) -> str:
    """Write a value as it can be written in a flag.

    >>> format_value(True), format_value(5.0), format_value("jetpack")
    ('true', '5', 'jetpack')
    """
    if isinstance(value, bool):
        return str(value).lower()
    return f"{value:g}" if isinstance(value, float) else str(value)


def _list_status(source: PolicySource) -> Sequence[ListStatus]:
    return source.status() if isinstance(source, LivePolicy) else ()


def _doubts_about_lists(lists: Sequence[ListStatus]) -> Iterator[str]:
    for each in lists:
        if each.error:
            active = format_entries(each.entries)
            yield f"{each.setting}: {each.error}; {active} of an earlier list or the fallback are active"
        if each.warning:
            yield f"{each.setting}: {each.warning}"
        if each.stale:
            yield f"{each.setting}: {each.source} is older than its max_age"
