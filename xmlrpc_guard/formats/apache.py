"""Apache: ``Require ip``, ``Order``, ``Allow from`` and ``Deny from``, and mod_remoteip's trusted proxies."""

import re
from collections import Counter
from collections.abc import Iterable, Iterator
from itertools import islice

from xmlrpc_guard.formats.apache_directives import ApacheDirective, Section, read_apache_directives
from xmlrpc_guard.formats.item import Format, Item, Left, Refused, Row, exception
from xmlrpc_guard.formats.notation import read_masked, read_partial

_EXPRESSIONS = frozenset(("if", "elseif", "else"))
_OTHER = "other directives"

# Require, Order, Allow and Deny

_ACCESS = frozenset(("require", "order", "allow", "deny"))


def read_apache(text: str) -> Iterator[Item]:
    """Give the entries that ``Require ip`` and ``Allow from`` let in, by section."""
    directives = list(read_apache_directives(text))
    access: dict[tuple[Section, ...], list[ApacheDirective]] = {}
    for each in directives:
        if isinstance(each, ApacheDirective) and each.name in _ACCESS:
            access.setdefault(each.place.scope, []).append(each)
    labels = _label(access)
    for each in directives:
        if isinstance(each, Refused):
            yield each
        elif each.name not in _ACCESS:
            yield _read_other(each, labels.get(each.place.scope))
    for scope, rules in access.items():
        yield from _read_scope(rules, labels[scope])


def _label(scopes: Iterable[tuple[Section, ...]]) -> dict[tuple[Section, ...], str]:
    """Name each scope by its headers, and by its line where others have those headers too."""
    texts = {scope: " ".join(section.header for section in scope) for scope in scopes}
    names = Counter(texts.values())
    return {scope: text if names[text] == 1 else f"{text} (line {scope[-1].line})" for scope, text in texts.items()}


def _read_other(directive: ApacheDirective, part: str | None) -> Item:
    """Look at a directive that is not a rule; ``part`` is None if there are no rules in its scope."""
    line, words = directive.line, directive.words
    if part is not None and directive.name in ("include", "includeoptional"):
        return Refused(line, f"{words!a:.80} may hold more rules; put them in place of it", part)
    if part is not None and _BY_ADDRESS.search(words) and directive.name in _DECIDING:
        return exception(line, words, part, "decides by address too")
    return Left(line, _OTHER)


_DECIDING = frozenset(("rewritecond", "setenvif", "setenvifnocase", "setenvifexpr", "browsermatch"))
_BY_ADDRESS = re.compile(r"remote_(?:addr|host)|forwarded|real.ip", re.IGNORECASE)


def _read_scope(rules: list[ApacheDirective], part: str) -> Iterator[Item]:
    """Give what the rules of a scope let in; under several conditions, or of both kinds, they must let in the same."""
    variants: dict[tuple[tuple[Section, ...], bool], list[Row]] = {}
    scope = _Scope(rules, part)
    for rule in rules:
        for item in scope.read(rule):
            if isinstance(item, Row):
                variants.setdefault((rule.place.conditions, rule.name == "require"), []).append(item)
            else:
                yield item
    rows, *others = variants.values() or [[]]
    texts = {row.text for row in rows} if others else set()
    for other in others:
        if {row.text for row in other} != texts:
            problem = f"lets in others than line {rows[0].line}, in the same place; leave only the rules that are meant"
            yield Refused(other[0].line, problem, part)
    yield from rows


def _line_of(rule: ApacheDirective) -> int:
    return rule.line


def _asks_for_address(rule: ApacheDirective) -> bool:
    return rule.name == "require" and _first_word(rule) == "ip"


def _denies_all(rule: ApacheDirective) -> bool:
    return rule.name == "deny" and [word.lower() for word in rule.arguments] == ["from", "all"]


def _headers(rule: ApacheDirective) -> tuple[str, ...]:
    """Give the conditions under which alone a rule is read, as they are written."""
    return tuple(condition.header.lower() for condition in rule.place.conditions)


def _around(rule: ApacheDirective) -> list[tuple[str, ...]]:
    """Give the conditions under which what is read is read wherever a rule is: its own, and those around them."""
    headers = _headers(rule)
    return [headers[:depth] for depth in range(len(headers) + 1)]


def _first_word(rule: ApacheDirective) -> str:
    return rule.arguments[0].lower() if rule.arguments else ""


class _Scope:
    """The rules of one scope: what each of them means beside the others."""

    def __init__(self, rules: list[ApacheDirective], part: str) -> None:
        self._part = part
        self._asks = any(map(_asks_for_address, rules))
        self._allows = self._asks or any(rule.name == "allow" for rule in rules)
        self._denying = {_headers(rule) for rule in rules if _denies_all(rule)}
        self._closed: dict[tuple[Section, ...], bool] = {}
        self._orders = {_headers(rule): rule for rule in rules if rule.name == "order"}
        self._is_conditional = any(section.name in _EXPRESSIONS for section in rules[0].place.scope)
        self._children: dict[Section, dict[object, int]] = {}
        for rule in rules:
            # A negation is refused for its own sake.
            for depth, container in enumerate(rule.place.containers if rule.arguments[:1] != ["not"] else ()):
                # A container in another counts as one rule.
                child = rule.place.containers[depth + 1 : depth + 2] or rule.line
                self._children.setdefault(container, {}).setdefault(child, rule.line)

    def read(self, rule: ApacheDirective) -> Iterator[Item]:
        """Give the addresses of a rule, or what else it is."""
        if self._is_conditional:
            yield self._refuse(rule, "holds under a condition only; leave only what always holds")
        if rule.name == "order":
            yield Left(rule.line, _OTHER)
        elif rule.name == "require":
            yield from self._read_require(rule)
        elif _first_word(rule) == "from" and rule.arguments[1:]:
            read = self._read_allowed if rule.name == "allow" else self._read_denied
            yield from (read(rule, address) for address in rule.arguments[1:])
        else:
            yield self._refuse(rule, f"is not a rule; write {rule.name} from and addresses")

    def _refuse(self, rule: ApacheDirective, problem: str) -> Refused:
        return Refused(rule.line, f"{rule.words!a:.80} {problem}", self._part)

    def _read_allowed(self, rule: ApacheDirective, address: str) -> Item:
        word = address.lower()
        if word == "all":
            return self._refuse(rule, "lets everyone in; leave only the rules that are meant")
        if word.startswith("env="):
            return self._refuse(rule, "asks for a variable, which a list file cannot; leave only addresses")
        if not self._asks and not self._is_closed(rule):
            problem = "lets everyone in under Order Deny,Allow, as nothing denies the rest"
            return self._refuse(rule, f"{problem}; write 'Deny from all' beside it, or Require ip")
        return Row(rule.line, address, self._part)

    def _is_closed(self, rule: ApacheDirective) -> bool:
        """Return whether those are refused that no rule is about, wherever a rule is read."""
        conditions = rule.place.conditions
        if conditions not in self._closed:
            denied = not self._denying.isdisjoint(_around(rule))
            self._closed[conditions] = denied or self._order(rule) != "deny,allow"
        return self._closed[conditions]

    def _read_denied(self, rule: ApacheDirective, address: str) -> Item:
        if address.lower() != "all":
            return exception(rule.line, rule.words, self._part)
        order = self._order(rule)
        if order == "deny,allow" or not self._allows:
            return Left(rule.line, "'Deny from all', which refuses all the rest")
        return self._refuse(rule, f"under Order {order:.30} refuses those that are allowed too; write Order Deny,Allow")

    def _order(self, rule: ApacheDirective) -> str:
        """Give the order of a rule: the last one that is read where it is read, or Apache's default."""
        read = [self._orders[each] for each in _around(rule) if each in self._orders]
        return "".join(max(read, key=_line_of).arguments).lower() if read else "deny,allow"

    def _read_require(self, rule: ApacheDirective) -> Iterator[Item]:
        kinds = [container.name for container in rule.place.containers]
        first, rest = _first_word(rule), rule.arguments[1:]
        if first == "not" or "requirenone" in kinds:
            yield exception(rule.line, rule.words, self._part)
        elif first == "ip" and rest:
            if kinds:
                yield from self._check_alone(rule)
            for address in rest:
                yield Row(rule.line, address, self._part)
        elif (said := " ".join(rule.arguments).lower()) == "all denied" and "requireall" not in kinds:
            yield Left(rule.line, "'Require all denied', which refuses all the rest")
        elif said == "all granted":
            yield self._refuse(rule, "lets everyone in; leave only the rules that are meant")
        else:
            yield self._refuse(
                rule, "is not a rule about addresses, which a list file cannot hold; leave only addresses"
            )

    def _check_alone(self, rule: ApacheDirective) -> Iterator[Refused]:
        """Refuse a rule that lets a client in only if another one does so too."""
        for container in rule.place.containers:
            lines = [*islice(self._children[container].values(), 2)]
            if container.name == "requireall" and len(lines) > 1:
                both = f"lines {lines[0]} and {lines[1]} must both let a client in, which a list file cannot say"
                yield Refused(rule.line, f"{both}; write the addresses that both have", self._part)


# mod_remoteip


def read_remote_ip(text: str) -> Iterator[Item]:
    """Give the proxies of RemoteIPTrustedProxy and RemoteIPInternalProxy, by section."""
    directives = list(read_apache_directives(text))
    named = [each for each in directives if isinstance(each, ApacheDirective) and each.name.startswith("remoteip")]
    labels = _label({each.place.scope: None for each in named})
    for each in directives:
        if isinstance(each, Refused):
            yield each
        elif each.name in ("remoteiptrustedproxy", "remoteipinternalproxy"):
            yield from (Row(each.line, address, labels[each.place.scope]) for address in each.arguments)
        elif each.name in ("remoteiptrustedproxylist", "remoteipinternalproxylist"):
            problem = f"{each.words!a:.80} reads another file; convert that one, or put its lines in place of it"
            yield Refused(each.line, problem, labels[each.place.scope])
        else:
            yield _read_other(each, labels.get(each.place.scope))


_BLANK = r"(?>(?:[ \t]|\\\r?\n)+)"  # a backslash goes on in the next line

FORMATS = (
    Format(
        "apache",
        "Apache's access rules",
        re.compile(
            rf"^[ \t]*(?:Require{_BLANK}(?:not{_BLANK})?(?:ip|all|host|local)\b|Order{_BLANK}\w+\s*,"
            rf"|(?:Allow|Deny){_BLANK}from\b)",
            re.MULTILINE | re.IGNORECASE,
        ),
        read_apache,
        read_partial,
    ),
    Format(
        "apache-remoteip",
        "Apache's RemoteIPTrustedProxy",
        re.compile(r"^[ \t]*RemoteIP(?:TrustedProxy|InternalProxy)", re.MULTILINE | re.IGNORECASE),
        read_remote_ip,
        read_masked,
    ),
)
