"""A site at an address that is not loopback's, and probes of it: run in a network namespace of its own.

Prints an object: for each probe the exit status, what it printed, and how many requests the site got.
"""

import contextlib
import io
import json
import sys
from typing import Any

from tests.probe.scripted import Owned, Scripted, answer, token_in
from xmlrpc_guard.cli import run


def probe(site: Scripted, *arguments: str) -> dict[str, Any]:
    site.requests.clear()
    out, problems = io.StringIO(), io.StringIO()
    with contextlib.redirect_stdout(out), contextlib.redirect_stderr(problems):
        status = run(["probe", "--rate", "1000", *arguments, site.url])
    printed = {"out": out.getvalue(), "err": problems.getvalue()}
    return {"status": status, "requests": len(site.requests), **printed}


def main(address: str, key: str) -> None:
    owned = Owned()
    with Scripted(owned, address) as site:
        unproven = probe(site, "--key", key)
        owned.token = answer(200, token_in(unproven["out"]))
        proven, by_another = probe(site, "--key", key), probe(site, "--key", f"{key}2")
    print(json.dumps({"unproven": unproven, "proven": proven, "by another": by_another}))


if __name__ == "__main__":
    main(*sys.argv[1:])
