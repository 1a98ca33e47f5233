"""Files with addresses that are not read: what they are, and what to convert in their place."""

import re

from xmlrpc_guard.formats.lines import LineFinder

_KNOWN = (
    (
        re.compile(r"^[ \t]*map[ \t]++[^\s{}]++[ \t]++\$\w++\s*+\{", re.MULTILINE),
        "is nginx' map, which compares texts and not addresses; write the rows that are meant as geo, or one a line",
    ),
    (
        re.compile(r"^Chain \S+ \((?:policy |[0-9]+ references)", re.MULTILINE),
        "is what 'iptables -L' prints, which leaves out parts of rules; convert what iptables-save prints",
    ),
    (
        re.compile(r"^Status: inactive[ \t\r]*$", re.MULTILINE),
        "is what 'ufw status' prints while ufw is off, without its rules; convert what 'ufw show added' prints",
    ),
    (
        re.compile(r"^[ \t]*(?:pass|block)[ \t]+(?:in|out|quick|on|from|log)\b", re.MULTILINE),
        "is a rule of pf, of which only tables are read; write its addresses as a table, or one a line",
    ),
    (
        re.compile(r"\bip\.src[ \t]+(?:in|eq|ne)[ \t]"),
        "is an expression of Cloudflare's, which is not read; write its addresses one a line",
    ),
    (
        re.compile(r"^[ \t]*config firewall (?:address|policy)", re.MULTILINE),
        "is a configuration of FortiGate's, which is not read; write its addresses one a line",
    ),
    (
        re.compile(r"^These IP addresses/networks are ignored:", re.MULTILINE),
        "is what fail2ban-client prints; convert the jail's file, or write the addresses one a line",
    ),
    (
        re.compile(r"\$HTTP\[\"remote-?ip\"\]"),
        "is a condition of lighttpd, which is not read; write its addresses one a line",
    ),
)


def describe_foreign(text: str) -> tuple[int, str] | None:
    """Give the line by which a file is known, and what it is and what to do; None for one that is not known.

    >>> describe_foreign('$HTTP["remoteip"] == "192.0.2.7" { }')
    (1, 'is a condition of lighttpd, which is not read; write its addresses one a line')
    """
    found = ((pattern.search(text), problem) for pattern, problem in _KNOWN)
    return next(((LineFinder(text).at(match.start()), problem) for match, problem in found if match), None)
