"""The table of the settings, from which every way to write them is made: flags, keys, variables, help, docs."""

from collections.abc import Mapping
from enum import Enum
from typing import NamedTuple

from xmlrpc_guard.records import LOG_MODES

PREFIX = "XMLRPC_GUARD_"
"""How the variables of the environment begin."""


class Kind(Enum):
    """What a setting holds."""

    ADDRESSES = "addresses, ranges, published lists, files"
    NAMES = "names"
    SOCKETS = "sockets to listen at"
    NAME = "one name"
    SECONDS = "seconds"
    NUMBER = "a whole number"
    SWITCH = "true or false"

    @property
    def is_list(self) -> bool:
        """Whether it holds entries, of which there may be any number."""
        return self in (Kind.ADDRESSES, Kind.NAMES, Kind.SOCKETS)


class Table(Enum):
    """Which table of a TOML file a setting stands in."""

    POLICY = "policy"
    """What takes part in deciding a request."""
    GUARD = "guard"
    """What counts while a guard runs."""
    SERVE = "serve"
    """What ``xmlrpc-guard serve`` needs beside a guard."""


class Setting(NamedTuple):
    """One row of the table."""

    name: str
    kind: Kind
    help: str
    example: str
    """A value as it is written in an ini file."""
    default: str
    """The value of a setting that is not given, in words."""
    table: Table = Table.POLICY
    """Where it stands in a TOML file, and so who reads it."""
    choices: tuple[str, ...] = ()
    """The names that a setting of one name may hold; any if there are none here."""
    bounds: tuple[float, float] = (0, 1_000_000_000)
    """The smallest and the largest number."""
    admits: bool = False
    """Whether its entries let clients in, so that an empty list may take the place of another."""
    metavar: str = ""
    """What a flag's value is called in the help, if not by its kind."""
    has_flag: bool = True
    """Whether the commands have a flag of its name; the application is an argument of ``serve``."""
    words: tuple[str, ...] = ()
    """What other programs call the like; for such a word this setting is offered, and no other."""

    @property
    def of_policy(self) -> bool:
        """Whether it takes part in deciding a request."""
        return self.table is Table.POLICY

    @property
    def variable(self) -> str:
        """The variable of the environment, as ``XMLRPC_GUARD_TRUSTED_PROXIES``."""
        return f"{PREFIX}{self.name.upper()}"

    @property
    def flag(self) -> str:
        """The flag of the commands, as ``--trusted-proxies``."""
        return f"--{self.name.replace('_', '-')}"


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

SERVING: Mapping[str, Setting] = {
    row.name: row
    for row in (
        Setting(
            "application",
            Kind.NAME,
            "The WSGI application to serve, as MODULE:APP.",
            "mysite.wsgi:application",
            "none",
            table=Table.SERVE,
            has_flag=False,
            words=("app", "wsgi_app", "wsgi_application"),
        ),
        Setting(
            "upstream",
            Kind.NAME,
            "Forward requests to http://HOST:PORT or unix:PATH.",
            "http://127.0.0.1:8080",
            "none",
            table=Table.SERVE,
            metavar="URL",
            words=("backend", "proxy_pass", "origin"),
        ),
        Setting(
            "timeout",
            Kind.SECONDS,
            "How long the upstream may be silent.",
            "60",
            "60",
            table=Table.SERVE,
            bounds=(0.001, 86400),
            words=("time_out", "proxy_timeout", "read_timeout"),
        ),
        Setting(
            "listen",
            Kind.SOCKETS,
            "Where to listen: HOST:PORT, :PORT or [::]:PORT for all addresses, unix:PATH, fd:NUMBER, systemd. Repeat "
            "it or use commas; port 0 is any free port.",
            "127.0.0.1:8000",
            "127.0.0.1:8000",
            table=Table.SERVE,
            words=("bind", "port", "host", "address", "socket"),
        ),
        Setting(
            "threads",
            Kind.NUMBER,
            "How many requests are served at once.",
            "8",
            "8",
            table=Table.SERVE,
            bounds=(1, 1000),
            words=("workers", "concurrency"),
        ),
        Setting(
            "status",
            Kind.NAME,
            "Where to show counts to this machine, as JSON and for Prometheus: 127.0.0.1:PORT or unix:PATH.",
            "127.0.0.1:9100",
            "none",
            table=Table.SERVE,
            words=("metrics", "prometheus", "stats", "health"),
        ),
        Setting(
            "log_level",
            Kind.NAME,
            "The least serious records that are logged.",
            "warning",
            "info",
            table=Table.SERVE,
            choices=("debug", "info", "warning", "error"),
            words=("loglevel", "level", "verbosity"),
        ),
        Setting(
            "log_format",
            Kind.NAME,
            "The form of a log record on standard error.",
            "json",
            "text",
            table=Table.SERVE,
            choices=("text", "json"),
            words=("logformat", "log_style"),
        ),
        Setting(
            "access_log",
            Kind.NAME,
            "A file for a line on each request, in the combined form with client, peer and decision; - is standard "
            "output.",
            "/var/log/xmlrpc-guard/access.log",
            "none",
            table=Table.SERVE,
            words=("accesslog", "access_log_file", "log_file"),
        ),
    )
}
"""What the command ``serve`` takes beside them, in order. A default other than "none" is written as a value."""

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
