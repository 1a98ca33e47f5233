"""The sites that ``xmlrpc-guard probe`` is shown on: a real WordPress, and what stands between it and a stranger."""

import contextlib
import shutil
from collections.abc import Iterator, Mapping
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path

import trustme

from tests.frontends import Listener, reserved_ports, serving
from tests.lab.blocks import ours, rule_for
from tests.lab.directives import FRONT, MOD_PHP, PASS, WORDPRESS_ORG
from tests.lab.php import configured, fpm
from tests.lab.setups import POST_APACHE, POST_NGINX
from tests.lab.wordpress import WordPress
from tests.real.chains import by_waitress
from tests.real.configuration import USER, Conf
from tests.real.processes import account, give
from tests.real.programs import path

RATE = 15
"""The requests a second that the site with a limit answers, with as many at once."""
RENAMED = "api.php"

GET_REFUSED = f"location = /xmlrpc.php {{ limit_except POST {{ deny all; }} {PASS} }}\n"
ANOTHER_NAME = f"""
location = /xmlrpc.php {{ return 404; }}
{WORDPRESS_ORG.replace("fastcgi_intercept_errors on;", f"fastcgi_param XMLRPC_NAME {RENAMED};")}
"""
SOFT = f"""
error_page 404 =200 /nothing.html;
{FRONT.replace("/index.php?$args", "=404")}
location ~ \\.php$ {{ try_files $uri =404; fastcgi_intercept_errors on; {PASS} }}
"""


@dataclass(frozen=True)
class Probed:
    """A site: what its nginx says of it."""

    directives: str
    wide: str = ""
    tls: bool = False


KEEPS_PORT = "fastcgi_param HTTP_HOST $http_host;"
_RENDERED = ours("nginx", rule_for(runs_php=True))
# The post's block, in which this machine is listed: its location keeps the path from PHP, and sends the file.
LISTED_BLOCK = POST_NGINX.replace("192.0.64.0/18", "127.0.0.0/8")
LEAKING = "the 2015 post's block, for who is listed"
OPEN, BLOCKED, GUARDED, RENDERED = "no rule", "the 2015 post's block", "this guard", "a rendered rule"
GET_ALONE, OTHER_NAME, SECURE = "a rule for GET alone", "an endpoint of another name", "TLS"
PORTED, SOFT_404, LIMITED, APACHE = (
    "a Host with its port",
    "a soft 404",
    "a rate limit",
    "the 2015 post's block, Apache",
)
SITES: Mapping[str, Probed] = {
    OPEN: Probed(WORDPRESS_ORG),
    BLOCKED: Probed(POST_NGINX + WORDPRESS_ORG),
    LEAKING: Probed(LISTED_BLOCK + WORDPRESS_ORG),
    RENDERED: Probed(_RENDERED.site + WORDPRESS_ORG, _RENDERED.wide),
    GET_ALONE: Probed(GET_REFUSED + WORDPRESS_ORG),
    OTHER_NAME: Probed(ANOTHER_NAME),
    SECURE: Probed(POST_NGINX + WORDPRESS_ORG, tls=True),
    SOFT_404: Probed(SOFT),
    PORTED: Probed(WORDPRESS_ORG.replace("fastcgi_pass", f"{KEEPS_PORT}\n    fastcgi_pass")),
    LIMITED: Probed(f"limit_req zone=few burst={RATE} nodelay; limit_req_status 429;\n{POST_NGINX}{WORDPRESS_ORG}"),
}

_SITE = """
server {
    listen 127.0.0.1:@port@secure;
    server_name localhost;
    root @folder;
    @directives
}
"""
_APACHE_SITE = f"""
Listen 127.0.0.1:@port
<VirtualHost 127.0.0.1:@port>
    DocumentRoot "@folder"
    {MOD_PHP}
    <Directory "@folder">
        Require all granted
        AllowOverride All
        {POST_APACHE}
    </Directory>
</VirtualHost>
"""


@contextlib.contextmanager
def sites(wordpress: WordPress, authority: trustme.CA) -> Iterator[Mapping[str, Listener]]:
    """Run all of them until the block ends."""
    root = wordpress.root / "probed"
    root.mkdir()
    give(root, account(USER))
    shutil.copyfile(wordpress.root / "php.ini", root / "php.ini")
    renamed = wordpress.folder / RENAMED
    shutil.copyfile(wordpress.folder / "xmlrpc.php", renamed)
    nothing = wordpress.folder / "nothing.html"
    nothing.write_text("<title>Nothing here</title>", "utf-8")
    with ExitStack() as running:
        for file in (renamed, nothing):
            running.callback(file.unlink)
        ports = running.enter_context(reserved_ports(len(SITES) + 1))
        at = {name: Listener(port=port) for name, port in zip((*SITES, APACHE), ports, strict=True)}
        running.enter_context(fpm(root))
        running.enter_context(_nginx(root, wordpress, authority, at))
        running.enter_context(_apache(root, wordpress, at[APACHE]))
        guarded = running.enter_context(by_waitress(at[OPEN]))
        yield {**at, GUARDED: guarded}


def _nginx(
    root: Path, wordpress: WordPress, authority: trustme.CA, at: Mapping[str, Listener]
) -> contextlib.AbstractContextManager[Listener]:
    certificate = root / "site.pem"
    authority.issue_cert("localhost").private_key_and_cert_chain_pem.write_to_path(str(certificate))
    secure = f" ssl; ssl_certificate {certificate}; ssl_certificate_key {certificate}"
    written = (
        Conf(_SITE.replace("@directives", site.directives)).substitute(
            port=at[name].port, secure=secure if site.tls else "", folder=wordpress.folder, fpm=f"{root}/fpm.socket"
        )
        for name, site in SITES.items()
    )
    (root / "fastcgi_params").symlink_to(f"{path('nginx-common')}/fastcgi_params")
    wide = "\n".join(site.wide for site in SITES.values())
    conf = configured(root, "probed.nginx.conf", sites="\n".join(written), wide=wide, rate=f"{RATE}r/s")
    command = (path("nginx"), "-p", str(root), "-e", f"{root}/nginx.log", "-c", conf)
    return serving(command, at[OPEN], root / "nginx.out")


def _apache(root: Path, wordpress: WordPress, at: Listener) -> contextlib.AbstractContextManager[Listener]:
    mod_php = Path(path("libapache2-mod-php"))
    site = Conf(_APACHE_SITE).substitute(port=at.port, folder=wordpress.folder)
    conf = configured(root, "setups.apache.conf", hosts=site, modules=mod_php.parent, mod_php=mod_php)
    return serving((path("apache2"), "-f", conf, "-D", "NO_DETACH"), at, root / "apache.out")
