"""Who has which address: gathered in slices, saved, and asked again."""

from __future__ import annotations

import random
import tracemalloc

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.domain import compact
from shared.domain.compact import DigestMap
from shared.domain.contact import SkipReason
from shared.domain.run import Mode
from shared.usecases.run_sync import owner_index
from shared.usecases.run_sync.owner_index import OwnerIndex
from tests.factories import ledger_entry
from tests.unit.run_sync.test_interruptions import system_of

pairs = st.lists(st.tuples(st.integers(0, 9) | st.integers(0, 2**64 - 1), st.integers(0, 2**64 - 1)))


@given(pairs)
def test_a_map_holds_every_number_of_every_digest_also_when_saved(added: list[tuple[int, int]]) -> None:
    room, compact.UNSORTED_AT_MOST = compact.UNSORTED_AT_MOST, 3
    try:
        found = DigestMap()
        for digest, number in added:
            found.add(digest, number)
        for each in (found, DigestMap.from_bytes(found.to_bytes())):
            for digest in {digest for digest, _ in added} | {5}:
                wanted = sorted({number for key, number in added if key == digest})
                assert sorted(each.get(digest)) == wanted
    finally:
        compact.UNSORTED_AT_MOST = room


@pytest.mark.parametrize("length", [1, 8, 24])
def test_bytes_that_are_no_saved_map_are_refused(length: int) -> None:
    with pytest.raises(ValueError, match="multiple"):
        DigestMap.from_bytes(bytes(length))


def test_100_000_owners_take_little_more_than_their_16_bytes_each() -> None:
    numbers = random.Random(7)
    tracemalloc.start()
    found = DigestMap()
    for number in range(100_000):
        found.add(numbers.getrandbits(64), number)
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert peak < 25_000_000


def test_ids_that_are_no_numbers_are_kept_as_they_are() -> None:
    ids = ["46000000000000001", "007", "", "ab", "٣", str(2**64), "-1", "1e3"]
    index = OwnerIndex()
    for contact_id in ids * 2:
        index.add(7, contact_id)
    for each in (index, OwnerIndex.from_bytes(index.to_bytes())):
        assert sorted(each.holders(7)) == sorted(ids)
        assert each.holders(8) == []


def test_a_reading_that_was_broken_off_goes_on_behind_the_last_entry() -> None:
    entries = [ledger_entry(number) for number in range(1, 8)]
    index = OwnerIndex()
    index.read(entries[:4], lambda: None)
    index.complete = False
    again = OwnerIndex.from_bytes(index.to_bytes())
    again.read([entry for entry in entries if entry.contact_id > again.after], lambda: None)
    assert all(again.holders(entry.email_digest) == [entry.contact_id] for entry in entries)


def test_an_incremental_run_reads_a_large_ledger_once_and_in_slices(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(owner_index, "LOOK_EVERY", 50)
    system = system_of(600)
    system.run()
    for number in range(3):
        system.world.add(f"new{number}@example.com")
        system.world.add(f"C{number}@example.com")
    entries, read = system.ledger.entries, 0

    def slow(tenant: str, sync_id: str, *, after: str = "") -> object:
        nonlocal read
        for entry in entries(tenant, sync_id, after=after):
            read += 1
            system.clock.sleep(0.5)
            yield entry

    system.ledger.entries = slow  # type: ignore[method-assign,assignment]
    run = system.run(Mode.INCREMENTAL)
    assert run.tick > 3
    assert (run.counted.added, run.counted.skipped) == (3, {SkipReason.DUPLICATE_EMAIL: 3})
    assert read <= 600 + 10
