"""One update of a list file: download the list, check it beside the file, and replace the file."""

import errno
import re
from collections.abc import Sequence
from datetime import UTC, datetime
from itertools import chain
from typing import NamedTuple

from xmlrpc_guard.errors import ConfigurationError, SourceError
from xmlrpc_guard.listfile import ListEntry, iterate_list, read_at_line, read_ranges
from xmlrpc_guard.published import ALL_LISTS, PUBLICATIONS, PUBLISHED, Publication
from xmlrpc_guard.ranges import Range
from xmlrpc_guard.replacing import ChangedError, read_current, replace_file
from xmlrpc_guard.updates.changes import Changes, compare
from xmlrpc_guard.updates.download import DOWNLOAD_SECONDS, download, strip_secrets
from xmlrpc_guard.updates.folder import OutputError, prepare_folder
from xmlrpc_guard.updates.header import format_file, read_title
from xmlrpc_guard.updates.problems import find_problems


class UpdateOutcome(NamedTuple):
    """What an update found and did."""

    title: str
    """The list's name, and its service."""
    entries: list[Range]
    """Those of the list as downloaded, without the excluded addresses."""
    changes: Changes
    """What it adds to the file as it was, and removes."""
    problems: list[str]
    """Why the file was not replaced."""

    @property
    def written(self) -> bool:
        """Whether the file was replaced."""
        return not self.problems


def update_list(
    name: str,
    output: str,
    *,
    service: str | None = None,
    urls: Sequence[str] = (),
    ca_file: str | None = None,
    seconds: float = DOWNLOAD_SECONDS,
    force: bool = False,
) -> UpdateOutcome:
    """Download the published list ``name``, or ``service`` of it, and make the file ``output`` hold it.

    ``urls`` replace the addresses that the service publishes at, ``ca_file`` is as in ``download``, and each address
    may take ``seconds``. ``force`` takes a list that looks wrong, and replaces a file that is not this list.

    SourceError if the download or the file is not the list expected, DownloadError, OutputError, or ConfigurationError
    for arguments that cannot be used; the file is then as it was.
    """
    publication = _find_publication(name)
    wanted = _choose_service(name, publication, service)
    title = name if service is None else f"{name} {service}"
    urls = urls or _find_urls(name, publication)
    prepare_folder(output)
    _read_output(output, title, force=force)  # a file that is not to be replaced spares the download
    new = _download_ranges(urls, publication, wanted, ca_file, seconds)
    known = ALL_LISTS[name]
    entries, excluded = known.exclude(new), known.excluded
    data = format_file(title, urls, entries, f"{datetime.now(UTC):%Y-%m-%dT%H:%M:%SZ}", excluded)
    while True:  # until the file was the same when it was replaced as when it was compared
        current, old = _read_output(output, title, force=force)
        problems = [] if force else find_problems(publication, old, new, excluded, known.entries)
        if problems or _replace(output, data, current):
            return UpdateOutcome(title, entries, compare(old, entries), problems)


def _find_publication(name: str) -> Publication:
    if name not in PUBLICATIONS:
        known = ", ".join(PUBLICATIONS)
        raise ConfigurationError("name", name, f"is not a list that can be downloaded; write one of: {known}")
    return PUBLICATIONS[name]


def _find_urls(name: str, publication: Publication) -> Sequence[str]:
    if not publication.urls:
        problem = f"is not set, and {name} is published as a page for people only; write the address of a list of yours"
        raise ConfigurationError("url", None, f"{problem}, after a look at {ALL_LISTS[name].source}")
    return publication.urls


def _choose_service(name: str, publication: Publication, service: str | None) -> str | None:
    """Give the service to read: the one requested, or the one that the list is of."""
    if service is None and publication.needs_service:
        raise ConfigurationError("service", None, f"is not one of the services of {name}; write one, such as S3")
    if service is not None and not publication.needs_service:
        raise ConfigurationError("service", service, f"cannot be chosen, {name} being one list; leave it out")
    if service is not None and not re.fullmatch(r"[A-Za-z0-9_.-]{1,60}", service):
        raise ConfigurationError("service", service, "is not the name of a service; write one, such as S3")
    return service or publication.service


def _download_ranges(
    urls: Sequence[str], publication: Publication, service: str | None, ca_file: str | None, seconds: float
) -> list[Range]:
    bodies = [(url, download(url, ca_file=ca_file, seconds=seconds)) for url in urls]
    read = (read_download(body, strip_secrets(url), publication, service) for url, body in bodies)
    return sorted({*chain.from_iterable(read)})


def read_download(data: bytes, source: str, publication: Publication, service: str | None = None) -> list[Range]:
    r"""Give the ranges of a download; SourceError if it is not in a shape of the publication, or has no entries.

    >>> read_download(b"# nothing\n", "https://jetpack.com/ips-v4.txt", PUBLICATIONS["jetpack"])
    Traceback (most recent call last):
    xmlrpc_guard.errors.SourceError: https://jetpack.com/ips-v4.txt: has no entries; look what is at that address
    """
    entries = list(iterate_list(data, source, service=service, shapes=publication.shapes))
    if not entries:
        raise SourceError(source, 0, "has no entries; look what is at that address")
    return [each for entry in entries for each in read_at_line(_refuse_list_name(entry, source), source)]


def _refuse_list_name(entry: ListEntry, source: str) -> ListEntry:
    # A published list's name would be replaced by this package's own copy: no service that publishes addresses has one.
    if entry.text in PUBLISHED:
        raise SourceError(source, entry.line, f"{entry.text!a:.100} is a list's name, not an address")
    return entry


def _read_output(output: str, title: str, *, force: bool) -> tuple[bytes, list[Range]]:
    try:
        data = read_current(output)
    except OSError as error:
        raise OutputError(f"cannot read {output}: {error.strerror}") from None
    try:
        if not force:
            _check_title(data, output, title)
        return data, read_ranges(data, output) if data else []
    except SourceError:
        if force:
            return data, []
        raise  # a mistyped path must not cost anyone a file that is not a list


def _check_title(data: bytes, output: str, title: str) -> None:
    there = read_title(data)
    if there not in {None, title}:
        raise SourceError(output, 1, f"is the list {there!a}, not {title!a}; name another file, or use --force")


def _replace(output: str, data: bytes, current: bytes) -> bool:
    try:
        replace_file(output, data, current=current)
    except ChangedError:
        return False
    except OSError as error:
        where = f" ({error.filename})" if error.filename else ""
        fix = "; mount its folder instead of the file" if error.errno == errno.EBUSY else ""
        raise OutputError(f"cannot replace {output}: {error.strerror}{where}{fix}") from None
    return True
