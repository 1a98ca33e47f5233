"""nginx: ``allow`` and ``deny``, ``geo``, and ``set_real_ip_from``."""

import re
from collections import Counter
from collections.abc import Iterator

from xmlrpc_guard.formats.directives import TOP, Block, Directive, read_directives
from xmlrpc_guard.formats.item import Format, Item, Left, Refused, Row, exception
from xmlrpc_guard.formats.notation import read_masked
from xmlrpc_guard.formats.values import Valued, Values
from xmlrpc_guard.listfile.addresses import holds_address
from xmlrpc_guard.listfile.verdicts import is_off

# allow and deny

_OTHER = "other directives"
# Files that set parameters and hold no rules, as packages and recipes name them.
_PARAMETERS = re.compile(r"(?:.*/)?(?:(?:fastcgi|uwsgi|scgi|proxy)_params|fastcgi(?:-php)?\.conf|mime\.types)")


def read_nginx(text: str) -> Iterator[Item]:
    """Give the entries of ``allow``, by block; ``deny all`` is left where no other rule of its block comes after it."""
    directives = [*read_directives(text)]
    blocks: set[Block] = set()
    last: dict[Block, int] = {}  # where the last rule stands that does not refuse all
    for place, each in enumerate(directives):
        if isinstance(each, Directive) and _is_rule(each):
            blocks.add(each.block)
            if each.words != ["deny", "all"]:
                last[each.block] = place
    labels = _label(blocks)
    yield from _find_open([each for each in directives if isinstance(each, Directive)], labels)
    either = {each.block for each in directives if isinstance(each, Directive) and each.words == ["satisfy", "any"]}
    for place, each in enumerate(directives):
        if isinstance(each, Refused):
            yield each
        elif _is_rule(each):
            yield _read_rule(each, labels[each.block], is_last=place > last.get(each.block, -1))
        elif each.block not in either and each.words[:1] in _PASSWORDS and each.words[1:] != ["off"]:
            yield _read_password(each, labels.get(each.block))
        else:
            yield _read_other(each, labels.get(each.block))


def _find_open(directives: list[Directive], labels: dict[Block, str]) -> Iterator[Refused]:
    """Refuse a block that only lets in; rules alone, for a block to include, may have their end there."""
    denying = {each.block for each in directives if each.words[:1] in (["deny"], ["include"])}
    for block, label in labels.items():
        if block not in denying and block != TOP:
            problem = f"{label!a:.60} lets everyone in, as no 'deny all' refuses the rest"
            yield Refused(block.line, f"{problem}; leave only the rules that are meant", label)


_PASSWORDS = (["auth_basic"], ["auth_request"], ["auth_jwt"])


def _read_password(directive: Directive, part: str | None) -> Item:
    """Refuse an address and a password together; ``part`` is None if there are no rules beside it."""
    if part is None:
        return Left(directive.line, _OTHER)
    problem = f"{' '.join(directive.words)!a:.80} must let a client in too, which a list file cannot say"
    return Refused(directive.line, f"{problem}; leave only addresses, or write satisfy any", part)


def _is_rule(directive: Directive) -> bool:
    words = directive.words
    return bool(words) and words[0] in ("allow", "deny") and directive.opened is None


def _label(blocks: set[Block]) -> dict[Block, str]:
    """Name each block by its header, and by its line where others have that header too."""
    headers = Counter(block.header for block in blocks)
    return {
        block: block.header if headers[block.header] == 1 else f"{block.header} (line {block.line})" for block in blocks
    }


def _read_rule(rule: Directive, part: str, *, is_last: bool) -> Item:
    line, (verb, *addresses) = rule.line, rule.words
    if verb == "allow" and len(addresses) == 1 and addresses != ["all"]:
        return Row(line, addresses[0], part)
    words = " ".join(rule.words)
    if len(addresses) != 1:
        return Refused(line, f"{words!a:.80} is not a rule; write one address after {verb}", part)
    if words == "allow all":
        return Refused(line, "'allow all' lets everyone in; leave only the rules that are meant", part)
    if words == "deny all":
        problem = "'deny all' stands before other rules, which have no effect; write it last"
        return Left(line, "'deny all', which refuses all the rest") if is_last else Refused(line, problem, part)
    return exception(line, words, part)


def _read_other(directive: Directive, part: str | None) -> Item:
    """Look at a directive that is not a rule; ``part`` is None if there are no rules beside it."""
    name, *values = directive.words or [""]
    if part is not None and name == "include" and not _PARAMETERS.fullmatch(" ".join(values)):
        problem = f"includes {' '.join(values)!a:.60}, which may hold more rules; put them in place of it"
        return Refused(directive.line, problem, part)
    if part is not None and name == "return":
        problem = f"{' '.join(directive.words)!a:.80} answers before allow and deny are looked at"
        return Refused(directive.line, f"{problem}; leave only the rules that are meant", part)
    if part is not None and name == "if" and _asks_for_address(" ".join(values)):
        return exception(directive.line, " ".join(directive.words), part, "decides by address too")
    return Left(directive.line, _OTHER)


def _asks_for_address(condition: str) -> bool:
    return holds_address(condition) or bool(re.search(r"addr\b|forwarded|real_?ip|geoip", condition, re.IGNORECASE))


# geo


def read_geo(text: str) -> Iterator[Item]:
    """Give the rows of ``geo`` blocks, by variable; in a text without such a block, rows alone."""
    directives = list(read_directives(text))
    blocks = [each for each in directives if isinstance(each, Directive) and each.opened]
    variables = [block for block in blocks if block.words[:1] == ["geo"]]
    parts = {each.opened: each.words[-1] for each in variables} or {TOP: ""}
    values = {part: Values(part) for part in parts.values()}
    yield from _read_conditions(blocks, [each for each in directives if isinstance(each, Directive)], {*values})
    for each in directives:
        if isinstance(each, Refused):
            yield each
        elif each.block in parts:
            yield from _read_row(each, values[parts[each.block]], parts[each.block])
        elif each.opened not in parts:
            yield Left(each.line, _OTHER)


_CONDITION = re.compile(r"if \((?P<name>\$\w+)(?: ?(?P<sign>!?=) ?(?P<value>\S*))?\)")


def _read_conditions(blocks: list[Directive], directives: list[Directive], names: set[str]) -> Iterator[Refused]:
    """Refuse a condition that a variable is on, under which nginx refuses a client."""
    refusing = {each.block for each in directives if _refuses(each.words)}
    for block in blocks:
        asked = _CONDITION.fullmatch(" ".join(block.words))
        if asked is None or asked["name"] not in names:
            continue
        is_on = not asked["sign"] or is_off(asked["value"]) == (asked["sign"] == "!=")
        if is_on and block.opened in refusing:
            said = " ".join(block.words)
            yield exception(block.line, said, asked["name"], "is a condition under which clients are refused")


def _refuses(words: list[str]) -> bool:
    return " ".join(words).startswith(("return 4", "return 5"))


_OF_GEO = frozenset(("proxy", "default", "delete", "include"))


def _read_row(directive: Directive, values: Values, part: str) -> Iterator[Item]:
    line, words = directive.line, directive.words
    if len(words) == 2 and words[0] not in _OF_GEO and directive.opened is None:  # noqa: PLR2004 - an address, a value
        yield from values.check(Valued(line, *words))
        yield Row(line, words[0], part)
        return
    match words:
        case ["ranges" | "proxy_recursive" | "volatile"]:
            yield Left(line, _OTHER)
        case ["proxy", _]:
            yield Left(line, "proxies whose X-Forwarded-For nginx reads, which are not entries")
        case ["default", value]:
            yield from _read_default(line, value, part)
        case ["delete", _]:
            yield exception(line, " ".join(words), part)
        case ["include", name]:
            yield Refused(line, f"includes {name!a:.60}, which holds more rows; put them in place of it", part)
        case _:
            yield Refused(line, f"{' '.join(words)!a:.80} is not a row; write an address and a value", part)


def _read_default(line: int, value: str, part: str) -> Iterator[Item]:
    if is_off(value):
        yield Left(line, "a default that is off")
    else:
        problem = (
            f"'default {value:.40}' may let everyone else in; leave only the rows that are meant, without a default"
        )
        yield Refused(line, problem, part)


# set_real_ip_from


def read_real_ip(text: str) -> Iterator[Item]:
    """Give the proxies of ``set_real_ip_from``, by block."""
    directives = list(read_directives(text))
    named = [each for each in directives if isinstance(each, Directive) and each.words[:1] == ["set_real_ip_from"]]
    labels = _label({each.block for each in named})
    for each in directives:
        if isinstance(each, Refused):
            yield each
        elif each.words[:1] == ["set_real_ip_from"]:
            yield Row(each.line, " ".join(each.words[1:]), labels[each.block])
        else:
            yield _read_other(each, labels.get(each.block))


_ADDRESS_OR_RANGE = r"(?=[0-9A-Fa-f/\-]*[.:])[0-9A-Fa-f.:/\-]++"

FORMATS = (
    Format(
        "nginx",
        "nginx' allow and deny",
        re.compile(r"(?:^|[{;])[ \t]*(?:allow|deny)\s+[^\s;{}#]+\s*;", re.MULTILINE),
        read_nginx,
        read_masked,
    ),
    Format(
        "nginx-geo",
        "nginx' geo",
        re.compile(
            # A block, or rows alone, for a block to include.
            r"(?:^|[{;}])[ \t]*geo\s+(?:\$\w+\s+)?\$\w+\s*\{"
            rf"|\A(?>(?:[ \t\r]*+(?:#.*+)?\n)*)[ \t]*{_ADDRESS_OR_RANGE}[ \t]+[^\s;{{}}#]+;",
            re.MULTILINE,
        ),
        read_geo,
        read_masked,
        has_names=True,
    ),
    Format(
        "nginx-realip",
        "nginx' set_real_ip_from",
        re.compile(r"(?:^|[{;])[ \t]*set_real_ip_from\s", re.MULTILINE),
        read_real_ip,
        read_masked,
    ),
)
