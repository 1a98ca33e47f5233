"""Which refusals of a flood get a record, beside a plain account of who was refused when."""

import tracemalloc
from collections import Counter
from ipaddress import IPv6Address

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from xmlrpc_guard.sampling import MOST_CLIENTS, WINDOW, Sampler, Summary

A_FLOOD = 500 * settings().max_examples  # fifty thousand in the profile ci; each takes long while memory is traced


def clients_of(networks: int) -> list[str]:
    return [str(IPv6Address((0x20010DB8 << 96) + (number << 64) + 1)) for number in range(networks)]


@pytest.mark.parametrize(
    ("first", "second", "recorded"),
    [
        pytest.param("203.0.113.9", "203.0.113.9", False, id="an IPv4 address has one record in a minute"),
        pytest.param("203.0.113.9", "203.0.113.10", True, id="two IPv4 addresses have a record each"),
        pytest.param(
            "2001:db8::1", "2001:db8::ffff:2", False, id="two addresses of an IPv6 network of 64 bits share one"
        ),
        pytest.param("2001:db8::1", "2001:db8:0:1::1", True, id="two IPv6 networks of 64 bits have a record each"),
        pytest.param(None, None, False, id="clients that are unknown share one record"),
    ],
)
def test_who_is_one_client(first: str | None, second: str | None, recorded: bool) -> None:
    sampler = Sampler()
    assert sampler.see(first, 0.0) == (True, [])
    assert sampler.see(second, 1.0) == (recorded, [])


@pytest.mark.parametrize(
    ("client", "named"),
    [
        pytest.param("203.0.113.9", "203.0.113.9", id="an IPv4 address"),
        pytest.param("2001:db8::7:1:2:3", "2001:db8::/64", id="an IPv6 network"),
        pytest.param(None, "unknown", id="an unknown client"),
    ],
)
def test_what_was_left_out_is_summed_up_when_the_minute_is_over(client: str | None, named: str) -> None:
    sampler = Sampler()
    for second in (0, 1, 2):
        sampler.see(client, float(second))
    assert sampler.end_windows(WINDOW - 0.5) == []
    assert sampler.end_windows(WINDOW) == [Summary(named, 2)]
    assert sampler.end_windows(WINDOW) == []


def test_a_client_that_came_once_is_not_summed_up() -> None:
    sampler = Sampler()
    sampler.see("203.0.113.9", 0.0)
    assert sampler.end_windows(WINDOW) == []


def test_clients_beyond_the_most_share_one_count() -> None:
    sampler, clients = Sampler(), clients_of(MOST_CLIENTS + 3)
    recorded = [sampler.see(client, 0.0)[0] for client in clients]
    assert recorded == [True] * MOST_CLIENTS + [False] * 3
    assert sampler.see(clients[0], 59.0) == (False, [])
    assert sampler.see("203.0.113.9", WINDOW) == (True, [Summary("2001:db8::/64", 1), Summary(None, 3)])


SEEN = st.tuples(st.sampled_from([None, "192.0.2.1", "192.0.2.2", "2001:db8::1", "2001:db8::2"]), st.integers(0, 40))


@given(st.lists(SEEN, max_size=60))
def test_every_refusal_is_recorded_or_summed_up_once(seen: list[tuple[str | None, int]]) -> None:
    sampler, now = Sampler(), 0.0
    last_record: dict[str, float] = {}
    shown: Counter[str] = Counter()
    refused: Counter[str] = Counter()
    for client, pause in seen:
        now += pause
        name = "2001:db8::/64" if client and ":" in client else client or "unknown"
        recorded, ended = sampler.see(client, now)
        assert recorded == (now - last_record.get(name, -WINDOW) >= WINDOW)
        last_record |= {name: now} if recorded else {}
        refused[name] += 1
        shown[name] += recorded
        shown.update({str(who): number for who, number in ended})
    shown.update({str(who): number for who, number in sampler.end_windows(now + WINDOW)})
    assert shown == refused


def test_a_flood_from_many_addresses_takes_bounded_memory_and_loses_no_refusal() -> None:
    sampler, records, summed = Sampler(), 0, 0
    tracemalloc.start()
    for number in range(A_FLOOD):
        client = ".".join(map(str, (number + (1 << 24)).to_bytes(4, "big")))
        recorded, ended = sampler.see(client, 100 * number / A_FLOOD)
        records += recorded
        summed += sum(refusals for _, refusals in ended)
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    summed += sum(refusals for _, refusals in sampler.end_windows(A_FLOOD))
    assert records + summed == A_FLOOD
    assert records <= 2 * MOST_CLIENTS  # the flood is a hundred seconds long
    assert peak < 1_000_000
