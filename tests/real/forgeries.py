"""What strangers write to be taken for a listed client: header lines, each set under a sentence."""

from collections.abc import Sequence

from tests.real.guards import LISTED, twins

CLAIM = "{name}: {me}"
_TWINS = {
    "{all}": "underscores for all dashes",
    "{first}": "an underscore for the first dash",
    "{last}": "an underscore for the last dash",
}
_OTHER_HEADERS = (
    *("Forwarded", "X-Forwarded-For", "X-Real-IP", "X-Client-IP", "X-Cluster-Client-IP", "X-Original-Forwarded-For"),
    *("Client-IP", "True-Client-IP", "CF-Connecting-IP", "Fastly-Client-IP", "Fly-Client-IP"),
)

# {name} is the header that the guard reads, {me} the listed client's address as that header has it.
FORGERIES: dict[str, Sequence[str]] = {
    "no header": [],
    "the header": [CLAIM],
    "a list in the header": ["{name}: {me}, {me}"],
    "a list in the header that ends with a comma": ["{name}: {me},"],
    "the header with a semicolon": ["{name}: {me}; "],
    "the header with a quote that is not closed": ['{name}: {me};by="'],
    "an empty header": ["{name}:"],
    "the header with a word for an address": ["{name}: unknown"],
    "the front's address, more often than the guard follows hops": ["{name}: {me}" + ", 127.0.0.2" * 33],
    "the header's name in small letters": ["{small}: {me}"],
    "the header's name in capitals": ["{capital}: {me}"],
    "two lines of the header": [CLAIM, CLAIM],
    "two lines whose names differ in case and whose values differ": ["{name}: {other}", "{small}: {me}"],
    **{f"{how} in the header's name": [f"{twin}: {{me}}"] for twin, how in _TWINS.items()},
    **{f"{how} in the header's name, before the header": [f"{twin}: {{me}}", CLAIM] for twin, how in _TWINS.items()},
    **{f"{how} in the header's name, after the header": [CLAIM, f"{twin}: {{me}}"] for twin, how in _TWINS.items()},
    "dots for the dashes of X-Forwarded-For and X-Real-IP": ["X.Forwarded.For: {me}", "X.Real.IP: {me}"],
    "the header's name in a WSGI environ": ["HTTP-{name}: {me}"],
    "the peer's name in a WSGI environ": ["REMOTE_ADDR: {me}", "Remote-Addr: {me}"],
    **{name: [f"{name}: {'for=' * (name == 'Forwarded')}{LISTED}"] for name in _OTHER_HEADERS},
    "the header's value in a folded line": ["{name}:\r\n {me}"],
    "half of the header's list in a folded line": ["{name}: {other},\r\n\t{me}"],
    "the header in a folded line of another header": ["X: y\r\n {name}: {me}"],
    "the header in a folded line of Host": [" {name}: {me}"],
    "64 KB of the header in a line": ["{name}: {me}" + ", {me}" * 5500],
    "64 KB of the header in nine lines": ["{name}: {me}" + ", {me}" * 580] * 9,
    "the header, which Connection names": [CLAIM, "Connection: {name}"],
    "Connection with the header's name in small letters": ["connection: keep-alive, {small}"],
    "tabs around the header's value": ["{name}:\t{me}\t"],
    "a tab in the header's list": ["{name}: {other},\t{me}"],
    "NUL after the header's value": ["{name}: {me}\0"],
    "NUL after the header's name": ["{name}\0: {me}"],
    "a space after the header's name": ["{name} : {me}"],
    "a bare LF before the header": ["X: y\n{name}: {me}"],
    "a bare CR before the header": ["X: y\r{name}: {me}"],
}


def written(lines: Sequence[str], header: str) -> list[str]:
    """Fill in a header's name, in its spellings, and addresses in that header's form."""
    first_to_last = dict(zip(("all", "first", "last"), twins(header), strict=True))
    me, other = (f"for={LISTED}", "for=192.0.2.1") if header == "Forwarded" else (LISTED, "192.0.2.1")
    names = {"name": header, "small": header.lower(), "capital": header.upper(), **first_to_last}
    return [line.format(me=me, other=other, **names) for line in lines]
