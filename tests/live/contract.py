"""What every source of addresses promises. A source's tests inherit this class and define how it is changed."""

from abc import ABC, abstractmethod

import pytest

from tests.live.doubles import Time
from xmlrpc_guard import Networks, Policy, Request
from xmlrpc_guard.errors import SourceError
from xmlrpc_guard.sources import LivePolicy, Source

OFFICE = ["192.0.2.7", "2001:db8::/32", "10.0.0.0/8"]


class SourceContract(ABC):
    @abstractmethod
    def source(self) -> Source:
        """Give the source under test, which holds what ``write`` wrote."""

    @abstractmethod
    def write(self, *entries: str) -> None:
        """Let these be the entries of the source from now on."""

    @abstractmethod
    def remove(self) -> None:
        """Let there be nothing to read any more."""

    def test_a_source_has_a_name(self) -> None:
        assert self.source().name.isprintable()

    def test_the_entries_of_a_source_are_those_written(self) -> None:
        self.write(*OFFICE)
        reading = self.source().read()
        assert (reading.networks, reading.entries) == (Networks(OFFICE), len(OFFICE))

    def test_entries_are_counted_as_written_not_as_merged(self) -> None:
        self.write("10.0.0.0/8", "10.0.0.0/9", "10.0.0.0/8")
        assert self.source().read().entries == 3

    def test_a_source_may_have_no_entries(self) -> None:
        self.write()
        reading = self.source().read()
        assert (reading.networks, reading.entries) == (Networks(), 0)

    def test_the_stamp_of_a_source_stays_as_long_as_nothing_changes(self) -> None:
        self.write(*OFFICE)
        source = self.source()
        assert source.stamp() == source.read().stamp == source.stamp() == source.read().stamp

    def test_the_stamp_of_a_source_changes_with_its_entries(self) -> None:
        self.write(*OFFICE)
        before = self.source().read().stamp
        self.write("192.0.2.8")
        assert self.source().stamp() != before
        assert self.source().read().stamp == self.source().stamp()

    def test_entries_that_are_read_again_unchanged_are_one_object(self) -> None:
        self.write(*OFFICE)
        source = self.source()
        before = source.read().networks
        self.write(*OFFICE)
        assert source.read().networks is before
        self.write("192.0.2.8")
        assert source.read().networks == Networks(["192.0.2.8"])

    def test_an_entry_that_cannot_be_used_is_an_error_that_names_the_source(self) -> None:
        self.write("192.0.2.7", "10/8")
        with pytest.raises(SourceError, match=r"'10/8' is a partial address; write 10.0.0.0/8") as raised:
            self.source().read()
        assert raised.value.source == self.source().name

    def test_a_source_is_read_after_an_error(self) -> None:
        self.write("10/8")
        source = self.source()
        with pytest.raises(SourceError):
            source.read()
        self.write("10.0.0.0/8")
        assert source.read().networks == Networks(["10.0.0.0/8"])

    def test_what_is_not_there_has_no_stamp_and_cannot_be_read(self) -> None:
        self.remove()
        for call in (self.source().stamp, self.source().read):
            with pytest.raises(SourceError) as raised:
                call()
            assert raised.value.source == self.source().name

    def test_a_live_policy_follows_a_source(self) -> None:
        time = Time()
        self.write("192.0.2.7")
        live = LivePolicy(Policy(allow=[]), allow=[self.source()], clock=time.clock, now=time.now)
        results = [allowed(live, "192.0.2.7", "192.0.2.8")]
        self.write("192.0.2.8")
        results.append(allowed(live, "192.0.2.7", "192.0.2.8"))
        time.passes(5)
        results.append(allowed(live, "192.0.2.7", "192.0.2.8"))
        self.remove()
        time.passes(5)
        results.append(allowed(live, "192.0.2.7", "192.0.2.8"))
        assert results == [["192.0.2.7"], ["192.0.2.7"], ["192.0.2.8"], ["192.0.2.8"]]


def allowed(live: LivePolicy, *clients: str) -> list[str]:
    """Give those of the clients that the active policy allows."""
    policy = live.current()
    return [client for client in clients if policy.decide(Request("/xmlrpc.php", peer=client))]
