"""Notifications, and the answers kept for repeated requests."""

from __future__ import annotations

from datetime import timedelta

import pytest

from shared.domain.errors import BadRequest, Conflict
from tests.contract.backends import Backend
from tests.factories import NOW, notification

TENANT = "tenant-1"


def listed(backend: Backend, limit: int = 100, cursor: str | None = None) -> tuple[list[str], str | None]:
    page = backend.notifications.list(TENANT, limit=limit, cursor=cursor)
    return [item.id for item in page.items], page.cursor


def test_a_notification_comes_back_as_it_was_stored(backend: Backend) -> None:
    backend.notifications.put(TENANT, notification(1))
    backend.notifications.put(TENANT, notification(2, read_at=NOW, body="Ünïcode"))

    assert list(backend.notifications.list(TENANT, limit=10, cursor=None).items) == [
        notification(2, read_at=NOW, body="Ünïcode"),
        notification(1),
    ]


def test_notifications_are_listed_newest_first_page_by_page(backend: Backend) -> None:
    for number in (2, 5, 1, 4, 3):
        backend.notifications.put(TENANT, notification(number))
    newest_first = [notification(number).id for number in (5, 4, 3, 2, 1)]

    first, cursor = listed(backend, 2)
    second, cursor = listed(backend, 2, cursor)
    third, end = listed(backend, 2, cursor)

    assert (first, second, third) == (newest_first[:2], newest_first[2:4], newest_first[4:])
    assert end is None


def test_a_cursor_of_another_list_is_refused(backend: Backend) -> None:
    for number in range(3):
        backend.notifications.put(TENANT, notification(number))
        backend.notifications.put("tenant-2", notification(number))
    foreign = backend.notifications.list("tenant-2", limit=1, cursor=None).cursor

    for cursor in (foreign, "nonsense"):
        with pytest.raises(BadRequest) as refused:
            listed(backend, 10, cursor)
        assert refused.value.code == "cursor_invalid"


def test_the_same_notification_again_changes_nothing(backend: Backend) -> None:
    backend.notifications.put(TENANT, notification())
    backend.notifications.mark_read(TENANT, notification().id, NOW)
    backend.notifications.put(TENANT, notification(title="Another title"))

    assert list(backend.notifications.list(TENANT, limit=10, cursor=None).items) == [
        notification(read_at=NOW)
    ]


def test_unread_counts_what_the_tenant_has_not_read(backend: Backend) -> None:
    assert backend.notifications.unread(TENANT) == 0
    for number in range(4):
        backend.notifications.put(TENANT, notification(number))
    backend.notifications.put("tenant-2", notification(9))
    backend.notifications.mark_read(TENANT, notification(2).id, NOW)

    assert backend.notifications.unread(TENANT) == 3


def test_a_notification_keeps_the_time_it_was_read_first(backend: Backend) -> None:
    backend.notifications.put(TENANT, notification())
    first = backend.notifications.mark_read(TENANT, notification().id, NOW)
    again = backend.notifications.mark_read(TENANT, notification().id, NOW + timedelta(hours=1))

    assert first == again == notification(read_at=NOW)


@pytest.mark.parametrize("unknown", ["unknown", "", "x" * 5000, "a#b"])
def test_reading_what_is_not_there_makes_nothing(backend: Backend, unknown: str) -> None:
    backend.notifications.put("tenant-2", notification())

    assert backend.notifications.mark_read(TENANT, unknown, NOW) is None
    assert backend.notifications.mark_read(TENANT, notification().id, NOW) is None
    assert listed(backend) == ([], None)


def test_deleting_erases_the_notifications_of_one_tenant(backend: Backend) -> None:
    for number in range(30):
        backend.notifications.put(TENANT, notification(number))
    backend.notifications.put("tenant-2", notification())
    backend.notifications.delete_all(TENANT)

    assert listed(backend) == ([], None)
    assert backend.notifications.unread("tenant-2") == 1


# ---- Idempotency-Key ----------------------------------------------------------------------------------


def test_a_repeated_request_gets_the_first_result(backend: Backend) -> None:
    claim = backend.idempotency.claim

    assert claim(TENANT, "run/sync-1", "key-1", "full", "first") == "first"
    assert claim(TENANT, "run/sync-1", "key-1", "full", "second") == "first"
    assert backend.idempotency.lookup(TENANT, "run/sync-1", "key-1", "full") == "first"


def test_the_same_key_for_something_else_is_refused(backend: Backend) -> None:
    backend.idempotency.claim(TENANT, "run/sync-1", "key-1", "full", "first")

    with pytest.raises(Conflict) as claimed:
        backend.idempotency.claim(TENANT, "run/sync-1", "key-1", "incremental", "second")
    with pytest.raises(Conflict) as looked_up:
        backend.idempotency.lookup(TENANT, "run/sync-1", "key-1", "incremental")
    assert claimed.value.code == looked_up.value.code == "idempotency_key_reused"


def test_a_key_belongs_to_its_tenant_and_operation(backend: Backend) -> None:
    backend.idempotency.claim(TENANT, "run/sync-1", "key-1", "full", "first")

    assert backend.idempotency.lookup("tenant-2", "run/sync-1", "key-1", "other") is None
    assert backend.idempotency.lookup(TENANT, "run/sync-2", "key-1", "other") is None
    assert backend.idempotency.lookup(TENANT, "run/sync-1", "key-2", "other") is None


@pytest.mark.parametrize("key", ["x" * 5000, "a#b", "key with blanks", "ключ"])
def test_a_key_may_be_any_text(backend: Backend, key: str) -> None:
    assert backend.idempotency.claim(TENANT, "authorization", key, "", "first") == "first"
    assert backend.idempotency.lookup(TENANT, "authorization", key, "") == "first"


def test_an_answer_is_kept_for_a_day(backend: Backend) -> None:
    backend.idempotency.claim(TENANT, "run/sync-1", "key-1", "full", "first")
    backend.clock.advance_to(NOW + timedelta(days=1, seconds=-1))
    assert backend.idempotency.lookup(TENANT, "run/sync-1", "key-1", "full") == "first"

    backend.clock.advance_to(NOW + timedelta(days=1))
    assert backend.idempotency.lookup(TENANT, "run/sync-1", "key-1", "full") is None
    assert backend.idempotency.claim(TENANT, "run/sync-1", "key-1", "other", "second") == "second"
