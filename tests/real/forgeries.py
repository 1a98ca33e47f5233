"""What strangers write to be taken for the listed client, as header lines with a sentence each."""

from collections.abc import Mapping
from typing import Any

import pytest

from tests.real.stacks import LISTED, twins

Answers = Mapping[int, str]
HUNG_UP = 0
CLAIM = "{name}: {me}"
TWINS = {
    "{all}": "underscores for its dashes",
    "{first}": "an underscore for the first dash",
    "{last}": "an underscore for the last dash",
}


def written(line: str, header: str) -> str:
    """Fill in the name of the header that the guard reads, in its spellings, and the claim in that header's form."""
    first_to_last = dict(zip(("all", "first", "last"), twins(header), strict=True))
    me, other = (f"for={LISTED}", "for=192.0.2.1") if header == "Forwarded" else (LISTED, "192.0.2.1")
    return line.format(name=header, small=header.lower(), capital=header.upper(), me=me, other=other, **first_to_last)


_STRICT = "nginx apache gunicorn waitress granian mod_wsgi"
_LONG = {400: "nginx apache mod_wsgi", HUNG_UP: "uwsgi"}

# Apache drops what Connection names, even if a directive wrote it; what mod_proxy adds by itself comes later.
_STRIPPED = {403: "apache-real-ip"}

# The lines; and which server, front or stack gives a stranger and a listed client the same answer. On all other ways
# the guard decides.
FORGERIES: list[Any] = [
    pytest.param([], {}, id="nothing"),
    pytest.param([CLAIM], {}, id="the header"),
    pytest.param(["{name}: {me}, {me}"], {}, id="a list in it"),
    pytest.param(["{name}: {me},"], {}, id="a list that ends with a comma"),
    pytest.param(["{name}: {me}; "], {}, id="a semicolon"),
    pytest.param(['{name}: {me};by="'], {}, id="a quote that is not closed"),
    pytest.param(["{name}:"], {}, id="the header, empty"),
    pytest.param(["{name}: unknown"], {}, id="what is no address"),
    pytest.param(["{name}: {me}" + ", 127.0.0.2" * 33], {}, id="the front's address, more often than hops are walked"),
    pytest.param(["{small}: {me}"], {}, id="its name in small letters"),
    pytest.param(["{capital}: {me}"], {}, id="its name in capitals"),
    pytest.param([CLAIM, CLAIM], {}, id="two lines of it"),
    pytest.param(["{name}: {other}", "{small}: {me}"], {}, id="two lines that differ in both"),
    *(pytest.param([f"{twin}: {{me}}"], {}, id=f"{how}, alone") for twin, how in TWINS.items()),
    *(pytest.param([f"{twin}: {{me}}", CLAIM], {}, id=f"{how}, then the header") for twin, how in TWINS.items()),
    *(pytest.param([CLAIM, f"{twin}: {{me}}"], {}, id=f"the header, then {how}") for twin, how in TWINS.items()),
    pytest.param(["X.Forwarded.For: {me}", "X.Real.IP: {me}"], {}, id="dots for dashes"),
    pytest.param(["HTTP-{name}: {me}"], {}, id="the environ's name for it"),
    pytest.param(["REMOTE_ADDR: {me}", "Remote-Addr: {me}"], {}, id="the environ's name for the peer"),
    pytest.param([f"Forwarded: for={LISTED}"], {}, id="Forwarded"),
    *(
        pytest.param([f"{name}: {LISTED}"], {}, id=name)
        for name in ("X-Forwarded-For", "X-Real-IP", "X-Client-IP", "X-Cluster-Client-IP", "X-Original-Forwarded-For")
    ),
    *(
        pytest.param([f"{name}: {LISTED}"], {}, id=name)
        for name in ("Client-IP", "True-Client-IP", "CF-Connecting-IP", "Fastly-Client-IP", "Fly-Client-IP")
    ),
    pytest.param(["{name}:\r\n {me}"], {400: "nginx gunicorn granian"}, id="the value in a folded line"),
    pytest.param(["{name}: {other},\r\n\t{me}"], {400: "nginx gunicorn granian"}, id="half of a list in a folded line"),
    pytest.param(["X: y\r\n {name}: {me}"], {400: "nginx gunicorn granian"}, id="the header in another's folded line"),
    pytest.param([" {name}: {me}"], {400: "nginx apache gunicorn granian mod_wsgi"}, id="in a folded line behind Host"),
    pytest.param(["{name}: {me}" + ", {me}" * 5500], _LONG | {431: "gunicorn wsgiref werkzeug"}, id="64 KB of it"),
    pytest.param(["{name}: {me}" + ", {me}" * 580] * 9, _LONG, id="64 KB of it in nine lines"),
    pytest.param([CLAIM, "Connection: {name}"], _STRIPPED, id="Connection names the header"),
    pytest.param(["connection: keep-alive, {small}"], _STRIPPED, id="the same in small letters, without the header"),
    pytest.param(["{name}:\t{me}\t"], {}, id="TAB around the value"),
    pytest.param(["{name}: {other},\t{me}"], {}, id="TAB in it"),
    pytest.param(["{name}: {me}\0"], {400: _STRICT}, id="NUL behind it"),
    pytest.param(["{name}\0: {me}"], {400: _STRICT}, id="NUL behind the name"),
    pytest.param(["{name} : {me}"], {400: _STRICT}, id="a space behind the name"),
    pytest.param(["X: y\n{name}: {me}"], {400: "apache gunicorn waitress cheroot mod_wsgi"}, id="a bare LF before it"),
    pytest.param(["X: y\r{name}: {me}"], {400: _STRICT, HUNG_UP: "uwsgi"}, id="a bare CR before it"),
]

_MIX_NAMES = "granian cheroot uwsgi wsgiref"
_ALL = "gunicorn waitress granian cheroot uwsgi werkzeug wsgiref mod_wsgi"

# Stacks that lack something, and the servers on which a stranger is let in.
HOLES: list[Any] = [
    *(
        pytest.param("apache-as-it-comes", ["{name}: {other}", f"{twin}: {{me}}"], _MIX_NAMES, id=f"Apache, {how}")
        for twin, how in TWINS.items()
    ),
    *(
        pytest.param("nginx-underscores", [f"{twin}: {{me}}"], _MIX_NAMES, id=f"nginx with underscores, {how}")
        for twin, how in TWINS.items()
    ),
    pytest.param("apache-as-it-comes", [CLAIM], "", id="Apache, the header itself"),
    pytest.param("nginx-underscores", [CLAIM], "", id="nginx with underscores, the header itself"),
    pytest.param("nginx-as-it-comes", [CLAIM], _ALL, id="nginx that writes no header, the header itself"),
    pytest.param("nginx-as-it-comes", [], "", id="nginx that writes no header, none"),
    pytest.param("nginx-passes-real-ip", [CLAIM], _ALL, id="X-Real-IP behind nginx that writes another header"),
    pytest.param("nginx-passes-the-cdns-header", [CLAIM], _ALL, id="CF-Connecting-IP behind nginx that lets all in"),
    pytest.param("apache-real-ip-with-twins", [CLAIM], "", id="Apache that sets X-Real-IP, the header itself"),
    pytest.param(
        "apache-real-ip-with-twins",
        ["{name}: {other}", "{all}: {me}"],
        "granian cheroot",
        id="Apache that sets X-Real-IP, underscores",
    ),
]
