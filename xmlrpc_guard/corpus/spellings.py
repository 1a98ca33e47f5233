"""Request targets to try: those that reach xmlrpc.php on some stock or documented set-up, and those that must pass."""

from typing import NamedTuple


class Spelling(NamedTuple):
    """A request target as in the request line, what servers do that lets it reach the script, and its headers."""

    target: str
    exercises: str
    headers: tuple[tuple[str, str], ...] = ()


SPELLINGS: tuple[Spelling, ...] = (
    Spelling("/xmlrpc.php", "the plain path"),
    Spelling("/blog/xmlrpc.php", "WordPress in a directory"),
    Spelling("/any-site/xmlrpc.php", "a multisite network maps any first segment to the one script"),
    Spelling("//xmlrpc.php", "slashes are merged"),
    Spelling("/./xmlrpc.php", "a dot segment is removed"),
    Spelling("/a/../xmlrpc.php", "a dot-dot segment is resolved"),
    Spelling("/;/xmlrpc.php", "a path parameter is an ordinary segment"),
    Spelling("/%2e/xmlrpc.php", "an encoded dot segment is decoded first"),
    Spelling("/%2e%2e/xmlrpc.php", "an encoded dot-dot segment above the root is dropped (php -S, Caddy, lighttpd)"),
    Spelling("/.%2e/xmlrpc.php", "a half-encoded dot-dot segment is decoded first"),
    Spelling("/a%2f..%2fxmlrpc.php", "encoded slashes are decoded and resolved"),
    Spelling("/blog%2fxmlrpc.php", "an encoded slash is decoded"),
    Spelling("/%78mlrpc.php", "an encoded letter is decoded"),
    Spelling("/%78%6d%6c%72%70%63%2e%70%68%70", "a wholly encoded name is decoded"),
    Spelling("/%2578mlrpc.php", "a proxy forwards the decoded path, and it is decoded again"),
    Spelling("/site1/%252578mlrpc.php", "every internal redirect of Apache decodes once more"),
    Spelling("/%%378mlrpc.php", "a broken escape becomes a whole one when Python decodes it, and is decoded again"),
    Spelling(
        f"/{'site1/' * 10}%{'25' * 10}78mlrpc.php",
        "ten redirects and eleven decodings, more than the guard does: still changing, so guarded",
    ),
    Spelling("/a%00/../xmlrpc.php", "a NUL is part of a segment that is resolved away"),
    Spelling("/%23/../xmlrpc.php", "an encoded number sign does not end the path"),
    Spelling("/foo%3f/../xmlrpc.php", "an encoded question mark does not end the path"),
    Spelling("/xmlrpc.php?/index.php", "the query begins at the first question mark"),
    Spelling("/xmlrpc.php/", "a trailing slash is path information"),
    Spelling("/xmlrpc.php/foo", "what follows the script is path information"),
    Spelling("/xmlrpc.php/foo.php", "the first script in the path runs, not the last"),
    Spelling("/xmlrpc.php/%0ax.php", "a dot in a pattern does not match a line feed"),
    Spelling("/xmlrpc.php%2f.php", "an encoded slash splits the path information"),
    Spelling("/xmlrpc.php/../xmlrpc.php", "path information is resolved away"),
    Spelling("/xmlrpc.php#x", "a fragment is cut"),
    Spelling("http://localhost/xmlrpc.php", "an absolute-form target is split"),
    Spelling("x:/?/xmlrpc.php", "a question mark behind a scheme is skipped (php -S)"),
    Spelling("/XmlRpc.php", "the file system ignores case"),
    Spelling("/%58mlrpc.php", "the file system ignores the case of an encoded letter"),
    Spelling("/xmlrpc.php-x", "a multisite rewrite is not anchored at its end"),
    Spelling("/xmlrpc.php.bak", "a multisite rewrite takes any further extension"),
    Spelling("/xmlrpc.php5", "a location takes any name that begins with .php"),
    Spelling("/xmlrpc.php%20", "a location takes a trailing space"),
    Spelling("/xmlrpc.php%e2%80%8b", "a location takes a trailing zero-width space"),
    Spelling("/\\xmlrpc.php", "a backslash is a slash"),
    Spelling("/%5cxmlrpc.php", "an encoded backslash is a slash"),
    Spelling("/xml\\rpc.php", "a backslash is dropped (Caddy 2.6)"),
    Spelling("/a\\../xmlrpc.php", "a backslash is part of a segment that is resolved away"),
    Spelling("/xml\trpc.php", "a tab is deleted from PATH_INFO, not from the raw target (waitress, cheroot)"),
    Spelling("/xml%ffrpc.php", "a byte that is not UTF-8 is deleted (an application in Bottle)"),
    Spelling(
        "/xmlrpc.php", "a header moves the split to SCRIPT_NAME=/xml, PATH_INFO=rpc.php", (("SCRIPT_NAME", "/xml"),)
    ),
)
"""One row for each class of spellings; a guard with the default ``scripts`` refuses all of them to a stranger."""

EXTENSIONLESS: tuple[Spelling, ...] = (
    Spelling("/xmlrpc", "Apache MultiViews adds the extension"),
    Spelling("/blog/xmlrpc", "Apache MultiViews adds the extension in any directory"),
    Spelling("/xmlrpc/foo", "Apache MultiViews adds the extension before path information"),
)
"""Rows for set-ups that add ``.php`` themselves; guarded with ``scripts=["xmlrpc.php", "xmlrpc"]``."""

ORDINARY: tuple[str, ...] = (
    "/",
    "/?s=/xmlrpc.php",
    "/2015/12/how-to-block-xmlrpc.php-attacks/",
    "/wp-includes/class-wp-xmlrpc-server.php",
    "/tag/xmlrpc/",
    "/xmlrpc-guide/",
    "/wp-login.php?redirect_to=%2Fxmlrpc.php",
    "/2015/12/%E3%83%96%E3%83%AD%E3%82%B0/",
    "/wp-content/themes/example/style.css?ver=6.1",
)
"""Targets that reach no guarded script and must pass."""
