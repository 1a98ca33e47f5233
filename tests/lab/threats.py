"""The threat model: each defence, what it protects from whom, and the test that fails when it is taken away.

    python -m tests.lab.threats [--only WORD]

takes each defence away in a copy of what git has, and runs its test there: it must pass before and fail after. The
page docs/evidence/threats.md shows the same rows; ``--page`` prints its table.
"""

import argparse
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import NamedTuple

from tests.inherited import inherited
from tests.lab.package import copy_sources


class Threat(NamedTuple):
    """A row: who can do what to which thing, and how, and the defence with its test and its removal."""

    asset: str
    attacker: str
    entry: str
    defence: str
    test: str
    file: str
    present: str
    """Text that stands once in the file, and is the defence."""
    absent: str
    """What stands in its place when the defence is taken away."""


SCRIPT, LIST, PROXY, OPERATOR, VISITORS = (
    "the guarded script",
    "the allowlist",
    "the server after the proxy",
    "the operator's log and pages",
    "other visitors' requests",
)
STRANGER, PUBLISHER, NEIGHBOUR, UPSTREAM = (
    "any client",
    "who can change a published list",
    "another account of the machine",
    "the server that runs PHP",
)

THREATS = (
    Threat(
        *(SCRIPT, STRANGER, "a percent-encoded path"),
        "every decoding of a path is looked at, up to eight",
        "tests/test_truth.py::test_no_request_that_runs_the_script_after_a_server_passes_the_guard",
        "target.py",
        'return self._named_in(path) or ("%" in path and self._reached_decoded(path))',
        "return self._named_in(path)",
    ),
    Threat(
        *(SCRIPT, STRANGER, "a path in another case"),
        "names are compared without regard to case",
        "tests/test_truth.py::test_no_request_that_runs_the_script_after_a_server_passes_the_guard",
        "target.py",
        "flat = path.lower()",
        "flat = path",
    ),
    Threat(
        *(SCRIPT, STRANGER, "a target that the server decodes to another path"),
        "the request line's own text is a view of the path too",
        "tests/test_views.py::test_every_view_of_the_path_counts",
        "views.py",
        '_RAW_TARGETS = ("RAW_URI", "REQUEST_URI")',
        "_RAW_TARGETS = ()",
    ),
    Threat(
        *(SCRIPT, STRANGER, "a path that decodes without end"),
        "what still changes after eight decodings is guarded",
        "tests/test_target.py::test_what_still_changes_after_eight_decodings_is_guarded",
        "target.py",
        'return unquote(path, "latin-1") != path',
        "return False",
    ),
    Threat(
        *(SCRIPT, STRANGER, "a forwarded header of its own"),
        "the header is read only if the peer is a trusted proxy",
        "tests/test_policy.py::test_no_text_from_an_untrusted_peer_changes_its_decision",
        "client.py",
        "if proxies.include(peer, address, unix=unix):",
        "if forwarded or proxies.include(peer, address, unix=unix):",
    ),
    Threat(
        *(SCRIPT, STRANGER, "an address in front of the proxy's in the header"),
        "the header is read from its right end, up to the first address that is no trusted proxy's",
        "tests/test_client.py::test_nothing_left_of_the_first_untrusted_hop_changes_the_client",
        "client.py",
        "is_client = not trusted or (start == 0 and hops <= MAX_HOPS)",
        "is_client = start == 0",
    ),
    Threat(
        *(SCRIPT, STRANGER, "an element of the header that cannot be read"),
        "it ends the reading without a client, and the request is refused",
        "tests/test_client.py::test_the_walk_from_the_right",
        "client.py",
        "            yield Step(error.element, None, problem=error.problem)\n            return\n",
        "            end = end - len(error.element) - 1\n            continue\n",
    ),
    Threat(
        *(SCRIPT, STRANGER, "a trusted_proxies list that covers everyone, by mistake"),
        "such a list is refused when the policy is made, or when its file is read",
        "tests/test_client.py::test_what_may_not_be_trusted",
        "client.py",
        "if networks.covers_everyone:",
        "if False:",
    ),
    Threat(
        *(SCRIPT, STRANGER, "a peer that is no address"),
        "a peer that is no address is unknown, and refused",
        "tests/test_policy.py::test_who_may_reach_a_script",
        "policy.py",
        "if caller.client is None:",
        "if caller.client is None and not caller.trusted:\n"
        "            return Decision(Reason.LISTED)\n"
        "        if caller.client is None:",
    ),
    Threat(
        *(SCRIPT, "a client that was let in before", "its own address"),
        "deny comes before allow, and is final",
        "tests/test_policy.py::test_who_may_reach_a_script",
        "policy.py",
        "if self.deny.covers(packed):",
        "if self.deny.covers(packed) and not self.allow.covers(packed):",
    ),
    Threat(
        *(SCRIPT, STRANGER, "a call inside of system.multicall, where public_methods are set"),
        "each name in the body must be public, not only the first",
        "tests/test_public_calls.py::test_what_a_call_leads_to",
        "public_calls.py",
        "private = [name for name in names if not self.methods.covers(name)]",
        "private = [name for name in names[:1] if not self.methods.covers(name)]",
    ),
    Threat(
        *(SCRIPT, STRANGER, "a body that WordPress reads otherwise than other XML readers"),
        "a body of any other shape than the specification's is refused",
        "tests/test_methods.py::test_a_body",
        "methods.py",
        '    if body.find(b"<?xml", start, start + lead + _WINDOW + 4) >= 0:\n',
        "    if False:\n",
    ),
    Threat(
        *(SCRIPT, STRANGER, "a body in a content coding that the application undoes"),
        "a body with a Content-Encoding is refused",
        "tests/test_inspection.py::test_what_a_guard_with_public_methods_answers",
        "inspection.py",
        "        if coding:\n",
        "        if False:\n",
    ),
    Threat(
        *("the server's threads", STRANGER, "many slow bodies"),
        "at most max_body_readers bodies are read at a time; one more is answered 503",
        "tests/test_inspection.py::test_more_bodies_than_may_be_are_not_read_at_a_time",
        "inspection.py",
        "            if not free:\n",
        "            if False:\n",
    ),
    Threat(
        *("the server's memory", STRANGER, "a body without end"),
        "reading stops after max_body bytes",
        "tests/test_inspection.py::test_what_a_guard_with_public_methods_answers",
        "inspection.py",
        "        if body.too_large:\n",
        "        if False:\n",
    ),
    Threat(
        *(LIST, PUBLISHER, "`ranges update` downloads ranges that are private or half the list"),
        "an implausible list is shown to a person and not written",
        "tests/updates/test_problems.py::test_no_address_that_is_not_global_passes",
        "updates/problems.py",
        "        *_first_of_kind(_special(new)),\n",
        "",
    ),
    Threat(
        *(LIST, "a program that writes lists badly", "a list file with a wrong line, cut off or empty"),
        "it is refused whole, and the last usable entries stay active",
        "tests/live/test_journal.py::test_a_problem_is_logged_once_and_the_last_usable_entries_stay_active",
        "live/watched.py",
        "            return replace(looked, error=_to_source_error(self.source, error))\n",
        "            return replace(looked, latest=Reading(Networks(), 0), error=None).activate()\n",
    ),
    Threat(
        *(LIST, NEIGHBOUR, "a list file that others may write"),
        "the guard and the commands warn of it",
        "tests/live/test_journal.py::test_a_list_that_others_may_write_is_logged_once_and_is_active",
        "live/file.py",
        "warning = describe_access(self.name, status) or describe_folder_access(self.name)",
        'warning = ""',
    ),
    Threat(
        *(PROXY, STRANGER, "a request that two servers end at different bytes"),
        "a request with a length and a coding is answered 400, not forwarded",
        "tests/test_body.py::test_a_body_whose_end_servers_could_see_in_two_places_is_refused",
        "body.py",
        '    demand(not length, "both Transfer-Encoding and Content-Length")\n',
        "",
    ),
    Threat(
        *(VISITORS, UPSTREAM, "an answer whose end can be read in two ways"),
        "it is answered 502, and its connection serves no other request",
        "tests/test_proxy_answer.py::test_rubbish_gives_502",
        "proxy/answer.py",
        'if coding is not None and (coding.lower() != "chunked" or length is not None or not self.version):',
        'if coding is not None and coding.lower() != "chunked":',
    ),
    Threat(
        *("WordPress' trust in its server's headers", STRANGER, "a forwarded header through the embedded proxy"),
        "a stranger's forwarded header is not passed on",
        "tests/test_proxy_outgoing.py::test_a_strangers_value_does_not_arrive_by_a_name_that_servers_fold",
        "proxy/outgoing.py",
        'names = names_without("" if trusted else header.key)',
        'names = names_without("")',
    ),
    Threat(
        *(OPERATOR, STRANGER, "line ends and terminal codes in a path or a header"),
        "all but printable ASCII is escaped before it is written",
        "tests/serving/test_logs.py::test_no_message_can_forge_a_line",
        "text.py",
        'return "".join(char if " " <= char <= "~" else char.encode("unicode_escape").decode() for char in text)',
        "return text",
    ),
    Threat(
        *(OPERATOR, "a page in a browser of this machine", "the status page, under a name of its own"),
        "the page answers only to names of the loopback address, and to nothing that a proxy hands on",
        "tests/serving/test_page.py::test_who_is_answered",
        "serving/page.py",
        'if not _LOOPBACK_HOST.fullmatch(environ.get("HTTP_HOST", "").lower()) or any(map(environ.get, _HANDED_ON)):',
        "if any(map(environ.get, _HANDED_ON)):",
    ),
)


def take_away(copy: Path, threat: Threat) -> None:
    file = copy / "xmlrpc_guard" / threat.file
    text = file.read_text()
    assert text.count(threat.present) == 1, f"{threat.file} has no such defence once: {threat.present}"
    file.write_text(text.replace(threat.present, threat.absent))


def run_test(copy: Path, test: str) -> subprocess.CompletedProcess[str]:
    tool = [sys.executable, "-m", "pytest", "-q", "-n0", "-x", "-p", "no:cacheprovider", "--hypothesis-profile=quick"]
    environ = inherited(PYTHONPATH=str(copy), PYTHONDONTWRITEBYTECODE="1")
    return subprocess.run([*tool, test], cwd=copy, env=environ, capture_output=True, text=True, check=False)


def show(threats: tuple[Threat, ...]) -> int:
    """Run each row's test with its defence, and without it."""
    wrong = 0
    with tempfile.TemporaryDirectory() as name:
        copy = copy_sources(Path(name))
        whole = run_test(copy, "--co")  # that the copy is whole
        assert whole.returncode == 0, whole.stdout
        passing = {test: run_test(copy, test).returncode for test in dict.fromkeys(each.test for each in threats)}
        for threat in threats:
            file = copy / "xmlrpc_guard" / threat.file
            before = file.read_text()
            take_away(copy, threat)
            ran = run_test(copy, threat.test)
            file.write_text(before)
            holds = (passing[threat.test], ran.returncode) == (0, 1)
            wrong += not holds
            failed = next((line for line in ran.stdout.splitlines() if line.startswith("FAILED")), "no test fails")
            print(f"{'shown' if holds else 'NOT SHOWN'}: {threat.defence}\n    {failed[:200]}", flush=True)
    print(f"{len(threats) - wrong} of {len(threats)} defences are missed by their test")
    return 1 if wrong else 0


def table() -> str:
    """Write the rows as the page has them."""
    head = "| What is protected | From whom | By what way | Defence | Test |\n|---|---|---|---|---|\n"
    rows = ((*each[:4], f"`{each.test.partition('::')[2]}`") for each in THREATS)
    return head + "".join(f"| {' | '.join(row)} |\n" for row in rows)


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m tests.lab.threats", description="Take each defence away.")
    parser.add_argument("--only", default="", metavar="WORD", help="only the defences with this word")
    parser.add_argument("--page", action="store_true", help="print the page's table, and take nothing away")
    flags = parser.parse_args()
    if flags.page:
        print(table(), end="")
        return 0
    return show(tuple(each for each in THREATS if flags.only in each.defence))


if __name__ == "__main__":
    sys.exit(main())
