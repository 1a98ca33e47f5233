"""A search for spellings that the corpus lacks: ``python -m tests.lab.search --seconds 600``.

Hypothesis changes requests that are known to work, and puts others together from pieces; each goes to every set-up,
directly and through every WSGI server and way of forwarding. One that runs xmlrpc.php and that the guard would let
pass is a failure: it is made as short as it can be, and printed.
"""

import argparse
import sys
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from functools import cache
from itertools import count

from hypothesis import HealthCheck, Phase, given, seed, settings
from hypothesis import strategies as st

from tests.lab.corpus import COMBINED, Row, Sent
from tests.lab.hops import Hops, hops
from tests.lab.hosts import hosts
from tests.lab.matrix import NEEDED, Hosts, Servers, lacking, measure, servers
from tests.lab.parts import NAME, NAMES, PREFIXES, SUFFIXES
from tests.lab.quiet import quiet
from tests.lab.remedies import GUARD_OF_BOTH, POLICIES, STRANGER, outcomes
from tests.lab.setups import MULTIVIEWS, SAMPLED
from tests.lab.truth import SHIPPED, Truth, load
from xmlrpc_guard import Request

_PIECES = (
    *("xmlrpc.php", "xmlrpc", "xml", "rpc", ".php", "php", "index.php", "wp-admin", "wp-content", "blog", "site1"),
    *("wp", "..", ".", "/", "//", "\\", ";", ":", "?", "#", "*", "[", "]", "{", "}", "<", ">", "|", '"', "'", "~1"),
    *("@", "&", "=", "%2f", "%2F", "%5c", "%2e", "%2e%2e", "%252f", "%252e", "%3f", "%23", "%00", "%0a", "%0d", "%09"),
    *("%20", "%25", "%", "%2", "%%", "%u002f", "%c0%af", "%c0%ae", "%e2%80%8b", "%ef%bc%8f", "%ff", "+", " ", "\t"),
    *("\r", "\x01", "\x7f", "\xa0", "http:", "http://localhost", "//localhost", "localhost:80", "/../", "/./"),
    *("%2f..%2f", "::$DATA", ".bak", "-x", "5"),
)
_BEGINNINGS = ("/", "/", "/", "", "x:", "x:/", "http:", "http://", "http://localhost", "//", "?", "*", " ", "\\", "%2f")
_KNOWN = sorted(text for group in (PREFIXES, NAMES, SUFFIXES) for texts in group.values() for text in texts)


@cache
def _working() -> list[str]:
    table = load(SHIPPED)
    return sorted({row.sent.target for row, mask in zip(table.rows, table.behind_any, strict=True) if mask})


pieces = st.sampled_from(_PIECES) | st.sampled_from(_KNOWN) | st.integers(1, 255).map(chr)


@st.composite
def changed(draw: st.DrawFn) -> str:
    """Draw a target that works, and change it in some places."""
    target = draw(st.sampled_from(_working()))
    for _ in range(draw(st.integers(1, 4))):
        at = draw(st.integers(0, len(target)))
        gone = draw(st.sampled_from((0, 0, 0, 1, 2)))
        kept = target[at : at + gone]
        put = draw(pieces | st.just("".join(f"%{ord(letter):02x}" for letter in kept)) | st.just(kept * 2))
        target = target[:at] + put + target[at + gone :]
    return target


@st.composite
def assembled(draw: st.DrawFn) -> str:
    """Draw a target made of pieces, with the name somewhere in it."""
    before, after = draw(st.lists(pieces, max_size=6)), draw(st.lists(pieces, max_size=4))
    begun = draw(st.sampled_from(_BEGINNINGS))
    return begun + "".join([*before, draw(st.sampled_from((NAME, *NAMES["escaped letters"]))), *after])


# A line feed would end the request line.
targets = (changed() | assembled()).map(lambda target: target.replace("\n", "")[:2000] or "/")


@st.composite
def requests(draw: st.DrawFn) -> Sent:
    moving = draw(st.sampled_from(("", "", "", "", "/xml", "/", "/blog")))
    return Sent(draw(targets), headers=(("SCRIPT_NAME", moving),) if moving else ())


def unguarded(truth: Truth) -> list[tuple[Sent, str]]:
    """Give what ran xmlrpc.php and would not be guarded, with the guard's setting and where it ran."""
    left = []
    for setting, policy in POLICIES.items():
        behind = [(truth.rows[way.place].sent, way.mask) for way in outcomes(truth)[setting].left]
        ran = [(row.sent, mask) for row, mask in zip(truth.rows, truth.direct, strict=True) if mask]
        direct = [(sent, mask) for sent, mask in ran if policy.decide(Request(sent.target, peer=STRANGER)).allowed]
        kept = truth.bits(name for name in truth.setups if setting == GUARD_OF_BOTH or name != MULTIVIEWS)
        left += [(sent, f"{setting}: {name}") for sent, mask in behind + direct for name in truth.names(mask & kept)]
    return left


def searching(set_ups: Hosts, fronts: Servers, between: Hops, batches: int, tried: set[Sent]) -> Callable[[], None]:
    """Give a test of so many batches, which remembers in ``tried`` what it tried."""

    @settings(
        max_examples=batches,
        deadline=None,
        database=None,
        phases=(Phase.generate, Phase.shrink),
        suppress_health_check=list(HealthCheck),
    )
    @given(st.lists(requests(), min_size=40, max_size=60, unique=True))
    def test(batch: list[Sent]) -> None:
        tried.update(batch)
        with ThreadPoolExecutor(2) as pool:
            truth = measure([Row(COMBINED, sent) for sent in batch], set_ups, fronts, between, pool)
        assert unguarded(truth) == []

    return test


def main(argv: list[str]) -> None:
    parser = argparse.ArgumentParser(
        "python -m tests.lab.search",
        description="Search for requests that reach xmlrpc.php and are not guarded.",
        epilog=NEEDED,
    )
    parser.add_argument("--seconds", type=float, default=600, help="for how long, at the least (%(default)s)")
    parser.add_argument("--seed", type=int, default=0, help="where to begin (%(default)s)")
    parser.add_argument(
        "--batches", type=int, default=20, help="batches of some 50 requests to each seed (%(default)s)"
    )
    flags = parser.parse_args(argv)
    if missing := lacking(SAMPLED):
        parser.error(f"not installed: {', '.join(missing)}")
    end, tried = time.monotonic() + flags.seconds, set[Sent]()
    with quiet(), hosts(SAMPLED) as set_ups, servers() as fronts, hops() as between:
        numbers = count(flags.seed)
        while not tried or time.monotonic() < end:
            seed(next(numbers))(searching(set_ups, fronts, between, flags.batches, tried))()
    print(f"{len(tried):,} requests tried; the guard knows all that ran xmlrpc.php")


if __name__ == "__main__":
    main(sys.argv[1:])
