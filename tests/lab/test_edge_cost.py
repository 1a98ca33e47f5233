"""The measure of what a refusal costs runs, and finds an edge cheaper than Python."""

import re
import shutil

import pytest

from tests.lab.edge import EDGES
from tests.lab.edge_cost import BASELINE, WAYS, main

pytestmark = pytest.mark.lab
MISSING = [name for name in ("wrk", "nginx") if not shutil.which(name)]


@pytest.mark.skipif(bool(MISSING), reason=f"not installed: {', '.join(MISSING)}")
def test_a_refusal_costs_nginx_less_than_the_guard(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["--only", "nginx", "--rounds", "1"]) == 0
    rows = re.findall(r"^(.+), (.+): ([0-9,]+) +([0-9.]+)$", capsys.readouterr().out, re.MULTILINE)
    assert [(name, way) for name, way, _, _ in rows] == [(name, way) for way in WAYS for name in ("nginx", BASELINE)]
    assert all(float(ratio) > 3 for name, _, _, ratio in rows if name in EDGES)
    assert {ratio for name, _, _, ratio in rows if name == BASELINE} == {"1.0"}
