"""The sample of the table that is measured again, and what of it gets through a server, the guard and a forwarder."""

from dataclasses import replace
from typing import Any

from tests.frontends import Listener
from tests.lab.corpus import COMBINED, MUTATED, ORDINARY, UNEVEN, Sent
from tests.lab.oracle import ran
from tests.lab.phpservers import Host
from tests.lab.routed import GUARDED, ROUTE
from tests.lab.setups import SAMPLED
from tests.lab.truth import SHIPPED, Truth, load

TABLE = load(SHIPPED)
# Of each class the first and then every tenth; of the large ones every so many-th.
STEP = {COMBINED: 180, MUTATED: 260, ORDINARY: 45, UNEVEN: 40}


def sampled() -> list[int]:
    taken: list[int] = []
    seen: dict[str, int] = {}
    for place, row in enumerate(TABLE.rows):
        seen[row.kind] = seen.get(row.kind, -1) + 1
        if seen[row.kind] % STEP.get(row.kind, 10) == 0:
            taken.append(place)
    return taken


SAMPLE = sampled()


def names_by_request(truth: Truth, masks: list[int]) -> dict[Sent, list[str]]:
    """Name those set-ups of masks that are sampled, so that a difference can be read."""
    taken = {setup.name for setup in SAMPLED}
    named = [[name for name in truth.names(mask) if name in taken] for mask in masks]
    return {TABLE.rows[place].sent: names for place, names in zip(SAMPLE, named, strict=True)}


def sample(values: list[Any]) -> list[Any]:
    return [values[place] for place in SAMPLE]


def through(at: Listener, way: str, host: Host, requests: list[Sent], *, guard: str, client: str) -> list[Sent]:
    """Send requests through a real server, the guard or none, and a forwarder; give those that ran the script."""
    fields = ((ROUTE, f"{way} to {host.listener.port}"), (GUARDED, guard), ("X-Forwarded-For", client))
    routed = [sent._replace(headers=(*sent.headers, *fields)) for sent in requests]
    reached = ran(replace(host, listener=at), routed)
    return [sent for place, sent in enumerate(requests) if place in reached]
