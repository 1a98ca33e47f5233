"""What runs inside the copy: record, then warm, then cold, then the report."""

import argparse
import hashlib
import os
import pickle
import sys
import tomllib
from collections import Counter
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from tests.lab.mutation import running
from tests.lab.mutation.covering import Cover, record
from tests.lab.mutation.modules import COPY, DECIDING, LAB, PACKAGE, Module, Users
from tests.lab.mutation.trying import WIDE, Results, Trials, say

EQUIVALENT = Path(__file__).with_name("equivalent.toml")


def recorded(results: Path, tests: Sequence[str]) -> Cover:
    """Record what the tests cover, in a fork, or read what was recorded of the same files."""
    texts = sorted([*PACKAGE.rglob("*.py"), *(path for path in COPY.glob("tests/**/*.py") if LAB not in path.parents)])
    read = [*(path.read_bytes() for path in texts), *(test.encode() for test in tests)]
    mark = hashlib.sha256(b"\0".join(read)).hexdigest()[:12]
    path = results.with_suffix(f".{mark}.cover")
    if not path.exists():
        say("recording which tests run which lines")
        process = os.fork()
        if not process:
            os._exit(record(PACKAGE, ["-mpure", *tests], path))
        if os.waitpid(process, 0)[1]:
            sys.exit("the tests fail without a mutation")
    cover: Cover = pickle.loads(path.read_bytes())
    return Cover(_here(cover.lines), cover.seconds, _here(cover.loading))


def _here(by_file: dict[str, Any]) -> dict[str, Any]:
    """Name the files of this copy, in place of those of the copy that was recorded."""
    return {str(COPY / f"xmlrpc_guard/{file.partition('/xmlrpc_guard/')[2]}"): each for file, each in by_file.items()}


def listed() -> dict[tuple[str, str, str, str, int], str]:
    """Return the mutants that no test can kill, and why."""
    rows = tomllib.loads(EQUIVALENT.read_text())["equivalent"] if EQUIVALENT.exists() else []
    return {
        (f"xmlrpc_guard.{row['module']}", row["function"], row["was"], row["becomes"], row.get("number", 0)): row[
            "reason"
        ]
        for row in rows
    }


def report(modules: Sequence[Module], results: Results) -> int:
    """Print a table, the survivors that are not listed, and the listed that do not survive."""
    reasons, names = listed(), {f"xmlrpc_guard.{module.name}" for module in modules}
    survivors = {key for key in _keys(modules) if results.found[key].state == running.SURVIVED}
    say("\n| module | mutants | same code | killed | of these hang | survive | of these equivalent |")
    say("|---|---|---|---|---|---|---|")
    for module in modules:
        say(_row(module, results, reasons))
    open_ = sorted(survivors - reasons.keys())
    stale = sorted(key for key in reasons if key[0] in names and key not in survivors)
    for title, keys in (("survives", open_), ("listed, and does not survive", stale)):
        for key in keys:
            say(f"\n{title}: {key[0]} {key[1]}\n    {key[2]}\n    {key[3]}   #{key[4]}")
    say(f"\n{len(survivors)} survive, {len(open_)} of them not listed; {len(stale)} listed that do not survive")
    return 1 if open_ or stale else 0


def _keys(modules: Sequence[Module]) -> Iterator[tuple[str, str, str, str, int]]:
    return (mutant.key for module in modules for mutant in module.mutants)


def _row(module: Module, results: Results, reasons: dict[tuple[str, str, str, str, int], str]) -> str:
    found = [(each.key, results.found[each.key].state) for each in module.mutants]
    states = Counter(state for _, state in found)
    equivalent = sum(state == running.SURVIVED and key in reasons for key, state in found)
    killed = states[running.KILLED] + states[running.HANGS]
    numbers = (len(found), states[running.SAME], killed, states[running.HANGS], states[running.SURVIVED], equivalent)
    return " | ".join(["| " + module.name, *map(str, numbers)]) + " |"


def main() -> int:
    parser = argparse.ArgumentParser()
    parser.add_argument("results", type=Path)
    parser.add_argument("modules", nargs="*")
    parser.add_argument("--tests", nargs="+", default=["tests"])
    parser.add_argument("--wide", type=float, default=WIDE)
    parser.add_argument("--list", action="store_true")
    flags = parser.parse_args()
    modules = [Module(name) for name in flags.modules or DECIDING]
    if flags.list:
        for module in modules:
            for mutant in module.mutants:
                say(" | ".join(map(str, mutant.key)))
        return 0
    import hypothesis  # noqa: F401, PLC0415 - what each fork would import
    import netaddr  # noqa: F401, PLC0415
    import webob  # noqa: F401, PLC0415

    trials = Trials(recorded(flags.results, flags.tests), Users(), Results(flags.results), flags.wide)
    trials.run_warm(modules, flags.tests)
    trials.run_cold(modules)
    return report(modules, trials.results)


if __name__ == "__main__":
    sys.exit(main())
