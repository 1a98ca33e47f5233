import os
from pathlib import Path

import pytest

os.chdir(Path(__file__).parent)  # where guard.toml and its lists are looked for


@pytest.fixture(autouse=True)
def _no_real_wordpress(monkeypatch):
    monkeypatch.setattr("blog.wordpress", "a page")
