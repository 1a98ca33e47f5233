"""What a site's own configuration does to a rendered rule: one trial a row, each asked on the real server.

``@line`` in a site is nginx' line, ``@rule`` Caddy's rule; Apache's stands outside of all sites.
"""

from collections.abc import Iterable
from dataclasses import dataclass, replace

from tests.lab.blocks import Block, ours, rule_for
from tests.lab.directives import MOD_PHP, OFFICIAL_NETWORK, OFFICIAL_PHP, PASS, PROXY_FCGI, SINGLE, WORDPRESS_ORG
from tests.lab.setups import Setup
from xmlrpc_guard.render.rule import Line

SCRIPT, OTHER = "/xmlrpc.php", "/rpc"
PHP = f"location ~ \\.php$ {{ {PASS} }}"
_TO_SCRIPT = "rewrite ^/rpc$ /xmlrpc.php last;"
_TWICE = WORDPRESS_ORG.replace("php$ {", "php$ { @line")
_NETWORK_TWICE = OFFICIAL_NETWORK.replace("php$ {", "php$ { @line")


@dataclass(frozen=True)
class Trial:
    """A site's own configuration, and a request that runs the script there without a rule."""

    name: str
    holds: bool
    """Whether a stranger is refused."""
    directives: str
    target: str = SCRIPT
    htaccess: str = ""


NGINX = (
    Trial("the line first, then the network's rewrites", True, f"@line {OFFICIAL_NETWORK}", "/site1/xmlrpc.php"),
    Trial("the line after the network's rewrites", False, f"{OFFICIAL_NETWORK} @line", "/site1/xmlrpc.php"),
    Trial(
        "the line after the network's rewrites, and in the location too",
        True,
        f"{_NETWORK_TWICE} @line",
        "/site1/xmlrpc.php",
    ),
    Trial("the line after a rewrite to the script", False, f"{_TO_SCRIPT} @line {WORDPRESS_ORG}", OTHER),
    Trial("the line before a rewrite to the script", False, f"@line {_TO_SCRIPT} {WORDPRESS_ORG}", OTHER),
    Trial("a rewrite to the script, and the line in the location too", True, f"@line {_TO_SCRIPT} {_TWICE}", OTHER),
    Trial("the line after a break", False, f"break; @line {WORDPRESS_ORG}"),
    Trial("the line after a break in an if", False, f"if ($request_method = GET) {{ break; }} @line {WORDPRESS_ORG}"),
    Trial("a break, and the line in the location too", True, f"break; @line {_TWICE}"),
    Trial(
        "the line after a set, and after an if that does nothing",
        True,
        f"set $a 1; if ($a) {{ }} @line {WORDPRESS_ORG}",
    ),
    Trial("the line in location / alone", False, f"location / {{ @line try_files $uri /index.php; }} {PHP}"),
    Trial("a location for the path that allows all", True, f"@line location = {SCRIPT} {{ allow all; {PASS} }} {PHP}"),
    Trial("a location inside a location", True, f"@line location ^~ /blog/ {{ {PHP} }}", "/blog/xmlrpc.php"),
    Trial("a satisfy any with allow all", True, f"@line satisfy any; allow all; {WORDPRESS_ORG}"),
    Trial(
        "a try_files that ends with the script",
        True,
        f"@line location {OTHER} {{ try_files $uri {SCRIPT}; }} {PHP}",
        OTHER,
    ),
    Trial("an index that is the script", True, f"@line index xmlrpc.php; {PHP}", "/blog/"),
    Trial("an error page that is the script", True, f"@line error_page 404 {SCRIPT}; {PHP}", OTHER),
    Trial("an error page for refusals that is the script", True, f"@line error_page 403 {SCRIPT}; {PHP}"),
    Trial(
        "an error page for refusals that is a location with PHP",
        True,
        f"@line error_page 403 = @@php; location @@php {{ {PASS} }} {PHP}",
    ),
    Trial(
        "a rewrite in a location",
        False,
        f"@line location = {OTHER} {{ rewrite ^ {SCRIPT} last; }} {WORDPRESS_ORG}",
        OTHER,
    ),
    Trial(
        "a rewrite in a location, and the line in the location of the script",
        True,
        f"@line location = {OTHER} {{ rewrite ^ {SCRIPT} last; }} {_TWICE}",
        OTHER,
    ),
    Trial(
        "a location that names the script in SCRIPT_FILENAME",
        False,
        f"@line location = {OTHER} {{ @line {PASS.replace('$fastcgi_script_name', SCRIPT)} }}",
        OTHER,
    ),
    Trial("a path with more after the script's name", True, f"@line {OFFICIAL_PHP}", "/xmlrpc.php/x"),
    Trial("a server without the line", False, WORDPRESS_ORG),
)
_HANDLE = "handle {\nphp_fastcgi unix/@fpm\n}"
_BLOG = _HANDLE.replace("handle", "handle /blog/*", 1)
_THIRTY = "\n".join(_BLOG.replace("/blog/", f"/blog/{number}/") for number in range(30))
_REWRITTEN = _HANDLE.replace("{", f"{{\nrewrite {OTHER} {SCRIPT}", 1)
_BARE = "php_fastcgi unix/@fpm"
CADDY = (
    Trial("a site without handles", True, f"@rule\n{_BARE}"),
    Trial("a site without handles, and the rule last", True, f"{_BARE}\n@rule"),
    Trial("a handle without a matcher above the rule", True, f"{_HANDLE}\n@rule"),
    Trial("a handle with a matcher below the rule", True, f"@rule\n{_BLOG}\n{_HANDLE}", "/blog/xmlrpc.php"),
    Trial(
        "thirty handles with matchers below the rule", True, f"@rule\n{_THIRTY}\n{_BLOG}\n{_HANDLE}", "/blog/xmlrpc.php"
    ),
    Trial("a handle with a matcher above the rule", False, f"{_BLOG}\n@rule\n{_HANDLE}", "/blog/xmlrpc.php"),
    Trial(
        "above the rule, a handle with a matcher that passes nothing on, and PHP in no handle",
        False,
        f"handle /blog/* {{\nheader A b\n}}\n@rule\n{_BARE}",
        "/blog/xmlrpc.php",
    ),
    Trial("a route above the rule", True, f"route {{\n{_BARE}\n}}\n@rule"),
    Trial("a rewrite to the script", True, f"@rule\nrewrite {OTHER} {SCRIPT}\n{_BARE}", OTHER),
    Trial("a try_files that ends with the script", True, f"@rule\ntry_files {{path}} {SCRIPT}\n{_BARE}", OTHER),
    Trial("a rewrite to the script in a handle", False, f"@rule\n{_REWRITTEN}", OTHER),
    Trial("an index of php_fastcgi that is the script", False, f"@rule\n{_BARE} {{\nindex xmlrpc.php\n}}", OTHER),
    Trial("a handle_errors with PHP", True, f"@rule\nhandle_errors {{\n{_BARE}\n}}\n{_BARE}"),
    Trial("a site without the rule", False, _BARE),
)
_GRANTED, _ANY = "Require all granted", "Satisfy any\nOrder allow,deny\nAllow from all"
_IF = f'<If "true">\n{_GRANTED}\n</If>'
APACHE = (
    Trial("a site's <Files> that grants", True, MOD_PHP, htaccess=f"{SINGLE}<Files xmlrpc.php>\n{_GRANTED}\n</Files>"),
    Trial("a site's Satisfy any", True, MOD_PHP, htaccess=f"{SINGLE}<Files xmlrpc.php>\n{_ANY}\n</Files>"),
    Trial("a virtual host's <Location> that grants", True, f'{MOD_PHP}<Location "/">\n{_GRANTED}\n</Location>'),
    Trial("a rewrite that ends all others", True, MOD_PHP, htaccess="RewriteEngine On\nRewriteRule xmlrpc - [END]\n"),
    Trial("a rewrite to the script", True, MOD_PHP, OTHER, "RewriteEngine On\nRewriteRule ^rpc$ xmlrpc.php [END]\n"),
    Trial("an Alias to the script", True, f'{MOD_PHP}Alias "{OTHER}" "@folder/xmlrpc.php"', OTHER),
    Trial("a DirectoryIndex that is the script", True, MOD_PHP, "/blog/", "DirectoryIndex xmlrpc.php\n"),
    Trial("a DirectoryIndex for PHP-FPM that is the script", True, PROXY_FCGI, "/blog/", "DirectoryIndex xmlrpc.php\n"),
    Trial("a FallbackResource that is the script", True, MOD_PHP, OTHER, f"FallbackResource {SCRIPT}\n"),
    Trial("an ErrorDocument that is the script", True, MOD_PHP, OTHER, f"ErrorDocument 404 {SCRIPT}\n"),
    Trial(
        "a ProxyPassMatch of another name",
        True,
        f'ProxyPassMatch "^{OTHER}$" "unix:@fpm|fcgi://localhost@folder/xmlrpc.php"',
        OTHER,
    ),
    Trial("a site's <If> that grants", True, MOD_PHP, htaccess=f"{SINGLE}{_IF}"),
    Trial("a virtual host's <If> that grants", True, f"{MOD_PHP}{_IF}"),
    Trial("an ErrorDocument for refusals that is the script", True, MOD_PHP, htaccess=f"ErrorDocument 403 {SCRIPT}\n"),
    Trial(
        "a SCRIPT_FILENAME that is set for PHP-FPM",
        False,
        f'{PROXY_FCGI}ProxyFCGISetEnvIf "true" SCRIPT_FILENAME "@folder/xmlrpc.php"',
        "/index.php",
    ),
)
# With more networks than an expression holds, the rule is a Require.
OPEN_WITH_A_LONG_LIST = {trial.name for trial in APACHE[-4:-1]}
APACHE_LONG = tuple(replace(trial, holds=trial.holds and trial.name not in OPEN_WITH_A_LONG_LIST) for trial in APACHE)
TRIALS = {
    "nginx": ("nginx", NGINX),
    "nginx 1.31": ("nginx 1.31", NGINX),
    "Apache": ("apache", APACHE),
    "Apache, a long list": ("apache", APACHE_LONG),
    "Caddy": ("caddy", CADDY),
    "Caddy 2.11": ("caddy 2.11", CADDY),
}
"""By what is asked: the set-ups' server, and its trials."""


def setups(asked: str) -> list[Setup]:
    """Give the trials as set-ups of their server, with the rule in each."""
    server, trials = TRIALS[asked]
    rule = rule_for(runs_php=True)
    if trials is APACHE_LONG:
        rule = replace(rule, allow=(*rule.allow, *(Line(f"100.64.{third}.0/24", "a test") for third in range(30))))
    block = ours({"nginx": "nginx", "apache": "Apache", "caddy": "Caddy"}[server.partition(" ")[0]], rule)
    return [_set_up(server, trial, block) for trial in trials]


def _set_up(server: str, trial: Trial, block: Block) -> Setup:
    directives = trial.directives.replace("@line", block.site).replace("@rule", block.site)
    return Setup(trial.name, server, "", directives, trial.htaccess, wide=block.wide)


def undone(trials: Iterable[Trial]) -> list[str]:
    """Name what undoes the rule."""
    return [trial.name for trial in trials if not trial.holds]
