"""What the package looks like in numbers: run it before a tidying, and after.

    python -m tests.lab.house [--long 16]

Lines of a function are counted without its docstring and its head. Words are those of docstrings and comments. A name
that several modules give to their own things is listed, since a reader who follows it may land in another's.
"""

import argparse
import ast
import io
import re
import sys
import tokenize
from collections import defaultdict
from collections.abc import Iterator
from pathlib import Path
from statistics import median

from tests.frontends import ROOT

PACKAGE = ROOT / "xmlrpc_guard"
MOST_LINES = 300
SMALL = {"__init__", "__call__", "__iter__", "__repr__", "__str__", "main", "logger", "read", "close"}

Function = ast.FunctionDef | ast.AsyncFunctionDef


def sources() -> dict[str, str]:
    return {str(path.relative_to(PACKAGE)): path.read_text("utf-8") for path in sorted(PACKAGE.rglob("*.py"))}


def functions(source: str) -> Iterator[tuple[str, int]]:
    """Give each function's name, and the lines of its body."""
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, Function):
            body = node.body[1:] if ast.get_docstring(node) else node.body
            yield node.name, (body[-1].end_lineno or 0) - body[0].lineno + 1 if body else 0


def comments(source: str) -> Iterator[str]:
    for token in tokenize.generate_tokens(io.StringIO(source).readline):
        if token.type == tokenize.COMMENT and not re.match(r"#\s*(?:noqa|type:|pragma|pyright)", token.string):
            yield token.string.lstrip("# ")


def docstrings(source: str) -> Iterator[str]:
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant) and isinstance(node.value.value, str):
            yield node.value.value


def code_lines(source: str) -> int:
    """Count the lines that hold something other than comments, docstrings and blanks."""
    silent = (tokenize.COMMENT, tokenize.NL, tokenize.NEWLINE, tokenize.INDENT, tokenize.DEDENT, tokenize.ENDMARKER)
    docs = {
        line
        for node in ast.walk(ast.parse(source))
        if isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant)
        for line in range(node.lineno, (node.end_lineno or node.lineno) + 1)
    }
    lines = {
        line
        for token in tokenize.generate_tokens(io.StringIO(source).readline)
        if token.type not in silent
        for line in range(token.start[0], token.end[0] + 1)
    }
    return len(lines - docs)


def shared_names(modules: dict[str, str]) -> dict[str, list[str]]:
    """Return the public names that two or more modules define at their top level, with these modules."""
    homes: defaultdict[str, list[str]] = defaultdict(list)
    for name, source in modules.items():
        for node in ast.parse(source).body:
            if isinstance(node, Function | ast.ClassDef):
                homes[node.name].append(name)
            elif isinstance(node, ast.Assign) and isinstance(node.targets[0], ast.Name):
                homes[node.targets[0].id].append(name)
    return {
        name: where
        for name, where in sorted(homes.items())
        if len(where) > 1 and name not in SMALL and not name.startswith("_")
    }


def opening(source: str) -> str:
    return (ast.get_docstring(ast.parse(source)) or "").partition("\n")[0]


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m tests.lab.house", description="Count what the package is made of.")
    parser.add_argument("--long", type=int, default=16, help="list functions of more lines than this (%(default)s)")
    parser.add_argument("--openings", action="store_true", help="print each module's opening line")
    flags = parser.parse_args()
    modules = sources()
    sizes = [(lines, name, where) for where, source in modules.items() for name, lines in functions(source)]
    said = [list(comments(source)) for source in modules.values()]
    code = sum(map(code_lines, modules.values()))
    words = sum(len(text.split()) for source in modules.values() for text in [*comments(source), *docstrings(source)])
    pages = [*(ROOT / "docs").rglob("*.md"), ROOT / "README.md"]
    written = sum(len(Path(page).read_text("utf-8").split()) for page in pages)
    print(f"modules: {len(modules)}; lines of code: {code:,}; functions: {len(sizes):,}")
    print(f"a function's lines: median {median(lines for lines, *_ in sizes):g}, longest {max(sizes)[0]}")
    print(f"comment lines to one of code: {sum(map(len, said)) / code:.3f}")
    print(f"words: {words:,} in docstrings and comments, {written:,} in {len(pages)} pages")
    for lines, name, where in sorted(sizes, reverse=True):
        if lines > flags.long:
            print(f"long: {where} {name}: {lines}")
    for where, source in modules.items():
        if source.count("\n") > MOST_LINES:
            print(f"large: {where}: {source.count(chr(10))} lines")
        if not opening(source).rstrip().endswith((".", "?", ":")):
            print(f"no opening sentence: {where}: {opening(source)}")
        if flags.openings:
            print(f"{where}: {opening(source)}")
    for name, homes in shared_names(modules).items():
        print(f"in {len(homes)} modules: {name}: {', '.join(homes)}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
