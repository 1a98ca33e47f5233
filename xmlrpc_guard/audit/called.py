"""Which methods a client has called, by the records of a guard that has read its calls.

A guard reads calls only where some methods are public, and a record names the method that is not. So this says what a
client that is refused wants, in a word that is not its own: the method is in the body that was refused.
"""

import json
import re
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping

from xmlrpc_guard.decision import Reason
from xmlrpc_guard.networks import parse_address

MOST_CALLERS = 20_000
"""Of how many clients the methods are kept: those that come first."""

Called = Mapping[str, Counter[str]]
"""Clients, and how many records name each method."""

# Only the first record of a line counts: what follows it may be a client's text, as the path is. A method's name is in
# quotes, and a quote in it is escaped.
_RECORD = re.compile(
    rb"(?:(?!refuse).)*(?:refused|would refuse) (?P<client>[0-9A-Fa-f.:]+): "
    rb"%b \(%b\): '(?P<method>[\w.:/\\-]{1,100})'; peer "
    % (Reason.PRIVATE_METHOD.sentence.encode(), Reason.PRIVATE_METHOD.setting.encode())
)


def read_called(lines: Iterable[bytes]) -> Called:
    r"""Read a guard's log, of lines of text or of JSON; other lines are passed over.

    >>> line = b"2026-11-29 11:00:00,000 WARNING refused ::1: a method that is called is not public (public_methods): "
    >>> read_called([line + b"'wp.getPosts'; peer ::1, path /xmlrpc.php\n"])
    {'::1': Counter({'wp.getPosts': 1})}
    """
    called: dict[str, Counter[str]] = {}
    for client, method in filter(None, map(_read_record, lines)):
        if client in called or len(called) < MOST_CALLERS:
            called.setdefault(client, Counter())[method] += 1
    return called


def _read_record(line: bytes) -> tuple[str, str] | None:
    if found := _RECORD.match(line):
        return _checked(found["client"].decode(), found["method"].decode("latin-1"))
    return _read_json(line) if Reason.PRIVATE_METHOD.name.encode() in line else None


def _read_json(line: bytes) -> tuple[str, str] | None:
    try:
        record = json.loads(line)
    except (ValueError, RecursionError):
        return None
    if not isinstance(record, dict) or record.get("rule.name") != Reason.PRIVATE_METHOD.name:
        return None
    return _checked(record.get("client.address"), record.get("xmlrpc_guard.detail"))


def _checked(client: object, method: object) -> tuple[str, str] | None:
    address = parse_address(client) if isinstance(client, str) else None
    return (address[1], method) if address and isinstance(method, str) else None


def most_called(called: Counter[str]) -> Iterator[tuple[str, int]]:
    """Give the methods of one client, those of most records first.

    >>> list(most_called(Counter({"b": 1, "a": 1, "c": 2})))
    [('c', 2), ('a', 1), ('b', 1)]
    """
    return iter(sorted(called.items(), key=lambda each: (-each[1], each[0])))
