"""The settings of the table ``[serve]``: what the command ``serve`` takes beside those of a guard."""

from collections.abc import Mapping

from xmlrpc_guard.settings.setting import Kind, Setting, Table

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
            "max_spool",
            Kind.NUMBER,
            "How many bytes of a body without a length, as one in chunks, are stored for the upstream; of all such "
            "bodies at a time, four times as many.",
            "67108864",
            "268435456",
            table=Table.SERVE,
            bounds=(0, 1 << 50),
            words=("spool", "spool_size"),
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
