"""Which module may import which: DESIGN's diagram as a table, checked against what the modules really import."""

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

import xmlrpc_guard

ROOT = Path(xmlrpc_guard.__file__).parent

# A module, and what it may import of the package; "*" is everything. Each row names only rows above it.
LAYERS = {
    # pure
    "text": "",
    "errors": "text",
    "published.listing": "",
    "published.jetpack": "published.listing",
    "published.cloudflare": "published.listing",
    "published.cloudfront": "published.listing",
    "published.fastly": "published.listing",
    "published.private": "published.listing",
    "published": "published.cloudflare published.cloudfront published.fastly published.jetpack published.listing "
    "published.private",
    "entries": "published",
    "networks": "entries errors",
    "table": "networks",
    "target": "errors",
    "rfc7239": "",
    "forwarded": "errors networks rfc7239",
    "client": "errors forwarded networks",
    "policy": "client forwarded networks table target",
    "sources.formats": "errors",
    "ranges.blocks": "entries errors published sources.formats",
    "ranges.feeds": "entries errors published ranges.blocks sources.formats",
    "ranges.judge": "entries ranges.blocks ranges.feeds",
    "ranges.review": "entries errors ranges.blocks sources.formats",
    "ranges.written": "entries ranges.blocks",
    # edges, which never import each other
    "wsgi": "errors forwarded networks policy target text",
    "__init__": "errors networks policy wsgi",
    "sources.source": "networks",
    "sources.file": "errors networks published sources.formats sources.source",
    "sources.watched": "client errors networks sources.source text",
    "sources.live": "client errors networks policy sources.source sources.watched text",
    "sources": "errors sources.file sources.live sources.source",
    "ranges": "",
    "ranges.fetch": "",
    "ranges.replace": "errors",
    "proxy.fields": "",
    "proxy.outgoing": "client forwarded networks proxy.fields",
    "proxy.incoming": "",
    "proxy.answer": "proxy.fields proxy.incoming",
    "proxy.connection": "proxy.answer proxy.incoming proxy.outgoing",
    "proxy.upstream": "errors networks proxy.answer proxy.connection proxy.outgoing",
    "proxy.reverse": "client errors forwarded networks policy proxy.answer proxy.connection proxy.incoming "
    "proxy.outgoing proxy.upstream text",
    # what assembles them
    "paste": "errors networks policy sources wsgi",
    "testing.spellings": "",
    "testing.environs": "",
    "testing.asking": "policy testing.environs wsgi",
    "testing": "testing.asking testing.environs testing.spellings",
    "proxy": "paste proxy.reverse wsgi",
    "cli.demo": "*",
    "cli.options": "*",
    "cli.explain": "*",
    "cli.check": "*",
    "cli.strict": "",
    "cli.serve": "*",
    "cli.ranges.telling": "*",
    "cli.ranges.looking": "*",
    "cli.ranges.update": "*",
    "cli.ranges": "*",
    "cli": "*",
    "__main__": "cli",
}

PURE = (
    *("text", "errors", *(module for module in LAYERS if module.partition(".")[0] == "published")),
    *("entries", "networks", "table", "target", "rfc7239", "forwarded", "client", "policy"),
    *("sources.formats", "ranges.blocks", "ranges.feeds", "ranges.judge", "ranges.review", "ranges.written"),
)

# What a pure module may import from outside: nothing that reads a clock, a file, an environment or a network.
PURE_MAY_IMPORT = (
    *("array", "bisect", "collections.abc", "dataclasses", "difflib", "enum", "itertools", "json", "netaddr", "re"),
    "mmap.mmap",  # the type of a piece of memory
    "types",
    "typing",
    *("socket.AF_INET", "socket.AF_INET6", "socket.inet_ntop", "socket.inet_pton", "urllib.parse.unquote"),
)


def short(name: str) -> str:
    return name.removeprefix("xmlrpc_guard").removeprefix(".").removesuffix(".__init__") or "__init__"


MODULES = {short(".".join(path.relative_to(ROOT).with_suffix("").parts)): path for path in ROOT.rglob("*.py")}


def imports(source: str) -> Iterator[str]:
    """Name all that a source imports, in full, wherever in it that is done."""
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        if isinstance(node, ast.ImportFrom):
            yield from ("." * node.level or f"{node.module}.{alias.name}" for alias in node.names)


def imported_modules(source: str) -> set[str]:
    return {module_of(name) for name in imports(source) if name.partition(".")[0] in ("xmlrpc_guard", "")}


def module_of(name: str) -> str:
    while short(name) not in MODULES:
        name = name.rpartition(".")[0]
    return short(name)


def test_the_table_has_a_row_for_each_module_and_no_other() -> None:
    assert sorted(LAYERS) == sorted(MODULES)


@pytest.mark.parametrize("module", sorted(MODULES))
def test_a_module_imports_what_its_row_allows(module: str) -> None:
    allowed = LAYERS[module].replace("*", " ".join(LAYERS)).split()
    assert imported_modules(MODULES[module].read_text("utf-8")) - set(allowed) == set()


@pytest.mark.parametrize("module", LAYERS)
def test_imports_point_one_way(module: str) -> None:
    above = list(LAYERS)[: list(LAYERS).index(module)]
    assert set(LAYERS[module].split()) - set(above) - {"*"} == set()


@pytest.mark.parametrize("module", PURE)
def test_a_pure_module_does_not_touch_the_world(module: str) -> None:
    outside = {name for name in imports(MODULES[module].read_text("utf-8")) if not name.startswith("xmlrpc_guard.")}
    touching = {name for name in outside if not f"{name}.".startswith(tuple(f"{pure}." for pure in PURE_MAY_IMPORT))}
    assert touching == set()


@pytest.mark.parametrize("module", PURE)
def test_a_pure_module_stands_on_pure_modules(module: str) -> None:
    assert set(LAYERS[module].split()) <= set(PURE)


@pytest.mark.parametrize(
    ("source", "found"),
    [
        pytest.param("import os, re.x", set(), id="other packages do not count"),
        pytest.param("import xmlrpc_guardian", set(), id="nor does one whose name begins alike"),
        pytest.param("from xmlrpc_guard.policy import Policy", {"policy"}, id="a name from a module"),
        pytest.param("from xmlrpc_guard import policy", {"policy"}, id="a module from the package"),
        pytest.param("from xmlrpc_guard import Policy", {"__init__"}, id="a name from the package"),
        pytest.param("import xmlrpc_guard", {"__init__"}, id="the package"),
        pytest.param("import os, xmlrpc_guard.wsgi as w", {"wsgi"}, id="a module by another name"),
        pytest.param("def f():\n  if 1:\n    import xmlrpc_guard.wsgi", {"wsgi"}, id="one imported late"),
        pytest.param("from xmlrpc_guard.wsgi import a, b\nimport xmlrpc_guard.table", {"wsgi", "table"}, id="two"),
        pytest.param("from . import wsgi", {"__init__"}, id="a relative import, which no row allows"),
        pytest.param("from .wsgi import XMLRPCGuard", {"__init__"}, id="another"),
    ],
)
def test_how_imports_are_found(source: str, found: set[str]) -> None:
    assert imported_modules(source) == found
