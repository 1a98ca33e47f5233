"""The table of the settings, from which every way to write them is made: flags, keys, variables, help, docs."""

from collections.abc import Mapping

from xmlrpc_guard.records import LOG_MODES
from xmlrpc_guard.settings.serving import SERVING
from xmlrpc_guard.settings.setting import Kind, Setting, Table

SETTINGS: Mapping[str, Setting] = {
    row.name: row
    for row in (
        Setting(
            "allow",
            Kind.ADDRESSES,
            "Clients to let in: ranges, addresses, published lists such as 'jetpack', file:PATH. An empty list means "
            "no one.",
            "jetpack, 203.0.113.7",
            "required",
            admits=True,
            words=("allowed", "allow_list", "allowlist", "allow_from", "whitelist", "white_list", "permit", "accept"),
        ),
        Setting(
            "deny",
            Kind.ADDRESSES,
            "Clients to refuse, even if allow has them.",
            "192.0.64.5",
            "no one",
            words=(
                "denied",
                "deny_list",
                "denylist",
                "deny_from",
                "blacklist",
                "black_list",
                "blocklist",
                "block",
                "refuse",
                "reject",
            ),
        ),
        Setting(
            "trusted_proxies",
            Kind.ADDRESSES,
            "Peers whose forwarded header is read: ranges, addresses, published lists such as 'cloudflare', file:PATH; "
            "'unix' for a unix socket, 'unix:SERVER' under a server that does not prove it.",
            "10.0.0.0/8, unix",
            "no one",
            words=("trusted", "trusted_proxy", "trusted_ips", "trusted_peers", "trusted_hosts", "forwarded_allow_ips"),
        ),
        Setting(
            "forwarded_header",
            Kind.NAME,
            "The header in which these proxies name the client: X-Forwarded-For, Forwarded, or a header of one "
            "address, such as X-Real-IP.",
            "X-Real-IP",
            "X-Forwarded-For",
            words=("forwarded_headers", "header", "client_header", "real_ip_header", "forwarded_for"),
        ),
        Setting(
            "scripts",
            Kind.NAMES,
            "File names to guard in any directory; xmlrpc.php if none is given.",
            "xmlrpc.php, xmlrpc",
            "xmlrpc.php",
            words=("names", "files", "paths", "guarded"),
        ),
        Setting(
            "public_methods",
            Kind.NAMES,
            "XML-RPC methods that clients outside allow may call: names, patterns, '!' before what is taken away, "
            "'editors', 'translation', 'apps-before-2026', 'pingback', 'no-pingback'.",
            "editors, !wp.deletePost",
            "none",
            admits=True,
            words=("methods", "public_calls", "allowed_methods", "allow_methods", "xmlrpc_methods"),
        ),
        Setting(
            "max_multicall",
            Kind.NUMBER,
            "How many calls a public system.multicall may make.",
            "50",
            "50",
            bounds=(1, 60_000),
            words=("multicall", "max_calls"),
        ),
        Setting(
            "xmlrpc_endpoints",
            Kind.NAMES,
            "Which of the scripts answer XML-RPC calls; xmlrpc.php if none is given.",
            "xmlrpc.php",
            "xmlrpc.php",
            words=("endpoints", "xmlrpc_scripts", "xmlrpc_endpoint"),
        ),
        Setting(
            "public_rsd",
            Kind.SWITCH,
            "Let clients outside allow ask for the endpoint's discovery document, by GET with the query rsd.",
            "true",
            "true with editors, else false",
            words=("rsd", "discovery", "public_discovery"),
        ),
        Setting(
            "max_body",
            Kind.NUMBER,
            "How many bytes of a call by a client outside allow are read; a larger one is refused.",
            "1048576",
            "1 MiB, or what the presets need",
            bounds=(1, 1 << 30),
            words=("max_body_size", "body_limit", "max_length"),
        ),
        Setting(
            "every",
            Kind.SECONDS,
            "How often to look whether a list file has changed.",
            "60",
            "5",
            table=Table.GUARD,
            words=("interval", "poll_interval", "refresh", "reload_every"),
        ),
        Setting(
            "report_only",
            Kind.SWITCH,
            "Refuse no one; log what would have been refused.",
            "true",
            "false",
            table=Table.GUARD,
            words=("reporting_only", "only_report", "dry_run"),
        ),
        Setting(
            "max_drain",
            Kind.NUMBER,
            "How many bytes of a refused request's body are read away, so that its connection can serve others; 0 is "
            "none.",
            "65536",
            "1048576",
            table=Table.GUARD,
        ),
        Setting(
            "denied_call",
            Kind.NAME,
            "How a refused call is answered: 'denied' as other requests, or 'fault' by an XML-RPC fault.",
            "fault",
            "denied",
            table=Table.GUARD,
            choices=("denied", "fault"),
            words=("denied_calls", "refused_call", "fault"),
        ),
        Setting(
            "max_body_readers",
            Kind.NUMBER,
            "How many calls are read at a time; one more is answered 503.",
            "4",
            "4",
            table=Table.GUARD,
            bounds=(1, 1000),
            words=("body_readers", "max_readers"),
        ),
        Setting(
            "log",
            Kind.NAME,
            "Which refusals are logged: all; sampled, a client's first in a minute and a count of the others; off. In "
            "code and in an ini file the default is all.",
            "all",
            "sampled",
            table=Table.GUARD,
            choices=LOG_MODES,
            words=("logging", "log_mode", "log_refusals"),
        ),
    )
}
"""Every setting of a policy or a guard, in the order in which they are shown: what the class Settings takes."""

CONFIG = Setting(
    "config",
    Kind.NAME,
    "The TOML file that holds the settings; flags and XMLRPC_GUARD_... variables replace what it says.",
    "/etc/xmlrpc-guard/guard.toml",
    "none",
    metavar="FILE",
)
"""The file that the other settings are read from. It stands in no table, and so in none of these mappings."""

ALL_SETTINGS: Mapping[str, Setting] = {**SETTINGS, **SERVING}
"""Every row of both."""
