"""What a forked process must not share with its parent: locks that another thread held, and the parent's counts."""

import os
from typing import Protocol
from weakref import WeakSet


class Renewable(Protocol):
    """An object that makes itself new in a forked process."""

    def renew(self) -> None:
        """Start afresh, as in a new process."""


_RENEWED = WeakSet[Renewable]()


def renew_in_children(each: Renewable) -> None:
    """Have an object renewed in every process that is forked from this one, for as long as it exists."""
    _RENEWED.add(each)


def renew_all() -> None:
    """Renew every object that is to be renewed."""
    for each in [*_RENEWED]:
        each.renew()


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=renew_all)
