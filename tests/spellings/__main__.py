"""Rebuild all that is generated: ``python -m tests.spellings`` asks the real servers, for some minutes.

``python -m tests.spellings --page`` writes the page and its picture again from the table as it is.
"""

import logging
import sys

from tests.backends.hosts import hosts
from tests.backends.matrix import everything, measure, servers
from tests.spellings.corpus import attacks, ordinary
from tests.spellings.page import PAGE, PICTURE, page
from tests.spellings.plot import plot
from tests.spellings.truth import SHIPPED, load, save

logging.disable()  # proxies refuse much of this, and say so
if sys.argv[1:] != ["--page"]:
    with hosts(everything()) as set_ups, servers() as fronts:
        save(measure([*attacks(), *ordinary()], set_ups, fronts), SHIPPED)
PAGE.write_text(page(load()), "utf-8")
plot(load(), PICTURE)
