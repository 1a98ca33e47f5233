"""What serve writes to standard error: the records of all loggers, as lines of text or as JSON."""

import logging

from xmlrpc_guard.errors import ConfigurationError
from xmlrpc_guard.text import printable

LEVELS = ("debug", "info", "warning", "error")
"""The least serious records that may be chosen."""
FORMATS = ("text", "json")
"""The forms that a record may have."""

_OURS = ("xmlrpc_guard", "xmlrpc_guard.proxy")
_ECS_VERSION = "8.11.0"


def set_up_logging(level: str, form: str) -> bool:
    """Write the records of all loggers to standard error; return False if the application has set up logging itself.

    Records of this package are not lost either way: ``logging.config`` switches off the loggers that exist when it is
    called, unless its ``disable_existing_loggers`` is false.
    """
    for name in _OURS:
        logging.getLogger(name).disabled = False
    if logging.root.handlers:
        return False
    handler = logging.StreamHandler()
    handler.setFormatter(LineFormatter() if form == "text" else _make_json_formatter())
    logging.root.addHandler(handler)
    logging.root.setLevel(level.upper())
    return True


class LineFormatter(logging.Formatter):
    r"""Lines of text. A record is one line, and what else belongs to it, as a traceback, is indented.

    Records of other libraries and of the application begin with the name of their logger. What they hold of a client
    can begin no line, nor drive a terminal.

    >>> record = logging.LogRecord("x", logging.ERROR, "", 0, "no /\n2026-01-01 00:00:00,000 ERROR a\x1b[2J", (), None)
    >>> print(LineFormatter("%(message)s").format(record))
    x: no /
        2026-01-01 00:00:00,000 ERROR a\x1b[2J
    """

    def __init__(self, form: str = "%(asctime)s %(levelname)s %(message)s") -> None:
        super().__init__(form)

    def format(self, record: logging.LogRecord) -> str:
        """Write a record."""
        return "\n    ".join(map(_escape, super().format(record).split("\n")))

    def formatMessage(self, record: logging.LogRecord) -> str:  # noqa: N802 - logging's name
        """Write a record's message."""
        if record.name.partition(".")[0] != _OURS[0]:
            record.message = f"{record.name}: {record.message}"
        return super().formatMessage(record)


def _escape(line: str) -> str:
    return line if line.isascii() and line.isprintable() else printable(line)


def _make_json_formatter() -> logging.Formatter:
    """Make a formatter whose fields are named by the Elastic Common Schema, as a record's attributes are."""
    try:
        from pythonjsonlogger.json import JsonFormatter  # noqa: PLC0415 - only for those who choose it
    except ModuleNotFoundError:
        problem = "needs python-json-logger; run: pip install 'xmlrpc_guard[cli]'"
        raise ConfigurationError("log_format", "json", problem) from None
    return JsonFormatter(
        ["levelname", "name", "message", "process"],
        rename_fields={
            "levelname": "log.level",
            "name": "log.logger",
            "process": "process.pid",
            "exc_info": "error.stack_trace",
        },
        static_fields={"ecs.version": _ECS_VERSION},
        timestamp="@timestamp",
    )
