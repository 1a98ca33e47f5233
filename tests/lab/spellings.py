"""Rebuild all that is generated: ``python -m tests.lab.spellings`` asks the real servers, for some minutes."""

import argparse
import sys
from pathlib import Path

from tests.frontends import COMMANDS
from tests.lab.corpus import attacks, ordinary
from tests.lab.hosts import hosts
from tests.lab.matrix import NEEDED, lacking, measure, servers
from tests.lab.page import PAGE, PICTURE, page
from tests.lab.quiet import quiet
from tests.lab.setups import with_and_without_remedies
from tests.lab.truth import SHIPPED, load, save


def main(argv: list[str]) -> None:
    parser = argparse.ArgumentParser(
        "python -m tests.lab.spellings",
        description="Measure which requests reach xmlrpc.php; write the table, the page and the picture.",
        epilog=NEEDED,
    )
    parser.add_argument("--page", action="store_true", help="measure nothing; write the page and the picture again")
    parser.add_argument("--every", type=int, default=1, help="take every so many-th request only; needs --into")
    parser.add_argument("--into", type=Path, help="a folder to write to, and not to where the three are kept")
    flags = parser.parse_args(argv)
    from tests.lab.plot import plot  # noqa: PLC0415 - matplotlib takes long to import, and every run collects this

    if flags.every != 1 and not flags.into:
        parser.error("--every: a part of the table must not replace it; name a folder with --into")
    if not flags.page and (missing := lacking(COMMANDS)):
        parser.error(f"not installed: {', '.join(missing)}")
    table, text, picture = (flags.into / kept.name if flags.into else kept for kept in (SHIPPED, PAGE, PICTURE))
    for written in (table, text, picture):
        written.parent.mkdir(parents=True, exist_ok=True)
    with quiet():
        if not flags.page:
            with hosts(with_and_without_remedies()) as set_ups, servers() as fronts:
                save(measure([*attacks(), *ordinary()][:: flags.every], set_ups, fronts), table)
        truth = load(SHIPPED if flags.page else table)
        text.write_text(page(truth), "utf-8")
        plot(truth, picture)


if __name__ == "__main__":
    main(sys.argv[1:])
