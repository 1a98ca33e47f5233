"""For each class of spellings: an example, and in words why the class works."""

from typing import NamedTuple

from tests.lab.corpus import COMBINED, MUTATED, NAMED, PLAIN, UNEVEN
from tests.lab.parts import EXTENSIONLESS, NESTED


class Kind(NamedTuple):
    """What the page says of a class."""

    example: str
    """A target that works, or the first that was tried where none does."""
    why: str


KINDS = {
    PLAIN: Kind("/xmlrpc.php", "It names the file."),
    "in a directory": Kind(
        "/any-site/xmlrpc.php",
        "A WordPress in a directory has a copy of its own. The network recipes of Apache and nginx take a first "
        "segment for a site's name and cut it off.",
    ),
    "more slashes": Kind(
        "//xmlrpc.php",
        "Apache and nginx merge slashes; where that is switched off (`MergeSlashes`, `merge_slashes`), and "
        "elsewhere, the file system does. Playground 3.1 takes what follows two slashes at the beginning for a "
        "host.",
    ),
    "dot segments": Kind(
        "/a/../xmlrpc.php",
        "They are removed, as RFC 3986 section 5.2.4 says. Above the root, Apache and nginx refuse two dots, and "
        "the others drop them. A script that routes for php -S leaves them to the file system, so the directory "
        "before them must exist there.",
    ),
    "escaped dot segments": Kind(
        "/%2e/xmlrpc.php", "`%2e` is a dot (RFC 3986 section 2.3), so all decode before they remove dot segments."
    ),
    "escaped slashes": Kind(
        "/blog%2fxmlrpc.php",
        "Most decode an escaped slash to a slash like any other. Apache answers 404, unless `AllowEncodedSlashes "
        "On` makes it do the same; to yaws 2.1 it is a part of a name.",
    ),
    "path parameters": Kind(
        "/;x=1/../xmlrpc.php",
        "None of these servers knows parameters: what follows a semicolon is part of the segment, and a dot segment "
        "takes the whole back.",
    ),
    "odd segments taken back": Kind(
        "/%23/../xmlrpc.php",
        "A segment that a dot segment takes back never reaches a file system, so it may hold what no path of a file "
        "may: most escaped signs, and on some servers a line end or a NUL.",
    ),
    "a backslash for a slash": Kind(
        "/\\xmlrpc.php",
        "yaws 2.1 and Playground 3.1 take it for a slash, raw or escaped, as servers on Windows are reported to. "
        "Caddy 2.6 drops it, since its file matcher reads it as the escape of the letter after it; Caddy 2.11 "
        "does not.",
    ),
    "something before the name": Kind(
        "/c:/xmlrpc.php",
        "A network recipe takes it for a site's name, if a slash follows. Escaped tabs and line ends that touch "
        "the name are dropped by Playground 3.1, raw ones and blanks on the way (below). Dots and other control "
        "characters there reached no file; the guard ignores them, as Windows is reported to.",
    ),
    "absolute form": Kind(
        "http://localhost/xmlrpc.php",
        "Servers must accept it (RFC 9112 section 3.2.2), but h2o 2.2 and uWSGI's own HTTP find no file. Each "
        "cuts scheme and host off in its own way; some accept other schemes, a missing slash or a user's name. "
        "Network recipes may take a host for a site's name.",
    ),
    "no slash at the beginning": Kind(
        "x:/?/xmlrpc.php",
        "php -S and nginx skip some signs before the path, or take the query for the path. uWSGI resolves dot "
        "segments; waitress, uWSGI, werkzeug and wsgiref decode an escaped slash to the missing one.",
    ),
    "escaped letters": Kind("/%78mlrpc.php", "An escaped letter is that letter (RFC 3986 section 2.3), to all."),
    NESTED: Kind(
        "/site1/site1/%252578mlrpc.php",
        "Apache decodes once more at every internal redirect, and network rules may redirect several times; "
        "Playground 3.1 decodes twice. A forwarder that sends the decoded path has it decoded once more by any "
        "server, and so can one that quotes it, as Python decodes an escape that another escape has made.",
    ),
    UNEVEN: Kind(
        "/site1/%25%378mlrpc.php",
        "The digits of an escape may be escaped too, in each layer others: one decoding still takes away one layer.",
    ),
    "capitals": Kind(
        "/XmlRpc.php",
        "Where the file system ignores case. An extension in capitals runs where PHP is tied to it by `AddType`, and"
        " under php -S; nginx' recipes heed the case, and send the source instead.",
    ),
    "a backslash in the name": Kind(
        "/xml\\rpc.php",
        "Caddy 2.6 drops it, as it drops one for a slash; Caddy 2.11 does not.",
    ),
    "a tab or line end in the name": Kind(
        "/xml\trpc.php",
        "Playground 3.1 drops escaped ones. On the way, waitress and cheroot delete a raw tab from PATH_INFO, "
        "cheroot a carriage return too, and Squid 5.7 raw tabs and blanks: a forwarder of that path forwards the "
        "name. The raw target still has the tab, so neither view is enough.",
    ),
    EXTENSIONLESS: Kind("/xmlrpc", "Apache's MultiViews looks for files whose name begins so (above)."),
    "bytes that are not UTF-8": Kind(
        "/xml%ffrpc.php",
        "On no PHP server. But Bottle leaves such bytes out of PATH_INFO, so an application in it that forwards its "
        "path forwards the name; others that ignore decoding errors are likely to.",
    ),
    "other encodings": Kind(
        "/%u0078mlrpc.php",
        "On none of these: escapes of other standards, overlong UTF-8, full-width letters, entities, soft hyphens "
        "and zero-width spaces in the name make another name. IIS, which is reported to know some of them, was not "
        "tried.",
    ),
    "a part of the name": Kind(
        "/XMLRPC~1.PHP",
        "Nowhere here. Short names and wildcards are reported to work for PHP on Windows, which was not tried.",
    ),
    "path information": Kind(
        "/xmlrpc.php/foo",
        "Most servers, and the nginx recipes that split the path, give a script what follows its name; yaws 2.1 "
        "and Playground 3.1 do not if it ends in a slash. Where a recipe only looks for `.php` at the end, PHP "
        "itself looks for the script in the path by default.",
    ),
    "escaped path information": Kind("/xmlrpc.php%2ffoo", "An escaped slash is decoded before the path is split."),
    "the name again": Kind(
        "/xmlrpc.php/../xmlrpc.php", "Removed as a dot segment, or path information, or a query; one of the two runs."
    ),
    "more letters behind the name": Kind(
        "/xmlrpc.php.bak",
        "nginx' network recipe rewrites up to `.php` and drops the rest; the sloppy recipe splits there. Everything "
        "else takes it for another file, but for bytes that Bottle drops.",
    ),
    "blanks behind the name": Kind(
        "/xmlrpc.php%20",
        "The network recipe and the sloppy recipe of nginx drop blanks as they drop letters, Playground 3.1 most of "
        "them. To h2o 2.2 and uWSGI's PHP plugin an escaped NUL ends the name. A raw space ends the target for many; a "
        "raw tab is gone after some Python servers, both are after Squid 5.7.",
    ),
    "parameters behind the name": Kind(
        "/xmlrpc.php;x",
        "The network recipe and the sloppy recipe of nginx drop them as they drop letters; none of these servers "
        "takes a parameter off, or knows NTFS streams.",
    ),
    "a query": Kind(
        "/xmlrpc.php?/index.php",
        "The path ends at the first question mark, for every form of a query. An escaped one belongs to the path, "
        "and is more letters after the name.",
    ),
    "a fragment": Kind(
        "/xmlrpc.php#x",
        "No client should send one; nginx, php -S without a router, lighttpd, uWSGI and Playground cut it off, "
        "and so do most Python servers. Apache refuses it. Escaped, it works where more letters after the name "
        "do.",
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
        "gunicorn takes the beginning of the path from a header of 127.0.0.1, so that PATH_INFO is only a part of "
        "the name and the script runs nevertheless. Elsewhere the header does nothing, and the path by itself works.",
    ),
    COMBINED: Kind("//%78mlrpc.php/foo", "What works by itself mostly works together."),
    MUTATED: Kind(
        "/xmlrpc.php%27",
        "Each byte, raw and escaped, before, after and in place of each separator, and once in the name; each works "
        "as the class above that it belongs to.",
    ),
}
