"""The rule for a server in front, put together from a configuration."""

from collections.abc import Iterator

from xmlrpc_guard.cli.render.lines import names_file, read_rule_lines
from xmlrpc_guard.networks import Networks
from xmlrpc_guard.peers import UNIX_SOCKET
from xmlrpc_guard.policy import Policy
from xmlrpc_guard.public_calls import PublicCalls
from xmlrpc_guard.render.limits import EdgeNeeds
from xmlrpc_guard.render.rule import Rule, RuleLines
from xmlrpc_guard.settings.configuration import Configuration
from xmlrpc_guard.settings.written import Entry

_LISTS = ("allow", "deny", "trusted_proxies")


def compose(configuration: Configuration, *, runs_php: bool, again: str) -> tuple[Rule, EdgeNeeds]:
    """Make the rule, and what of the settings may be more than a server can express.

    ConfigurationError if the settings cannot be used, a list file that cannot be read included.
    """
    settings = configuration.settings()
    policy = settings.follow().current()
    with configuration.naming_origins():
        lists = {name: read_rule_lines(name, _addresses(configuration, name)) for name in _LISTS}
    rule = Rule(
        allow=lists["allow"],
        deny=lists["deny"],
        proxies=lists["trusted_proxies"],
        unix=any(_is_unix(entry) for entry in _entries(configuration, "trusted_proxies")),
        scripts=tuple(policy.scripts),
        report_only=settings.reports_only,
        runs_php=runs_php,
        again=again,
    )
    return rule, _find_written(configuration, rule, policy)


def names_of_files(configuration: Configuration) -> list[str]:
    """Give the list files that entries of a configuration name, each as written."""
    entries = (entry for name in _LISTS for entry in _entries(configuration, name) if names_file(entry))
    return [str(entry.value).removeprefix("file:") for entry in entries]


def _entries(configuration: Configuration, name: str) -> tuple[Entry, ...]:
    given = configuration.given.get(name)
    return given.entries if given else ()


def _addresses(configuration: Configuration, name: str) -> list[Entry]:
    return [entry for entry in _entries(configuration, name) if not _is_unix(entry)]


def _is_unix(entry: Entry) -> bool:
    return str(entry.value).partition(":")[0] == UNIX_SOCKET


def _find_written(configuration: Configuration, rule: Rule, policy: Policy) -> EdgeNeeds:
    entries = [(name, entry) for name in _LISTS for entry in _entries(configuration, name)]
    return EdgeNeeds(
        forwarded_header=policy.forwarded_header.name,
        files=tuple((name, str(entry.value)) for name, entry in entries if names_file(entry)),
        overlap=tuple(_networks(rule.allow).overlap(_networks(rule.proxies))),
        unknown=tuple(name for name, opens in _lets_more_in(policy.calls) if opens),
    )


def _lets_more_in(calls: PublicCalls) -> Iterator[tuple[str, bool]]:
    """Give the settings by which the guard may let in whom a rule refuses. The others say how a guard works."""
    yield "public_methods", bool(calls.methods)
    yield "public_rsd", calls.rsd and not calls.methods.rsd


def _networks(lines: RuleLines) -> Networks:
    return Networks(line.cidr for line in lines)
