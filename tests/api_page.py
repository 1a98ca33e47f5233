"""Write the docstrings of what is public into its page: ``python -m tests.api_page``.

They become Markdown, so that the page reads the same on the site and where the repository is looked at.
"""

import inspect
import re
import textwrap
from enum import Enum
from importlib import import_module
from typing import Any

from tests.frontends import ROOT

PAGE = ROOT / "docs" / "reference" / "api.md"
PARTS: dict[str, list[tuple[str, str]]] = {  # with the members that are shown
    "The guard": [("xmlrpc_guard.XMLRPCGuard", "from_config decide status")],
    "The policy and its values": [
        ("xmlrpc_guard.Policy", "decide judge identify with_added"),
        ("xmlrpc_guard.Request", "from_environ views header"),
        ("xmlrpc_guard.Decision", "allowed"),
        ("xmlrpc_guard.Reason", ""),
        ("xmlrpc_guard.Networks", "covers includes overlap"),
        ("xmlrpc_guard.ConfigurationError", ""),
    ],
    "Settings as they were written": [
        ("xmlrpc_guard.Settings", "from_texts policy follow guard"),
        ("xmlrpc_guard.settings.Entry", ""),
    ],
    "Lists that change": [
        ("xmlrpc_guard.sources.LivePolicy", "current status"),
        *((f"xmlrpc_guard.sources.{name}", "") for name in ("File", "ListStatus")),
        ("xmlrpc_guard.sources.Source", "read"),
        *((f"xmlrpc_guard.sources.{name}", "") for name in ("Reading", "SourceError")),
    ],
    "The proxy": [("xmlrpc_guard.proxy.application", ""), ("xmlrpc_guard.proxy.ReverseProxy", "")],
    "Calls": [("xmlrpc_guard.methods.read_methods", "")],
    "For tests": [
        (f"xmlrpc_guard.testing.{name}", "")
        for name in (
            *("blocks", "blocks_call", "environ_as", "every_spelling", "make_call", "make_multicall"),
            *("Spelling", "TargetRefused"),
        )
    ],
}
_MARK = "<!-- what follows is written by tests.api_page -->\n"
# What a docstring refers to and is not public: the settings of these names have it.
_INTERNAL = re.compile(r"see (?:TrustedProxies|ForwardedHeader|PublicCalls)\b")


def write(page: str) -> str:
    """Write each name with its signature and its docstring after the page's mark."""
    parts = (f"\n## {title}\n{''.join(map(_write_names, names))}" for title, names in PARTS.items())
    return page.partition(_MARK)[0] + _MARK + "".join(parts)


def _write_names(shown: tuple[str, str]) -> str:
    path, members = shown
    module, _, name = path.rpartition(".")
    found = getattr(import_module(module), name)
    below = (_write(f"{name}.{each}", getattr(found, each), f"{name}.{each}", 4) for each in members.split())
    return "".join((_write(name, found, path, 3), *below))


def _write(title: str, found: Any, path: str, level: int) -> str:
    text = f"\n{'#' * level} {title}\n\n```text\n{_declare(found, path)}\n```\n"
    return f"{text}\n{as_markdown(inspect.getdoc(found) or '')}\n"


def _declare(found: Any, path: str) -> str:
    """Write what it is, and its arguments without their types."""
    if isinstance(found, property):
        return path
    if inspect.isroutine(found):
        return _fold(f"{path}{_arguments(found)}")
    kind = "exception" if issubclass(found, Exception) else "class"
    return _fold(f"{kind} {path}{_arguments(found) if _is_called(found) else ''}")


def _is_called(found: type) -> bool:
    """Whether readers call a class: neither an Enum nor a Protocol, nor an exception with the arguments of any."""
    own = "__init__" in vars(found) or not issubclass(found, Exception)
    return own and not issubclass(found, Enum) and not getattr(found, "_is_protocol", False)


def _arguments(found: Any) -> str:
    signature = inspect.signature(found)
    bare = [_without_type(each) for each in signature.parameters.values() if each.name != "self"]
    return str(signature.replace(parameters=bare, return_annotation=signature.empty))


class _Left:
    def __repr__(self) -> str:
        return "..."


def _without_type(parameter: inspect.Parameter) -> inspect.Parameter:
    default = _Left() if inspect.isroutine(parameter.default) else parameter.default
    return parameter.replace(annotation=parameter.empty, default=default)


def _fold(text: str) -> str:
    return "\n".join(textwrap.wrap(text, 80, subsequent_indent="    ", break_on_hyphens=False))


def as_markdown(docstring: str) -> str:
    """Write a docstring as Markdown.

    >>> print(as_markdown('Of ``a`` it gives b.'))
    Of `a` it gives b.
    """
    return "\n\n".join(map(_write_paragraph, docstring.split("\n\n")))


def _write_paragraph(text: str) -> str:
    if text.startswith(">>> "):
        return f"```pycon\n{text.replace('<BLANKLINE>', '')}\n```"
    return _INTERNAL.sub("see [Settings](settings.md)", text.replace("``", "`"))


if __name__ == "__main__":
    PAGE.write_text(write(PAGE.read_text("utf-8")), "utf-8")
