"""Run a module as ``python -m`` does, and write down every second how many blocks of memory its objects take.

    python -m tests.lab.soak.inside FILE LEAK MODULE [ARGUMENT ...]

The number is in FILE.PID of each process that makes a guard. Python's own allocator has a block for each object of up
to 512 bytes. Unlike the memory of the process, their number does not depend on how many requests came at once, or on
what the C library keeps. LEAK bytes are kept of each request that the guard sees, to show that a leak is found; 0 for
none.
"""

import os
import runpy
import sys
import threading
import time
from collections.abc import Iterable
from typing import Any
from wsgiref.types import StartResponse, WSGIEnvironment

from xmlrpc_guard import XMLRPCGuard


def main() -> None:
    file, leak, module, *arguments = sys.argv[1:]
    _count_from_the_first_guard_on(file)
    if int(leak):
        _keep_of_each_request(int(leak))
    sys.argv = [module, *arguments]
    runpy.run_module(module, run_name="__main__", alter_sys=True)


def _count_from_the_first_guard_on(file: str) -> None:
    """Start counting when a guard is made: in gunicorn's workers, and after ``serve`` has said how threads shall be."""
    make = XMLRPCGuard.__init__

    def begin(guard: XMLRPCGuard, *given: Any, **named: Any) -> None:
        make(guard, *given, **named)
        threading.Thread(target=_write, args=(f"{file}.{os.getpid()}",), daemon=True).start()

    setattr(XMLRPCGuard, "__init__", begin)  # noqa: B010 - mypy takes an assignment for a mistake


def _write(file: str) -> None:
    descriptor = os.open(file, os.O_WRONLY | os.O_CREAT, 0o644)
    while True:
        os.pwrite(descriptor, b"%12d" % sys.getallocatedblocks(), 0)
        time.sleep(1)


def _keep_of_each_request(size: int) -> None:
    kept, decide = list[bytes](), XMLRPCGuard.__call__

    def keep(guard: XMLRPCGuard, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        kept.append(bytes(size))
        return decide(guard, environ, start_response)

    setattr(XMLRPCGuard, "__call__", keep)  # noqa: B010 - the same


if __name__ == "__main__":
    main()
