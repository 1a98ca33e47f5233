"""Run bodies that are nearly calls in every version, and print what ran and what each reader makes of it.

    python -m tests.lab.fuzz [--bodies 200000] [--seed 1] [--kind mutants]

The exit status is 1 if a method ran that the reader, reading that body, does not see.
"""

import argparse
import sys
import warnings
from collections.abc import Sequence

from tests.lab import dressed, ixr, mutants

KINDS = {"mutants": mutants.make, "dressed": dressed.make}
PERMITTED = frozenset((*mutants.PERMITTED, mutants.MULTICALL))


def main(argv: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(description="Fuzz the reader beside WordPress' own classes.")
    parser.add_argument("--bodies", type=int, default=200_000, help="how many (%(default)s)")
    parser.add_argument("--seed", type=int, default=1, help="of the random numbers (%(default)s)")
    parser.add_argument("--kind", choices=KINDS, default="mutants", help="bodies that leave the shape, or that keep it")
    flags = parser.parse_args(argv)
    warnings.simplefilter("ignore")  # of ElementTree's tests for truth
    bodies = list(KINDS[flags.kind](flags.seed, flags.bodies))
    ran: list[set[str]] = [set() for _ in bodies]
    print(f"{len(bodies):,} bodies, {len({*bodies}):,} different, seed {flags.seed}\n")
    print("| run by | ran a method | ran one that is forbidden | seen less than ran |\n|---|---|---|---|")
    for reading in ixr.READINGS:
        results = [{*names} for names in ixr.run(reading, bodies)]
        forbidden = sum(not names <= PERMITTED for names in results)
        missed = ixr.count(ixr.guard, bodies, results, PERMITTED).missed
        print(f"| {reading} | {sum(map(bool, results)):,} | {forbidden:,} | {missed} |", flush=True)
        for names, more in zip(ran, results, strict=True):
            names.update(more)
    print(
        "\n| reader | read of those that ran | saw less than ran | let a forbidden method through | refused harmless |"
    )
    print("|---|---|---|---|---|")
    for name, reader in ixr.READERS.items():
        counts = ixr.count(reader, bodies, ran, PERMITTED)
        print(f"| {name} | {counts.read:,} | {counts.missed:,} | {counts.let_through:,} | {counts.harmless:,} |")
    return 1 if ixr.count(ixr.guard, bodies, ran, PERMITTED).missed else 0


if __name__ == "__main__":
    sys.exit(main())
