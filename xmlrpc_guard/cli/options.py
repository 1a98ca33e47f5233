"""The flags that make a Policy; they carry its parameters' names."""

from collections.abc import Callable
from typing import Any

import click

from xmlrpc_guard.paste import policy_of, split_list
from xmlrpc_guard.policy import PolicySource

Flags = dict[str, Any]
"""What was given for each policy flag: texts, in order; one text for the header; empty where it was not given."""

_FLAGS = {
    "allow": "Clients to let through: ranges, addresses, lists as 'jetpack', file:PATH. Repeat it or use commas; '' is "
    "nobody.",
    "deny": "Clients to refuse before --allow is asked.",
    "trusted_proxies": "Peers whose forwarded header is believed: ranges, addresses, 'cloudflare', 'cloudfront', "
    "'fastly', 'private'; 'unix' for a unix socket.",
    "scripts": "File names to guard in any directory; xmlrpc.php if none is given.",
}
_HEADER = "The header that is read of them: X-Forwarded-For, Forwarded, or a header of one address, as X-Real-IP."


def policy_flags(command: Callable[..., Any]) -> Callable[..., Any]:
    """Give a command the policy flags, as keyword arguments of their names."""
    command = click.option("--forwarded-header", metavar="NAME", help=_HEADER)(command)
    for name, text in reversed(_FLAGS.items()):
        command = click.option(f"--{name.replace('_', '-')}", name, multiple=True, metavar="LIST", help=text)(command)
    return command


def policy_from(flags: Flags) -> PolicySource:
    """Make the policy that the flags ask for; without ``--allow`` it is a usage error."""
    if not flags["allow"]:
        raise click.UsageError("--allow is missing; write --allow jetpack, or --allow '' for nobody")
    settings: dict[str, Any] = {name: _split(flags[name]) for name in _FLAGS if flags[name]}
    if flags["forwarded_header"] is not None:
        settings["forwarded_header"] = flags["forwarded_header"]
    return policy_of(settings)


def _split(given: tuple[str, ...]) -> list[str]:
    return [entry for text in given for entry in split_list(text)]
