"""Rebuild all that is generated: ``python -m tests.spellings`` asks the real servers, for some minutes.

``--page`` writes the page and its picture again from the table as it is.
"""

import argparse
import sys
from pathlib import Path

from tests.backends.hosts import hosts
from tests.backends.matrix import everything, measure, quiet, servers
from tests.spellings.corpus import attacks, ordinary
from tests.spellings.page import PAGE, PICTURE, page
from tests.spellings.plot import plot
from tests.spellings.truth import SHIPPED, load, save


def main(argv: list[str]) -> None:
    parser = argparse.ArgumentParser(description="Measure which requests reach xmlrpc.php, and write down the outcome.")
    parser.add_argument("--page", action="store_true", help="measure nothing; write the page and the picture again")
    parser.add_argument("--every", type=int, default=1, help="take every so many-th request only (%(default)s)")
    parser.add_argument("--into", type=Path, help="a folder to write to (where they are)")
    flags = parser.parse_args(argv)
    table, text, picture = (flags.into / kept.name if flags.into else kept for kept in (SHIPPED, PAGE, PICTURE))
    with quiet():
        if not flags.page:
            with hosts(everything()) as set_ups, servers() as fronts:
                save(measure([*attacks(), *ordinary()][:: flags.every], set_ups, fronts), table)
        truth = load(SHIPPED if flags.page else table)
        text.write_text(page(truth), "utf-8")
        plot(truth, picture)


if __name__ == "__main__":
    main(sys.argv[1:])
