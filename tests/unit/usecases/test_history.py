"""Runs, downloads and notifications."""

from __future__ import annotations

import pytest

from shared.domain.errors import BadRequest, NotFound
from shared.domain.run import Mode
from tests.application import TENANT, FakeApplication
from tests.unit.usecases.wishes import wish


@pytest.fixture
def app() -> FakeApplication:
    return FakeApplication()


def sync_of(app: FakeApplication, *emails: str) -> str:
    app.connected()
    for email in emails:
        app.world.add(email)
    return app.configure.create(TENANT, wish()).sync.id


def test_runs_are_listed_newest_first_and_page_by_page(app: FakeApplication) -> None:
    sync_id = sync_of(app, "a@example.org")
    app.work_off()
    for _ in range(2):
        app.fake_clock.sleep(3600)
        app.run_control.start_by_user(TENANT, sync_id, mode=Mode.FULL)
        app.work_off()
    first = app.history.runs(TENANT, sync_id, limit=2, cursor=None)
    second = app.history.runs(TENANT, sync_id, limit=2, cursor=first.cursor)
    times = [run.sync_time for run in (*first.items, *second.items)]
    assert len(times) == 3
    assert times == sorted(times, reverse=True)
    assert second.cursor is None


def test_skipped_records_that_are_kept_no_longer_are_not_offered(app: FakeApplication) -> None:
    sync_id = sync_of(app, "")
    run_id = str(app.configure.show(TENANT, sync_id).sync.current_run_id)
    app.work_off()
    app.fake_clock.sleep(90 * 86_400)
    with pytest.raises(NotFound) as late:
        app.history.skipped(TENANT, sync_id, run_id)
    assert late.value.code == "skipped_expired"


def test_a_cursor_of_something_else_is_refused(app: FakeApplication) -> None:
    sync_id = sync_of(app)
    with pytest.raises(BadRequest) as refused:
        app.history.runs(TENANT, sync_id, limit=2, cursor="made-up")
    assert refused.value.code == "cursor_invalid"


def test_skipped_records_are_offered_once_the_run_has_ended(app: FakeApplication) -> None:
    sync_id = sync_of(app, "", "a@example.org")
    run_id = str(app.configure.show(TENANT, sync_id).sync.current_run_id)
    with pytest.raises(NotFound) as early:
        app.history.skipped(TENANT, sync_id, run_id)
    assert (early.value.code, "once the run has ended" in early.value.message) == ("nothing_skipped", True)

    app.work_off()
    download = app.history.skipped(TENANT, sync_id, run_id)
    assert download.rows == 1
    assert (download.expires_at - app.fake_clock.now()).total_seconds() == 300
    assert "seconds=300" in download.url
    assert "skipped-2026-11-23-0900.csv" in download.url


def test_a_run_that_skipped_nothing_has_no_download(app: FakeApplication) -> None:
    sync_id = sync_of(app, "a@example.org")
    run_id = str(app.configure.show(TENANT, sync_id).sync.current_run_id)
    app.work_off()
    with pytest.raises(NotFound) as refused:
        app.history.skipped(TENANT, sync_id, run_id)
    assert refused.value.code == "nothing_skipped"


def test_another_tenants_ids_are_not_found_like_ids_that_never_existed(app: FakeApplication) -> None:
    sync_id = sync_of(app, "")
    run_id = str(app.configure.show(TENANT, sync_id).sync.current_run_id)
    app.work_off()
    (note,) = app.history.notifications(TENANT, limit=5, cursor=None).page.items

    def refusal(call: str, *args: str, **named: object) -> tuple[str, str]:
        with pytest.raises(NotFound) as refused:
            getattr(app.history, call)(*args, **named)
        return refused.value.code, refused.value.message

    page = {"limit": 5, "cursor": None}
    assert refusal("runs", "mallory", sync_id, **page) == refusal("runs", "mallory", "never", **page)
    for call in ("run", "skipped"):
        assert refusal(call, "mallory", sync_id, run_id) == refusal(call, "mallory", "never", "never")
        assert refusal(call, TENANT, sync_id, "never")[0] == "run_not_found"
    assert refusal("mark_read", "mallory", note.id) == refusal("mark_read", "mallory", "never")
    assert app.history.notifications("mallory", limit=5, cursor=None).unread == 0


def test_a_notification_is_read_once(app: FakeApplication) -> None:
    sync_of(app, "a@example.org")
    app.work_off()
    inbox = app.history.notifications(TENANT, limit=5, cursor=None)
    assert inbox.unread == 1
    (note,) = inbox.page.items
    read_at = app.history.mark_read(TENANT, note.id).read_at
    app.fake_clock.sleep(60)
    assert app.history.mark_read(TENANT, note.id).read_at == read_at
    assert app.history.notifications(TENANT, limit=5, cursor=None).unread == 0
