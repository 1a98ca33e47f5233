"""The command ``xmlrpc-guard``; what it needs beyond the library is the extra ``cli``."""

import sys


def main() -> int:
    """Run the command line and give its exit status, 2 with one line if the extra is not installed."""
    try:
        from xmlrpc_guard.cli import run  # noqa: PLC0415 - the library must work without it
    except ModuleNotFoundError as missing:
        print(f"xmlrpc-guard: {missing.name} is missing; run: pip install 'xmlrpc_guard[cli]'", file=sys.stderr)  # noqa: T201
        return 2
    return run(sys.argv[1:])


if __name__ == "__main__":
    sys.exit(main())
