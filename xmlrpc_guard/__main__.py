"""The command ``xmlrpc-guard``. It needs the extra ``cli``; the library does not."""

import signal
import sys
from collections.abc import Callable, Sequence


def main() -> int:
    """Run the command line and return its exit status: 2, with one line of advice, if the extra is not installed."""
    try:
        run = _load()
    except ModuleNotFoundError as missing:
        print(f"xmlrpc-guard: {missing.name} is missing; run: pip install 'xmlrpc_guard[cli]'", file=sys.stderr)  # noqa: T201
        return 2
    return run(sys.argv[1:])


def _load() -> Callable[[Sequence[str]], int]:
    """Import the command line. Ctrl-C meanwhile ends the process at once, and not with a traceback from an import."""
    if signal.getsignal(signal.SIGINT) is not signal.default_int_handler:  # a job in the background ignores it
        return _import()
    signal.signal(signal.SIGINT, signal.SIG_DFL)
    try:
        return _import()
    finally:
        signal.signal(signal.SIGINT, signal.default_int_handler)


def _import() -> Callable[[Sequence[str]], int]:
    from xmlrpc_guard.cli import run  # noqa: PLC0415 - so that what is missing can be named

    return run


if __name__ == "__main__":
    sys.exit(main())
