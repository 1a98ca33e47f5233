"""A command under strace, of which only the calls count that touch a list, the file beside it, or their folder."""

import re
import subprocess
from pathlib import Path

from tests.frontends import ROOT

_STEP = re.compile(r"^[0-9]+ +([a-z0-9_]+)\(", re.MULTILINE)


def beside(path: Path) -> Path:
    """Name the file that new content is written to first."""
    return path.with_name(f".{path.name}.new")


def names(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir())


def trace_update(output: Path, *command: str, inject: str | None = None) -> subprocess.CompletedProcess[str]:
    """Run a command, in which calls can be made to fail or to kill; the trace stands beside the list's folder."""
    paths = [option for path in (output, beside(output), output.parent) for option in ("-P", str(path))]
    options = ["-f", "--seccomp-bpf", "-qq", "-o", str(_trace(output)), *paths]
    if inject is not None:
        options += ["-e", f"inject={inject}"]
    return subprocess.run(["strace", *options, *command], cwd=ROOT, check=False, capture_output=True, text=True)


def steps(output: Path) -> list[tuple[str, int]]:
    """Name the calls of the last trace, each with how many of its kind there were by then, itself included."""
    found = _STEP.findall(_trace(output).read_text())
    return [(name, found[: place + 1].count(name)) for place, name in enumerate(found)]


def _trace(output: Path) -> Path:
    return output.parent.parent / "trace"
