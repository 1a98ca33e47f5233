"""Put a rule in its place: tested beside the old one, then renamed over it, and the old one kept."""

import os

from xmlrpc_guard.render.apart import Apart
from xmlrpc_guard.render.trial import try_rule
from xmlrpc_guard.replacing import read_current, replace_file


def place_rule(server: str, text: str, output: str, config: str = "") -> list[str]:
    """Make ``text`` the content of ``output``, if the server takes it; return what was tested, a sentence each.

    Until the end the new rule is in a file beside it whose name begins with a dot, so that no pattern of an include
    takes it; the old rule stays in another such file. TrialError if the server refuses the rule, ConfigurationError
    or OSError if the file cannot be replaced: the old rule then stays, as it does after a kill at any step.
    """
    tested: list[str] = []

    def check(candidate: str) -> None:
        tested.extend(try_rule(server, candidate, output, config))
        _keep(output, text)

    replace_file(output, text.encode(), check=check)
    return tested


def place_apart(server: str, apart: Apart, output: str, config: str = "") -> list[str]:
    """Do the like with a rule whose lists are in a file of their own.

    The lists come first. Either the old rule does not name their file, or only the lists are new.
    """
    tested: list[str] = []

    def check(candidate: str) -> None:
        def check_lists(lists: str) -> None:
            tested.extend(try_rule(server, candidate, output, config, (apart.path, lists)))
            _keep(output, apart.rule)
            _keep(apart.path, apart.lists)

        replace_file(apart.path, apart.lists.encode(), check=check_lists)

    replace_file(output, apart.rule.encode(), check=check)
    return tested


def _keep(path: str, new: str) -> None:
    old = read_current(path)
    if old and old != new.encode():
        replace_file(name_of_old(path), old)


def name_of_old(output: str) -> str:
    """Give the path of the file that keeps the one before; beside what a link leads to, as the new one is.

    >>> name_of_old("/no/conf.d/xmlrpc-guard.conf")
    '/no/conf.d/.xmlrpc-guard.conf.old'
    """
    folder, name = os.path.split(os.path.realpath(output))
    return os.path.join(folder, f".{name}.old")  # noqa: PTH118 - as given
