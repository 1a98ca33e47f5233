"""What a program that a test starts finds among its variables."""

import os


def inherited(**changed: str) -> dict[str, str]:
    """Give the variables of this process, with some of them changed.

    Each is asked for by itself. pytest removes one of its own when a test ends, and a fixture's threads go on between
    the tests: a copy of all, which takes the names first, raised `KeyError` there.
    """
    here = {name: os.environ.get(name) for name in os.environ}
    return {name: text for name, text in here.items() if text is not None} | changed
