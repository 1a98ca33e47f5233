"""Which kind of module may import which, checked against what the modules really import."""

import ast
from collections.abc import Callable, Iterable, Iterator
from functools import cache
from graphlib import TopologicalSorter
from pathlib import Path

import pytest

import xmlrpc_guard

ROOT = Path(xmlrpc_guard.__file__).parent

# Values in, values out. A package's name stands for all that is in it.
PURE = frozenset(
    {
        *(
            "text",
            "errors",
            "frozen",
            "foreign",
            "edges",
            "batches",
            "ranges",
            "published",
            "advice",
            "entries",
            "networks",
            "lookup",
            "listfile",
            "formats",
            "logs",
        ),
        *(
            "target",
            "views",
            "rfc7239",
            "headernames",
            "forwarded",
            "peers",
            "client",
            "request",
            "doubts",
            "policy",
            "caching",
        ),
        *("sampling", "methods", "wordpress", "public_methods", "public_calls", "decision"),
        *("render.addresses", "render.patterns", "render.rule", "render.limits", "render.apart", "render.nginx"),
        *("render.apache", "render.caddy", "render.haproxy", "render.traefik", "render.gaps", "render.routes"),
        "render.frontends",
        *("updates.changes", "updates.header", "updates.problems", "updates.review"),
        *("audit.judging", "audit.spelling", "audit.tally", "audit.counting", "audit.clients", "audit.notes"),
        *("probe.site", "probe.respelling", "probe.answers", "probe.verdicts", "probe.finding"),
        *(
            "audit.called",
            "audit.evidence",
            "audit.report",
            "audit.answerable",
            "audit.sieve",
            "audit.kinds",
            "audit.quick",
        ),
    }
)
# What touches the world. An edge stands on pure modules, on the shared ones and on its own package.
SHARED = frozenset(
    {
        "replacing",
        "files",
        "allocator",
        "forking",
        "counting",
        "sampled",
        "records",
        "status",
        "metrics",
        "body",
        "draining",
        "surroundings",
        "corpus",
        "heldbody",
        "inspection",
        "answers",
        "tls",
    }
)
EDGES = frozenset({"audit", "probe", "render", "wsgi", "live", "updates", "proxy", "serving"})
# What puts edges together, from the bottom up.
ASSEMBLERS = (
    *("settings", "__init__", "sources", "paste", "testing"),
    *("proxy.application", "proxy.__init__", "configured", "app", "cli", "__main__"),
)

# What is imported against the arrows, when it is called: a guard made from settings, which make guards themselves.
LATE = {"wsgi": {"settings.configuration", "settings.given"}}

# What a pure module may import from outside: nothing that reads a clock, a file, an environment or a network.
PURE_MAY_IMPORT = (
    *(
        "array",
        "binascii.a2b_qp",
        "bisect",
        "calendar.timegm",
        "collections.abc",
        "collections.Counter",
        "collections.OrderedDict",
        "csv",  # which reads lines that it is given
        "dataclasses",
        "difflib",
        "enum",
        "functools.cache",
        "hashlib.sha256",
        "functools.lru_cache",
        "fnmatch.translate",
        *(
            "collections.defaultdict",
            "operator.add",
            "operator.attrgetter",
            "operator.contains",
            "operator.itemgetter",
            "operator.lt",
        ),
        *("functools.reduce", "operator.attrgetter", "operator.mod", "operator.sub", "struct.unpack"),
        *("heapq.nsmallest", "time.gmtime", "time.strftime"),
        "itertools",
        "json",
        "math.prod",
        "netaddr",
        "re",
        "sys.intern",  # one copy of equal texts
        "sys.modules",  # whether netaddr is among them
    ),
    "mmap.mmap",  # the type of a piece of memory
    "xml.parsers.expat",
    "types",
    "typing",
    *("html.unescape", "urllib.parse.SplitResult", "urllib.parse.urlsplit", "zlib"),
    *("socket.AF_INET", "socket.AF_INET6", "socket.inet_ntop", "socket.inet_pton", "urllib.parse.unquote"),
    "urllib.parse.unquote_to_bytes",
    "wsgiref.types",
)


MODULES = {".".join(path.relative_to(ROOT).with_suffix("").parts): path for path in ROOT.rglob("*.py")}


def find_imports(source: str) -> Iterator[str]:
    """Name all that a source imports, in full, wherever in it that is done."""
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        if isinstance(node, ast.ImportFrom):
            yield from ("." * node.level or f"{node.module}.{alias.name}" for alias in node.names)


@cache
def imports(module: str) -> frozenset[str]:
    """Name all that a module imports."""
    return frozenset(find_imports(MODULES[module].read_text("utf-8")))


def modules_among(names: Iterable[str]) -> set[str]:
    """Give the modules of this package that imported names are, or are in."""
    return {module_of(name) for name in names if name.partition(".")[0] in ("xmlrpc_guard", "")}


def needs(module: str) -> set[str]:
    """Give the modules of this package that a module imports, but for those of LATE."""
    return modules_among(imports(module)) - {module} - LATE.get(module, set())


def module_of(name: str) -> str:
    """Give the module that an imported name is, or is in."""
    parts = name.split(".")[1:]
    for length in range(len(parts), 0, -1):
        within = ".".join(parts[:length])
        if within in MODULES or f"{within}.__init__" in MODULES:
            return within if within in MODULES else f"{within}.__init__"
    return "__init__"


def kind(module: str) -> str:
    """Give the most telling name of a module that one of the lists above has: its own, or its package's."""
    if module in PURE or module in ASSEMBLERS:
        return module
    return module.partition(".")[0]


def is_pure(module: str) -> bool:
    return module in PURE or (module not in ASSEMBLERS and module.partition(".")[0] in PURE)


PURE_MODULES = sorted(filter(is_pure, MODULES))
EDGE_MODULES = sorted(module for module in MODULES if not is_pure(module) and kind(module) in EDGES | SHARED)


def test_every_module_is_of_one_kind() -> None:
    strays = [module for module in MODULES if kind(module) not in PURE | SHARED | EDGES | {*ASSEMBLERS}]
    assert strays == []


def test_imports_go_round_in_no_circle() -> None:
    tuple(TopologicalSorter({module: needs(module) for module in MODULES}).static_order())  # which raises CycleError


def against(modules: Iterable[str], forbidden: Callable[[str], Iterable[str]]) -> dict[str, set[str]]:
    """Give the modules that import what they may not, and what that is."""
    return {module: names for module in modules if (names := {*forbidden(module)})}


def test_an_edge_imports_no_other_edge() -> None:
    def other_edges(module: str) -> Iterator[str]:
        others = (name for name in needs(module) if not is_pure(name) and kind(name) not in SHARED)
        return (name for name in others if kind(name) != kind(module))

    assert against(EDGE_MODULES, other_edges) == {}


def test_an_assembler_imports_no_assembler_above_it() -> None:
    def above(module: str) -> Iterator[str]:
        kinds = ASSEMBLERS[ASSEMBLERS.index(kind(module)) + 1 :]
        return (name for name in needs(module) if kind(name) in kinds)

    assert against([module for module in MODULES if kind(module) in ASSEMBLERS], above) == {}


def test_click_is_imported_by_the_command_line_alone() -> None:
    assert {kind(module) for module in MODULES if "click" in imports(module)} == {"cli"}


def test_a_pure_module_does_not_touch_the_world() -> None:
    allowed = tuple(f"{name}." for name in ("xmlrpc_guard", *PURE_MAY_IMPORT))

    def touching(module: str) -> Iterator[str]:
        return (name for name in imports(module) if not f"{name}.".startswith(allowed))

    assert against(PURE_MODULES, touching) == {}


def test_a_pure_module_stands_on_pure_modules() -> None:
    assert against(PURE_MODULES, lambda module: (name for name in needs(module) if not is_pure(name))) == {}


@pytest.mark.parametrize(
    ("source", "found"),
    [
        pytest.param("import os, re.x", set(), id="packages other than this one do not count"),
        pytest.param("import xmlrpc_guardian", set(), id="a package whose name begins alike does not count"),
        pytest.param("from xmlrpc_guard.policy import Policy", {"policy"}, id="a name from a module"),
        pytest.param("from xmlrpc_guard import policy", {"policy"}, id="a module from the package"),
        pytest.param("from xmlrpc_guard import Policy", {"__init__"}, id="a name from the package"),
        pytest.param("import xmlrpc_guard", {"__init__"}, id="the package"),
        pytest.param("import os, xmlrpc_guard.wsgi as w", {"wsgi"}, id="a module imported under a name of its own"),
        pytest.param("def f():\n  if 1:\n    import xmlrpc_guard.wsgi", {"wsgi"}, id="a module imported in a function"),
        pytest.param(
            "from xmlrpc_guard.wsgi import a, b\nimport xmlrpc_guard.target",
            {"wsgi", "target"},
            id="two modules in one statement",
        ),
        pytest.param("from . import wsgi", {"__init__"}, id="a relative import, which no row allows"),
        pytest.param(
            "from .wsgi import XMLRPCGuard", {"__init__"}, id="a relative import of a parent, which no row allows"
        ),
    ],
)
def test_how_imports_are_found(source: str, found: set[str]) -> None:
    assert modules_among(find_imports(source)) == found
