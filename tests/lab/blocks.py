"""What stands against strangers in a server's configuration: nothing, a block as people copy it, or a rendered rule."""

from collections.abc import Mapping
from dataclasses import dataclass, replace

from tests.lab.setups import Setup
from xmlrpc_guard.render import apache, caddy, haproxy, nginx, traefik
from xmlrpc_guard.render.rule import Line, Rule

STRANGER, LISTED = "127.0.0.1", "127.0.0.2"
"""Two clients of this machine; rules and copied blocks allow the second."""


@dataclass(frozen=True)
class Block:
    """Lines of a configuration: ``wide`` once in the whole, ``site`` at the beginning of each site.

    For Traefik, ``wide`` is a file of the dynamic configuration, whose service is "upstream". ``options`` is for
    Caddy's global options.
    """

    wide: str = ""
    site: str = ""
    options: str = ""


NOTHING = Block()
_NGINX = f"location = /xmlrpc.php {{ allow {LISTED}; deny all; }}\n"
_CADDY = f"""
@xmlrpc {{
    path /xmlrpc.php
    not remote_ip {LISTED}
}}
handle @xmlrpc {{
    respond 403
}}
"""
_TRAEFIK = f"""
http:
  routers:
    xmlrpc-guard:
      rule: "Host(`localhost`) && Path(`/xmlrpc.php`)"
      middlewares: [xmlrpc-guard]
      service: "upstream"
  middlewares:
    xmlrpc-guard:
      ipAllowList:
        sourceRange: ["{LISTED}"]
"""
COPIED: Mapping[str, Block] = {
    "nginx": Block(site=_NGINX),
    "Apache": Block(wide=f'<Files "xmlrpc.php">\nRequire ip {LISTED}\n</Files>\n'),
    "Caddy": Block(
        site=f"@xmlrpc {{\npath /xmlrpc.php\nnot remote_ip {LISTED}\n}}\nhandle @xmlrpc {{\nrespond 403\n}}\n"
    ),
    "HAProxy": Block(site=f"    http-request deny if {{ path /xmlrpc.php }} !{{ src {LISTED} }}\n"),
    "Traefik": Block(wide=_TRAEFIK),
}
"""The usual block for one path or one file, by server, where the server runs PHP or passes requests on.

nginx' and Apache's are those of the 2015 post, with an address of this machine; the others say the same.
"""
COPIED_FOR_PROXY = {
    **COPIED,
    "Apache": Block(wide=f'<Location "/xmlrpc.php">\nRequire ip {LISTED}\n</Location>\n'),
    # There is no file to name, and a location without proxy_pass would send no one anything.
    "nginx": Block(
        site=f"location = /xmlrpc.php {{ allow {LISTED}; deny all; proxy_pass http://127.0.0.1:@upstream; }}\n"
    ),
}


def rule_for(*, runs_php: bool, scripts: tuple[str, ...] = ("xmlrpc.php",), report_only: bool = False) -> Rule:
    """Give the rule that allows the listed client alone."""
    listed = Line(f"{LISTED}/32", "a test")
    return Rule((listed,), (), (), False, scripts, report_only, runs_php, "a test")


def ours(server: str, rule: Rule) -> Block:
    """Give the rendered rule, put where its comments say."""
    match server:
        case "nginx":
            return Block(nginx.render(rule), "\n".join((*nginx.server_lines(rule), "")))
        case "Apache":
            return Block(apache.render(rule))
        case "Caddy":
            return Block(site=caddy.render(rule), options=_caddy_options(rule))
        case "HAProxy":
            return Block(site=haproxy.render(rule))
        case _:
            return Block(traefik.render(rule, traefik.TraefikSite("upstream", ("localhost",), "")))


def _caddy_options(rule: Rule) -> str:
    if not rule.proxies:
        return ""
    proxies = " ".join(line.cidr for line in rule.proxies)
    return f"servers {{\n trusted_proxies static {proxies}\n trusted_proxies_strict\n }}"


def with_block(setup: Setup, block: Block) -> Setup:
    """Give a set-up whose server runs PHP, with a block in it; what a Caddy's site does goes into a handle."""
    directives = setup.directives
    if setup.family == "caddy" and block.site:
        directives = f"handle {{\n{directives}\n}}"
    return replace(setup, wide=block.wide, directives=f"{block.site}{directives}")
