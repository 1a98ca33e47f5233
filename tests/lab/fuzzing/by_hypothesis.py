"""Fuzz one target by Hypothesis: its seeds, then these with pieces changed. TARGET SECONDS SEEDS FOLDER."""

import sys
import time
from pathlib import Path

from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from tests.lab.fuzzing.properties import TARGETS


def main() -> None:
    name, seconds, folder, into = sys.argv[1:]
    run, seeds = TARGETS[name], [path.read_bytes() for path in sorted(Path(folder).iterdir())]
    for seed in seeds:
        run(seed)
    counted, end = [len(seeds)], time.monotonic() + float(seconds)
    checks, phases = list(HealthCheck), (Phase.generate, Phase.shrink)

    @settings(max_examples=200, deadline=None, database=None, suppress_health_check=checks, phases=phases)
    @given(_changed(seeds))
    def fuzz(data: bytes) -> None:
        counted[0] += 1
        try:
            run(data)
        except Exception:
            Path(into, f"{name}-failed").write_bytes(data)
            raise

    while time.monotonic() < end:
        fuzz()
    print(f"number_of_executed_units: {counted[0]}")


@st.composite
def _changed(draw: st.DrawFn, seeds: list[bytes]) -> bytes:
    data = draw(st.sampled_from(seeds) | st.binary(max_size=60))
    pieces = st.binary(max_size=6) | st.sampled_from(seeds)
    for _ in range(draw(st.integers(0, 4))):
        start = draw(st.integers(0, len(data)))
        data = data[:start] + draw(pieces) + data[start + draw(st.integers(0, 4)) :]
    return data


if __name__ == "__main__":
    main()
