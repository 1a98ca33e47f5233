"""Running tests against mutants, each in a forked process of its own.

Warm: the tests are collected once; in the fork, the mutated function's code takes the place of the real one's, or a
module's mutated assignment is run again with those that name it. What else was made at import stays as it was. Cold:
the fork imports the package anew, with the mutated module, and collects what it needs. That is for what stands in
classes and defaults, and for mutants that survived warm.
"""

import ast
import gc
import importlib.machinery
import importlib.util
import os
import resource
import signal
import sys
from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import _lru_cache_wrapper
from importlib.abc import MetaPathFinder
from itertools import zip_longest
from pathlib import Path
from select import select
from types import CodeType, FunctionType, ModuleType
from typing import Any, BinaryIO, NoReturn

import pytest

from tests.lab.mutation.covering import OPTIONS
from tests.lab.mutation.sites import Mutant, Mutator, assigned, used_in

LEAST_SECONDS, TIMES_AS_LONG = 3, 5
"""A mutant has so many times the time of its tests; what takes longer hangs."""
LEAST_OF_A_TEST = 1
"""Seconds for one of them, and as many times its time more."""
MOST_ASLEEP = 10
"""Seconds in which a mutant may do nothing; no test that starts no process waits for so long."""
MEMORY = 3 << 30

KILLED, HANGS, SURVIVED, UNFIT, SAME = "killed", "hangs", "survived", "not for this way", "the same code"


@dataclass(frozen=True)
class Outcome:
    """What became of a mutant, and by which test."""

    state: str
    test: str = ""


def compile_mutant(mutant: Mutant, mutator: Mutator, file: str) -> CodeType | None:
    """Compile the mutated module; None if Python cannot, or makes the same of it as of the real one."""
    real = compile(mutator.tree, file, "exec")
    undo = mutant.apply()
    try:
        code = compile(ast.fix_missing_locations(mutator.tree), file, "exec")
    except (SyntaxError, ValueError):
        return None
    finally:
        undo()
    return None if code == real else code


_ENDED = (-signal.SIGXCPU, -signal.SIGPROF, -signal.SIGALRM)


def fork(work: Callable[[int], NoReturn], seconds: float) -> Outcome:
    """Run work in a fork, which writes a test's name to the descriptor and ends with 1 if the mutant is killed."""
    reading, writing = os.pipe()
    process = os.fork()
    if not process:
        os.close(reading)
        _limit(seconds)
        try:
            work(writing)
        except BaseException:  # noqa: BLE001 - whatever it is, it is not what the real code does
            os.write(writing, b"while collecting")
            os._exit(1)
    os.close(writing)
    with os.fdopen(reading, "rb") as pipe:
        _end_sleeper(process, pipe)
        test = pipe.read().decode(errors="replace")
    status = os.waitstatus_to_exitcode(os.waitpid(process, 0)[1])
    state = {0: SURVIVED, 1: KILLED, 2: UNFIT, **dict.fromkeys(_ENDED, HANGS)}.get(status, KILLED)
    return Outcome(state, test)


def _limit(seconds: float) -> None:
    resource.setrlimit(resource.RLIMIT_CPU, (int(seconds) + 1, int(seconds) + 2))
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    signal.alarm(int(seconds) * 20 + 60)
    null = os.open(os.devnull, os.O_RDWR)
    for descriptor in (0, 1, 2):
        os.dup2(null, descriptor)


def _end_sleeper(process: int, pipe: BinaryIO) -> None:
    """Wait until a process writes or ends; end one that sleeps for a while, since what it waits for never comes."""
    asleep = before = 0
    while asleep < MOST_ASLEEP and not select([pipe], [], [], 1)[0]:
        state, *numbers = Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()
        worked = sum(map(int, numbers[10:12]))  # hundredths of a second; a server that waits takes one now and then
        asleep, before = asleep + 1 if state == "S" and worked - before < 3 else 0, worked
    if asleep == MOST_ASLEEP:
        os.kill(process, signal.SIGALRM)


@dataclass(frozen=True)
class Assignment:
    """An assignment of a module, outside of its functions and classes."""

    module: str
    file: str
    statement: ast.stmt
    used: frozenset[str]
    made: frozenset[str]


class Failing:
    """A plugin that ends the process at the first failure."""

    def __init__(self, writing: int) -> None:
        self.writing = writing

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        if report.failed:
            self._end(report.nodeid)

    def pytest_collectreport(self, report: pytest.CollectReport) -> None:
        if report.failed:
            self._end(f"{report.nodeid}, which cannot be collected")

    def _end(self, name: str) -> NoReturn:
        os.write(self.writing, name.encode())
        os._exit(1)


class Warm:
    """A plugin that runs no test in the session's own process, and gives each mutant's tests a fork of it."""

    def __init__(
        self, serve: Callable[["Warm"], None], seconds: Mapping[str, float], assignments: Iterable[Assignment]
    ) -> None:
        self._serve, self._seconds, self._assignments = serve, seconds, tuple(assignments)
        self._items: dict[str, pytest.Item] = {}
        self._config: pytest.Config
        self._functions: dict[tuple[str, str, int], list[FunctionType]] = defaultdict(list)
        self._caches: list[Any] = []

    def pytest_runtestloop(self, session: pytest.Session) -> bool:
        self._config = session.config
        self._items = {item.nodeid: item for item in session.items}
        gc.unfreeze()
        for found in gc.get_objects():
            if isinstance(found, FunctionType):
                code = found.__code__
                self._functions[code.co_filename, code.co_qualname, code.co_firstlineno].append(found)
            elif isinstance(found, _lru_cache_wrapper):
                self._caches.append(found)
        gc.freeze()
        self._serve(self)
        return True

    def try_mutant(
        self, code: CodeType, mutator: Mutator, mutant: Mutant, tests: Sequence[str], seconds: float
    ) -> Outcome:
        """Run tests against a mutant inside of a function, or of an assignment of the module."""
        items = [self._items[test] for test in tests if test in self._items]
        file = code.co_filename

        def work(writing: int) -> NoReturn:
            if not (self._replace(code, file, mutant) if mutant.path else self._assign_again(mutator, file, mutant)):
                os._exit(2)
            for cache in self._caches:
                cache.cache_clear()
            self._config.pluginmanager.register(Failing(writing))
            for item, following in zip_longest(items, items[1:]):
                usual = self._seconds.get(item.nodeid, 0)
                signal.setitimer(signal.ITIMER_PROF, LEAST_OF_A_TEST + TIMES_AS_LONG * usual)
                item.config.hook.pytest_runtest_protocol(item=item, nextitem=following)
            os._exit(0)

        return fork(work, seconds)

    def _replace(self, code: CodeType, file: str, mutant: Mutant) -> bool:
        """Give every living function of this place the mutated code; False if there is none, or it does not fit."""
        replaced = 0
        for inner in _codes(code):
            if (inner.co_name, inner.co_firstlineno) in mutant.path:
                for function in self._functions[file, inner.co_qualname, inner.co_firstlineno]:
                    try:
                        function.__code__ = inner
                    except ValueError:
                        return False
                    replaced += 1
        return bool(replaced)

    def _assign_again(self, mutator: Mutator, file: str, mutant: Mutant) -> bool:
        """Run a mutated assignment of a module, and those that name what changes, anywhere; False if it is none."""
        if mutant.function or not isinstance(mutant.statement, ast.Assign | ast.AnnAssign):
            return False
        mutant.apply()
        body = mutator.tree.body
        again: list[ast.stmt] = [mutant.statement]
        names = set(mutant.names)
        for statement in body[body.index(mutant.statement) + 1 :]:
            if isinstance(statement, ast.Assign | ast.AnnAssign) and used_in(statement) & names:
                again.append(statement)
                names |= assigned(statement)
        self._follow(_assign(mutant.module, file, again, names), mutant.module)
        return True

    def _follow(self, changed: set[tuple[str, str]], own: str) -> None:
        """Run the assignments of other modules that name what has changed, each once."""
        left = [each for each in self._assignments if each.module != own and each.module in sys.modules]
        while due := [each for each in left if any((each.module, name) in changed for name in each.used)]:
            left = [each for each in left if each not in due]
            for each in due:
                changed |= _assign(each.module, each.file, [each.statement], each.made)


def _assign(module: str, file: str, statements: list[ast.stmt], names: Iterable[str]) -> set[tuple[str, str]]:
    """Run assignments of a module; give the places of what they change, in every module that has it."""
    space = vars(sys.modules[module])
    before = {name: space[name] for name in names if name in space}
    exec(compile(ast.fix_missing_locations(ast.Module(statements, [])), file, "exec"), space)
    changed = {(module, name) for name in before}
    for where, each in [*sys.modules.items()]:
        for name, value in before.items() if where.startswith(("xmlrpc_guard", "tests")) else ():
            if vars(each).get(name) is value:
                setattr(each, name, space[name])
                changed.add((where, name))
    return changed


def _codes(code: CodeType) -> Iterable[CodeType]:
    for constant in code.co_consts:
        if isinstance(constant, CodeType):
            yield constant
            yield from _codes(constant)


class Only:
    """A plugin that keeps some of the collected tests, in their order."""

    def __init__(self, tests: Sequence[str]) -> None:
        self._order = {test: number for number, test in enumerate(tests)}

    @pytest.hookimpl(trylast=True)
    def pytest_collection_modifyitems(self, items: list[pytest.Item]) -> None:
        items[:] = sorted(
            (item for item in items if item.nodeid in self._order), key=lambda item: self._order[item.nodeid]
        )


class _Mutated(importlib.machinery.SourceFileLoader):
    code: CodeType

    def get_code(self, fullname: str) -> CodeType:  # noqa: ARG002 - there is one
        return self.code


class _Finder(MetaPathFinder):
    def __init__(self, module: str, file: str, code: CodeType) -> None:
        self.module, self.file, self.code = module, file, code

    def find_spec(
        self, fullname: str, _path: Sequence[str] | None, _target: ModuleType | None = None
    ) -> importlib.machinery.ModuleSpec | None:
        if fullname != self.module:
            return None
        loader = _Mutated(fullname, self.file)
        loader.code = self.code
        return importlib.util.spec_from_file_location(fullname, self.file, loader=loader)


def try_cold(code: CodeType, file: str, mutant: Mutant, tests: Sequence[str], seconds: float) -> Outcome:
    """Run tests against a mutated module in a fork that has not imported the package before."""
    assert not any(name.startswith("xmlrpc_guard") for name in sys.modules)
    files = dict.fromkeys(test.partition("::")[0] for test in tests)

    def work(writing: int) -> NoReturn:
        sys.meta_path.insert(0, _Finder(mutant.module, file, code))
        plugins = [Only(tests), Failing(writing)]
        status = pytest.main([*OPTIONS, *files], plugins=plugins)
        os._exit(0 if status in (pytest.ExitCode.OK, pytest.ExitCode.NO_TESTS_COLLECTED) else 1)

    return fork(work, seconds)


def file_of(package: Path, module: str) -> Path:
    return package.parent / Path(*module.split(".")).with_suffix(".py")
