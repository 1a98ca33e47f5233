"""The modules that decide, their mutants, and the tests that each of these meets."""

import ast
from collections.abc import Iterable, Iterator, Sequence
from functools import cached_property
from pathlib import Path
from types import CodeType

from tests.lab.mutation import running
from tests.lab.mutation.covering import Cover
from tests.lab.mutation.running import Assignment, compile_mutant
from tests.lab.mutation.sites import Mutant, Mutator, assigned, used_in

COPY = Path.cwd()
PACKAGE, LAB = COPY / "xmlrpc_guard", COPY / "tests/lab"
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
    "wsgi": ("tests/test_views.py", "tests/test_inspection.py", "tests/test_draining.py"),
    "lookup": ("tests/test_networks.py",),
    "networks": (),
    "settings.configuration": (),
    "settings.environment": ("tests/test_configuration.py",),
    "settings.file_entries": ("tests/test_configuration.py",),
    "settings.given": ("tests/test_configuration.py",),
    "settings.names": ("tests/test_typing_errors.py",),
    "settings.serving": ("tests/test_settings.py", "tests/test_typing_errors.py"),
    "settings.setting": ("tests/test_settings.py",),
    "settings.table": ("tests/test_settings.py", "tests/test_typing_errors.py", "tests/test_configuration.py"),
    "settings.texts": ("tests/test_settings.py", "tests/test_configuration.py"),
    "settings.toml_file": ("tests/test_configuration.py",),
    "settings.toml_lines": (),
    "settings.written": ("tests/test_settings.py",),
    "audit.quick": ("tests/audit",),
    "audit.answerable": ("tests/audit",),
    "audit.judging": ("tests/audit",),
    "audit.kinds": ("tests/audit",),
    "audit.sieve": ("tests/audit",),
}


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
        """Return the tests that run it; outside of functions, its own tests too, and those that run what names it."""
        first, last = mutant.lines
        found = cover.tests_of(self.file, range(first, last + 1), self.own)
        if mutant.path and found:
            return found
        pairs = users.lines_naming(mutant.names)
        more = {test for file, line in pairs for test in cover.lines.get(file, {}).get(line, ())}
        if not more:  # a field, a class' own table: whatever runs anything of the module
            more = {test for tests in cover.lines.get(self.file, {}).values() for test in tests}
        own = {test for test in cover.seconds if test.startswith(tuple(self.own))}
        return cover.in_order({*found, *more, *own}, self.own)

    def runs_in_tests_only(self, mutant: Mutant, cover: Cover) -> bool:
        """Tell whether a mutant changes nothing that is made before the tests run, so that warm is as good as cold."""
        first, last = mutant.lines
        return bool(mutant.path) and cover.loading[self.file].isdisjoint(range(first, last + 1))


class Users:
    """Which lines inside of functions name what, and which names a module's assignment makes out of others."""

    def __init__(self) -> None:
        self._lines: dict[str, set[tuple[str, int]]] = {}
        self._made_of: dict[str, set[str]] = {}
        self.assignments: list[Assignment] = []
        """Every assignment of a module, outside of its functions and classes."""
        for path in PACKAGE.rglob("*.py"):
            tree = ast.parse(path.read_text())
            for node in ast.walk(tree):
                if isinstance(node, ast.FunctionDef):
                    for name, line in _named(node.body):
                        self._lines.setdefault(name, set()).add((str(path), line))
            self.assignments += _find_assignments(path, tree)
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


def _find_assignments(path: Path, tree: ast.Module) -> Iterator[Assignment]:
    module = ".".join(path.relative_to(COPY).with_suffix("").parts).removesuffix(".__init__")
    for statement in tree.body:
        if isinstance(statement, ast.Assign | ast.AnnAssign) and statement.value:
            yield Assignment(module, str(path), statement, used_in(statement), assigned(statement))


def _named(body: Sequence[ast.stmt]) -> Iterator[tuple[str, int]]:
    for node in ast.walk(ast.Module(list(body), [])):
        name = node.id if isinstance(node, ast.Name) else node.attr if isinstance(node, ast.Attribute) else ""
        if name:
            yield name, node.lineno  # type: ignore[attr-defined]
