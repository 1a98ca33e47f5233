"""Lists of firewalls that have names: tables of pf, and address lists of MikroTik's RouterOS."""

import re
from collections.abc import Iterator

from xmlrpc_guard.formats.item import Format, Item, Left, Refused, Row, exception
from xmlrpc_guard.formats.notation import read_masked

_QUOTED = r"(?:\"(?:[^\"\\]|\\.)*\"|[^\s\"{}()\[\];]+)"

# pf

_PF_TABLE = re.compile(r"\btable\s*<(?P<name>[^>\n]+)>(?P<rest>[^{}\n]*)(?:\{(?P<inside>[^}]*)\})?(?P<after>[^\n]*)")
_PF_USE = re.compile(r"(?P<sign>!\s*)?<(?P<name>[^>\s]+)>")


def read_pf(text: str) -> Iterator[Item]:
    """Give the addresses of each table; a rule that blocks or negates a table is an exception."""
    plain = re.sub(r"#[^\n]*", lambda match: " " * len(match[0]), text).replace("\\\n", " \n")
    tables = list(_PF_TABLE.finditer(plain))
    names = {table["name"] for table in tables}
    for table in tables:
        yield from _read_pf_table(table, plain)
    rules = _PF_TABLE.sub(lambda match: re.sub(r"[^\n]", " ", match[0]), plain)
    for number, line in enumerate(rules.split("\n"), 1):
        used = [use for use in _PF_USE.finditer(line) if use["name"] in names]
        denied = re.match(r"\s*block\b", line)
        for use in used:
            if use["sign"] or denied:
                yield exception(number, line.strip())  # to every table
        if line.strip() and not used:
            yield Left(number, "other lines")


def _read_pf_table(table: re.Match[str], text: str) -> Iterator[Item]:
    name, line = table["name"], text.count("\n", 0, table.start()) + 1
    if re.search(r"\bfile\b", f"{table['rest']} {table['after']}"):
        problem = f"the table {name!a:.40} reads a file; convert that one, or put its lines in place of it"
        yield Refused(line, problem, name)
    inside = table["inside"] or ""
    line, counted = text.count("\n", 0, max(table.start("inside"), 0)) + 1, 0
    for entry in re.finditer(r"(!\s*)?([^\s,!]+)", inside):
        line, counted = line + inside.count("\n", counted, entry.start()), entry.start()
        if entry[1]:
            yield exception(line, f"! {entry[2]}", name)
        else:
            yield Row(line, entry[2], name)


# RouterOS

_ROUTEROS_ADD = re.compile(rf"(?<![\w-])add(?P<values>(?:\s+[\w.-]+={_QUOTED})+)")
# Commands that take an entry away, and rules that refuse a list or negate it.
_ROUTEROS_TAKES = re.compile(
    r"(?<![\w-])(?:remove|disable)\s|\bset\s.*\bdisabled=yes\b|\bsrc-address-list=\"?!"
    r"|(?=.*\bsrc-address-list=).*\baction=(?:drop|reject|tarpit)\b"
)
_ROUTEROS_VALUE = re.compile(rf"([\w.-]+)=({_QUOTED})")


def read_routeros(text: str) -> Iterator[Item]:
    """Give the addresses of each address list."""
    for line, words in _logical_lines(text):
        match = _ROUTEROS_ADD.search(words)
        values = {key: value.strip('"') for key, value in _ROUTEROS_VALUE.findall(match["values"])} if match else {}
        if "address" in values and "list" in values:
            yield from _read_routeros_entry(line, values)
        elif not words.startswith("#") and _ROUTEROS_TAKES.search(words):
            yield exception(line, words)
        elif words and not words.startswith("#"):
            yield Left(line, "other commands")


def _read_routeros_entry(line: int, values: dict[str, str]) -> Iterator[Item]:
    if values.get("disabled", "no") in ("yes", "true"):
        yield Left(line, "entries that are disabled")
        return
    if "timeout" in values:
        yield Left(line, "a time after which RouterOS would have removed the entry, which a list file has not")
    yield Row(line, values["address"], values["list"])


def _logical_lines(text: str) -> Iterator[tuple[int, str]]:
    begun, first = "", 0
    for number, line in enumerate(text.split("\n"), 1):
        begun, first = begun + line.strip(" \t\r"), first or number
        if begun.endswith("\\"):
            begun = begun[:-1]
        else:
            yield first, begun
            begun, first = "", 0


FORMATS = (
    Format("pf", "tables of pf", re.compile(r"^[ \t]*table[ \t]*<[^>\n]+>", re.MULTILINE), read_pf, read_masked),
    Format(
        "routeros",
        "address lists of RouterOS",
        re.compile(r"^[^#\n]*(?<![\w-])add[ \t]+(?=[^\n]*\baddress=)(?=[^\n]*\blist=)", re.MULTILINE),
        read_routeros,
        read_masked,
    ),
)
