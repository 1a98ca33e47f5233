"""The rule for nginx: what belongs into ``http``, and the line that each ``server`` needs.

Two things decide the shape. A map whose pattern cannot be evaluated takes its default, so each map's default is the
answer that refuses. And ``geo`` walks X-Forwarded-For from the right by itself, without changing $remote_addr, which
logs and other rules use; but where the header is absent or unreadable it takes the proxy's own address, so a client
that is a trusted proxy is refused, and the whole header must have the form of a list.
"""

from collections.abc import Iterable, Iterator

from xmlrpc_guard.render.addresses import TOO_MANY, list_form
from xmlrpc_guard.render.rule import Line, Rule, RuleLines, without_repeats

REFUSAL = 'if ($xmlrpc_guard_refused) { return 403 "Forbidden"; }'
"""Refuses with a text, which is not given to error_page: that may lead to a location that runs the very script."""
_LOG = "/var/log/xmlrpc-guard.log"
_UNIX = Line("255.255.255.254/31", "geo takes a unix socket's client for the last of these, which no other has")

# Each decision is the answers to some questions, in order: 1 for yes. The first row passes what reaches no script.
_UNGUARDED = ("~^0", "no guarded script")
_LISTED = {
    ("guarded", "denied", "allowed"): [("101", "an allowed client")],
    ("guarded", "denied", "allowed", "proxy", "peer_trusted", "header_readable"): [
        ("~^1010(0|11)", "an allowed client, which connects itself or is named by a trusted proxy"),
    ],
}


def render(rule: Rule) -> str:
    """Write the rule; it belongs into ``http``, as a file of conf.d does."""
    return "\n".join((*_head(rule), *_path(rule), *_client(rule), *_decision(rule), *_log_format(rule), ""))


def render_apart(rule: Rule, lists: str) -> tuple[str, str]:
    """Write the rule and its lists. A list that is missing or cut off is a variable that nginx does not know."""
    written = (*_head(rule), "", f"include {lists};", *_path(rule), *_decision(rule), *_log_format(rule), "")
    return "\n".join(written), "\n".join((*_client(rule), ""))


def _head(rule: Rule) -> Iterator[str]:
    yield "# Who may reach XML-RPC. This file belongs into http { }, as a file of conf.d does. Each server { } that it"
    yield "# is for needs the following, before every rewrite, if and break of its own:"
    yield "#"
    yield from (f"#     {line}" for line in server_lines(rule))
    yield "#"
    if not rule.report_only:
        yield "# The line is not reached after those, and nginx -t does not notice. Write it once more, first in each"
        yield "# location that has fastcgi_pass or proxy_pass: there it also sees what a rewrite leads to."
        yield "#"
    yield f"# Written by: {rule.again}"


def server_lines(rule: Rule) -> tuple[str, ...]:
    """Write the lines for each server; without report_only it is one, and good for a location too.

    What is reported is kept in a variable, as the path is another one once a location has tried another file.
    """
    if rule.report_only:
        log = f"access_log {_LOG} xmlrpc_guard if=$xmlrpc_guard_reported;  # beside your own access_log, not alone"
        return "if ($xmlrpc_guard_refused) { set $xmlrpc_guard_reported 1; }", log
    return (REFUSAL,)


def _path(rule: Rule) -> Iterator[str]:
    yield from ("", "# Does the path reach a guarded script? Where a pattern cannot be evaluated, it does.")
    if rule.runs_php:
        yield from _map("$uri", "guarded", [(f"~*(?s)^(?!.*{rule.decoded_path})", 0, "")])
        return
    # The query is not a part of the path: the raw target is looked at up to its question mark.
    raw = f"~*^(?![^?]*{rule.raw_path})"
    yield from _map("$request_uri", "guarded_as_sent", [(raw, 0, "")])
    yield from _map("$uri", "guarded_decoded", [(f"~*(?s)^(?!.*{rule.decoded_path})", 0, "")])
    asked = f"{_name('guarded_as_sent')}{_name('guarded_decoded')}"
    yield from _map(asked, "guarded", [("00", 0, "")])


def _client(rule: Rule) -> Iterator[str]:
    yield from _geo("", "denied", rule, without_repeats((*rule.deny, _UNIX)))
    yield from _geo("", "allowed", rule, rule.allow)
    if rule.proxies:
        yield from (
            "",
            "# Is the client itself a trusted proxy? Then the header was absent or unreadable, or named proxies",
        )
        yield from ("# only: refused, which is stricter than the guard.",)
        yield from _geo("", "proxy", rule, rule.proxies)
        yield from _geo("$realip_remote_addr ", "peer_trusted", None, rule.proxies)
        rows = [(f"~{TOO_MANY}", 0, ""), (f"~*{list_form(with_ports=True)}", 1, "")]
        yield from _map("$http_x_forwarded_for", "header_readable", rows, default=0)


def _decision(rule: Rule) -> Iterator[str]:
    questions = list(_LISTED)[bool(rule.proxies)]
    rows = [(*_UNGUARDED, 0), *((answers, why, 0) for answers, why in _LISTED[questions])]
    yield from ("", f"# In this order: {', '.join(questions)}; 1 is yes. All that is not listed is refused.")
    yield from _map("".join(map(_name, questions)), "refused", [(answers, no, why) for answers, why, no in rows])


def _log_format(rule: Rule) -> Iterator[str]:
    fields = '\'$remote_addr [$time_iso8601] "$request" would be refused, X-Forwarded-For "$http_x_forwarded_for"\''
    yield "# nginx takes the last of two maps or lists of a name, but no second format: so there is one rule."
    yield f"log_format xmlrpc_guard {fields};"
    if rule.report_only:
        yield 'map "" $xmlrpc_guard_reported { default 0; }'


def _geo(address: str, name: str, walk: Rule | None, lines: RuleLines) -> Iterator[str]:
    yield f"geo {address}{_name(name)} {{"
    if walk and walk.proxies:
        yield "    proxy_recursive;"
        yield from (f"    proxy {_network(line)};" for line in walk.proxies)
    yield "    default 0;"
    yield from (f"    {_network(line)} 1;  # {line.origin}" for line in lines)
    yield "}"


def _network(line: Line) -> str:
    # nginx takes the address of 32 ones for what it gives where it cannot read a network, unless it stands alone.
    return "255.255.255.255" if line.cidr == "255.255.255.255/32" else line.cidr


def _map(source: str, name: str, rows: Iterable[tuple[str, int, str]], default: int = 1) -> Iterator[str]:
    yield f'map "{source}" {_name(name)} {{'
    yield "    volatile;"  # an error page, or a location that is tried next, has another path
    yield f"    default {default};"
    for pattern, value, why in rows:
        yield f'    "{pattern}" {value};{f"  # {why}" if why else ""}'
    yield "}"


def _name(name: str) -> str:
    return f"$xmlrpc_guard_{name}"
