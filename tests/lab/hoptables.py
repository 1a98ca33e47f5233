"""What the page says of the servers between the proxy and PHP."""

from collections import Counter
from collections.abc import Iterator

from tests.lab.cells import code
from tests.lab.corpus import COMBINED, MUTATED
from tests.lab.hops import HARMLESS
from tests.lab.truth import Truth, either


def added(truth: Truth) -> Iterator[str]:
    """Write a line for each hop: what runs the script only because of it, and of which classes most of that is."""
    for hop in truth.hops:
        found = _only_beyond(truth, hop)
        kinds = Counter(truth.rows[place].kind for place in found)
        mostly = ", ".join(kind for kind, _ in kinds.most_common() if kind not in (COMBINED, MUTATED))
        on = either(found.values()).bit_count()
        yield f"| {hop} {truth.versions[hop]} | {len(found):,} | {on} | {mostly} |"


def _only_beyond(truth: Truth, hop: str) -> dict[int, int]:
    """Give the places of such rows, with masks of where they run."""
    found: dict[int, int] = {}
    for server, masks in truth.hops[hop].items():
        for place, (beyond, without) in enumerate(zip(masks, truth.forwarded[server], strict=True)):
            if new := beyond & ~without:
                found[place] = found.get(place, 0) | new
    return found


def rewritten(truth: Truth) -> Iterator[str]:
    """Write a table of what each hop makes of harmless targets."""
    yield f"| target | {' | '.join(truth.rewritten)} |"
    yield f"|---|{'---|' * len(truth.rewritten)}"
    for target in HARMLESS:
        cells = (_cell(target, outs[target]) for outs in truth.rewritten.values())
        yield f"| {code(target)} | {' | '.join(cells)} |"


def _cell(target: str, out: str | None) -> str:
    if out is None:
        return "refused"
    return "kept" if out == target else code(out)
