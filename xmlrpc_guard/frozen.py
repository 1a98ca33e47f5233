"""Values that do not change: what a frozen dataclass with slots is, without the import that it takes."""

from operator import attrgetter
from typing import Any, ClassVar, dataclass_transform


@dataclass_transform(eq_default=True, frozen_default=True)
class Frozen:
    """A value: frozen, equal to another of its class with equal fields, hashable, copied and pickled by its fields.

    ``__slots__`` names the fields; those in ``uncompared`` follow from the others. ``dataclasses`` would write the
    same methods, but it imports ``inspect`` and with it Python's own parser, and compiles each method when its class
    is made: a third of what importing a guard takes. (``init`` is for type checkers: whether the fields are arguments.)

    >>> class Port(Frozen):
    ...     __slots__ = ("number",)
    ...     def __init__(self, text: str) -> None:
    ...         settle(self, number=int(text))
    >>> Port("80") == Port("080"), Port("80").number
    (True, 80)
    """

    __slots__: ClassVar[tuple[str, ...]] = ()
    _fields: ClassVar[tuple[str, ...]] = ()
    _compared: ClassVar[Any]

    def __init_subclass__(cls, *, uncompared: tuple[str, ...] = (), init: bool = True) -> None:
        if own := vars(cls).get("__slots__"):  # a subclass that adds no field is compared as its base is
            cls._fields += own
            cls._compared = attrgetter(*(name for name in cls._fields if name not in uncompared))

    def __eq__(self, other: object) -> bool:
        if type(other) is not type(self):
            return NotImplemented
        equal: bool = self._compared(self) == self._compared(other)
        return equal

    def __hash__(self) -> int:
        return hash(self._compared(self))

    def __setattr__(self, name: str, value: object) -> None:
        _refuse_change(name)

    def __delattr__(self, name: str) -> None:
        _refuse_change(name)

    def __getstate__(self) -> object:
        return {name: getattr(self, name) for name in self._fields}

    def __setstate__(self, state: dict[str, object]) -> None:
        settle(self, **state)


def _refuse_change(name: str) -> None:
    from dataclasses import FrozenInstanceError  # noqa: PLC0415 - what this module spares its users

    raise FrozenInstanceError(f"cannot change field {name!r}")


def settle(instance: object, **fields: object) -> None:
    """Set the fields of a frozen value, from its own ``__init__``.

    ``Policy(allow=["jetpack"])`` takes a list and holds Networks. A frozen value refuses the assignment that this
    conversion needs, so it is made past the refusal: here, and nowhere else.
    """
    for name, value in fields.items():
        object.__setattr__(instance, name, value)
