"""Words beside an address that say whether it is let in."""

from collections.abc import Collection, Iterator, Mapping
from typing import Any

_OFF = frozenset(
    (
        *("", "0", "-", "no", "off", "false", "n", "f", "none", "never", "not", "nil", "null", "deny", "denied"),
        *("block", "blocked", "ban", "banned", "bad", "drop", "reject", "rejected", "refuse", "refused", "forbid"),
        *("forbidden", "disallow", "disallowed", "exclude", "excluded", "except", "ignore", "disabled", "blacklist"),
    )
)
TAKING = frozenset(("disabled", "deny", "denied", "block", "blocked", "negate", "negated", "inverted", "exclude"))
"""Names of columns and fields whose value, if it is on, takes an address away."""

VERDICTS = TAKING | frozenset(
    ("action", "access", "policy", "verdict", "decision", "effect", "permit", "enabled", "active", "allow", "allowed")
)
"""Names of columns and fields that say what is done with an address."""


def is_off(value: str) -> bool:
    """Return whether a value means that an address is not in the list.

    >>> is_off("0"), is_off("No"), is_off("1"), is_off("DE")
    (True, True, False, False)
    """
    return value.lower() in _OFF


def find_refusals(row: Mapping[str, Any], chosen: Collection[str | None] = ()) -> Iterator[tuple[str, object]]:
    """Give the fields of a row of JSON that say that it lets no one in; ``chosen`` are those that are meant.

    >>> list(find_refusals({"ip": "192.0.2.7", "access": "Deny", "disabled": False}))
    [('access', 'Deny')]
    """
    for name, value in row.items():
        verdict = name.lower()
        if verdict not in VERDICTS or name in chosen or value in (None, "", [], {}):
            continue
        is_on = not is_off(value) if isinstance(value, str) else bool(value)
        if is_on == (verdict in TAKING):
            yield name, value
