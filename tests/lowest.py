"""Print pyproject's lower bounds as constraints for pip: the oldest of everything that is required or an extra.

python -m tests.lowest >lowest.txt && pip install -c lowest.txt '.[test]'
"""

import re
import tomllib
from itertools import chain
from pathlib import Path

PROJECT = tomllib.loads((Path(__file__).parent.parent / "pyproject.toml").read_text())["project"]

if __name__ == "__main__":
    for requirement in chain(PROJECT["dependencies"], *PROJECT["optional-dependencies"].values()):
        if not requirement.startswith(PROJECT["name"]):  # an extra of its own
            print(re.sub(r"^([\w.-]+)(?:\[\w+\])?>=([\w.]+).*", r"\1==\2", requirement))
