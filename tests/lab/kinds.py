"""For each class of spellings: one that works, and why it does."""

from typing import NamedTuple

from tests.lab.corpus import COMBINED, EXTENSIONLESS, MUTATED, NAMED, NESTED, PLAIN


class Kind(NamedTuple):
    """What the page says of a class."""

    example: str
    """A target that works, or the first that was tried where none does."""
    why: str


KINDS = {
    PLAIN: Kind("/xmlrpc.php", "It names the file."),
    "in a directory": Kind(
        "/any-site/xmlrpc.php",
        "A WordPress in a directory has a copy of its own. The network recipes of Apache and nginx take any first "
        "segment for a site's name and cut it off; WordPress' rules of 3.0 do so even with `/wp-admin/`.",
    ),
    "more slashes": Kind(
        "//xmlrpc.php",
        "Apache and nginx merge slashes; where that is switched off (`MergeSlashes`, `merge_slashes`), and elsewhere, "
        "the file system does.",
    ),
    "dot segments": Kind(
        "/a/../xmlrpc.php",
        "They are removed, as RFC 3986 section 5.2.4 says. Above the root, Apache and nginx refuse `..`; php -S, Caddy "
        "and lighttpd drop it. A script that routes for php -S leaves it to the file system, so `a` must exist there. "
        "nginx' network recipe takes `...` for a site's name.",
    ),
    "escaped dot segments": Kind(
        "/%2e/xmlrpc.php", "`%2e` is a dot (RFC 3986 section 2.3), so all decode before they remove dot segments."
    ),
    "escaped slashes": Kind(
        "/blog%2fxmlrpc.php",
        "nginx, php -S, Caddy and lighttpd decode `%2f` to a slash like any other. Apache answers 404, unless "
        "`AllowEncodedSlashes On` makes it do the same.",
    ),
    "path parameters": Kind(
        "/;x=1/../xmlrpc.php",
        "None of these servers knows parameters: `;x=1` is a segment, and `..` takes it back. nginx' network recipe "
        "takes it for a site's name.",
    ),
    "odd segments taken back": Kind(
        "/%23/../xmlrpc.php",
        "A segment that `..` takes back never reaches a file system, so it may hold an escaped `#` or `?`; a line "
        "end too, but on lighttpd; and on Apache, Caddy and php -S even a NUL.",
    ),
    "a backslash for a slash": Kind(
        "/\\xmlrpc.php",
        "Caddy 2.6 drops it: its file matcher reads it as the escape of the letter behind it. nginx' network recipe "
        "takes `/a\\..` for a site's name. None of these takes it for a slash; servers on Windows are said to.",
    ),
    "something before the name": Kind(
        "/c:/xmlrpc.php",
        "nginx' network recipe takes it for a site's name, if a slash follows. Dots, blanks and control characters "
        "that touch the name reached no file, a raw tab excepted (below); the guard ignores them all the same, as "
        "Windows is said to.",
    ),
    "absolute form": Kind(
        "http://localhost/xmlrpc.php",
        "Servers must take it (RFC 9112 section 3.2.2), and each cuts scheme and host off in its own way: Apache and "
        "Caddy take `http:/`; nginx, Caddy and php -S `ftp://`; Caddy a user's name. Network recipes take the host of "
        "`//localhost/` for a site's name.",
    ),
    "no slash at the beginning": Kind(
        "x:/?/xmlrpc.php",
        "php -S runs `x:/?/xmlrpc.php`: behind a scheme it skips two signs, whatever they are, so the query is the "
        "path. nginx and php -S skip a second space before the path, php -S a host and port. uWSGI resolves `./` and "
        "`../`; waitress, uWSGI, werkzeug and wsgiref decode `%2f` to the missing slash.",
    ),
    "escaped letters": Kind("/%78mlrpc.php", "An escaped letter is that letter (RFC 3986 section 2.3), to all."),
    NESTED: Kind(
        "/site1/site1/%252578mlrpc.php",
        "Apache decodes once more at every internal redirect, and its network rules redirect once for each site's "
        "name that they cut off. A forwarder that sends the decoded path has it decoded once more by any server, and "
        "so can one that quotes it: Python decodes `%%378` to `%78`.",
    ),
    "capitals": Kind(
        "/XmlRpc.php",
        "Where the file system ignores case. `.PHP` runs where PHP is tied to it by `AddType`, and under php -S; with "
        "`location ~ \\.php$`, whose case counts, the source is sent instead.",
    ),
    "a backslash in the name": Kind("/xml\\rpc.php", "Caddy 2.6 drops it, as above."),
    "a tab or line end in the name": Kind(
        "/xml\trpc.php",
        "On no PHP server. But waitress and cheroot delete a raw tab from PATH_INFO, cheroot a carriage return too: "
        "whoever forwards that path forwards the name. The raw target still has the tab, so neither view is enough.",
    ),
    EXTENSIONLESS: Kind(
        "/xmlrpc", "Apache's MultiViews looks for files whose name begins so, and finds `xmlrpc.php`. See above."
    ),
    "bytes that are not UTF-8": Kind(
        "/xml%ffrpc.php",
        "On no PHP server. But Bottle leaves such bytes out of PATH_INFO, so an application in it that forwards its "
        'path forwards the name; others that decode with `errors="ignore"` are likely to.',
    ),
    "other encodings": Kind(
        "/%u0078mlrpc.php",
        "On none of these: `%u0078`, overlong UTF-8, full-width letters, entities, soft hyphens and zero-width spaces "
        "in the name make another name. IIS, which is said to take `%u0078`, was not tried.",
    ),
    "a part of the name": Kind(
        "/XMLRPC~1.PHP",
        "Nowhere here. Short names and wildcards are said to work for PHP on Windows, which was not tried.",
    ),
    "path information": Kind(
        "/xmlrpc.php/foo",
        "Apache, Caddy, lighttpd, php -S and the nginx recipes that split the path give a script what follows its "
        "name. Where a recipe only looks for `.php` at the end, PHP itself finds the script in `/xmlrpc.php/foo.php` "
        "(`cgi.fix_pathinfo`).",
    ),
    "escaped path information": Kind(
        "/xmlrpc.php%2ffoo", "The same, where `%2f` is decoded to a slash before the path is split."
    ),
    "the name again": Kind(
        "/xmlrpc.php/../xmlrpc.php", "Removed as a dot segment, or path information, or a query; one of the two runs."
    ),
    "more letters behind the name": Kind(
        "/xmlrpc.php.bak",
        "nginx' network recipe rewrites to `.php` without an anchor and so cuts off the rest; the sloppy recipe splits "
        "there. Everything else takes it for another file, but for bytes that Bottle drops.",
    ),
    "blanks behind the name": Kind(
        "/xmlrpc.php%20",
        "The same two recipes: an escaped space, tab or line end, a no-break space, a zero-width space, but no NUL. A "
        "raw space ends the target for nginx and php -S; a raw tab is gone behind some Python servers.",
    ),
    "parameters behind the name": Kind(
        "/xmlrpc.php;x", "The same two recipes; none of these servers takes a parameter off, or knows NTFS streams."
    ),
    "a query": Kind(
        "/xmlrpc.php?/index.php",
        "The path ends at the first question mark, whatever the query looks like. An escaped one belongs to the path, "
        "and is more letters behind the name.",
    ),
    "a fragment": Kind(
        "/xmlrpc.php#x",
        "No client should send one; nginx, php -S without a router and lighttpd cut it off, and so do most Python "
        "servers. Apache refuses it. Escaped, it works where more letters behind the name do; and "
        "`%23.php` was seen to work for WordPress in its own folder.",
    ),
    "other methods": Kind(
        "/xmlrpc.php",
        "A script runs for every method that its server lets through, HEAD and made-up ones included.",
    ),
    "other versions": Kind(
        "/xmlrpc.php", "Servers are lax about the version; without one, most answer as HTTP/0.9 did."
    ),
    NAMED: Kind(
        "/",
        "Nowhere: no server looks at `X-Original-URL`, `X-Rewrite-URL` and their like by itself, so they make no "
        "harmless path reach the script.",
    ),
    "a header that moves the name": Kind(
        "/xmlrpc.php",
        "gunicorn splits the path at a header `SCRIPT_NAME` from 127.0.0.1, so that PATH_INFO is `rpc.php` and the "
        "script runs all the same. Elsewhere the header does nothing, and the path by itself works.",
    ),
    COMBINED: Kind("//%78mlrpc.php/foo", "What works by itself mostly works together."),
    MUTATED: Kind(
        "/xmlrpc.php%27",
        "Each byte, raw and escaped, before, behind and in place of each separator, and once in the name. Why it "
        "works is said above.",
    ),
}
