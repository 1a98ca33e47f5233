"""What an operator wrote, kept apart from the policy that it makes."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any, TypeVar
from wsgiref.types import WSGIApplication

from xmlrpc_guard.doubts import describe_unread, doubts_about_calls
from xmlrpc_guard.draining import check_max_drain
from xmlrpc_guard.errors import ConfigurationError, as_list
from xmlrpc_guard.foreign import netaddr_classes
from xmlrpc_guard.forwarded import X_FORWARDED_FOR
from xmlrpc_guard.frozen import settle
from xmlrpc_guard.inspection import check_readers
from xmlrpc_guard.networks import Networks, entries_of
from xmlrpc_guard.policy import Policy, PolicySource
from xmlrpc_guard.records import check_log, log_sentences
from xmlrpc_guard.settings.names import offer_name
from xmlrpc_guard.settings.setting import Kind, Setting
from xmlrpc_guard.settings.table import SETTINGS
from xmlrpc_guard.settings.texts import NOT_A_SWITCH, read_setting, split_list
from xmlrpc_guard.wsgi import XMLRPCGuard, check_denied_call

G = TypeVar("G", bound=XMLRPCGuard)

IN_CODE = "code"
"""The origin of a setting that was passed as an argument."""


@dataclass(frozen=True, slots=True)
class Entry:
    """One entry as it was written, and where: a flag, an ini key, a line of a file. The latter is not compared.

    >>> Entry("10.0.0.0/8", "--allow") == Entry("10.0.0.0/8", "site.ini: allow")
    True
    """

    value: Any
    """Text; from code also a netaddr object, a number or a bool."""
    origin: str = field(default=IN_CODE, compare=False)


WrittenEntries = tuple[Entry, ...]
"""A setting as it was written: its entries, or one entry for a setting that is not a list."""


@dataclass(frozen=True, slots=True, init=False, repr=False)
class Settings:
    """What an operator wrote, checked; frozen, comparable.

    Each field is a tuple of entries, or None where the setting was not given. ``guard()``, ``follow()`` and
    ``policy()`` give what they mean. A setting that cannot be used raises ConfigurationError here; only what is in a
    file waits for ``follow()``.

    >>> settings = Settings(allow=["jetpack", "203.0.113.7"], trusted_proxies=["10.0.0.5"])
    >>> settings
    Settings(allow=['jetpack', '203.0.113.7'], trusted_proxies=['10.0.0.5'])
    >>> settings.policy().trusted_proxies
    TrustedProxies(['10.0.0.5/32'])
    """

    allow: WrittenEntries
    deny: WrittenEntries | None
    trusted_proxies: WrittenEntries | None
    forwarded_header: WrittenEntries | None
    scripts: WrittenEntries | None
    public_methods: WrittenEntries | None
    max_multicall: WrittenEntries | None
    xmlrpc_endpoints: WrittenEntries | None
    public_rsd: WrittenEntries | None
    max_body: WrittenEntries | None
    every: WrittenEntries | None
    report_only: WrittenEntries | None
    max_drain: WrittenEntries | None
    denied_call: WrittenEntries | None
    max_body_readers: WrittenEntries | None
    log: WrittenEntries | None
    _own: Policy = field(compare=False)
    """The policy without what is in files."""

    def __init__(
        self,
        *,
        allow: Iterable[Any],
        deny: Iterable[Any] | None = None,
        trusted_proxies: Iterable[Any] | None = None,
        forwarded_header: Any = None,
        scripts: Iterable[Any] | None = None,
        public_methods: Iterable[Any] | None = None,
        max_multicall: Any = None,
        xmlrpc_endpoints: Iterable[Any] | None = None,
        public_rsd: Any = None,
        max_body: Any = None,
        every: Any = None,
        report_only: Any = None,
        max_drain: Any = None,
        denied_call: Any = None,
        max_body_readers: Any = None,
        log: Any = None,
    ) -> None:
        if allow is None:
            raise ConfigurationError("allow", None, _ALLOW_IS_NONE)
        addresses = (allow, deny, trusted_proxies, forwarded_header, scripts)
        calls = (public_methods, max_multicall, xmlrpc_endpoints, public_rsd, max_body)
        given = (*addresses, *calls, every, report_only, max_drain, denied_call, max_body_readers, log)
        rows = zip(SETTINGS.values(), given, strict=True)
        settle(self, **{row.name: _write_down(row, value) for row, value in rows})
        settle(self, _own=self._compile())
        self._check()

    @classmethod
    def from_texts(cls, given: Mapping[str, Any], origin: Callable[[str], str] = lambda _: IN_CODE) -> "Settings":
        """Read settings as text: the entries of a list are separated by white space and commas.

        ``origin`` gives, for a setting's name, where it was written. Values that are not text are taken as they are.
        A name that is not a setting's raises ConfigurationError with the nearest one, and so does an absent ``allow``:
        an empty one means no one.

        >>> Settings.from_texts({"allow": "jetpack, 203.0.113.7", "report_only": "yes"})
        Settings(allow=['jetpack', '203.0.113.7'], report_only=True)
        """
        for name, value in given.items():
            if name not in SETTINGS:
                problem = f"is set, but {name!a:.60} is not a setting; write {offer_name(name, SETTINGS)}"
                raise ConfigurationError(name, value, problem)
        if "allow" not in given:
            raise ConfigurationError("allow", None, _ALLOW_IS_NONE)
        return cls(**{name: _from_text(SETTINGS[name], value, origin(name)) for name, value in given.items()})

    def policy(self) -> Policy:
        """Give the policy; ConfigurationError if an entry names a file, which only ``follow()`` reads."""
        for name, entry in self._file_entries():
            raise ConfigurationError(name, entry.value, "names a file, which a policy does not follow; call follow()")
        return self._own

    def follow(self) -> PolicySource:
        """Give the policy, or, where an entry names a file, a LivePolicy that follows it.

        >>> Settings(allow=["file:/no/such.txt:max_age=7d"]).follow()
        Traceback (most recent call last):
        xmlrpc_guard.errors.ConfigurationError: allow: '/no/such.txt' does not exist; create it, or name another file
        """
        files = self._make_files()
        if not files:
            return self._own
        from xmlrpc_guard.live.policy import LivePolicy  # noqa: PLC0415 - most settings name no file

        options: dict[str, Any] = {} if self.every is None else {"every": self._value("every")}
        return LivePolicy(self._own, **files, **options)

    def guard(self, app: WSGIApplication) -> XMLRPCGuard:
        """Make the guard of an application that all these settings describe, ``report_only`` included.

        >>> guard = Settings(allow=["192.0.64.0/18"]).guard(lambda environ, start_response: [])
        >>> print(guard.decide({"PATH_INFO": "/xmlrpc.php", "REMOTE_ADDR": "203.0.113.9"}))
        deny 203.0.113.9: client is not in the allowlist
        """
        return self.make(XMLRPCGuard, app, self.follow())

    def make(self, kind: type[G], app: WSGIApplication, policy: PolicySource, **options: Any) -> G:
        """Make a guard of a class, with a policy that ``follow()`` gave and arguments, which these settings replace.

        What of these settings is not read is logged, as a guard logs the doubts about its policy.
        """
        given = {name: self._value(name) for name in _OPTIONS if getattr(self, name) is not None}
        guard = kind(app, policy, **{**options, "report_only": self.reports_only, **given})
        log_sentences(self.unread)
        return guard

    @property
    def unread(self) -> tuple[str, ...]:
        """What was written and is not read, a sentence each.

        >>> Settings(allow=[], every=60).unread
        ('every is 60, but no list is in a file: nothing is looked at',)
        """
        calls = {name: self._value(name) for name in _OF_CALLS if getattr(self, name) is not None}
        others = filter(None, (self._unread_header(), self._unread_every()))
        return (*others, *doubts_about_calls(calls, self._own.calls))

    def _unread_header(self) -> str:
        # Only the usual one: a policy itself doubts any other that it does not read.
        usual = self.forwarded_header is not None and self._own.forwarded_header == X_FORWARDED_FOR
        trusts = any(self._own.trusted_proxies) or any(name == _PROXIES for name, _ in self._file_entries())
        return describe_unread(X_FORWARDED_FOR) if usual and not trusts else ""

    def _unread_every(self) -> str:
        if self.every is None or self._file_entries():
            return ""
        return f"every is {self._value('every'):g}, but no list is in a file: nothing is looked at"

    @property
    def reports_only(self) -> bool:
        """Whether a guard refuses no one: ``report_only``, or False. A policy does not hold it; ``guard()`` does."""
        return self.report_only is not None and self._value("report_only")

    @property
    def proxy_options(self) -> dict[str, Any]:
        """The arguments of a ReverseProxy that these settings hold, by name; the policy is not one of them."""
        return {name: self._value(name) for name in ("max_drain", "log") if getattr(self, name) is not None}

    def __repr__(self) -> str:
        given = (name for name in SETTINGS if getattr(self, name) is not None)
        return f"Settings({', '.join(f'{name}={self._value(name)!r}' for name in given)})"

    def _value(self, name: str, *, without_files: bool = False) -> Any:
        values = [entry.value for entry in getattr(self, name)]
        if without_files:
            values = [value for value in values if not _names_file(value)]
        # Networks are frozen: a policy uses them as they are, so that a long list is held once.
        single = not SETTINGS[name].kind.is_list or (len(values) == 1 and isinstance(values[0], Networks))
        return values[0] if single else values

    def _compile(self) -> Policy:
        given = (name for name in _OF_POLICY if getattr(self, name) is not None)
        return Policy(**{name: self._value(name, without_files=name in _WITH_FILES) for name in given})

    def _check(self) -> None:
        self._make_files()
        if self.every is not None:
            from xmlrpc_guard.live.arguments import check_every  # noqa: PLC0415 - most settings name no file

            check_every(self._value("every"))
        if not isinstance(self.reports_only, bool):
            raise ConfigurationError("report_only", self.reports_only, NOT_A_SWITCH)
        for name in _OPTIONS:
            if getattr(self, name) is not None:
                _OPTIONS[name](self._value(name))

    def _file_entries(self) -> list[tuple[str, Entry]]:
        written = ((name, entry) for name in _WITH_FILES for entry in getattr(self, name) or ())
        return [(name, entry) for name, entry in written if _names_file(entry.value)]

    def _make_files(self) -> dict[str, Any]:
        files: dict[str, Any] = {}
        for name, entry in self._file_entries():
            from xmlrpc_guard.settings.file_entries import make_file  # noqa: PLC0415 - most settings name no file

            files.setdefault(name, []).append(make_file(name, entry.value))
        return files


_ALLOW_IS_NONE = "is not a value; write allow = jetpack, or leave it empty for no one"
_PROXIES = "trusted_proxies"
_OPTIONS: Mapping[str, Callable[[Any], object]] = {
    "max_drain": check_max_drain,
    "denied_call": check_denied_call,
    "max_body_readers": check_readers,
    "log": check_log,
}
"""The settings that are a guard's arguments as they are, and what checks each."""
_OF_CALLS = ("max_multicall", "max_body", "denied_call", "max_body_readers")
_OF_POLICY = tuple(row.name for row in SETTINGS.values() if row.of_policy)
_WITH_FILES = tuple(row.name for row in SETTINGS.values() if row.kind is Kind.ADDRESSES)


def _write_down(setting: Setting, value: Any) -> WrittenEntries | None:
    if value is None:
        return None
    if not setting.kind.is_list:
        values: Iterable[Any] = [value]
    elif setting.kind is Kind.ADDRESSES:
        values = entries_of(setting.name, value)  # an object that is a whole set is one entry
    else:
        values = as_list(setting.name, value)
    return tuple(each if isinstance(each, Entry) else Entry(_freeze(each)) for each in values)


def _freeze(value: Any) -> Any:
    # An IPSet may be changed later: what was written would then differ from the policy that was made of it.
    return Networks(value) if isinstance(value, netaddr_classes("IPSet")) else value


def _from_text(setting: Setting, value: Any, origin: str) -> Any:
    if value is None:
        raise ConfigurationError(setting.name, None, f"is not a value; leave it out, or write {setting.example}")
    if isinstance(value, Entry):
        return value
    if not setting.kind.is_list:
        return Entry(read_setting(setting, value) if isinstance(value, str) else value, origin)
    if isinstance(value, str):
        return [Entry(text, origin) for text in split_list(value)]
    entries = entries_of(setting.name, value) if setting.kind is Kind.ADDRESSES else as_list(setting.name, value)
    return [each if isinstance(each, Entry) else Entry(_freeze(each), origin) for each in entries]


def _names_file(value: object) -> bool:
    return isinstance(value, str) and value.startswith("file:")
