"""``ranges update``: what it takes and refuses, what it prints, and that a kill leaves a whole list."""

import errno
import fcntl
import json
import os
import re
import shutil
import signal
import sys
import threading
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any, NamedTuple

import pytest
from netaddr import IPSet

from tests.updates.mirrors import Answer, Authority, Mirror, page, redirect
from tests.updates.tracing import beside, names, steps, trace_update
from xmlrpc_guard import Policy, replacing
from xmlrpc_guard.cli import run
from xmlrpc_guard.errors import ConfigurationError
from xmlrpc_guard.listfile import read_list
from xmlrpc_guard.networks import Networks
from xmlrpc_guard.published import PUBLICATIONS, PUBLISHED
from xmlrpc_guard.sources import File, LivePolicy
from xmlrpc_guard.updates import folder
from xmlrpc_guard.updates.download import LARGEST_DOWNLOAD
from xmlrpc_guard.updates.header import format_file
from xmlrpc_guard.updates.update import update_list

JETPACK = [*PUBLISHED["jetpack"].ranges]
AS_WRITTEN = ["54.217.201.243/32", "54.232.116.4/32", "122.248.245.244/32", "192.0.64.0/18", "192.0.80.0/20"]
AS_WRITTEN += ["192.0.96.0/20", "192.0.112.0/20", "195.234.108.0/22"]


def lines(entries: Iterable[str]) -> bytes:
    return "".join(f"{entry}\n" for entry in entries).encode()


HTML = b"<!DOCTYPE html>\n<html><title>Just a moment...</title></html>\n"


class Outcome(NamedTuple):
    status: int
    out: list[str]
    err: str


class Updater:
    """``ranges update`` with a server on loopback and a file in a folder of its own."""

    def __init__(self, mirror: Mirror, authority: Authority, folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
        self.mirror, self._capsys = mirror, capsys
        self.output = folder / "lists" / "list.txt"
        self.output.parent.mkdir()
        self.flags = ["--output", str(self.output), "--ca-file", str(authority.path)]

    def __call__(self, name: str, *answers: Answer, options: Iterable[str] = ()) -> Outcome:
        urls = [self.mirror.serve(answer, f"/{number}") for number, answer in enumerate(answers)]
        return self.run("update", name, *self.flags, *(option for url in urls for option in ("--url", url)), *options)

    def run(self, *arguments: str) -> Outcome:
        status = run(["ranges", *arguments])
        out, err = self._capsys.readouterr()
        return Outcome(status, out.splitlines(), err)

    @property
    def entries(self) -> list[str]:
        return [entry.text for entry in read_list(self.output.read_bytes(), "")]


@pytest.fixture
def update(mirror: Mirror, authority: Authority, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> Updater:
    return Updater(mirror, authority, tmp_path, capsys)


def test_a_list_that_was_not_there_is_written_sorted_with_its_source_and_date(update: Updater) -> None:
    assert update("jetpack", page(lines(JETPACK))) == (
        0,
        [*(f"+ {entry}" for entry in AS_WRITTEN), "jetpack: 8 entries, 8 added, 0 removed"],
        "",
    )
    head = (
        "# jetpack: 8 entries; xmlrpc-guard ranges update replaces this file\n"
        "# fetched: DATE\n"
        f"# source: {update.mirror.url('/0')}\n"
    )
    text = update.output.read_text()
    assert re.sub(r"20\d\d-\d\d-\d\dT\d\d:\d\d:\d\dZ", "DATE", text) == head + lines(AS_WRITTEN).decode()
    assert Policy(allow=update.entries) == Policy(allow=["jetpack"])


def test_the_same_list_again_is_written_with_its_new_date(update: Updater) -> None:
    update.output.write_bytes(b"# fetched: 2025-01-01T00:00:00Z\n" + lines(reversed(JETPACK)))
    assert update("jetpack", page(lines(JETPACK))) == (0, ["jetpack: 8 entries, 0 added, 0 removed"], "")
    assert "2025-01-01" not in update.output.read_text()
    assert update.entries == AS_WRITTEN


def test_what_was_added_and_removed_is_printed(update: Updater) -> None:
    update.output.write_text("192.0.64.0/18\n195.234.108.0/22\n8.8.4.4\n8.8.8.0/24\n")
    new = page(b"192.0.64.0/18\n2001:4860:0:0::/48\n8.8.8.0/25\n195.234.108.0/22\n")
    assert update("jetpack", new) == (
        0,
        ["- 8.8.4.4/32", "+ 8.8.8.0/25", "- 8.8.8.0/24", "+ 2001:4860::/48", "jetpack: 4 entries, 2 added, 2 removed"],
        "",
    )


V4 = [f"104.{16 + number}.0.0/16" for number in range(15)]
V6 = ["2400:cb00::/32", "2606:4700::/32", "2803:f800::/32", "2405:b500::/32", "2405:8100::/32", "2a06:98c0::/29"]
WORKERS = "2a06:98c0:3600::103"
CLOUDFLARE = [*V4, *V6[:-1], *Networks(IPSet([V6[-1]]) - IPSet([WORKERS]))]


def as_json(**fields: Any) -> Answer:
    return page(json.dumps(fields).encode(), "Content-Type: application/json")


def as_aws(**services: Iterable[str]) -> Answer:
    """Answer as AWS does, with the entries of each service."""
    rows = [(entry, name) for name, entries in services.items() for entry in entries]
    return as_json(
        prefixes=[{"ip_prefix": entry, "service": name} for entry, name in rows if ":" not in entry],
        ipv6_prefixes=[{"ipv6_prefix": entry, "service": name} for entry, name in rows if ":" in entry],
    )


CLOUDFRONT = as_aws(CLOUDFRONT=["13.32.0.0/15"], CLOUDFRONT_ORIGIN_FACING=PUBLISHED["cloudfront"].ranges)

SUCURI, GOOGLE_LB = ([*PUBLISHED[name].ranges] for name in ("sucuri", "google-lb"))
QUIC_CLOUD = [f"8.8.{number}.7" for number in range(150)]
FORMS = [
    pytest.param("jetpack", [page(json.dumps(JETPACK).encode())], JETPACK, id="jetpack's JSON"),
    pytest.param("jetpack", [page(lines(JETPACK).replace(b"\n", b"\r\n"))], JETPACK, id="lines as on Windows"),
    pytest.param("jetpack", [redirect("/moved")], JETPACK, id="a list that has moved"),
    pytest.param("cloudflare", [page(lines(V4)), page(lines(V6).rstrip())], CLOUDFLARE, id="cloudflare's two files"),
    pytest.param(
        "cloudflare",
        [as_json(result={"ipv4_cidrs": V4, "ipv6_cidrs": V6, "etag": "x"}, success=True)],
        CLOUDFLARE,
        id="cloudflare's JSON",
    ),
    pytest.param("fastly", [as_json(addresses=V4, ipv6_addresses=V6)], V4 + V6, id="fastly's JSON"),
    pytest.param("sucuri", [as_json(list=SUCURI, version=20261014, type="cidr")], SUCURI, id="MISP's list of Sucuri's"),
    pytest.param("google-lb", [page(lines(GOOGLE_LB))], GOOGLE_LB, id="a list of one's own of Google's balancers"),
    pytest.param("quic-cloud", [page(lines(QUIC_CLOUD))], QUIC_CLOUD, id="QUIC.cloud's lines"),
    pytest.param("quic-cloud", [page(json.dumps(QUIC_CLOUD).encode())], QUIC_CLOUD, id="QUIC.cloud's JSON"),
    pytest.param("cloudfront", [CLOUDFRONT], [*PUBLISHED["cloudfront"].ranges], id="cloudfront's part of AWS' JSON"),
]


@pytest.mark.parametrize(("name", "answers", "entries"), FORMS)
def test_the_forms_that_services_publish(name: str, answers: list[Answer], entries: list[str], update: Updater) -> None:
    update.mirror.serve(page(lines(JETPACK)), "/moved")
    update.output.write_bytes(lines([*entries, "9.9.9.9"]))
    assert update(name, *answers).status == 0
    assert Networks(update.entries) == Networks(entries)
    assert len(update.entries) == len(entries)


def test_what_is_left_out_of_the_packaged_list_is_left_out_of_the_file(update: Updater) -> None:
    update.output.write_bytes(lines(V4 + V6))
    status, out, _ = update("cloudflare", page(lines(V4)), page(lines(V6)))
    assert (status, out[-1], "- 2a06:98c0::/29" in out) == (0, "cloudflare: 119 entries, 99 added, 1 removed", True)
    assert b"\n# excluded: 2a06:98c0:3600::103/128, so the range around it is split" in update.output.read_bytes()
    assert WORKERS not in Policy(allow=update.entries).allow
    assert Policy(allow=[*update.entries, WORKERS]).allow == Policy(allow=V4 + V6).allow
    assert update("cloudflare", page(lines(V4)), page(lines(V6))).out == ["cloudflare: 119 entries, 0 added, 0 removed"]
    assert update.run("show", str(update.output)).out[0].partition("; ")[0].endswith("(15 IPv4, 104 IPv6)")
    few = update("cloudflare", page(lines(V4)), page(lines(V6[-2:])))
    assert (few.status, "has 2 IPv6 entries where there were 6, fewer than half" in few.err) == (1, True)


AWS = as_json(
    prefixes=[
        {"ip_prefix": "13.32.0.0/15", "region": "GLOBAL", "service": "CLOUDFRONT", "network_border_group": "GLOBAL"},
        {"ip_prefix": "3.5.140.0/22", "region": "ap-northeast-2", "service": "S3", "network_border_group": "x"},
    ],
    ipv6_prefixes=[
        {"ipv6_prefix": "2600:9000::/28", "region": "GLOBAL", "service": "CLOUDFRONT", "network_border_group": "x"}
    ],
)


def test_aws_list_is_downloaded_for_one_service(update: Updater) -> None:
    assert update("aws", AWS, options=["--service", "CLOUDFRONT"]).status == 0
    assert update.entries == ["13.32.0.0/15", "2600:9000::/28"]


def test_cloudfront_is_one_list_wherever_it_is_named(update: Updater) -> None:
    assert update("cloudfront", CLOUDFRONT).status == 0
    assert Networks(update.entries) == Networks(["cloudfront"])
    named = update("aws", CLOUDFRONT, options=["--service", "CLOUDFRONT_ORIGIN_FACING", "--force"])
    assert named.out[-1] == "aws CLOUDFRONT_ORIGIN_FACING: 81 entries, 0 added, 0 removed"


@pytest.mark.parametrize(
    ("first", "name", "options", "message"),
    [
        pytest.param(
            "CLOUDFRONT",
            "aws",
            ["--service", "S3"],
            "is the list 'aws CLOUDFRONT', not 'aws S3'",
            id="S3 in place of CLOUDFRONT",
        ),
        pytest.param("S3", "jetpack", [], "is the list 'aws S3', not 'jetpack'", id="jetpack in place of S3"),
    ],
)
def test_a_file_stays_the_list_that_it_is(
    first: str, name: str, options: list[str], message: str, update: Updater
) -> None:
    assert update("aws", AWS, options=["--service", first]).status == 0
    assert update("aws", AWS, options=["--service", first]).status == 0
    before, answer = update.output.read_bytes(), AWS if name == "aws" else page(lines(JETPACK))
    requests = len(update.mirror.requests)
    status, out, err = update(name, answer, options=options)
    message = f"xmlrpc-guard: {update.output}:1: {message}; name another file, or use --force\n"
    assert (status, out, err, len(update.mirror.requests)) == (1, [], message, requests)
    assert update.output.read_bytes() == before
    assert update(name, answer, options=[*options, "--force"]).status == 0


def do_meanwhile(act: Callable[[], Any], answer: Answer) -> Answer:
    """Answer, and do something before that."""

    def acting(over: threading.Event) -> Iterable[bytes]:
        act()
        return answer(over)

    return acting


@pytest.mark.parametrize(
    ("content", "message"),
    [
        pytest.param(HTML, "looks like an HTML page", id="an HTML page"),
        pytest.param(
            format_file("fastly", [], [], "2026"), "is the list 'fastly', not 'jetpack'", id="the list of fastly"
        ),
        pytest.param(
            lines(f"8.8.{n}.0/24" for n in range(0, 90, 2)),
            "covers less than half",
            id="the entries of a different list",
        ),
    ],
)
def test_a_file_put_there_during_the_download_is_checked(content: bytes, message: str, update: Updater) -> None:
    update.output.write_bytes(lines(JETPACK))
    put = do_meanwhile(lambda: update.output.write_bytes(content), page(lines(JETPACK)))
    status, _, err = update("jetpack", put)
    assert (status, message in err, update.output.read_bytes()) == (1, True, content)


@pytest.mark.parametrize(
    ("content", "status", "out"),
    [
        pytest.param(HTML, 1, [], id="a file that is not a list is left"),
        pytest.param(
            lines(JETPACK[:4]),
            0,
            [*(f"+ {entry}" for entry in AS_WRITTEN[4:]), "jetpack: 8 entries, 4 added, 0 removed"],
            id="the list of an update that ended first is compared with",
        ),
    ],
)
def test_a_file_that_a_second_update_wrote_meanwhile_is_checked(
    content: bytes, status: int, out: list[str], update: Updater, monkeypatch: pytest.MonkeyPatch
) -> None:
    update.output.write_bytes(lines(JETPACK))
    other = beside(update.output).open("wb")
    fcntl.flock(other, fcntl.LOCK_EX)

    def another_ends(_seconds: float) -> None:
        update.output.write_bytes(content)
        other.close()

    monkeypatch.setattr(replacing, "sleep", another_ends)
    assert update("jetpack", page(lines(JETPACK)))[:2] == (status, out)
    assert (update.output.read_bytes() == content) == bool(status)
    assert names(update.output.parent) == [update.output.name]


# Never taken, not even with --force.
NO_LISTS = [
    pytest.param(
        "jetpack",
        page(HTML),
        "{url}:1: looks like an HTML page; fetch the list itself, one entry a line",
        id="an HTML page with status 200",
    ),
    pytest.param("jetpack", page(b""), "{url}: is empty; write", id="no bytes"),
    pytest.param("jetpack", page(b"# none\n"), "{url}: has no entries", id="comments alone"),
    pytest.param("jetpack", page(b"192.0.64.0/18 # x\r8.8.8.8\n"), "{url}:1: has a CR", id="a CR alone"),
    pytest.param("jetpack", page(b"[]"), "{url}: has no entries", id="an empty array"),
    pytest.param(
        "jetpack", page(b'["192.0.64.0/18", "19'), "{url}:1: ends in the middle of its JSON", id="JSON cut short"
    ),
    pytest.param(
        "jetpack",
        as_json(addresses=V4, ipv6_addresses=V6),
        "{url}: is Fastly's JSON, not lines of text or a JSON array of texts; look",
        id="fastly's list in place of jetpack's",
    ),
    pytest.param("fastly", page(lines(V4)), "{url}: is lines of text, not Fastly's JSON; look", id="lines from fastly"),
    pytest.param(
        "fastly",
        page(json.dumps(V4).encode()),
        "{url}: is a JSON array of texts, not Fastly's JSON",
        id="an array from fastly",
    ),
    pytest.param("fastly", as_json(addresses=V4), "{url}: lacks ipv6_addresses", id="one of fastly's two fields"),
    pytest.param(
        "cloudflare",
        as_json(result=None, success=False),
        "{url}: is the answer to a request that failed ('success' is false)",
        id="an error as JSON",
    ),
    pytest.param(
        "jetpack", page(b"192.0.64.0/18\n192.0.64.1/18\n"), "{url}:2: '192.0.64.1/18' has host bits set", id="host bits"
    ),
    pytest.param("jetpack", page(b"192.0.64.0/18\n195.23"), "{url}:2: '195.23' is a partial", id="a line cut short"),
    pytest.param(
        "jetpack", page(b"jetpack\n"), "{url}:1: 'jetpack' is a list's name, not an address", id="the name of the list"
    ),
    pytest.param("jetpack", page(b"a.example\n"), "{url}:1: 'a.example' is a host name", id="a host's name"),
    pytest.param(
        "jetpack", page(b"[::1]\n"), "{url}:1: '[::1]' has brackets; write ::1", id="brackets that are not JSON"
    ),
    pytest.param("jetpack", page(b"[" * 10**5), "{url}: is JSON nested too deeply", id="JSON nested too deeply"),
    pytest.param(
        "jetpack", page(b"\x1f\x8b\x08\x00"), "{url}:1: has NUL bytes", id="gzip without a header that says so"
    ),
]


@pytest.mark.parametrize("options", [[], ["--force"]], ids=["without force", "with force"])
@pytest.mark.parametrize(("name", "answer", "message"), NO_LISTS)
def test_what_is_not_a_list_is_refused(
    name: str, answer: Answer, message: str, options: list[str], update: Updater
) -> None:
    update.output.write_bytes(lines(JETPACK))
    status, out, err = update(name, answer, options=options)
    assert (status, out) == (1, [])
    assert err.startswith(f"xmlrpc-guard: {message.format(url=update.mirror.url('/0'))}")
    assert err.count("\n") == 1
    assert update.output.read_bytes() == lines(JETPACK)


# Taken with --force alone, in the place of the eight entries of old.
SUSPECT = [
    pytest.param(
        JETPACK[3:6], "has 1 IPv4 entry where there were 5, fewer than half", id="fewer than half of the entries"
    ),
    pytest.param(
        JETPACK[:2],
        "has 2 entries, fewer than 3; has 2 IPv4 entries where there were 5, fewer than half",
        id="two lines",
    ),
    pytest.param(
        [*JETPACK[:3], "195.234.108.0/22"],
        "covers less than half of the IPv4 addresses",
        id="a list without its widest range",
    ),
    pytest.param(
        ["8.8.8.8/32", *(f"9.9.{n}.0/24" for n in range(0, 14, 2))],
        "covers less than half",
        id="the entries of a different list",
    ),
    pytest.param([*JETPACK, "10.1.0.0/16"], "10.1.0.0/16 is private", id="a private range"),
    pytest.param([*JETPACK, "fd00::/32"], "fd00::/32 is private", id="a private range of IPv6"),
    pytest.param([*JETPACK, "0.0.0.0/0"], "0.0.0.0/0 is wider than /16", id="all of IPv4"),
    pytest.param([*JETPACK, "::/0"], "::/0 is wider than /32", id="all of IPv6"),
    pytest.param(
        [*JETPACK, "64.0.0.0/4"], "covers 268452867 IPv4 addresses, more than 131072", id="a sixteenth of IPv4"
    ),
    pytest.param([*JETPACK, "5.4.0.0/15"], "5.4.0.0/15 is wider than /16", id="one bit too wide"),
]


@pytest.mark.parametrize(("entries", "message"), SUSPECT)
def test_a_list_that_looks_wrong_is_shown_and_refused(entries: list[str], message: str, update: Updater) -> None:
    update.output.write_bytes(lines(JETPACK))
    status, out, err = update("jetpack", page(lines(entries)))
    signs = {*(f"- {entry}" for entry in {*JETPACK} - {*entries}), *(f"+ {entry}" for entry in {*entries} - {*JETPACK})}
    assert (status, {*out}) == (1, signs)
    assert err.startswith("xmlrpc-guard: jetpack: refused: ")
    assert message in err
    assert err.endswith("; use --force to take it nevertheless\n")
    assert update.output.read_bytes() == lines(JETPACK)
    forced = update("jetpack", page(lines(entries)), options=["--force"])
    assert (forced.status, forced.err) == (0, "")
    assert sorted(update.entries) == sorted(entries)


def test_an_old_file_that_is_not_a_list_is_not_lost_by_a_slip(update: Updater) -> None:
    update.output.write_text("root:x:0:0:root:/root:/bin/bash\n")
    status, out, err = update("jetpack", page(lines(JETPACK)))
    assert (status, out, update.mirror.requests) == (1, [], [])
    assert err.startswith(f"xmlrpc-guard: {update.output}:1: 'root:x:0:0:root:/root:/bin/bash' is not an address")
    assert update("jetpack", page(lines(JETPACK)), options=["--force"]).status == 0
    assert update.entries == AS_WRITTEN


@pytest.mark.parametrize("content", [b"", b"# none yet\n"], ids=["no bytes", "a comment"])
def test_a_file_may_be_made_beforehand_for_its_owner_and_mode(content: bytes, update: Updater) -> None:
    update.output.write_bytes(content)
    update.output.chmod(0o600)
    assert update("jetpack", page(lines(JETPACK))).status == 0
    assert update.output.stat().st_mode & 0o777 == 0o600


@pytest.mark.parametrize(
    ("content", "options", "status"),
    [
        pytest.param(None, [], 1, id="no file"),
        pytest.param(b"", [], 1, id="an empty file"),
        pytest.param(b"# none yet\n", [], 1, id="a file of comments"),
        pytest.param(b"[]", [], 1, id="a file of an empty array"),
        pytest.param(None, ["--force"], 0, id="no file, and a person who has looked"),
    ],
)
def test_the_first_list_is_compared_with_the_packaged_one(
    content: bytes | None, options: list[str], status: int, update: Updater
) -> None:
    """Any three addresses were once taken for Jetpack's."""
    if content is not None:
        update.output.write_bytes(content)
    outcome = update("jetpack", page(b"8.8.8.8\n9.9.9.9\n7.7.7.7\n"), options=options)
    assert (outcome.status, "of the IPv4 addresses that this package's list covers" in outcome.err) == (
        status,
        bool(status),
    )
    assert outcome.out[:3] == ["+ 7.7.7.7/32", "+ 8.8.8.8/32", "+ 9.9.9.9/32"]
    assert (update.output.read_bytes() if update.output.exists() else None) == content or not status


@pytest.mark.parametrize("name", ["cloudflare", "fastly", "cloudfront", "sucuri", "google-lb"])
def test_the_first_list_of_a_service_is_the_one_that_it_publishes(name: str, update: Updater) -> None:
    ranges = PUBLISHED[name].ranges
    v4, v6 = [text for text in ranges if ":" not in text], [text for text in ranges if ":" in text]
    answers = {"fastly": as_json(addresses=v4, ipv6_addresses=v6), "cloudfront": CLOUDFRONT}
    assert update(name, answers.get(name, page(lines(ranges)))).status == 0
    assert Networks(update.entries) == Networks([name])


def test_a_file_that_is_mounted_alone_is_answered_with_what_to_mount(
    update: Updater, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(*_arguments: object, **_options: object) -> None:
        raise OSError(errno.EBUSY, "Device or resource busy", ".list.txt.new")

    monkeypatch.setattr(os, "rename", refuse)
    status, out, err = update("jetpack", page(lines(JETPACK)))
    assert (status, out) == (2, [])
    assert err.endswith("Device or resource busy (.list.txt.new); mount its folder instead of the file\n")


# What cannot be downloaded or written, and arguments that cannot be used.


@pytest.mark.parametrize(
    ("answer", "message"),
    [
        pytest.param(page(status="500 Internal Server Error"), "answered 500", id="a status of 500"),
        pytest.param(
            redirect("http://127.0.0.1/"), "redirects to 'http://127.0.0.1/', which is not", id="a redirect to http"
        ),
        pytest.param(
            page(b"1" * (LARGEST_DOWNLOAD + 1)),
            f"is larger than {LARGEST_DOWNLOAD} bytes",
            id="a body that is too large",
        ),
        pytest.param(page(lines(JETPACK), length=10**4), "broke off", id="a body cut short"),
    ],
)
def test_a_failed_download_is_one_line_and_status_2(answer: Answer, message: str, update: Updater) -> None:
    update.output.write_bytes(lines(JETPACK))
    status, out, err = update("jetpack", answer)
    assert (status, out) == (2, [])
    assert err.startswith(f"xmlrpc-guard: {update.mirror.url('/0')}: {message}")
    assert err.count("\n") == 1
    assert update.output.read_bytes() == lines(JETPACK)


SECRETS = [
    pytest.param(page(lines(JETPACK)), 0, id="a list that is taken"),
    pytest.param(page(HTML), 1, id="a list that is refused"),
    pytest.param(page(status="500 No"), 2, id="a list that is not downloaded"),
]


@pytest.mark.parametrize(("answer", "expected"), SECRETS)
def test_a_key_in_the_address_is_not_shown(answer: Answer, expected: int, update: Updater) -> None:
    url = update.mirror.serve(answer, "/list?key=SECRET")
    status, out, err = update.run("update", "jetpack", *update.flags, "--url", url)
    assert (status, "SECRET" in err, "SECRET" in "".join(out)) == (expected, False, False)
    assert not update.output.exists() or b"SECRET" not in update.output.read_bytes()


def test_a_long_address_does_not_make_a_list_that_cannot_be_read(update: Updater) -> None:
    url = update.mirror.serve(page(lines(JETPACK)), f"/{'a' * 5000}")
    assert update.run("update", "jetpack", *update.flags, *["--url", url] * 3).status == 0
    assert File(update.output).read().entries == 8


def test_of_two_files_both_must_come(update: Updater) -> None:
    assert update("cloudflare", page(lines(V4)), page(status="404 Not Found")).status == 2
    assert not update.output.exists()


def test_a_slow_server_is_given_up(update: Updater) -> None:
    def never(over: Any) -> list[bytes]:
        over.wait(20)
        return []

    status, _, err = update("jetpack", never, options=["--timeout", "0.2"])
    assert (status, err.endswith("/0: did not answer in full within 0.2 seconds\n")) == (2, True)


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        pytest.param("jetpack", "Missing option '--output'.", id="no --output"),
        pytest.param(
            "other --output {0}",
            f"Invalid value for '{{{{{'|'.join(PUBLICATIONS)}",
            id="a list that does not exist",
        ),
        pytest.param(
            "jetpack --output {0} --url http://127.0.0.1/",
            "http://127.0.0.1/: is not an https://",
            id="an http:// address",
        ),
        pytest.param(
            "jetpack --output {0} --ca-file {0}/none",
            "cannot be downloaded: '{0}/none' has no authorities",
            id="a file without authorities",
        ),
        pytest.param(
            "jetpack --output {0} --service S3",
            "service: 'S3' cannot be chosen, jetpack being one list; leave it out",
            id="a service for jetpack",
        ),
        pytest.param(
            "aws --output {0}",
            "service: None is not one of the services of aws; write one, such as S3",
            id="aws without a service",
        ),
        pytest.param(
            "google-lb --output {0}",
            "url: None is not set, and google-lb is published as a page for people only; write the address of a list "
            "of yours, after a look at https://cloud.google.com/load-balancing/docs/firewall-rules",
            id="a list without an address to download from",
        ),
        pytest.param(
            "cloudfront --output {0} --service S3", "service: 'S3' cannot be chosen", id="a service for cloudfront"
        ),
        pytest.param(
            "aws --output {0} --service a/b",
            "service: 'a/b' is not the name of a service; write one, such as S3",
            id="text that is not a service's name",
        ),
        pytest.param(
            "jetpack --output {0} --timeout nan",
            "Invalid value for '--timeout': nan is not a number",
            id="a timeout that is nan",
        ),
        pytest.param(
            "jetpack --output {0} --timeout inf",
            "Invalid value for '--timeout': inf is not in the",
            id="an infinite timeout",
        ),
        pytest.param(
            "jetpack --output {0} --url https://me:secret@a/",
            "https://a/: has a user's name in it",
            id="a password in the address",
        ),
        pytest.param(
            "jetpack --output {0} --timeout 0",
            "Invalid value for '--timeout': 0.0 is not in the",
            id="a timeout of zero",
        ),
    ],
)
def test_arguments_that_cannot_be_used(arguments: str, message: str, update: Updater) -> None:
    status, out, err = update.run("update", *arguments.format(update.output).split())
    assert (status, out) == (2, [])
    assert message.format(update.output) in err
    assert err.count("\n") == 1


def test_a_directory_in_the_files_place(update: Updater) -> None:
    update.output.mkdir()
    status, out, err = update("jetpack", page(lines(JETPACK)))
    assert (status, out) == (2, [])
    assert err.startswith("xmlrpc-guard: output: '/")
    assert err.endswith(" is a directory; write the path of a file\n")


def test_a_link_to_itself(update: Updater) -> None:
    update.output.symlink_to(update.output)
    status, _, err = update("jetpack", page(lines(JETPACK)))
    assert (status, err) == (2, f"xmlrpc-guard: cannot read {update.output}: Too many levels of symbolic links\n")


# A kill, at each system call that changes the list, the file beside it, or their folder, and at the last of all: a
# call that only reads leaves what the one before it left.

CHANGING = {"openat", "flock", "ftruncate", "write", "fchown", "fchmod", "fsync", "renameat"}


@pytest.mark.skipif(shutil.which("strace") is None, reason="strace is not installed")
def test_a_kill_at_any_step_leaves_the_old_list_or_the_new_one(update: Updater) -> None:
    url = update.mirror.serve(page(lines(JETPACK)))
    command = (sys.executable, "-m", "xmlrpc_guard", "ranges", "update", "jetpack", *update.flags, "--url", url)
    old = lines([*JETPACK, "8.8.8.8/32"] * 1000)
    update.output.write_bytes(old)
    assert trace_update(update.output, *command).returncode == 0
    *before, last = steps(update.output)
    kills = [step for step in before if step[0] in CHANGING] + [last]
    assert {*dict(kills)} > CHANGING
    stayed = []
    for name, number in kills:
        update.output.write_bytes(old)
        killed = trace_update(update.output, *command, inject=f"{name}:signal=SIGKILL:when={number}")
        assert killed.returncode == -signal.SIGKILL
        found = update.output.read_bytes()
        assert found == old or update.entries == AS_WRITTEN
        stayed.append(found == old)
        assert {*names(update.output.parent)} <= {update.output.name, beside(update.output).name}
    renamed = kills.index(("renameat", 1)) + 1
    assert stayed == [True] * renamed + [False] * (len(kills) - renamed)
    assert update("jetpack", page(lines(JETPACK))).status == 0
    assert names(update.output.parent) == [update.output.name]


def test_a_guard_that_follows_the_file_takes_each_update_and_keeps_what_was_refused(update: Updater) -> None:
    update("jetpack", page(lines(JETPACK[:4])))
    live = LivePolicy(Policy(allow=[]), allow=[File(update.output)], every=0)
    assert live.current().allow == Policy(allow=JETPACK[:4]).allow
    for answer, entries in ((page(HTML), JETPACK[:4]), (page(lines(JETPACK)), JETPACK), (page(b""), JETPACK)):
        update("jetpack", answer)
        assert live.current().allow == Policy(allow=entries).allow
        assert [status.error for status in live.status()] == [None]


def test_a_name_that_cannot_be_downloaded(tmp_path: Path) -> None:
    with pytest.raises(ConfigurationError, match=r"^name: 'private' is not a list that can be downloaded; write one"):
        update_list("private", str(tmp_path / "list.txt"))


def test_the_usual_folder_is_made(update: Updater, monkeypatch: pytest.MonkeyPatch) -> None:
    update.output.parent.rmdir()
    monkeypatch.setattr(folder, "USUAL_FOLDER", str(update.output.parent))
    assert update("jetpack", page(lines(JETPACK))).status == 0
    assert update.output.parent.stat().st_mode & 0o022 == 0


def test_another_folder_that_is_missing_is_named_before_the_download(update: Updater) -> None:
    update.output.parent.rmdir()
    where = update.output.parent
    assert update("jetpack", page(lines(JETPACK))) == (
        2,
        [],
        f"xmlrpc-guard: {where} does not exist; run: install -d -m 755 {where}\n",
    )
    assert not update.mirror.requests


def test_the_usual_folder_that_cannot_be_made_is_named(update: Updater, monkeypatch: pytest.MonkeyPatch) -> None:
    where = update.output.parent / "x"
    where.parent.rmdir()
    monkeypatch.setattr(folder, "USUAL_FOLDER", str(where))
    update.flags[1] = str(where / "list.txt")
    assert update("jetpack").err == (
        f"xmlrpc-guard: {where} cannot be made (No such file or directory); run: install -d -m 755 {where}\n"
    )


def test_a_system_that_cannot_lock_files_is_named(update: Updater, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "fcntl", None)  # as on Windows
    assert update("jetpack") == (
        2,
        [],
        "xmlrpc-guard: cannot replace a file on this system, which has no fcntl; run this on Linux\n",
    )
