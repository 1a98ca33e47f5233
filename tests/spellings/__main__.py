"""Rebuild all that is generated: ``python -m tests.spellings`` asks the real servers, for some minutes."""
from tests.backends.matrix import measure
from tests.spellings.corpus import attacks, ordinary
from tests.spellings.truth import SHIPPED, save

save(measure([*attacks(), *ordinary()]), SHIPPED)
