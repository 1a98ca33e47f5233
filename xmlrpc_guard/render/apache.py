"""The rule for Apache: one file for the whole server, outside every virtual host.

``Redirect`` inside ``<If>`` is the one form that nothing in a site's own configuration or .htaccess undoes. Its list is
an expression, though, that is evaluated network by network; a long list is asked by ``Require`` instead.
"""

from collections.abc import Iterable, Iterator

from xmlrpc_guard.render.addresses import TOO_MANY, list_form
from xmlrpc_guard.render.rule import Rule, RuleLines

MOST_IN_EXPRESSION = 20
"""The networks up to which a list is an expression, at about 45 microseconds each for a refused request."""
_A_LINE = 200
"""The networks in one line of Require: Apache needs time that grows with the square of the lines."""


def render(rule: Rule) -> str:
    """Write the rule; it belongs into the server's configuration, outside of every virtual host."""
    return "\n".join((*_head(rule), *_doubt(rule), *_client(rule), *_refusal(rule, _guarded(rule)), ""))


def render_apart(rule: Rule, lists: str) -> tuple[str, str]:
    """Write the rule and its lists, which end with a definition that the rule asks for.

    All that depends on how many networks there are stands with the lists.
    """
    return (
        "\n".join((*_head(rule), "", f'Define {_PATH} "{_guarded(rule)}"', *_include(lists), "")),
        "\n".join((*_doubt(rule), *_client(rule), *_refusal(rule, f"${{{_PATH}}}"), f"Define {_WHOLE}", "")),
    )


_PATH = "XMLRPC_GUARD_PATH"
_WHOLE = "XMLRPC_GUARD_LISTS_ARE_WHOLE"


def _include(lists: str) -> Iterator[str]:
    yield f"UnDefine {_WHOLE}"  # which the lists of another rule may have defined
    yield f'Include "{lists}"'
    yield from (f"<IfDefine !{_WHOLE}>", f'    Error "{lists} is empty or cut off"', "</IfDefine>")


def _head(rule: Rule) -> Iterator[str]:
    yield "# Who may reach XML-RPC. This file belongs into the server's configuration, outside every <VirtualHost>."
    yield f"# Written by: {rule.again}"


def _doubt(rule: Rule) -> Iterator[str]:
    if not _in_expression(rule) and not rule.report_only:
        yield "# What undoes it: an <If> with a Require of a site's own, after this file or in an .htaccess, and an"
        yield "# ErrorDocument 403 that is the script itself. On the script it takes the place of a site's own Order,"
        yield "# Allow from and Deny from: write a listed client that only these refuse as --deny."


def _client(rule: Rule) -> Iterator[str]:
    if not rule.proxies:
        return
    yield from (
        "",
        "# mod_remoteip also reads names and odd spellings as addresses: a header that is not a list of plain",
    )
    yield from (
        "# addresses is emptied first. mod_headers must be loaded before mod_remoteip, as Debian's order does.",
    )
    for pattern in (f"(?i)^(?!{list_form(with_ports=False)}).*$", f"{TOO_MANY}.*$"):
        yield f'RequestHeader edit X-Forwarded-For "{pattern}" "" early'
    yield "RemoteIPHeader X-Forwarded-For"
    for line in rule.proxies:
        yield from (f"# trusted_proxies: {line.origin}", f"RemoteIPInternalProxy {line.cidr}")


def _refusal(rule: Rule, guarded: str) -> Iterator[str]:
    yield ""
    if rule.report_only:
        yield from _reported(rule, guarded)
    elif _in_expression(rule):
        yield from _origins(rule)
        yield from (f'<If "{guarded} && {_refused(rule)}">', '    Redirect 403 "/"', "</If>")
    else:
        yield from _required(rule, guarded)


def _in_expression(rule: Rule) -> bool:
    networks = len(rule.allow) + len(rule.deny) + len(rule.proxies)
    return networks <= MOST_IN_EXPRESSION


def _reported(rule: Rule, guarded: str) -> Iterator[str]:
    yield from _origins(rule)
    if rule.runs_php:
        yield "# What reaches the script by another name, through a rewrite, is not reported, and would be refused. A"
        yield "# path that only looks like the script's is reported, and would not be refused."
    yield from (f'<If "{guarded} && {_refused(rule)}">', "    SetEnv xmlrpc_guard_refused 1", "</If>")
    fields = '%a %t \\"%r\\" would be refused'
    yield f'GlobalLog "/var/log/xmlrpc-guard.log" "{fields}" env=xmlrpc_guard_refused'


def _required(rule: Rule, guarded: str) -> Iterator[str]:
    yield f'<If "{guarded}">'
    yield from ("    AuthMerging And", "    Satisfy All", "    <RequireAll>")
    if rule.proxies:
        yield from _nested("RequireNone", _require(rule.proxies))
    if rule.deny:
        yield from _nested("RequireNone", _require(rule.deny))
    yield from _nested("RequireAny", _require(rule.allow))
    yield from ("    </RequireAll>", "</If>")


def _nested(section: str, lines: Iterable[str]) -> Iterator[str]:
    yield f"        <{section}>"
    yield from (f"            {line}" for line in lines)
    yield f"        </{section}>"


def _require(lines: RuleLines) -> Iterator[str]:
    """Require one of the networks, many in a line; if there are none, an address that no client has."""
    yield from (f"# {line.cidr}: {line.origin}" for line in lines)
    networks = [line.cidr for line in lines] or ["255.255.255.255"]
    for start in range(0, len(networks), _A_LINE):
        yield f"Require ip {' '.join(networks[start : start + _A_LINE])}"


def _guarded(rule: Rule) -> str:
    """Write the question whether the request reaches a guarded script.

    Where Apache runs PHP, the question is about the file that it is about to run, after all rewrites. Where it passes
    the request on, about the path as decoded, and as sent up to its question mark (ProxyPass with nocanon). A rule that
    only reports asks for the path as well as the file: a log knows nothing of the request that a rewrite has led to.
    """
    if rule.runs_php:
        file = f"%{{SCRIPT_FILENAME}} =~ m!{rule.decoded_path}!i"
        return f"({file} || %{{REQUEST_URI}} =~ m!{rule.decoded_path}!i)" if rule.report_only else file
    sent = f"%{{THE_REQUEST}} =~ m!^[^ ]* [^?]*{rule.raw_path}!i"
    return f"(%{{REQUEST_URI}} =~ m!{rule.decoded_path}!i || {sent})"


def _refused(rule: Rule) -> str:
    refused = [*(_matches(line.cidr) for line in (*rule.proxies, *rule.deny)), f"! ({_any(rule.allow)})"]
    return f"({' || '.join(refused)})"


def _any(lines: RuleLines) -> str:
    return " || ".join(_matches(line.cidr) for line in lines) or "false"


def _matches(cidr: str) -> str:
    return f"%{{REMOTE_ADDR}} -ipmatch '{cidr}'"


def _origins(rule: Rule) -> Iterator[str]:
    for setting, lines in (("allow", rule.allow), ("deny", rule.deny)):
        yield from (f"# {setting}: {line.cidr}: {line.origin}" for line in lines)
