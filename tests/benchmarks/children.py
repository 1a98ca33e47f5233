"""Fresh interpreters, started as a deployed program starts: from compiled modules."""

import subprocess
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory

from tests.inherited import inherited

ROOT = Path(__file__).resolve().parents[2]


@contextmanager
def compiling() -> Iterator[dict[str, str]]:
    """Give an environment whose interpreters keep what they compile until the block ends.

    Run a program once before measuring it: only its second run finds everything compiled.
    """
    kept = {name: value for name, value in inherited().items() if name != "PYTHONDONTWRITEBYTECODE"}
    with TemporaryDirectory() as folder:
        yield {**kept, "PYTHONPYCACHEPREFIX": folder, "PYTHONHASHSEED": "0"}


def run(code: str, environment: Mapping[str, str], *wrapper: str) -> subprocess.CompletedProcess[str]:
    """Run code in a fresh interpreter, under the ``wrapper`` command if there is one."""
    command = (*wrapper, sys.executable, "-c", code)
    return subprocess.run(command, env=environment, cwd=ROOT, check=True, capture_output=True, text=True)
