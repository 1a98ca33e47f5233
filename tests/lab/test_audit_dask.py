"""The manual's recipe for Dask: parts of logs that two workers count add up to the report of one run."""

from pathlib import Path

import pytest

from tests.benchmarks.accesslog import generate
from xmlrpc_guard import Policy
from xmlrpc_guard.audit.evidence import Known
from xmlrpc_guard.audit.jobs import count_part, cut_logs
from xmlrpc_guard.audit.report import build_report
from xmlrpc_guard.audit.running import Plan, count_logs
from xmlrpc_guard.audit.tally import Tally

distributed = pytest.importorskip("distributed", reason="needs dask[distributed]")

subprocess = None  # by this name these tests are known to start processes


@pytest.mark.filterwarnings("default")  # what others' packages warn of is theirs
def test_two_workers_print_what_one_run_does(tmp_path: Path) -> None:
    (tmp_path / "access.log").write_text("".join(generate(3000, 50)))
    logs, plan = [str(tmp_path / "access.log")], Plan(Policy(allow=["jetpack"]))
    whole, total = Tally(), Tally()
    count_logs(logs, plan, whole)
    parts = list(cut_logs(logs, plan, total, 100_000))
    with (
        distributed.LocalCluster(n_workers=2, threads_per_worker=1, dashboard_address=None) as cluster,
        distributed.Client(cluster) as client,
    ):
        for tally in client.gather(client.map(count_part, parts, plan=plan)):
            total.add(tally)
    assert len(parts) > 3
    assert build_report(total, Known(), 0) == build_report(whole, Known(), 0)
