"""Fuzz the targets, by atheris where it is installed (3.11 to 3.13), else by Hypothesis' own fuzzer.

    python -m tests.lab.fuzzing [TARGET ...] [--seconds 30] [--engine atheris|hypothesis]

``--seconds`` is for all targets together. Each begins with its seeds in ``corpus/``, which are harmless; nothing is
added to them. What breaks a property is printed and written to ``--into``. The exit status is 1 if something did.
"""

import argparse
import importlib.util
import re
import subprocess
import sys
import tempfile
from pathlib import Path

from tests.lab.fuzzing.properties import TARGETS

CORPUS = Path(__file__).with_name("corpus")
_COUNT = re.compile(r"number_of_executed_units: +(\d+)")
ENGINES = {"atheris": "tests.lab.fuzzing.by_atheris", "hypothesis": "tests.lab.fuzzing.by_hypothesis"}


def seeds(target: str) -> list[bytes]:
    return [path.read_bytes() for path in sorted((CORPUS / target).iterdir())]


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m tests.lab.fuzzing", description="Fuzz what strangers write.")
    parser.add_argument("targets", nargs="*", metavar="TARGET", help=f"of {', '.join(TARGETS)} (default: all)")
    parser.add_argument("--seconds", type=float, default=30, help="for all together (%(default)s)")
    parser.add_argument("--engine", choices=ENGINES, help="default: atheris if it is installed")
    parser.add_argument("--into", type=Path, help="where to write what breaks a property (default: nowhere)")
    flags = parser.parse_args()
    if unknown := sorted({*flags.targets} - TARGETS.keys()):
        parser.error(f"no such target: {', '.join(unknown)}")
    engine = flags.engine or ("atheris" if importlib.util.find_spec("atheris") else "hypothesis")
    targets = flags.targets or list(TARGETS)
    failed = [name for name in targets if not _fuzz(engine, name, flags.seconds / len(targets), flags.into)]
    print(
        f"{len(targets) - len(failed)} of {len(targets)} targets keep their property"
        + "".join(f"; not {name}" for name in failed)
    )
    return 1 if failed else 0


def _fuzz(engine: str, target: str, seconds: float, into: Path | None) -> bool:
    with tempfile.TemporaryDirectory() as folder:
        kept = into or Path(folder)
        kept.mkdir(parents=True, exist_ok=True)
        tool = [sys.executable, "-W", "ignore", "-m", ENGINES[engine], target, str(seconds), str(CORPUS / target)]
        ran = subprocess.run([*tool, str(kept)], capture_output=True, text=True, check=False)
    if ran.returncode:
        print(f"{target}: FAILED\n{ran.stdout}{ran.stderr}")
    else:
        print(f"{target}: {_COUNT.findall(ran.stdout + ran.stderr)[-1]} inputs by {engine}")
    return not ran.returncode


if __name__ == "__main__":
    sys.exit(main())
