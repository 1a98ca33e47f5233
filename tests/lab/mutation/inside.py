"""What runs inside the copy: record, then warm, then cold, then the report."""

import argparse
import ast
import hashlib
import json
import os
import pickle
import sys
import tomllib
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import asdict
from functools import cached_property
from pathlib import Path
from types import CodeType

import pytest

from tests.lab.mutation import running
from tests.lab.mutation.covering import OPTIONS, Cover, record
from tests.lab.mutation.running import Outcome, Warm, compile_mutant, try_cold
from tests.lab.mutation.sites import Mutant, Mutator, assigned

COPY = Path.cwd()
PACKAGE, LAB = COPY / "xmlrpc_guard", COPY / "tests/lab"
EQUIVALENT = Path(__file__).with_name("equivalent.toml")
# The modules that decide, and the tests that are theirs beside tests/test_<module>.py; these run first.
DECIDING: dict[str, tuple[str, ...]] = {
    "target": ("tests/test_truth.py",),
    "views": ("tests/test_truth.py",),
    "client": (),
    "rfc7239": ("tests/test_forwarded.py",),
    "forwarded": ("tests/test_client.py",),
    "headernames": ("tests/test_forwarded.py",),
    "request": (),
    "decision": ("tests/test_policy.py",),
    "policy": (),
    "entries": ("tests/test_offers.py",),
    "ranges": (),
    "methods": ("tests/test_public_methods.py",),
    "public_methods": (),
    "public_calls": (),
    "wsgi": ("tests/test_views.py",),
    "lookup": ("tests/test_networks.py",),
    "networks": (),
    "settings.configuration": (),
    "settings.environment": ("tests/test_configuration.py",),
    "settings.file_entries": ("tests/test_configuration.py",),
    "settings.given": ("tests/test_configuration.py",),
    "settings.names": ("tests/test_typing_errors.py",),
    "settings.serving": ("tests/test_settings.py",),
    "settings.setting": ("tests/test_settings.py",),
    "settings.table": ("tests/test_settings.py",),
    "settings.texts": ("tests/test_settings.py", "tests/test_configuration.py"),
    "settings.toml_file": ("tests/test_configuration.py",),
    "settings.toml_lines": (),
    "settings.written": ("tests/test_settings.py",),
    "audit.quick": ("tests/audit",),
    "audit.answerable": ("tests/audit",),
    "audit.judging": ("tests/audit",),
    "audit.sieve": ("tests/audit",),
}
WARM, WIDE, COLD, COLD_ALONE = 1.0, 5.0, 1.5, 4.0
"""Seconds of tests that a mutant meets: warm, then others, then cold, and there if there was no warm way."""


class Module:
    """One module's mutants and the tests that they meet."""

    def __init__(self, name: str) -> None:
        self.name = name
        self.file = str(running.file_of(PACKAGE, f"xmlrpc_guard.{name}"))
        self.mutator = Mutator(f"xmlrpc_guard.{name}", Path(self.file).read_text())
        last = name.rpartition(".")[2]
        own = [f"tests/test_{last}.py", f"tests/{name.replace('.', '/test_')}.py", *DECIDING.get(name, ())]
        self.own = [path for path in own if (COPY / path).exists()]

    @cached_property
    def mutants(self) -> list[Mutant]:
        return list(self.mutator.mutants())

    def compiled(self, mutant: Mutant) -> CodeType | None:
        return compile_mutant(mutant, self.mutator, self.file)

    def tests(self, mutant: Mutant, cover: Cover, users: "Users") -> list[str]:
        """Return the tests that run the statement; of one outside of functions, those that run what names it."""
        first, last = mutant.lines
        found = cover.tests_of(self.file, range(first, last + 1), self.own)
        if mutant.path and found:
            return found
        pairs = users.lines_naming(mutant.names)
        more = {test for file, line in pairs for test in cover.lines.get(file, {}).get(line, ())}
        if not more:  # a field, a class' own table: whatever runs anything of the module
            more = {test for tests in cover.lines.get(self.file, {}).values() for test in tests}
        return cover_sorted(cover, {*found, *more}, self.own)


def cover_sorted(cover: Cover, tests: Iterable[str], own: Sequence[str]) -> list[str]:
    everything = Cover({"": {0: list(tests)}}, cover.seconds)
    return everything.tests_of("", [0], own)


class Users:
    """Which lines inside of functions name what, and which names a module's assignment makes out of others."""

    def __init__(self) -> None:
        self._lines: dict[str, set[tuple[str, int]]] = {}
        self._made_of: dict[str, set[str]] = {}
        for path in PACKAGE.rglob("*.py"):
            tree = ast.parse(path.read_text())
            for node in ast.walk(tree):
                if isinstance(node, ast.FunctionDef):
                    for name, line in _named(node.body):
                        self._lines.setdefault(name, set()).add((str(path), line))
            for statement in tree.body:
                for name, _ in _named([statement]) if isinstance(statement, ast.Assign | ast.AnnAssign) else ():
                    self._made_of.setdefault(name, set()).update(assigned(statement))

    def lines_naming(self, names: Iterable[str]) -> set[tuple[str, int]]:
        """Return the lines inside of functions that name one of these, or what is made of them."""
        found, pending = set(names), list(names)
        while pending:
            more = self._made_of.get(pending.pop(), set()) - found
            found |= more
            pending += more
        return {pair for name in found for pair in self._lines.get(name, ())}


def _named(body: Sequence[ast.stmt]) -> Iterator[tuple[str, int]]:
    for node in ast.walk(ast.Module(list(body), [])):
        name = node.id if isinstance(node, ast.Name) else node.attr if isinstance(node, ast.Attribute) else ""
        if name:
            yield name, node.lineno  # type: ignore[attr-defined]


def within(tests: Sequence[str], cover: Cover, seconds: float) -> list[str]:
    """Keep the first tests that take so many seconds in all."""
    kept: list[str] = []
    total = 0.0
    for test in tests:
        total += cover.seconds.get(test, 0)
        if kept and total > seconds:
            break
        kept.append(test)
    return kept


def allowed(tests: Sequence[str], cover: Cover, start: float = 0) -> float:
    total = sum(cover.seconds.get(test, 0) for test in tests)
    return max(running.LEAST_SECONDS, running.TIMES_AS_LONG * total) + start


class Results:
    """The outcomes so far, one JSON line each."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self.found: dict[tuple[str, str, str, str, int], Outcome] = {}
        if path.exists():
            for line in path.read_text().splitlines():
                key, outcome = json.loads(line)
                self.found[tuple(key)] = Outcome(**outcome)

    def add(self, mutant: Mutant, outcome: Outcome) -> None:
        self.found[mutant.key] = outcome
        with self._path.open("a") as file:
            file.write(json.dumps([mutant.key, asdict(outcome)]) + "\n")

    def settled(self, mutant: Mutant) -> bool:
        return mutant.key in self.found and self.found[mutant.key].state != running.UNFIT


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
    return Cover(
        {str(COPY / Path(file).relative_to(_root(cover))): lines for file, lines in cover.lines.items()}, cover.seconds
    )


def _root(cover: Cover) -> Path:
    return Path(next(iter(cover.lines)).partition("/xmlrpc_guard/")[0])


def run_warm(modules: Sequence[Module], cover: Cover, users: Users, results: Results, chosen: Sequence[str]) -> None:
    """Try what is inside of functions, in forks of one session; survivors are left for the other way."""

    def serve(warm: Warm) -> None:
        for module in modules:
            for mutant in module.mutants:
                if mutant.key not in results.found:
                    results.add(mutant, _try_warm(warm, module, mutant, module.tests(mutant, cover, users), cover))
            say(f"{module.name}: warm, {count(module, results)}")

    process = os.fork()
    if not process:
        status = pytest.main([*OPTIONS, "-mpure", *chosen], plugins=[Warm(serve)])
        os._exit(int(status))
    os.waitpid(process, 0)


def _try_warm(warm: Warm, module: Module, mutant: Mutant, tests: list[str], cover: Cover) -> Outcome:
    code = module.compiled(mutant)
    if code is None:
        return Outcome(running.SAME)
    first = within(tests, cover, WARM)
    for chosen in (first, within(tests[len(first) :], cover, WIDE)):
        outcome = warm.try_mutant(code, module.mutator, mutant, chosen, allowed(chosen, cover))
        if outcome.state != running.SURVIVED:
            return outcome
    return Outcome(running.UNFIT, "survived")


def run_cold(modules: Sequence[Module], cover: Cover, users: Users, results: Results) -> None:
    """Try the others, each in a fork that imports the package anew."""
    for module in modules:
        for mutant in module.mutants:
            if not results.settled(mutant):
                survived = mutant.key in results.found and bool(results.found[mutant.key].test)
                results.add(mutant, _try_cold(module, mutant, cover, users, COLD if survived else COLD_ALONE))
        say(f"{module.name}: all, {count(module, results)}")


def _try_cold(module: Module, mutant: Mutant, cover: Cover, users: Users, seconds: float) -> Outcome:
    code = module.compiled(mutant)
    if code is None:
        return Outcome(running.SAME)
    tests = module.tests(mutant, cover, users)
    own = [test for test in tests if test.startswith(tuple(module.own))]
    outcome = Outcome(running.SURVIVED)
    for chosen in (within(own, cover, seconds), within(tests, cover, seconds)):
        if chosen and outcome.state == running.SURVIVED:
            outcome = try_cold(code, module.file, mutant, chosen, allowed(chosen, cover, 10))
    return outcome


def count(module: Module, results: Results) -> str:
    states = Counter(results.found[each.key].state for each in module.mutants if each.key in results.found)
    return ", ".join(f"{number} {state}" for state, number in sorted(states.items()))


def say(text: str) -> None:
    print(text, flush=True)


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

    cover, users, results = recorded(flags.results, flags.tests), Users(), Results(flags.results)
    run_warm(modules, cover, users, results, flags.tests)
    results = Results(flags.results)
    run_cold(modules, cover, users, results)
    return report(modules, results)


if __name__ == "__main__":
    sys.exit(main())
