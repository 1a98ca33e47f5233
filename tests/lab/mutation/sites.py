"""Mutants of a module: each place in its syntax tree that is changed, and into what.

Left alone: docstrings, annotations, names of types, and the words of messages: in a ``raise``, in a log record, and
elsewhere a text of four words or more. They decide nothing, and other tests hold many of them whole.
"""

import ast
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial
from itertools import chain
from typing import Any

from tests.lab.mutation.patterns import mutate_pattern

Function = ast.FunctionDef | ast.AsyncFunctionDef
Undo = Callable[[], None]
Change = Callable[[], Undo]
"""Makes the change in the tree."""

_COMPARED: dict[type, tuple[type, ...]] = {
    ast.Lt: (ast.LtE, ast.Gt),
    ast.LtE: (ast.Lt, ast.GtE),
    ast.Gt: (ast.GtE, ast.Lt),
    ast.GtE: (ast.Gt, ast.LtE),
    ast.Eq: (ast.NotEq,),
    ast.NotEq: (ast.Eq,),
    ast.Is: (ast.IsNot,),
    ast.IsNot: (ast.Is,),
    ast.In: (ast.NotIn,),
    ast.NotIn: (ast.In,),
}
_CALCULATED: dict[type, type] = {
    ast.Add: ast.Sub,
    ast.Sub: ast.Add,
    ast.Mult: ast.FloorDiv,
    ast.FloorDiv: ast.Mult,
    ast.Mod: ast.Mult,
    ast.Pow: ast.Mult,
    ast.BitAnd: ast.BitOr,
    ast.BitOr: ast.BitAnd,
    ast.BitXor: ast.BitAnd,
    ast.LShift: ast.RShift,
    ast.RShift: ast.LShift,
}
_NAMES = {"any": "all", "all": "any", "min": "max", "max": "min"}
_METHODS = {
    "startswith": "endswith",
    "endswith": "startswith",
    "partition": "rpartition",
    "rpartition": "partition",
    "lstrip": "rstrip",
    "rstrip": "lstrip",
    "fullmatch": "match",
    "match": "search",
    "search": "match",
    "find": "rfind",
    "rfind": "find",
    "removeprefix": "removesuffix",
    "removesuffix": "removeprefix",
}
_CHANGES_TEXT = {"lower", "upper", "strip", "lstrip", "rstrip", "casefold", "swapcase"}
_MESSAGES = {"ConfigurationError", "RequestError", "AddressError", "warning", "error", "info", "debug", "exception"}
_SENTENCE = 4
"""A text of so many words is for people."""
_TYPES = {"TypeVar", "NewType", "ParamSpec", "cast"}


@dataclass(frozen=True)
class Mutant:
    """One change: where it is, by names that outlive other changes of the file, and how to make it in the tree."""

    module: str
    function: str
    was: str
    becomes: str
    number: int
    lines: tuple[int, int]
    names: frozenset[str]
    """What the statement assigns, if it stands outside of functions."""
    statement: ast.stmt
    path: tuple[tuple[str, int], ...]
    """The functions around it, by name and first line, the outermost first; empty outside of functions."""
    apply: Change

    @property
    def key(self) -> tuple[str, str, str, str, int]:
        """What it is known by, in results and in the list of equivalent ones."""
        return self.module, self.function, self.was, self.becomes, self.number


def set_field(node: ast.AST, field: str, value: Any) -> Undo:
    before = getattr(node, field)
    setattr(node, field, value)
    return partial(setattr, node, field, before)


def set_item(items: list[Any], index: int, values: list[Any]) -> Undo:
    before = items[:]
    items[index : index + 1] = values
    return partial(items.__setitem__, slice(None), before)


class Mutator:
    """Finds the mutants of one module."""

    def __init__(self, module: str, source: str) -> None:
        self.module = module
        self.tree = ast.parse(source)
        self._patterns = _find_patterns(self.tree)
        self._seen: dict[tuple[str, str, str], int] = {}

    def mutants(self) -> Iterator[Mutant]:
        """Give each; its ``apply`` changes ``tree``, and returns what changes it back."""
        yield from self._body(self.tree.body, (), "")

    def _body(self, body: list[ast.stmt], path: tuple[tuple[str, int], ...], name: str) -> Iterator[Mutant]:
        for index, statement in enumerate(body):
            if isinstance(statement, Function | ast.ClassDef):
                yield from self._definition(statement, path, name)
            elif not _is_left_alone(statement):
                for apply in chain(_removed(body, index), self._changes(statement)):
                    yield self._mutant(statement, apply, path, name)
                for inner in _bodies(statement):
                    yield from self._body(inner, path, name)

    def _definition(
        self, node: Function | ast.ClassDef, path: tuple[tuple[str, int], ...], name: str
    ) -> Iterator[Mutant]:
        inside = f"{name}.{node.name}" if name else node.name
        if isinstance(node, ast.ClassDef):
            yield from self._body(node.body, path, inside)
            return
        for default in [*node.args.defaults, *filter(None, node.args.kw_defaults)]:
            for apply in self._walk(default):
                yield self._mutant(node, apply, path, inside)
        first = min([node.lineno, *(each.lineno for each in node.decorator_list)])
        yield from self._body(node.body, (*path, (node.name, first)), inside)

    def _mutant(
        self,
        statement: ast.stmt,
        apply: Change,
        path: tuple[tuple[str, int], ...],
        name: str,
    ) -> Mutant:
        was = _shown(statement)
        undo = apply()
        becomes = _shown(statement)
        undo()
        if becomes == was:
            becomes = "left out"
        at = (name, was, becomes)
        self._seen[at] = number = self._seen.get(at, -1) + 1
        names = frozenset() if path else assigned(statement)
        return Mutant(self.module, name, was, becomes, number, _lines(statement), names, statement, path, apply)

    def _changes(self, statement: ast.stmt) -> Iterator[Change]:
        for field, value in ast.iter_fields(statement):
            if field in ("body", "orelse", "finalbody", "annotation", "simple", "type_comment", "type_params"):
                continue
            if field == "handlers":
                for handler in value:
                    yield from _handler(handler)
                continue
            if field == "test":
                yield from _forced(statement, "test")
            if field == "op":
                yield from _operator(statement)
            for node in _nodes(value):
                yield from self._walk(node, messages=isinstance(statement, ast.Raise))

    def _walk(self, node: ast.AST, *, messages: bool = False) -> Iterator[Change]:
        if isinstance(node, ast.Call):
            name = _called(node)
            if name in _TYPES:
                return
            messages = messages or name in _MESSAGES
        if isinstance(node, ast.Lambda):
            yield from self._walk(node.body)
            return
        for change in _MUTATIONS.get(type(node), ()):
            yield from change(node)
        if isinstance(node, ast.Constant):
            yield from self._constant(node, messages=messages)
        for field, value in ast.iter_fields(node):
            if field not in ("annotation", "ctx"):
                for child in _nodes(value):
                    yield from self._walk(child, messages=messages)

    def _constant(self, node: ast.Constant, *, messages: bool) -> Iterator[Change]:
        value = node.value
        if isinstance(value, bool):
            yield _set(node, "value", not value)
        elif isinstance(value, int):
            yield _set(node, "value", value + 1)
            yield _set(node, "value", value - 1)
        elif isinstance(value, str | bytes) and id(node) in self._patterns:
            yield from _pattern(node, value, verbose=self._patterns[id(node)])
        elif isinstance(value, str | bytes) and not messages and len(value.split()) < _SENTENCE:
            yield _set(node, "value", value[:0] if value else _like(value, "x"))
            if len(value) > 1:
                yield _set(node, "value", value + "x" if isinstance(value, str) else value + b"x")


def _set(node: ast.AST, field: str, value: Any) -> Change:
    return partial(set_field, node, field, value)


def _item(items: list[Any], index: int, *values: Any) -> Change:
    return partial(set_item, items, index, list(values))


def _like(value: str | bytes, text: str) -> str | bytes:
    return text if isinstance(value, str) else text.encode()


def _nodes(value: Any) -> list[ast.AST]:
    return [each for each in (value if isinstance(value, list) else [value]) if isinstance(each, ast.AST)]


def _bodies(statement: ast.stmt) -> Iterator[list[ast.stmt]]:
    for field in ("body", "orelse", "finalbody"):
        yield getattr(statement, field, [])
    for each in [*getattr(statement, "handlers", []), *getattr(statement, "cases", [])]:
        yield each.body


def _is_left_alone(statement: ast.stmt) -> bool:
    if isinstance(statement, ast.Expr):
        return isinstance(statement.value, ast.Constant)
    if isinstance(statement, ast.Assign) and isinstance(statement.targets[0], ast.Name):
        value = statement.value
        is_union = isinstance(value, ast.BinOp) and isinstance(value.op, ast.BitOr) and isinstance(value.left, ast.Name)
        is_type = isinstance(value, ast.Subscript) and isinstance(value.value, ast.Name) and _is_type(value.value.id)
        return statement.targets[0].id == "__all__" or is_union or is_type
    return isinstance(statement, ast.Import | ast.ImportFrom | ast.Pass | ast.Global | ast.Nonlocal)


def _is_type(name: str) -> bool:
    return name[0].isupper() or name in ("tuple", "list", "dict", "set", "frozenset", "type")


def _removed(body: list[ast.stmt], index: int) -> Iterator[Change]:
    """Leave the statement out, where that leaves something that can run."""
    statement = body[index]
    nothing = ast.copy_location(ast.Pass(), statement)
    if isinstance(statement, ast.Expr | ast.AugAssign | ast.Delete | ast.Raise | ast.Assert):
        yield _item(body, index, nothing)
    elif isinstance(statement, ast.Return) and statement.value and not _is_none(statement.value):
        yield _set(statement, "value", None)
    elif isinstance(statement, ast.Break | ast.Continue):
        other = ast.Break() if isinstance(statement, ast.Continue) else ast.Continue()
        yield _item(body, index, ast.copy_location(other, statement))


def _is_none(node: ast.expr) -> bool:
    return isinstance(node, ast.Constant) and node.value is None


def _forced(node: ast.AST, field: str) -> Iterator[Change]:
    test = getattr(node, field)
    for value in (True, False):
        if not isinstance(test, ast.Constant):
            yield _set(node, field, ast.copy_location(ast.Constant(value), test))


def _operator(node: Any) -> Iterator[Change]:
    if type(node.op) in _CALCULATED:
        yield _set(node, "op", _CALCULATED[type(node.op)]())


def _comparison(node: ast.Compare) -> Iterator[Change]:
    for index, operator in enumerate(node.ops):
        for other in _COMPARED[type(operator)]:
            yield _item(node.ops, index, other())


def _junction(node: ast.BoolOp) -> Iterator[Change]:
    yield _set(node, "op", ast.Or() if isinstance(node.op, ast.And) else ast.And())
    for index in range(len(node.values)):
        neutral = ast.copy_location(ast.Constant(isinstance(node.op, ast.And)), node.values[index])
        yield _item(node.values, index, neutral)


def _unary(node: ast.UnaryOp) -> Iterator[Change]:
    if isinstance(node.op, ast.Not):
        double = ast.copy_location(ast.UnaryOp(ast.Not(), node.operand), node)
        yield _set(node, "operand", double)
    elif isinstance(node.op, ast.USub):
        yield _set(node, "op", ast.UAdd())


def _call(node: ast.Call) -> Iterator[Change]:
    for index in range(len(node.args)):
        if not isinstance(node.args[index], ast.Starred) and len(node.args) + len(node.keywords) > 1:
            yield _item(node.args, index)
    for index in range(len(node.keywords)):
        yield _item(node.keywords, index)
    function = node.func
    if isinstance(function, ast.Name) and function.id in _NAMES:
        yield _set(function, "id", _NAMES[function.id])
    if isinstance(function, ast.Attribute):
        if function.attr in _METHODS:
            yield _set(function, "attr", _METHODS[function.attr])
        if function.attr in _CHANGES_TEXT:
            yield partial(_unchanged, node)


def _unchanged(node: ast.Call) -> Undo:
    """Give the text itself: ``x.lower()`` becomes ``x[:]``, made by a call as the node stays a call."""
    before = node.func, node.args, node.keywords
    whole = ast.copy_location(ast.Call(ast.Name("slice", ast.Load()), [ast.Constant(None)], []), node)
    assert isinstance(node.func, ast.Attribute)
    node.func = ast.copy_location(ast.Attribute(node.func.value, "__getitem__", ast.Load()), node)
    node.args, node.keywords = [whole], []
    ast.fix_missing_locations(node)

    def undo() -> None:
        node.func, node.args, node.keywords = before

    return undo


def _slice(node: ast.Slice) -> Iterator[Change]:
    for field in ("lower", "upper", "step"):
        if getattr(node, field) is not None:
            yield _set(node, field, None)


def _choice(node: ast.IfExp) -> Iterator[Change]:
    yield from _forced(node, "test")


def _comprehension(node: ast.comprehension) -> Iterator[Change]:
    for index, test in enumerate(node.ifs):
        for value in (True, False):
            yield _item(node.ifs, index, ast.copy_location(ast.Constant(value), test))


def _members(node: Any) -> Iterator[Change]:
    """Leave out each of three or more members that are written out: rows of tables."""
    if isinstance(getattr(node, "ctx", None), ast.Store) or len(node.elts) < 3:
        return
    for index in range(len(node.elts)):
        yield _item(node.elts, index)


def _entries(node: ast.Dict) -> Iterator[Change]:
    for index in range(len(node.keys)):
        yield partial(_without_entry, node, index)


def _without_entry(node: ast.Dict, index: int) -> Undo:
    keys, values = set_item(node.keys, index, []), set_item(node.values, index, [])

    def undo() -> None:
        keys()
        values()

    return undo


def _handler(handler: ast.ExceptHandler) -> Iterator[Change]:
    caught = handler.type
    if isinstance(caught, ast.Tuple):
        for index in range(len(caught.elts)):
            yield _item(caught.elts, index)
    elif caught is not None:
        never = ast.copy_location(ast.Tuple([], ast.Load()), caught)
        yield _set(handler, "type", never)


def _pattern(node: ast.Constant, value: str | bytes, *, verbose: bool) -> Iterator[Change]:
    text = value if isinstance(value, str) else value.decode("latin-1")
    for mutant in dict.fromkeys(mutate_pattern(text, verbose=verbose)):
        yield _set(node, "value", mutant if isinstance(value, str) else mutant.encode("latin-1"))


_MUTATIONS: dict[type, tuple[Callable[[Any], Iterator[Change]], ...]] = {
    ast.Compare: (_comparison,),
    ast.BoolOp: (_junction,),
    ast.UnaryOp: (_unary,),
    ast.BinOp: (_operator,),
    ast.Call: (_call,),
    ast.Slice: (_slice,),
    ast.IfExp: (_choice,),
    ast.comprehension: (_comprehension,),
    ast.Tuple: (_members,),
    ast.List: (_members,),
    ast.Set: (_members,),
    ast.Dict: (_entries,),
}


def _called(node: ast.Call) -> str:
    return getattr(node.func, "id", getattr(node.func, "attr", ""))


def _find_patterns(tree: ast.Module) -> dict[int, bool]:
    """Find the constants that are, or become part of, a regular expression: by id, and whether it is a verbose one."""
    values = {name: each.value for each in tree.body if isinstance(each, ast.Assign) for name in assigned(each)}
    found: dict[int, bool] = {}
    for call in ast.walk(tree):
        if isinstance(call, ast.Call) and _is_of_re(call) and call.args:
            verbose = "VERBOSE" in ast.dump(call)
            pending: list[ast.AST] = [call.args[0]]
            while pending:
                for node in ast.walk(pending.pop()):
                    if isinstance(node, ast.Constant) and isinstance(node.value, str | bytes):
                        found[id(node)] = verbose
                    if isinstance(node, ast.Name) and node.id in values:
                        pending.append(values.pop(node.id))
    return found


def _is_of_re(call: ast.Call) -> bool:
    function = call.func
    return isinstance(function, ast.Attribute) and isinstance(function.value, ast.Name) and function.value.id == "re"


def assigned(statement: ast.stmt) -> frozenset[str]:
    return frozenset(
        node.id for node in ast.walk(statement) if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store)
    )


def used_in(statement: ast.stmt) -> frozenset[str]:
    return frozenset(node.id for node in ast.walk(statement) if isinstance(node, ast.Name))


def _lines(statement: ast.stmt) -> tuple[int, int]:
    body = getattr(statement, "body", None)
    if isinstance(body, list) and body:
        return statement.lineno, max(statement.lineno, body[0].lineno - 1)
    return statement.lineno, statement.end_lineno or statement.lineno


def _shown(statement: ast.stmt) -> str:
    """Show a statement on one line; of a compound one, its head."""
    if isinstance(statement, ast.Try):
        return " ".join(f"except {ast.unparse(each.type) if each.type else ''}" for each in statement.handlers)
    text = ast.unparse(statement)
    if isinstance(getattr(statement, "body", None), list):
        text = (
            re.split(r":\n", text.replace("\n@", " @"), maxsplit=1)[0]
            if not isinstance(statement, Function)
            else _head(statement)
        )
    return re.sub(r"\s+", " ", text)


def _head(function: Function) -> str:
    return f"def {function.name}({ast.unparse(function.args)})"
