"""Rebuild all that is generated: ``python -m tests.lab.spellings`` asks the real servers, for some minutes."""

import argparse
import logging
import sys
from concurrent.futures import Executor, ProcessPoolExecutor, ThreadPoolExecutor
from multiprocessing import get_context
from pathlib import Path

from tests.frontends import COMMANDS
from tests.lab.corpus import attacks, ordinary
from tests.lab.hops import hops
from tests.lab.hosts import hosts
from tests.lab.matrix import NEEDED, lacking, measure, servers
from tests.lab.page import PICTURE, write_pages
from tests.lab.quiet import quiet
from tests.lab.setups import SAMPLED, SETUPS, with_and_without_remedies
from tests.lab.truth import SHIPPED, load, save


def _pool(number: int) -> Executor:
    """Give two workers, for as many cores: processes, or threads for a part of the requests, as they start faster."""
    if number < 10_000:
        return ThreadPoolExecutor(2)
    return ProcessPoolExecutor(2, get_context("spawn"), logging.disable)


def main(argv: list[str]) -> None:
    parser = argparse.ArgumentParser(
        "python -m tests.lab.spellings",
        description="Measure which requests reach xmlrpc.php; write the table, the page and the picture.",
        epilog=NEEDED,
    )
    parser.add_argument("--page", action="store_true", help="measure nothing; write the page and the picture again")
    parser.add_argument("--every", type=int, default=1, help="take every so many-th request only; needs --into")
    parser.add_argument("--sampled", action="store_true", help="leave out what .ci/run does not install; needs --into")
    parser.add_argument("--into", type=Path, help="a folder to write to, and not to where the three are kept")
    flags = parser.parse_args(argv)
    from tests.lab.plot import plot  # noqa: PLC0415 - matplotlib takes long to import, and every run collects this

    for name in ("every", "sampled"):
        if getattr(flags, name) != parser.get_default(name) and not flags.into:
            parser.error(f"--{name}: a part of the table must not replace it; name a folder with --into")
    setups = SAMPLED if flags.sampled else SETUPS
    if not flags.page and (missing := lacking(setups, COMMANDS)):
        parser.error(f"not installed: {', '.join(missing)}")
    table, picture = (flags.into / kept.name if flags.into else kept for kept in (SHIPPED, PICTURE))
    for written in (table, picture):
        written.parent.mkdir(parents=True, exist_ok=True)
    with quiet():
        if not flags.page:
            rows = [*attacks(), *ordinary()][:: flags.every]
            with (
                hosts(with_and_without_remedies(setups)) as set_ups,
                servers() as fronts,
                hops() as between,
                _pool(len(rows)) as pool,
            ):
                save(measure(rows, set_ups, fronts, between, pool), table)
        truth = load(SHIPPED if flags.page else table)
        for kept, text in write_pages(truth).items():
            (flags.into / kept.name if flags.into else kept).write_text(text, "utf-8")
        plot(truth, picture)


if __name__ == "__main__":
    main(sys.argv[1:])
