"""What reading costs grows with the length of a file, no faster: where it is cut off too, and where it is hostile."""

import inspect
import re
from collections.abc import Iterator
from importlib import import_module
from pkgutil import iter_modules
from typing import NamedTuple

import pytest

from tests.steps import Steps, TooManyError, beginnings
from xmlrpc_guard import advice, errors, formats, listfile, rfc7239
from xmlrpc_guard.formats import FORMATS, notation

TOO_MANY = 1 << 60

PACKAGES = (formats, listfile)
MODULES = (
    *(import_module(f"{each.__name__}.{found.name}") for each in PACKAGES for found in iter_modules(each.__path__)),
    *(advice, errors, rfc7239),
)


class Use(NamedTuple):
    """A pattern, and whether it is tried at every place of a text or at its beginning alone."""

    name: str
    pattern: re.Pattern[str]
    everywhere: bool


def uses() -> Iterator[Use]:
    for module in MODULES:
        source = inspect.getsource(module)
        for name, value in vars(module).items():
            if isinstance(value, re.Pattern) and isinstance(value.pattern, str):
                everywhere = re.search(rf"\b{name}\.(?:search|finditer|findall|sub|split)\(", source)
                yield Use(f"{module.__name__.removeprefix('xmlrpc_guard.')}.{name}", value, bool(everywhere))
    for name, format_ in FORMATS.items():
        yield Use(f"the sign of {name}", format_.pattern, everywhere=True)
    for pattern, _ in notation._WORDS:  # noqa: SLF001 - every pattern
        yield Use(f"a word of a tool: {pattern.pattern:.30}", pattern, everywhere=False)
    for form, _ in advice._FORMS:  # noqa: SLF001 - every pattern
        yield Use(f"advice on {form:.30}", re.compile(form, re.DOTALL), everywhere=False)


BOUNDED = {
    "rfc7239._PAIR": "an element has 1024 characters at most",
    "listfile.addresses._PERHAPS_IPV6": "begins at a word's beginning, and fits 45 characters at most",
}


def texts(use: Use, *, fully: bool) -> Iterator[tuple[str, str]]:
    """Give a beginning of what fits a pattern, and what is repeated after it."""
    found = beginnings(use.pattern)
    for begun in [*found[:: 1 if fully else max(1, len(found) // 3)], found[-1]]:
        for more in (begun, " ", *(("a", "1.", ":") if fully else ())):
            yield begun * (begun != more), more


def grows_too_fast(once: int, twice: int, thrice: int) -> bool:
    """Return whether the last third of a text takes more steps than the second, beyond what its ends may take."""
    second, third = twice - once, thrice - twice
    return thrice >= TOO_MANY or third - second > 100 + second // 4


def growing_too_fast(use: Use, *, fully: bool) -> list[str]:
    """Give what is repeated where more of it takes more and more steps for each time."""
    size = 48 if fully else 20
    found = []
    for begun, more in texts(use, fully=fully):
        times = max(4, size // len(more))
        taken = [steps(use, begun + more * times * length) for length in (1, 2, 3)]
        if grows_too_fast(*taken):
            found.append(f"{begun!r} and {more!r} again and again: {taken} steps")
    return found


@pytest.mark.parametrize(
    "fully", [pytest.param(False, id="some texts"), pytest.param(True, id="all texts", marks=pytest.mark.lab)]
)
def test_each_part_of_a_text_takes_a_pattern_as_many_steps_as_the_part_before_it(fully: bool) -> None:
    grown = {use.name: growing_too_fast(use, fully=fully) for use in uses() if use.name not in BOUNDED}
    assert {name: found for name, found in grown.items() if found} == {}


@pytest.mark.parametrize(
    ("pattern", "more"),
    [
        pytest.param(r"(?:[ \t]*(?:#[^\n]*)?\r?\n)*!", "#\r\n", id="a CR that two parts may take, line by line"),
        pytest.param(r"\$\{[^}]*\}", "${", id="a search for an end from each beginning"),
        pytest.param(r"a\s*(\(?)\s*b", "a" + " " * 20, id="two runs of blanks side by side"),
        pytest.param(r"\s+(?:timeout|counter)", " ", id="a run of blanks from each of its blanks"),
    ],
)
def test_a_pattern_that_takes_more_is_found(pattern: str, more: str) -> None:
    use = Use("a pattern", re.compile(pattern), everywhere=True)
    assert grows_too_fast(*(steps(use, more * times) for times in (20, 40, 60)))


def steps(use: Use, text: str) -> int:
    counted = Steps(use.pattern, text, most=30_000)
    try:
        if use.everywhere:
            assert counted.find_all() == [match.span() for match in use.pattern.finditer(text)]
        else:
            assert counted.fits() == bool(use.pattern.fullmatch(text))
    except TooManyError:
        return TOO_MANY
    return counted.taken
