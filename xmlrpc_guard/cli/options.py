"""The flags that make a Policy; they carry its parameters' names."""

from collections.abc import Callable
from typing import Any

import click

from xmlrpc_guard.paste import policy_of, split_list
from xmlrpc_guard.policy import PolicySource

Flags = dict[str, tuple[str, ...]]
"""What was given for each policy flag, in order; empty where the flag was not given."""

_FLAGS = {
    "allow": "Clients to let through: ranges, addresses, 'jetpack', file:PATH. Repeat it or use commas; '' is nobody.",
    "deny": "Clients to refuse before --allow is asked.",
    "trusted_proxies": "Peers whose X-Forwarded-For is believed; 'unix' for a unix socket.",
    "scripts": "File names to guard in any directory; xmlrpc.php if none is given.",
}


def policy_flags(command: Callable[..., Any]) -> Callable[..., Any]:
    """Give a command the policy flags, as keyword arguments of their names."""
    for name, text in reversed(_FLAGS.items()):
        command = click.option(f"--{name.replace('_', '-')}", name, multiple=True, metavar="LIST", help=text)(command)
    return command


def policy_from(flags: Flags) -> PolicySource:
    """Make the policy that the flags ask for; without ``--allow`` it is a usage error."""
    if not flags["allow"]:
        raise click.UsageError("--allow is missing; write --allow jetpack, or --allow '' for nobody")
    return policy_of({name: _split(given) for name, given in flags.items() if given})


def _split(given: tuple[str, ...]) -> list[str]:
    return [entry for text in given for entry in split_list(text)]
