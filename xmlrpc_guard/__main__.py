"""The command ``xmlrpc-guard``. It needs the extra ``cli``; the library does not."""

import sys


def main() -> int:
    """Run the command line and return its exit status: 2, with one line of advice, if the extra is not installed."""
    # Nothing is imported above but sys: until the next line runs, Ctrl-C is a traceback.
    try:
        if sys.argv[1:2] == ["serve"]:
            _ignore_reloads()
        return _import_and_run()
    except KeyboardInterrupt:
        return 130


def _ignore_reloads() -> None:
    """Let no signal end a server that asks it to look at its lists, and comes before it can.

    A service manager takes the end by SIGHUP for one as asked for, and starts nothing anew.
    """
    import signal  # noqa: PLC0415 - see above

    for name in ("SIGHUP", "SIGUSR1"):
        if hasattr(signal, name):  # Windows has none of them
            signal.signal(signal.Signals[name], signal.SIG_IGN)


def _import_and_run() -> int:
    try:
        with _CtrlCEnds():
            from xmlrpc_guard.cli import import_command, run  # noqa: PLC0415 - so that what is missing can be named

            import_command(sys.argv[1:])
    except ModuleNotFoundError as missing:
        print(f"xmlrpc-guard: {missing.name} is missing; run: pip install 'xmlrpc_guard[cli]'", file=sys.stderr)  # noqa: T201
        return 2
    return run(sys.argv[1:])


class _CtrlCEnds:
    """Let Ctrl-C end the process at once: an exception that is raised within an import may be lost, or printed."""

    def __enter__(self) -> None:
        import signal  # noqa: PLC0415 - see above

        self._replaces = signal.getsignal(signal.SIGINT) is signal.default_int_handler  # not in the background
        if self._replaces:
            signal.signal(signal.SIGINT, signal.SIG_DFL)

    def __exit__(self, *_: object) -> None:
        import signal  # noqa: PLC0415 - see above

        if self._replaces:
            signal.signal(signal.SIGINT, signal.default_int_handler)


if __name__ == "__main__":
    sys.exit(main())
