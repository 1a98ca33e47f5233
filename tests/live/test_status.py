"""The state of each followed list."""

from datetime import timedelta

from tests.live.doubles import BAD, BEGINNING, NEW, OLD, Memory, Time, follow
from xmlrpc_guard.sources import ListStatus


def test_the_status_of_each_list(time: Time, memory: Memory) -> None:
    memory.written = BEGINNING - timedelta(days=1)
    live = follow(time, memory, deny=[Memory(name="bots")])
    memory.fail(BAD)
    time.passes(5)
    attempted = BEGINNING + timedelta(seconds=5)
    assert live.status() == [
        ListStatus("allow", "memory", 1, memory.written, attempted, str(BAD), stale=False),
        ListStatus("deny", "bots", 0, None, attempted, None, stale=False),
    ]


def test_a_list_of_unknown_age_is_not_old(time: Time, memory: Memory) -> None:
    memory.max_age = timedelta(days=7)
    assert follow(time, memory).status()[0].stale is False


def test_each_change_of_the_active_entries_is_counted_once(time: Time, memory: Memory) -> None:
    live = follow(time, memory)
    for entries in ([NEW], [NEW], [OLD, NEW]):
        memory.write(*entries)
        time.passes(5)
        live.current()
    memory.fail(BAD)
    time.passes(5)
    assert [(each.entries, each.reloads) for each in live.status()] == [(2, 2)]
