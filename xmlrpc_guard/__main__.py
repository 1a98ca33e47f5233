"""The command ``xmlrpc-guard``. It needs the extra ``cli``; the library does not."""

import sys


def main() -> int:
    """Run the command line and return its exit status: 2, with one line of advice, if the extra is not installed."""
    try:
        from xmlrpc_guard.cli import run  # noqa: PLC0415 - so that what is missing can be named
    except ModuleNotFoundError as missing:
        print(f"xmlrpc-guard: {missing.name} is missing; run: pip install 'xmlrpc_guard[cli]'", file=sys.stderr)  # noqa: T201
        return 2
    return run(sys.argv[1:])


if __name__ == "__main__":
    sys.exit(main())
