"""The settings in the environment of the process: ``XMLRPC_GUARD_ALLOW`` and so on. WSGI's environ holds none."""

import re
from collections.abc import Iterator, Mapping

from xmlrpc_guard.errors import ConfigurationError
from xmlrpc_guard.networks import LAST_PORT, parse_address
from xmlrpc_guard.settings.given import Given, GivenSettings, give_text
from xmlrpc_guard.settings.names import nearest_name
from xmlrpc_guard.settings.setting import PREFIX, Setting
from xmlrpc_guard.settings.table import ALL_SETTINGS, CONFIG
from xmlrpc_guard.text import is_one_slip

_VARIABLES: Mapping[str, Setting] = {row.variable: row for row in (CONFIG, *ALL_SETTINGS.values())}
_BY_SETTING: Mapping[str, str] = {row.name: variable for variable, row in _VARIABLES.items()}

_ANY_VARIABLE = f"{PREFIX} and one of {', '.join(map(str.upper, _BY_SETTING))}"


def read_environment(environ: Mapping[str, str]) -> GivenSettings:
    """Read the settings of an environment; ConfigurationError for a variable that looks like one and is none.

    An empty variable is refused: it may be one that was to be filled in, and an empty ``deny`` would let clients in.
    What Kubernetes sets in each container for a Service named xmlrpc-guard is passed over.

    >>> read_environment({"XMLRPC_GUARD_ALLOW": "jetpack, ::1", "HOME": "/"})["allow"].entries
    (Entry(value='jetpack', origin='$XMLRPC_GUARD_ALLOW'), Entry(value='::1', origin='$XMLRPC_GUARD_ALLOW'))
    """
    return dict(_read_variables(environ))


def _read_variables(environ: Mapping[str, str]) -> Iterator[tuple[str, Given]]:
    for name, value in environ.items():
        if name in _VARIABLES:
            yield _VARIABLES[name].name, _read_variable(_VARIABLES[name], value)
        elif f"{name}_".startswith(PREFIX):
            if not is_set_by_kubernetes(name, value):
                setting = nearest_name(name.removeprefix(PREFIX), _BY_SETTING)
                raise _unknown(name, value, _BY_SETTING[setting] if setting else _ANY_VARIABLE)
        elif variable := _find_meant(name):
            raise _unknown(name, value, variable)


def _unknown(name: str, value: str, offer: str) -> ConfigurationError:
    return ConfigurationError(name, value, f"is set, but {name!a:.60} is not a setting; write {offer}")


def _find_meant(name: str) -> str | None:
    """Give the variable that is meant by a name with a slip in its prefix, or in small letters.

    The whole names are compared: a slip may take the underscore between the prefix and the setting, or move it.
    """
    plain = name.upper().replace("-", "_")
    return next((variable for variable in _VARIABLES if is_one_slip(plain, variable)), None)


def _read_variable(row: Setting, value: str) -> Given:
    origin = f"${row.variable}"
    try:
        given = give_text(row, value, origin)
    except ConfigurationError as error:
        raise error.at(origin) from None
    if not given.entries:
        raise ConfigurationError(row.name, value, f"is empty; unset the variable, or write {row.example}", origin)
    return given


# https://kubernetes.io/docs/concepts/services-networking/service/#environment-variables: the names that a Service has
# there, and what they hold; earlier versions wrote no brackets around IPv6 before a port. Another Service may be named
# after this one, as xmlrpc-guard-status is.
_SERVICE_ADDRESS, _SERVICE_PORT = r"(?P<address>[0-9a-f:.]+)", r"(?P<port>[0-9]+)"
_OF_KUBERNETES = (
    (r"(?:.+_)?(?:SERVICE_HOST|PORT_[0-9]+_(?:TCP|UDP|SCTP)_ADDR)", _SERVICE_ADDRESS),
    (r"(?:.+_)?(?:SERVICE_PORT(?:_.+)?|PORT_[0-9]+_(?:TCP|UDP|SCTP)_PORT)", _SERVICE_PORT),
    (r"(?:.+_)?PORT_[0-9]+_(?:TCP|UDP|SCTP)_PROTO", "tcp|udp|sctp"),
    (r"(?:.+_)?PORT(?:_[0-9]+_(?:TCP|UDP|SCTP))?", rf"(?:tcp|udp|sctp)://\[?{_SERVICE_ADDRESS}\]?:{_SERVICE_PORT}"),
)


def is_set_by_kubernetes(name: str, value: str) -> bool:
    """Return whether Kubernetes sets a variable of this name, with a value of this form, for a Service.

    >>> [is_set_by_kubernetes("XMLRPC_GUARD_PORT", value) for value in ("tcp://10.0.0.11:8000", "8000")]
    [True, False]
    """
    return any(
        re.fullmatch(form, name.removeprefix(PREFIX)) and _has_form(re.fullmatch(content, value))
        for form, content in _OF_KUBERNETES
    )


def _has_form(found: re.Match[str] | None) -> bool:
    if found is None:
        return False
    address, port = (found.groupdict().get(part) for part in ("address", "port"))
    return (address is None or parse_address(address) is not None) and (port is None or 0 < int(port) <= LAST_PORT)
