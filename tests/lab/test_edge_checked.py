"""gixy, a checker of nginx' configurations, finds nothing in a rendered rule."""

import subprocess
from pathlib import Path

import pytest

from tests.frontends import script
from tests.lab.blocks import ours, rule_for
from tests.lab.edge_lists import apart, block_of
from xmlrpc_guard.render.rule import Line, Rule

GIXY = script("gixy")
FRAME = """
worker_rlimit_nofile 1024;
events {{ worker_connections 512; }}
http {{
    {wide}
    server {{
        listen 80;
        server_name blog.example;
        server_tokens off;
        {site}
        location / {{ {location} }}
    }}
}}
"""
PROXIES = (Line("10.0.0.0/8", "a test"),)
RULES = {
    "passes on": rule_for(runs_php=False),
    "runs PHP": rule_for(runs_php=True),
    "a name without a dot": rule_for(runs_php=True, scripts=("xmlrpc.php", "xmlrpc")),
    "behind proxies": Rule(PROXIES, PROXIES, PROXIES, False, ("xmlrpc.php",), False, False, "a test"),
}

pytestmark = [pytest.mark.lab, pytest.mark.skipif(GIXY is None, reason="not installed: gixy-ng")]


def check(folder: Path, wide: str, site: str, location: str = "return 204;") -> str:
    config = folder / "nginx.conf"
    config.write_text(FRAME.format(wide=wide, site=site, location=location), "utf-8")
    return subprocess.run([str(GIXY), config], check=False, capture_output=True, text=True, timeout=120).stdout


@pytest.mark.parametrize("name", RULES)
def test_nothing_is_found_in_a_rule(name: str, tmp_path: Path) -> None:
    block = ours("nginx", RULES[name])
    assert "No issues found" in check(tmp_path, block.wide, block.site)


def test_nothing_is_found_in_a_rule_with_its_lists_apart(tmp_path: Path) -> None:
    written = apart("nginx", RULES["behind proxies"], tmp_path)
    Path(written.path).write_text(written.lists, "utf-8")
    block = block_of("nginx", written.rule)
    assert "No issues found" in check(tmp_path, block.wide, block.site)


def test_something_is_found_where_there_is_something(tmp_path: Path) -> None:
    block = ours("nginx", RULES["passes on"])
    assert "HTTP-Splitting" in check(tmp_path, block.wide, block.site, "return 302 http://$host$uri;")
