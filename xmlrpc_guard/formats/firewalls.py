"""Lists of firewalls that have names: tables of pf, and address lists of MikroTik's RouterOS."""

import re
from collections.abc import Iterator

from xmlrpc_guard.formats.item import Format, Item, Left, Refused, Row, exception
from xmlrpc_guard.formats.lines import LineFinder, logical_lines
from xmlrpc_guard.formats.notation import read_masked

_QUOTED = r"(?:\"(?:[^\"\\]|\\.)*\"|[^\s\"{}()\[\];]+)"

# pf

_PF_TABLE = re.compile(r"\btable\s*<(?P<name>[^<>\n]+)>(?P<rest>[^{}\n]*)(?:\{(?P<inside>[^{}]*)\})?(?P<after>[^\n]*)")
_PF_TAKES = re.compile(r"\bpfctl\b.*\s-T\s*(?:delete|flush|kill|replace|expire)\b")
_PF_USE = re.compile(r"(?P<sign>!\s*)?<(?P<name>[^<>\s]+)>")


def read_pf(text: str) -> Iterator[Item]:
    """Give the addresses of each table; a rule that blocks or negates a table is an exception."""
    whole = re.sub(r"#[^\n]*", lambda match: " " * len(match[0]), text)
    plain = whole.replace("\\\n", " \n")
    tables = list(_PF_TABLE.finditer(plain))
    lines = LineFinder(plain)
    above: set[str] = set()
    for table in tables:
        yield from _read_pf_table(table, lines)
        if table["name"] in above:
            problem = f"the table {table['name']!a:.40} has addresses above, whose place these may take"
            yield Refused(lines.at(table.start()), f"{problem}; leave the table that is meant", table["name"])
        above |= {table["name"]} if table["inside"] else set()
        if table["inside"] is None and "{" in table["after"]:
            problem = f"ends within the table {table['name']!a:.40}; fetch or write it again"
            yield Refused(lines.at(table.start()), problem, table["name"])
    yield from _read_pf_rules(whole, {table["name"] for table in tables})


def _read_pf_rules(text: str, names: set[str]) -> Iterator[Item]:
    rules = _PF_TABLE.sub(lambda match: re.sub(r"[^\n]", " ", match[0]), text)
    for number, line in _join_pf_lines(rules):
        used = [use for use in _PF_USE.finditer(line) if use["name"] in names]
        denied = re.match(r"\s*block\b", line)
        if _PF_TAKES.search(line):
            yield exception(number, line.strip())
        for use in used:
            if use["sign"] or denied:
                yield exception(number, line.strip())  # to every table
        if line.strip() and not used:
            yield Left(number, "other lines")


def _join_pf_lines(text: str) -> Iterator[tuple[int, str]]:
    """Give the lines, those as one that a backslash or an open brace joins, with the numbers of their first ones."""
    begun: list[str] = []
    depth = 0
    for number, line in enumerate(text.split("\n"), 1):
        begun.append(line.rstrip("\\\r"))
        depth = max(0, depth + line.count("{") - line.count("}"))
        if not depth and not line.rstrip("\r").endswith("\\"):
            yield number - len(begun) + 1, " ".join(each.strip() for each in begun)
            begun = []
    if begun:
        yield text.count("\n") + 2 - len(begun), " ".join(each.strip() for each in begun)


def _read_pf_table(table: re.Match[str], lines: LineFinder) -> Iterator[Item]:
    name = table["name"]
    if re.search(r"\bfile\b", f"{table['rest']} {table['after']}"):
        problem = f"the table {name!a:.40} reads a file; convert that one, or put its lines in place of it"
        yield Refused(lines.at(table.start()), problem, name)
    for entry in re.finditer(r"(!\s*)?([^\s,!]+)", table["inside"] or ""):
        line = lines.at(table.start("inside") + entry.start())
        if entry[1]:
            yield exception(line, f"! {entry[2]}", name)
        else:
            yield Row(line, entry[2], name)


# RouterOS

_ROUTEROS_ADD = re.compile(rf"(?<![\w-])add(?P<values>(?:\s+[\w.-]+={_QUOTED})+)")
# Commands that take an entry away, and rules that refuse a list or negate it.
_ROUTEROS_TAKES = re.compile(r"(?<![\w-])(?:remove|disable)\s|\bsrc-address-list=\"?!")
_ROUTEROS_DISABLES = (re.compile(r"\bset\s"), re.compile(r"\bdisabled=yes\b"))
_ROUTEROS_DENIES = (re.compile(r"\bsrc-address-list="), re.compile(r"\baction=(?:drop|reject|tarpit)\b"))
_CONTINUED = re.compile(r"\\\r?\n[ \t]*")  # RouterOS breaks lines within words, and indents what follows
_ROUTEROS_VALUE = re.compile(rf"(?<![\w.-])([\w.-]+)=({_QUOTED})")


def read_routeros(text: str) -> Iterator[Item]:
    """Give the addresses of each address list."""
    for line, content in logical_lines(_CONTINUED.sub("\\\\\n", text)):
        words = content.strip()
        match = _ROUTEROS_ADD.search(words)
        values = {key: value.strip('"') for key, value in _ROUTEROS_VALUE.findall(match["values"])} if match else {}
        if "address" in values and "list" in values:
            yield from _read_routeros_entry(line, values)
        elif not words.startswith("#") and _takes_away(words):
            yield exception(line, words)
        elif words and not words.startswith("#"):
            yield Left(line, "other commands")


def _takes_away(words: str) -> bool:
    return bool(_ROUTEROS_TAKES.search(words)) or any(
        all(pattern.search(words) for pattern in both) for both in (_ROUTEROS_DISABLES, _ROUTEROS_DENIES)
    )


def _read_routeros_entry(line: int, values: dict[str, str]) -> Iterator[Item]:
    if values.get("disabled", "no") in ("yes", "true"):
        yield Left(line, "entries that are disabled")
        return
    if "timeout" in values:
        yield Left(line, "a time after which RouterOS would have removed the entry, which a list file has not")
    yield Row(line, values["address"], values["list"])


FORMATS = (
    Format(
        "pf",
        "tables of pf",
        re.compile(r"^[ \t]*table[ \t]*<[^<>\n]+>", re.MULTILINE),
        read_pf,
        read_masked,
        has_names=True,
    ),
    Format(
        "routeros",
        "address lists of RouterOS",
        re.compile(r"^(?>[^#\n]*?(?<![\w-])add[ \t]+)(?=[^\n]*\baddress=)(?=[^\n]*\blist=)", re.MULTILINE),
        read_routeros,
        read_masked,
        has_names=True,
    ),
)
