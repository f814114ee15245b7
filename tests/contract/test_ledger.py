"""The ledger."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone
from itertools import islice

import pytest

from shared.domain.contact import SkipReason
from shared.domain.plan import EntryStatus, LedgerEntry, Outcome
from tests.contract.backends import Backend
from tests.factories import NOW, ledger_entry

TENANT, SYNC = "tenant-1", "sync-1"
FAR = NOW + timedelta(days=1)


def entries(count: int) -> list[LedgerEntry]:
    return [ledger_entry(number) for number in range(1, count + 1)]


def ids(of: list[LedgerEntry]) -> list[str]:
    return [entry.contact_id for entry in of]


@pytest.mark.parametrize(
    "entry",
    [
        ledger_entry(),
        ledger_entry(
            status=EntryStatus.REFUSED,
            outcome=Outcome.SKIP,
            reason=SkipReason.REFUSED_BY_CAMPAIGNS,
            detail="2006: Invalid “From” 電子メール",
            active=False,
            email_digest=2**64 - 1,
            fingerprint=bytes(range(256)) * 2,
            attempted_at=datetime(2026, 11, 22, 9, 0, 0, 123456, tzinfo=UTC),
        ),
        ledger_entry(
            email_digest=0, fingerprint=b"", outcome=Outcome.UPDATE, created_at=NOW.replace(year=1999)
        ),
    ],
    ids=["synced", "refused", "zeros"],
)
def test_an_entry_comes_back_as_it_was_stored(backend: Backend, entry: LedgerEntry) -> None:
    backend.ledger.put_many(TENANT, SYNC, [entry])

    assert backend.ledger.get_many(TENANT, SYNC, [entry.contact_id]) == {entry.contact_id: entry}


def test_a_time_with_another_offset_comes_back_as_the_same_instant(backend: Backend) -> None:
    created_at = datetime(2024, 1, 15, 10, 0, tzinfo=timezone(timedelta(hours=-7)))
    entry = ledger_entry(created_at=created_at)
    backend.ledger.put_many(TENANT, SYNC, [entry])

    assert (
        backend.ledger.get_many(TENANT, SYNC, [entry.contact_id])[entry.contact_id].created_at == created_at
    )


def test_only_the_entries_that_exist_are_returned(backend: Backend) -> None:
    some = entries(2)
    backend.ledger.put_many(TENANT, SYNC, some)

    found = backend.ledger.get_many(TENANT, SYNC, [*ids(some), "unknown", some[0].contact_id])

    assert found == {entry.contact_id: entry for entry in some}
    assert backend.ledger.get_many(TENANT, SYNC, []) == {}
    assert backend.ledger.get_many(TENANT, "sync-2", ids(some)) == {}
    assert backend.ledger.get_many("tenant-2", SYNC, ids(some)) == {}


def test_more_entries_than_a_batch_holds_are_written_and_read(backend: Backend) -> None:
    many = entries(130)
    backend.ledger.put_many(TENANT, SYNC, many)

    assert backend.ledger.get_many(TENANT, SYNC, iter(ids(many))) == {e.contact_id: e for e in many}


def test_the_last_of_several_entries_for_a_contact_is_kept(backend: Backend) -> None:
    first, second = ledger_entry(run_id="first"), ledger_entry(run_id="second")
    backend.ledger.put_many(TENANT, SYNC, [first, second])
    assert backend.ledger.get_many(TENANT, SYNC, ids([first])) == {first.contact_id: second}

    backend.ledger.put_many(TENANT, SYNC, [first])
    assert backend.ledger.get_many(TENANT, SYNC, ids([first])) == {first.contact_id: first}


def test_storing_nothing_stores_nothing(backend: Backend) -> None:
    backend.ledger.put_many(TENANT, SYNC, [])
    backend.ledger.delete_many(TENANT, SYNC, [])

    assert list(backend.ledger.entries(TENANT, SYNC)) == []


def test_entries_are_iterated_in_ascending_order_of_contact_id(backend: Backend) -> None:
    some = entries(30)
    backend.ledger.put_many(TENANT, SYNC, some[::-1])
    backend.ledger.put_many(TENANT, "sync-2", [ledger_entry(99)])

    assert list(backend.ledger.entries(TENANT, SYNC)) == some
    assert list(backend.ledger.entries(TENANT, SYNC, after=some[9].contact_id)) == some[10:]
    assert list(backend.ledger.entries(TENANT, SYNC, after=some[-1].contact_id)) == []
    assert list(backend.ledger.entries(TENANT, SYNC, after="46")) == some


def test_entries_can_be_deleted_while_they_are_iterated(backend: Backend) -> None:
    some = entries(5)
    backend.ledger.put_many(TENANT, SYNC, some)
    walk = backend.ledger.entries(TENANT, SYNC)
    first = next(walk)
    backend.ledger.delete_many(TENANT, SYNC, [first.contact_id])

    assert ids(list(walk)) == ids(some[1:])


def test_only_the_named_entries_are_deleted(backend: Backend) -> None:
    some = entries(60)
    backend.ledger.put_many(TENANT, SYNC, some)
    gone = ids(some[:55])
    backend.ledger.delete_many(TENANT, SYNC, [*gone, gone[0], "unknown"])

    assert list(backend.ledger.entries(TENANT, SYNC)) == some[55:]


def test_erasing_leaves_nothing_of_the_sync_and_everything_of_others(backend: Backend) -> None:
    backend.ledger.put_many(TENANT, SYNC, entries(60))
    backend.ledger.put_many(TENANT, "sync-2", entries(1))

    assert backend.ledger.delete_all(TENANT, SYNC, until=FAR)
    assert list(backend.ledger.entries(TENANT, SYNC)) == []
    assert list(backend.ledger.entries(TENANT, "sync-2")) == entries(1)
    assert backend.ledger.delete_all(TENANT, SYNC, until=FAR)


def test_erasing_stops_when_its_time_is_over_and_can_be_gone_on_with(backend: Backend) -> None:
    many = entries(600)
    backend.ledger.put_many(TENANT, SYNC, many)
    over = NOW - timedelta(seconds=1)

    assert not backend.ledger.delete_all(TENANT, SYNC, until=over)
    left = len(list(islice(backend.ledger.entries(TENANT, SYNC), 600)))
    assert 0 < left < 600
    while not backend.ledger.delete_all(TENANT, SYNC, until=over):
        pass
    assert list(backend.ledger.entries(TENANT, SYNC)) == []
