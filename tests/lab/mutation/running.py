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
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from functools import _lru_cache_wrapper
from importlib.abc import MetaPathFinder
from pathlib import Path
from types import CodeType, FunctionType, ModuleType
from typing import Any, NoReturn

import pytest

from tests.lab.mutation.covering import OPTIONS
from tests.lab.mutation.sites import Mutant, Mutator, assigned

LEAST_SECONDS, TIMES_AS_LONG = 3, 5
"""A mutant has so many times the time of its tests; what takes longer hangs."""
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
        test = pipe.read().decode(errors="replace")
    status = os.waitstatus_to_exitcode(os.waitpid(process, 0)[1])
    state = {0: SURVIVED, 1: KILLED, 2: UNFIT, -signal.SIGXCPU: HANGS, -signal.SIGALRM: HANGS}.get(status, KILLED)
    return Outcome(state, test)


def _limit(seconds: float) -> None:
    resource.setrlimit(resource.RLIMIT_CPU, (int(seconds) + 1, int(seconds) + 2))
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    signal.alarm(int(seconds) * 20 + 60)
    null = os.open(os.devnull, os.O_RDWR)
    for descriptor in (0, 1, 2):
        os.dup2(null, descriptor)


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

    def __init__(self, serve: Callable[["Warm"], None]) -> None:
        self._serve = serve
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
            if not (self._replace(code, file, mutant) if mutant.path else _assign_again(mutator, file, mutant)):
                os._exit(2)
            for cache in self._caches:
                cache.cache_clear()
            self._config.pluginmanager.register(Failing(writing))
            for item, following in zip(items, [*items[1:], None], strict=True):
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


def _assign_again(mutator: Mutator, file: str, mutant: Mutant) -> bool:
    """Run a mutated assignment of a module, and those after it that name what changes; False if it is none."""
    if mutant.function or not isinstance(mutant.statement, ast.Assign | ast.AnnAssign):
        return False
    mutant.apply()
    body = mutator.tree.body
    again: list[ast.stmt] = [mutant.statement]
    names = set(mutant.names)
    for statement in body[body.index(mutant.statement) + 1 :]:
        used = {node.id for node in ast.walk(statement) if isinstance(node, ast.Name)}
        if isinstance(statement, ast.Assign | ast.AnnAssign) and used & names:
            again.append(statement)
            names |= assigned(statement)
    space = vars(sys.modules[mutant.module])
    before = {name: space[name] for name in names if name in space}
    exec(compile(ast.fix_missing_locations(ast.Module(again, [])), file, "exec"), space)
    for module in [each for name, each in sys.modules.items() if name.startswith(("xmlrpc_guard", "tests"))]:
        for name, value in before.items():
            if vars(module).get(name) is value:
                setattr(module, name, space[name])
    return True


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
