"""The ways to serve WordPress that matter for which path reaches which file, as their documentation has them.

A set-up is what its server's configuration says of it: the directives of one virtual host, in which ``@folder`` is
the document root, ``@fpm`` PHP-FPM's socket and ``@modules`` Apache's. Everything else is in ``conf/``.
"""

from dataclasses import dataclass, replace

MOD_PHP = """
<FilesMatch ".+\\.ph(?:ar|p|tml)$">
    SetHandler application/x-httpd-php
</FilesMatch>
"""
PROXY_FCGI = """
<FilesMatch ".+\\.ph(?:ar|p|tml)$">
    SetHandler "proxy:unix:@fpm|fcgi://localhost"
</FilesMatch>
"""

# WordPress' .htaccess: for one site, and for networks by sub-directory and by sub-domain.
SINGLE = """
RewriteEngine On
RewriteRule .* - [E=HTTP_AUTHORIZATION:%{HTTP:Authorization}]
RewriteBase /
RewriteRule ^index\\.php$ - [L]
RewriteCond %{REQUEST_FILENAME} !-f
RewriteCond %{REQUEST_FILENAME} !-d
RewriteRule . /index.php [L]
"""
NETWORK = """
RewriteEngine On
RewriteRule .* - [E=HTTP_AUTHORIZATION:%{HTTP:Authorization}]
RewriteBase /
RewriteRule ^index\\.php$ - [L]
RewriteRule ^([_0-9a-zA-Z-]+/)?wp-admin$ $1wp-admin/ [R=301,L]
RewriteCond %{REQUEST_FILENAME} -f [OR]
RewriteCond %{REQUEST_FILENAME} -d
RewriteRule ^ - [L]
RewriteRule ^([_0-9a-zA-Z-]+/)?(wp-(content|admin|includes).*) $2 [L]
RewriteRule ^([_0-9a-zA-Z-]+/)?(.*\\.php)$ $2 [L]
RewriteRule . index.php [L]
"""
NETWORK_3_0 = """
RewriteEngine On
RewriteBase /
RewriteRule ^index\\.php$ - [L]
RewriteRule ^([_0-9a-zA-Z-]+/)?files/(.+) wp-includes/ms-files.php?file=$2 [L]
RewriteRule ^([_0-9a-zA-Z-]+/)?wp-admin$ $1wp-admin/ [R=301,L]
RewriteCond %{REQUEST_FILENAME} -f [OR]
RewriteCond %{REQUEST_FILENAME} -d
RewriteRule ^ - [L]
RewriteRule ^[_0-9a-zA-Z-]+/(wp-(content|admin|includes).*) $1 [L]
RewriteRule ^[_0-9a-zA-Z-]+/(.*\\.php)$ $1 [L]
RewriteRule . index.php [L]
"""
SUB_DOMAINS = """
RewriteEngine On
RewriteBase /
RewriteRule ^index\\.php$ - [L]
RewriteRule ^wp-admin$ wp-admin/ [R=301,L]
RewriteCond %{REQUEST_FILENAME} -f [OR]
RewriteCond %{REQUEST_FILENAME} -d
RewriteRule ^ - [L]
RewriteRule ^(wp-(content|admin|includes).*) $1 [L]
RewriteRule ^(.*\\.php)$ $1 [L]
RewriteRule . index.php [L]
"""
OWN_FOLDER = NETWORK.replace("$2", "wp/$2")

# nginx: what the recipes share, and the locations that differ.
FRONT = """
location / { try_files $uri $uri/ /index.php?$args; }
"""
PASS = """
    include fastcgi_params;
    fastcgi_param SCRIPT_FILENAME $document_root$fastcgi_script_name;
    fastcgi_pass unix:@fpm;
"""
WORDPRESS_ORG = f"""{FRONT}
location ~ \\.php$ {{
    fastcgi_intercept_errors on;
    {PASS}
}}
"""
OFFICIAL_PHP = f"""{FRONT}
location ~ [^/]\\.php(/|$) {{
    fastcgi_split_path_info ^(.+?\\.php)(/.*)$;
    if (!-f $document_root$fastcgi_script_name) {{ return 404; }}
    fastcgi_param HTTP_PROXY "";
    fastcgi_param PATH_INFO $fastcgi_path_info;
    {PASS}
}}
"""
DEBIAN = f"""{FRONT}
location ~ \\.php$ {{
    include snippets/fastcgi-php.conf;
    fastcgi_pass unix:@fpm;
}}
"""
OFFICIAL_NETWORK = f"""
if (!-e $request_filename) {{
    rewrite /wp-admin$ $scheme://$host$uri/ permanent;
    rewrite ^(/[^/]+)?(/wp-.*) $2 last;
    rewrite ^(/[^/]+)?(/.*\\.php) $2 last;
}}
{FRONT}
location ~ \\.php$ {{
    try_files $uri =404;
    {PASS}
}}
"""
SLOPPY = f"""
merge_slashes off;
{FRONT}
location ~ \\.php {{
    fastcgi_split_path_info ^(.+\\.php)(.*)$;
    fastcgi_param PATH_INFO $fastcgi_path_info;
    {PASS}
}}
"""

LIGHTTPD = """
    fastcgi.server = (".php" => (("socket" => "@fpm")))
"""
LIGHTTPD_BROKEN = """
    fastcgi.server = (".php" => (("socket" => "@fpm", "broken-scriptfilename" => "enable")))
    url.rewrite-if-not-file = ("^/([^?]*)(\\?.*)?$" => "/index.php$2")
"""

CADDY = """
    php_fastcgi unix/@fpm
    file_server
"""

# For php -S: send a request to the file that its path names, or to WordPress.
ROUTER = """<?php
$path = rawurldecode(explode('?', $_SERVER['REQUEST_URI'], 2)[0]);
$file = $_SERVER['DOCUMENT_ROOT'] . $path;
if (strpos($path, "\\0") === false && is_file($file)) {
    require $file;
} else {
    require $_SERVER['DOCUMENT_ROOT'] . '/index.php';
}
"""


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


NEEDS = {
    "apache": ("apache2", "libapache2-mod-php", "php-fpm"),
    "nginx": ("nginx", "nginx-common", "php-fpm"),
    "php": ("php-cli",),
    "caddy": ("caddy", "php-fpm"),
    "lighttpd": ("lighttpd", "php-fpm"),
}

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
)

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
    if setup.server == "apache":
        return replace(named, htaccess=setup.htaccess + {POST: POST_APACHE, REQUIRE: REQUIRE_IP}[remedy])
    if setup.server == "nginx" and remedy == POST:
        return replace(named, directives=setup.directives + POST_NGINX)
    return None


def with_and_without_remedies() -> list[Setup]:
    """Give all set-ups, without and with each remedy."""
    remedied = (with_remedy(setup, remedy) for remedy in REMEDIES for setup in SETUPS)
    return [*SETUPS, *filter(None, remedied)]
