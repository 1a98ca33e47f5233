"""Trying mutants: warm, then cold, each for some seconds of tests; and what became of them."""

import json
import os
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

import pytest

from tests.lab.mutation import running
from tests.lab.mutation.covering import OPTIONS, Cover
from tests.lab.mutation.modules import Module, Users
from tests.lab.mutation.running import Outcome, Warm, try_cold
from tests.lab.mutation.sites import Mutant

WARM, WIDE, COLD, COLD_ALONE = 1.0, 5.0, 1.5, 4.0
"""Seconds of tests that a mutant meets: warm, then others, then cold, and there if there was no warm way."""


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
        self.read()

    def read(self) -> None:
        """Read what another process has added, too."""
        for line in self._path.read_text().splitlines() if self._path.exists() else ():
            key, outcome = json.loads(line)
            self.found[tuple(key)] = Outcome(**outcome)

    def add(self, mutant: Mutant, outcome: Outcome) -> None:
        self.found[mutant.key] = outcome
        with self._path.open("a") as file:
            file.write(json.dumps([mutant.key, asdict(outcome)]) + "\n")

    def killers_first(self, mutant: Mutant, tests: Sequence[str]) -> list[str]:
        """Begin with the tests that killed others of the function, those that killed the most first."""
        alike = (outcome for key, outcome in self.found.items() if key[:2] == mutant.key[:2])
        killers = Counter(outcome.test for outcome in alike if outcome.state == running.KILLED)
        known = set(tests)
        return list(dict.fromkeys([*(test for test, _ in killers.most_common() if test in known), *tests]))

    def settled(self, mutant: Mutant) -> bool:
        return mutant.key in self.found and self.found[mutant.key].state != running.UNFIT

    def survived_warm(self, mutant: Mutant) -> bool:
        return mutant.key in self.found and bool(self.found[mutant.key].test)

    def count(self, module: Module) -> str:
        states = Counter(self.found[each.key].state for each in module.mutants if each.key in self.found)
        return ", ".join(f"{number} {state}" for state, number in sorted(states.items()))


@dataclass
class Trials:
    """All that is needed to try mutants."""

    cover: Cover
    users: Users
    results: Results
    wide: float = WIDE
    """For how many seconds of other tests a mutant is tried that its first tests do not kill."""

    def run_warm(self, modules: Sequence[Module], tests: Sequence[str]) -> None:
        """Try what is inside of functions, in forks of one session; some survivors are left for the other way."""

        def serve(warm: Warm) -> None:
            for module in modules:
                for mutant in module.mutants:
                    if mutant.key not in self.results.found:
                        self.results.add(mutant, self._try_warm(warm, module, mutant))
                say(f"{module.name}: warm, {self.results.count(module)}")

        process = os.fork()
        if not process:
            warm = Warm(serve, self.cover.seconds, self.users.assignments)
            os._exit(int(pytest.main([*OPTIONS, "-mpure", *tests], plugins=[warm])))
        os.waitpid(process, 0)
        self.results.read()

    def _try_warm(self, warm: Warm, module: Module, mutant: Mutant) -> Outcome:
        code = module.compiled(mutant)
        if code is None:
            return Outcome(running.SAME)
        for chosen in self._in_turn(module, mutant):
            outcome = warm.try_mutant(code, module.mutator, mutant, chosen, allowed(chosen, self.cover))
            if outcome.state != running.SURVIVED:
                return outcome
        is_final = module.runs_in_tests_only(mutant, self.cover)
        return Outcome(running.SURVIVED) if is_final else Outcome(running.UNFIT, "survived")

    def _in_turn(self, module: Module, mutant: Mutant) -> Iterator[list[str]]:
        tests = self.results.killers_first(mutant, module.tests(mutant, self.cover, self.users))
        first = within(tests, self.cover, WARM)
        yield first
        yield within(tests[len(first) :], self.cover, self.wide)

    def run_cold(self, modules: Sequence[Module]) -> None:
        """Try the others, each in a fork that imports the package anew."""
        for module in modules:
            for mutant in module.mutants:
                if not self.results.settled(mutant):
                    self.results.add(mutant, self._try_cold(module, mutant))
            say(f"{module.name}: all, {self.results.count(module)}")

    def _try_cold(self, module: Module, mutant: Mutant) -> Outcome:
        code = module.compiled(mutant)
        if code is None:
            return Outcome(running.SAME)
        seconds = COLD if self.results.survived_warm(mutant) else COLD_ALONE
        tests = module.tests(mutant, self.cover, self.users)
        own = [test for test in tests if test.startswith(tuple(module.own))]
        others = [test for test in tests if not test.startswith(tuple(module.own))]
        chosen = [*within(own, self.cover, seconds), *within(others, self.cover, seconds)]
        return try_cold(code, module.file, mutant, chosen, allowed(chosen, self.cover, 10))


def say(text: str) -> None:
    print(text, flush=True)
