"""What the servers did: which requests reached xmlrpc.php, and what stood in environ on the way there.

``truth.json.xz`` beside this file is the outcome of ``python -m tests.lab.spellings``, which asks the real servers.
"""

import json
import lzma
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import asdict, dataclass
from functools import cache, cached_property, partial, reduce
from operator import or_
from pathlib import Path
from typing import Any, NamedTuple
from wsgiref.types import WSGIEnvironment

from tests.lab.corpus import Row, Sent

SHIPPED = Path(__file__).with_name("truth.json.xz")


class View(NamedTuple):
    """What a server tells an application of a request's path; None where it does not set the key."""

    script_name: str
    path_info: str
    query_string: str
    raw_uri: str | None
    request_uri: str | None

    def environ(self, peer: str) -> WSGIEnvironment:
        raw = {"RAW_URI": self.raw_uri, "REQUEST_URI": self.request_uri}
        given = {key: value for key, value in raw.items() if value is not None}
        path = {"SCRIPT_NAME": self.script_name, "PATH_INFO": self.path_info, "QUERY_STRING": self.query_string}
        return {**path, "REMOTE_ADDR": peer, **given}


@dataclass(frozen=True, eq=False)  # each is itself alone, so that what is computed from it can be remembered
class Truth:
    """One measurement. Lists run along ``rows``; a mask has bit ``i`` set where ``setups[i]`` ran xmlrpc.php."""

    versions: dict[str, str]
    """Of the programs that were asked."""
    setups: list[str]
    rows: list[Row]
    direct: list[int]
    """Masks of the requests as they are."""
    seen: dict[str, list[View | None]]
    """By WSGI server; None where it answered by itself."""
    through: dict[str, dict[str, list[int]]]
    """By WSGI server and way of forwarding: masks of what was forwarded."""
    hops: dict[str, dict[str, list[int]]]
    """By hop and WSGI server: masks of what arrived beyond the hop, by any way of forwarding."""
    rewritten: dict[str, dict[str, str | None]]
    """By hop: what it makes of harmless targets; None where it answers by itself."""
    remedies: dict[str, list[int]]
    """By remedy: masks of the requests that run xmlrpc.php although the set-up has that remedy."""

    def names(self, mask: int) -> list[str]:
        """Name the set-ups of a mask."""
        return [name for number, name in enumerate(self.setups) if mask >> number & 1]

    def bits(self, setups: Iterable[str]) -> int:
        """Give the mask of some set-ups."""
        return sum(1 << self.setups.index(setup) for setup in setups)

    def bit(self, setup: str) -> int:
        return self.bits([setup])

    @cached_property
    def places(self) -> dict[str, list[int]]:
        """The places of the rows of each class; a part of the table may have none of one."""
        places: dict[str, list[int]] = defaultdict(list)
        for place, row in enumerate(self.rows):
            places[row.kind].append(place)
        return places

    @cached_property
    def forwarded(self) -> dict[str, list[int]]:
        """By WSGI server: masks of what was reached through it by any way of forwarding, without a hop."""
        return {server: _any_of(*ways.values()) for server, ways in self.through.items()}

    @cached_property
    def behind(self) -> dict[str, list[int]]:
        """By WSGI server: masks of what was reached through it by any way of forwarding, with a hop or without."""
        return {
            server: _any_of(masks, *(beyond[server] for beyond in self.hops.values()))
            for server, masks in self.forwarded.items()
        }

    @cached_property
    def behind_any(self) -> list[int]:
        """Masks of what was reached through any server, by any way of forwarding."""
        return _any_of(*self.behind.values())

    @cached_property
    def anyhow(self) -> list[int]:
        """Masks of what was reached directly or through any server."""
        return [direct | behind for direct, behind in zip(self.direct, self.behind_any, strict=True)]


def _any_of(*columns: Iterable[int]) -> list[int]:
    """Join columns of masks, each as long as the others."""
    return list(reduce(partial(map, or_), columns))


def either(masks: Iterable[int]) -> int:
    """Give the set-ups that are in any of the masks."""
    return reduce(or_, masks, 0)


def ways_in(masks: Iterable[int]) -> int:
    """Count the set-ups of all masks together."""
    return sum(mask.bit_count() for mask in masks)


def save(truth: Truth, path: Path) -> None:
    """Write a table, by rename."""
    written = path.with_suffix(".new")
    written.write_bytes(lzma.compress(json.dumps(asdict(truth), separators=(",", ":")).encode(), preset=9))
    written.replace(path)


@cache
def load(path: Path) -> Truth:
    """Read a table, each once, as what is computed from one is kept with it."""
    table: dict[str, Any] = json.loads(lzma.decompress(path.read_bytes()))
    rows = [Row(kind, _sent(*fields)) for kind, fields in table["rows"]]
    seen = {server: [view and View(*view) for view in views] for server, views in table["seen"].items()}
    return Truth(**{**table, "rows": rows, "seen": seen})


def _sent(target: str, method: str, version: str, headers: list[list[str]]) -> Sent:
    return Sent(target, method, version, tuple((name, text) for name, text in headers))
