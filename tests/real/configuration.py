"""Configuration files with places to fill in, and the account that servers' workers run as."""

from pathlib import Path
from string import Template

from tests.real.processes import account

USER = "www-data"
CONF = Path(__file__).parent / "conf"


class Conf(Template):
    """A configuration file with ``@name`` where a value belongs, as nginx has its own use for ``$``."""

    delimiter = "@"


def configure(root: Path, name: str, conf: Path = CONF, **values: object) -> str:
    """Fill in a file of the folder ``conf``, and give where it now lies."""
    user = account(USER)
    frame = Conf((conf / name).read_text("utf-8"))
    text = frame.substitute(values, root=root, user=user.pw_name, group=user.pw_gid)
    (root / name).write_text(text, "utf-8")
    return str(root / name)
