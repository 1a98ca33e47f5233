"""How a frozen dataclass that converts its arguments gets its fields."""


def settle(instance: object, **fields: object) -> None:
    """Set the fields of a frozen dataclass, from its own ``__init__``.

    ``Policy(allow=["jetpack"])`` takes a list and holds Networks. A frozen dataclass refuses the assignment that this
    conversion needs, so it is made past the refusal: here, and nowhere else.

    >>> from dataclasses import dataclass
    >>> @dataclass(frozen=True, init=False)
    ... class Port:
    ...     number: int
    ...     def __init__(self, text: str) -> None:
    ...         settle(self, number=int(text))
    >>> Port("80")
    Port(number=80)
    """
    for name, value in fields.items():
        object.__setattr__(instance, name, value)
