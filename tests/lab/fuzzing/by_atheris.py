"""Fuzz one target by libFuzzer, with the package instrumented: TARGET SECONDS SEEDS FOLDER."""

import sys
from pathlib import Path

import atheris

with atheris.instrument_imports(include=["xmlrpc_guard"]):
    from tests.lab.fuzzing.properties import TARGETS


def main() -> None:
    name, seconds, seeds, into = sys.argv[1:]
    found = Path(into, f"{name}-")
    options = [f"-max_total_time={max(1, round(float(seconds)))}", f"-artifact_prefix={found}", "-timeout=20"]
    # The first folder is the one that libFuzzer adds to: it must not be the seeds'.
    grown = Path(into, f"{name}.grown")
    grown.mkdir(exist_ok=True)
    atheris.Setup(
        [sys.argv[0], *options, "-rss_limit_mb=2048", "-print_final_stats=1", str(grown), seeds], TARGETS[name]
    )
    atheris.Fuzz()


if __name__ == "__main__":
    main()
