"""The figures of the manual's pages, written from what one run of the benchmarks has measured.

A page holds a block for each benchmark, between two comments; all else on it is written by hand. The pages on long
lists and on shapes are written as a whole, by the benchmarks themselves.
"""

from collections.abc import Mapping
from pathlib import Path
from typing import Any, NamedTuple

Figures = Mapping[str, Any]
"""What a benchmark has measured, by the titles that it prints."""


class Block(NamedTuple):
    """A part of a page, with its figures named in braces."""

    page: str
    text: str


_PROXY_ROWS = {
    "guarded": "this proxy, with the guard",
    "wsgiproxy2": "WSGIProxy2",
    "webob_client": "`webob.client`",
    "nginx": "nginx `proxy_pass`, no Python",
}


def _table_of(server: str) -> str:
    """Make the table of the proxies under a server, with its figures named in braces."""
    rows = (
        f"| {title} | {{0[{server}, pages, {name}].cpu:.0f}} µs "
        + "".join(
            f"| {{0[{server}, {way}, {name}].cpu:.0f}} ms | "
            + ("- " if name == "nginx" else f"+{{0[{server}, {way}, {name}].growth:.0f}} MB ")
            for way in ("down", "up")
        )
        + "|\n"
        for name, title in _PROXY_ROWS.items()
    )
    heading = f"| under {server} | CPU a page | {{0[megabytes]:g}} MB down | memory | the same up | memory |\n"
    return f"{heading}|---|---:|---:|---:|---:|---:|\n{''.join(rows)}"


SERVED = """\
| a page, through guard and proxy | CPU |
|---|---:|
| `serve` | {0[guarded under serve]:.0f} µs |
| gunicorn, gthread | {0[guarded under gunicorn]:.0f} µs |
| waitress alone: an application gives the page | {0[bare under waitress]:.0f} µs |
| gunicorn alone: the same | {0[bare under gunicorn]:.0f} µs |

So `serve` answers {0[CPU a page, gunicorn / serve]:.2f} times as many pages for the same. After {0[clients]:,} clients
that hung up in the middle, gunicorn and waitress held as many descriptors and threads as before.
"""

BLOCKS = {
    "instructions": Block(
        "speed",
        """\
| request | times |
|---|---:|
| an ordinary path | {0[ordinary path / empty class]:.2f} |
| the same, with RAW_URI | {0[ordinary path, RAW_URI / empty class]:.2f} |
| a path and a query, RAW_URI and REQUEST_URI | {0[path and query, both raw keys / empty class]:.2f} |
| a static asset | {0[static asset / empty class]:.2f} |
| a static asset with `?ver=`, RAW_URI and REQUEST_URI | {0[asset with ?ver=, both raw keys / empty class]:.2f} |
| a permalink that is not ASCII, RAW_URI | {0[non-ASCII permalink, RAW_URI / empty class]:.2f} |
| an upload whose name has escapes, RAW_URI | {0[upload with an escaped name, RAW_URI / empty class]:.2f} |

A denied request took {0[denied request / naive guard]:.3f} times what it takes the usual guard.
""",
    ),
    "peers": Block(
        "speed",
        """\
| for | beside | times |
|---|---|---:|
| the client behind one trusted proxy | Werkzeug's ProxyFix, which counts hops and checks nothing \
| {0[client, one hop / werkzeug's ProxyFix, which counts hops]:.2f} |
| | uvicorn's ProxyHeadersMiddleware | {0[client, one hop / uvicorn's ProxyHeadersMiddleware]:.2f} |
| | `forwarded` {0[forwarded]} | {0[client, one hop / forwarded]:.2f} |
| | guard-core {0[guard-core]} | {0[client, one hop / guard-core]:.2f} |
| | python-ipware {0[python-ipware]} | {0[client, one hop / python-ipware]:.2f} |
| an address in eight ranges | a WebOb request and a netaddr set \
| {0[in eight ranges / a WebOb request and a netaddr set]:.2f} |
| | guard-core {0[guard-core]} | {0[in eight ranges / guard-core]:.3f} |
| | django-middlewall {0[django-middlewall]}, with Django {0[Django]} | {0[in eight ranges / django-middlewall]:.3f} |
""",
    ),
    "refusals": Block(
        "speed",
        """\
A refusal took {0[waitress]:.0f} µs of the processor under waitress and {0[gunicorn]:.0f} under gunicorn. By its own
`deny`, nginx took {0[nginx's deny, at /xmlrpc.php alone]:.0f}, for one spelling of the path.
""",
    ),
    "hotpath": Block(
        "speed",
        """\
| list | times |
|---|---:|
| `Networks` of 100,000 ranges of IPv4 | {0[Networks of all ranges / netaddr.IPSet]:.2f} |
| of IPv6 | {0[the same, IPv6]:.2f} |
| a file of IPv4 ranges with comments | {0[a list file of all ranges with comments / netaddr.IPSet]:.2f} |
""",
    ),
    "reloads": Block(
        "speed",
        """\
| while a list is read that has lines | 100,000 | 1,000,000 |
|---|---:|---:|
| the median request, beside one without a reading \
| {0[100,000 lines: a request beside a reading / without]:.1f} times \
| {0[1,000,000 lines: a request beside a reading / without]:.1f} times |
| the slowest, beyond the slowest without | {0[100,000 lines: slowest, ms beyond without]:.0f} ms \
| {0[1,000,000 lines: slowest, ms beyond without]:.0f} ms |
| the reading gives way after, as a rule | {0[100,000 lines: milliseconds of a piece, median]} ms \
| {0[1,000,000 lines: milliseconds of a piece, median]} ms |
| the reading gives way after, at the longest | {0[100,000 lines: longest piece, ms of the processor]:.1f} ms \
| {0[1,000,000 lines: longest piece, ms of the processor]:.1f} ms |
| one line changed beside them takes, of the processor \
| {0[100,000 lines: one line changed beside them, seconds]:.3f} s \
| {0[1,000,000 lines: one line changed beside them, seconds]:.3f} s |
""",
    ),
    "calls": Block(
        "methods",
        """\
| body | times | memory |
|---|---:|---:|
| pingback, 248 bytes | {0[pingback / loads (248 bytes)]:.2f} | |
| wp.newPost, 944 bytes | {0[newPost / loads (944 bytes)]:.2f} | |
| a multicall as Jetpack's, 1.2 kB | {0[multicall as Jetpack's / loads (1,238 bytes)]:.2f} | |
| an upload of 0.8 MB | {0[upload of 0.8 MB / loads (811,070 bytes)]:.2f} | |
| an upload of 10 MB | {0[an upload of 10 MB].times:.2f} | {0[an upload of 10 MB].megabytes:.1f} MB |
| 60,000 tags | {0[60,000 tags].times:.2f} | {0[60,000 tags].megabytes:.1f} MB |
| 100,000 arrays inside each other: refused, as all with more than 60,000 tags \
| {0[100,000 arrays inside each other, 2 MB].times:.2f} | - |
| a comment of 10 MB | {0[a comment of 10 MB].times:.2f} | {0[a comment of 10 MB].megabytes:.1f} MB |
| a name of 10 MB: refused after 200 characters | {0[a name of 10 MB].times:.2f} \
| {0[a name of 10 MB].megabytes:.1f} MB |
| 10 MB of white space in front | {0[10 MB of white space in front].times:.2f} | - |
| 1 MB that comes a byte at a time, beside reading it so and dropping it \
| {0[1 MB, a byte at a time, held, beside reading it].times:.1f} \
| {0[1 MB, a byte at a time, held, beside reading it].megabytes:.1f} MB |
""",
    ),
}

AUDIT = """\
A combined log of {0[lines]:,} lines from {0[clients]:,} clients, as `tests/benchmarks/accesslog.py` writes it, was read
by one program after the other: 15 % of its lines are for xmlrpc.php, in six spellings. Seconds of the processor's time,
start and report included:

| program | seconds | finds |
|---|---:|---|
| `xmlrpc-guard audit --json` | {0[audit].seconds:.2f} | all requests, each decided |
| gawk in a UTF-8 locale: `-F'"'`, `tolower`, a count per client | {0[gawk].seconds:.2f} | 96 in a hundred, and each \
query that names the file |
| mawk, the same | {0[mawk].seconds:.2f} | the same |
| GoAccess, its report as JSON | {0[GoAccess].seconds:.2f} | it draws another report |

The audit used {0[audit].memory:.0f} MB. Of {0[others]:,} lines, nearly each of another client, it took \
{0[a client a line].seconds:.1f} seconds and {0[a client a line].memory:.0f} MB.
"""
BLOCKS |= {
    "audits": Block("speed", AUDIT),
    "proxies": Block(
        "speed",
        "\n".join([*map(_table_of, ("gunicorn", "waitress")), SERVED]),
    ),
}


def write(folder: Path, name: str, figures: Figures, shown: str) -> None:
    """Write what a benchmark has measured into a folder's page, and all that was shown; the rest stays as it is."""
    if name in BLOCKS:
        page, text = BLOCKS[name]
        path = folder / f"{page}.md"
        path.write_text(replace(path.read_text("utf-8"), name, text.format(figures)), "utf-8")
    (folder / "benchmarks.md").write_text(_RUN.format(shown.strip()), "utf-8")


def replace(page: str, name: str, text: str) -> str:
    """Put a text between the two comments of its name.

    >>> replace("<!-- a: written by tests.benchmarks -->\\n\\nold\\n<!-- to here -->\\n", "a", "new\\n")
    '<!-- a: written by tests.benchmarks -->\\n\\nnew\\n\\n<!-- to here -->\\n'
    """
    begin, end = f"<!-- {name}: written by tests.benchmarks -->\n", "<!-- to here -->\n"
    before, _, rest = page.partition(begin)
    _, found, after = rest.partition(end)
    assert found, f"no place for {name}"
    return f"{before}{begin}\n{text}\n{end}{after}"


_RUN = """\
# A run of the benchmarks

What `python -m tests.benchmarks` printed; the figures of the other pages are of this run. [Speed](speed.md) says what
each benchmark measures. A ratio is of the two contenders' fastest turns unless its row says more; beside it stand its
limit and how the turns spread.

```text
{}
```
"""
