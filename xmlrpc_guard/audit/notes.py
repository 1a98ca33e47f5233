"""What an operator has noted about addresses: a list file whose comments say who they are."""

import re
from typing import NamedTuple

from xmlrpc_guard.entries import read_entry
from xmlrpc_guard.errors import SourceError
from xmlrpc_guard.networks import Networks, parse_address

_LINE = re.compile(r"([^#;]*)(?:[#;](.*))?", re.DOTALL)


class Note(NamedTuple):
    """An entry of a list file, and the comment after it."""

    entry: str
    networks: Networks
    text: str


def read_notes(text: str, source: str) -> list[Note]:
    r"""Read a list file with its comments; SourceError for a line that is no entry.

    >>> [note.text for note in read_notes("# who is who\n203.0.113.7 # the office\n", "notes")]
    ['the office']
    """
    notes = []
    for number, line in enumerate(text.splitlines(), 1):
        entry, comment = (part.strip() for part in _LINE.fullmatch(line).groups(""))  # type: ignore[union-attr]
        if entry:
            notes.append(Note(entry, _read(entry, source, number), comment))
    return notes


def _read(entry: str, source: str, line: int) -> Networks:
    try:
        read_entry(entry)
    except ValueError as problem:
        raise SourceError(source, line, f"{entry!a:.100} {problem}") from None
    return Networks([entry])


def find_note(notes: list[Note], client: str) -> Note | None:
    """Give the first note on a client; None if there is none.

    >>> find_note(read_notes("203.0.113.0/24 ; the office", "notes"), "203.0.113.9").text
    'the office'
    """
    address = parse_address(client)
    return next((note for note in notes if address and note.networks.covers(address[0])), None)
