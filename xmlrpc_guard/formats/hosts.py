"""Lists of services on one host: TCP wrappers' hosts.allow, and Fail2ban's ignoreip."""

import re
from collections.abc import Iterator

from xmlrpc_guard.formats.item import Format, Item, Left, Refused, Row, exception
from xmlrpc_guard.formats.lines import logical_lines, numbered_lines
from xmlrpc_guard.formats.notation import read_masked, read_partial, read_strictly
from xmlrpc_guard.listfile.verdicts import refuses, takes_away
from xmlrpc_guard.ranges import Range

# hosts.allow


def _contents(text: str) -> Iterator[tuple[int, str]]:
    """Give the lines that are neither empty nor comments, with their numbers."""
    for number, line in logical_lines(text):
        content = line.strip()
        if content and content[0] != "#":
            yield number, content


def read_hosts_allow(text: str) -> Iterator[Item]:
    """Give the clients of each list of daemons."""
    for line, content in _contents(text):
        daemons, colon, rest = content.partition(":")
        if not colon:
            yield Refused(line, f"{content!a:.60} is not a rule; write daemons, a colon and clients")
            continue
        names = daemons.replace(",", " ").split()
        part = " ".join(names)
        clients, *options = _OPTION_COLON.split(rest)
        if refuses(part, clients.strip()) or any(map(_refuses, options)):
            yield exception(line, content)  # to every part: the first rule about a client counts
        elif any(map(takes_away, names)) or _EXCEPT.search(content):  # a key of YAML, and no daemon
            yield exception(line, content, part)
        else:
            yield from _read_clients(line, clients, part)


_EXCEPT = re.compile(r"(?:^|[\s,])EXCEPT(?:[\s,]|$)", re.IGNORECASE)
_OPTION_COLON = re.compile(r"(?<=\s):|:(?=\s|$)|(?<![0-9A-Fa-f:\[]):")  # not those of an address


def _refuses(option: str) -> bool:
    """Return whether an option refuses the clients: ``twist`` answers in place of the daemon."""
    return option.lower().split()[:1] in (["deny"], ["twist"])


def _read_clients(line: int, clients: str, part: str) -> Iterator[Item]:
    for client in clients.replace(",", " ").split():
        if client == "ALL":
            yield Refused(line, "'ALL' lets everyone in; leave only the clients that are meant", part)
        else:
            yield Row(line, client, part)


def read_client(text: str) -> Range:
    """Read a client as TCP wrappers do: IPv6 is in brackets, and the beginning of an address ends with a dot.

    >>> read_client("[2001:db8::]/32") == read_strictly("2001:db8::/32")
    True
    """
    bracketed = re.fullmatch(r"\[([0-9A-Fa-f]*:[0-9A-Fa-f:.]*)\](/[0-9]+)?", text)
    if bracketed:
        return read_strictly(bracketed[1] + (bracketed[2] or ""))
    return read_partial(text) if text.endswith(".") else read_strictly(text)


# Fail2ban

_SECTION = re.compile(r"\[([^\]]+)\]")
_OPTION = re.compile(r"([A-Za-z_]\w*)\s*[=:]\s*(.*)")


def read_fail2ban(text: str) -> Iterator[Item]:
    """Give the addresses of ``ignoreip``, by section."""
    section, option = "", ""
    seen: set[str] = set()  # sections
    for number, line in numbered_lines(text):
        content = re.split(r"(?:^|\s)[#;]", line, maxsplit=1)[0].rstrip()
        found = _OPTION.fullmatch(content)
        if heading := _SECTION.fullmatch(content.strip()):
            section, option = heading[1], ""
        elif found:
            option = found[1].lower()
            if option == "ignoreip" and section in seen:
                yield Refused(number, "stands in this section already, which Fail2ban does not read; leave one of them")
            seen |= {section} if option == "ignoreip" else set()
            yield from _read_option(number, option, found[2], section)
        elif content[:1].isspace():  # what goes on from the line before
            yield from _read_option(number, option, content, section)
        elif content:
            yield Refused(number, f"{content!a:.60} is neither a section nor an option; write what Fail2ban reads")


def _read_option(line: int, option: str, values: str, section: str) -> Iterator[Item]:
    if option != "ignoreip":
        yield Left(line, "other options")
    else:
        yield from (Row(line, value, section) for value in values.replace(",", " ").split())


FORMATS = (
    Format(
        "hosts-allow",
        "hosts.allow of TCP wrappers",
        re.compile(
            r"^[ \t]*(?:ALL|[a-z][\w.-]*d|in\.\w+)(?:[ \t,]+[\w.-]+)*[ \t]*:[ \t]*"
            r"(?:\[[0-9A-Fa-f]*:[0-9A-Fa-f:.]*\]|[0-9]{1,3}\.|ALL\b|LOCAL\b)",
            re.MULTILINE,
        ),
        read_hosts_allow,
        read_client,
    ),
    Format(
        "fail2ban",
        "ignoreip of Fail2ban",
        re.compile(r"^ignoreip\s*[=:]", re.MULTILINE),
        read_fail2ban,
        read_masked,
    ),
)
