"""How a path that reaches a guarded script is spelt: a class for a report, which decides nothing."""

from collections.abc import Iterable

from xmlrpc_guard.target import Scripts

PLAIN, IN_FOLDER = "plain", "in a folder"
ENCODED, SLASHES, CASE, LONGER, OTHER = (
    "percent-encoded",
    "doubled slashes",
    "other case",
    "goes on after the name",
    "other",
)


def describe_spelling(views: Iterable[str], scripts: Scripts) -> str:
    r"""Give the class of the first view that reaches a script.

    >>> scripts = Scripts(["xmlrpc.php"])
    >>> paths = "/xmlrpc.php", "/blog/xmlrpc.php", "//xmlrpc.php", "/XMLRPC.php"
    >>> [describe_spelling([path], scripts) for path in paths]
    ['plain', 'in a folder', 'doubled slashes', 'other case']
    >>> [describe_spelling([path], scripts) for path in ("/%78mlrpc.php", "/xmlrpc.php/x", "/xml\\rpc.php")]
    ['percent-encoded', 'goes on after the name', 'other']
    """
    path = next(view for view in views if scripts.reached_by(view))
    if "%" in path:
        return ENCODED
    if "//" in path.partition("://")[2 if "://" in path else 0]:
        return SLASHES
    last = path.rpartition("/")[2]
    if last in scripts:
        return PLAIN if path == f"/{last}" else IN_FOLDER
    if last.lower() in scripts:
        return CASE
    return LONGER if any(f"/{name}" in path for name in scripts) else OTHER
