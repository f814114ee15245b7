"""/syncs/{sync_id}/runs and /notifications: what happened."""

from __future__ import annotations

from http import HTTPStatus

from pydantic import BaseModel

from shared import bootstrap
from shared.domain.run import Notification
from shared.web import (
    DEFAULT_LIMIT,
    Api,
    Cursor,
    Id,
    Instant,
    Items,
    Limit,
    NoBody,
    RunAnswer,
    RunDetail,
    Tenant,
    answers,
)

api = Api()


class DownloadAnswer(BaseModel):
    """A presigned address of a `text/csv` attachment."""

    url: str
    expires_at: Instant
    rows: int


class NotificationAnswer(BaseModel):
    """`link` is the console's address of the sync's Configuration view."""

    id: str
    kind: str
    title: str
    body: str
    created_at: Instant
    read_at: Instant | None
    link: str

    @classmethod
    def of(cls, notification: Notification) -> NotificationAnswer:
        return cls(
            id=notification.id,
            kind=notification.kind,
            title=notification.title,
            body=notification.body,
            created_at=notification.created_at,
            read_at=notification.read_at,
            link=notification.link,
        )


class InboxAnswer(Items[NotificationAnswer]):
    unread: int


@api.get(
    "/syncs/<sync_id>/runs",
    summary="List the runs of a sync, newest first",
    responses=answers(HTTPStatus.OK, "A page of runs.", {400: "`cursor_invalid`", 404: "`sync_not_found`"}),
)
def list_runs(
    tenant: Tenant, sync_id: Id, limit: Limit = DEFAULT_LIMIT, cursor: Cursor = None
) -> Items[RunAnswer]:
    page = bootstrap.application().history.runs(tenant, sync_id, limit=limit, cursor=cursor)
    return Items[RunAnswer](items=[RunAnswer.of(run) for run in page.items], next_cursor=page.cursor)


@api.get(
    "/syncs/<sync_id>/runs/<run_id>",
    summary="Show a run with its progress",
    responses=answers(HTTPStatus.OK, "The run.", {404: "`sync_not_found`, `run_not_found`"}),
)
def show_run(tenant: Tenant, sync_id: Id, run_id: Id) -> RunDetail:
    return RunDetail.of(bootstrap.application().history.run(tenant, sync_id, run_id))


@api.get(
    "/syncs/<sync_id>/runs/<run_id>/skipped",
    summary="Download the records a run skipped",
    responses=answers(
        HTTPStatus.OK,
        "Where to download the CSV.",
        {404: "`sync_not_found`, `run_not_found`, `nothing_skipped`, `skipped_expired`"},
    ),
)
def download_skipped(tenant: Tenant, sync_id: Id, run_id: Id) -> DownloadAnswer:
    download = bootstrap.application().history.skipped(tenant, sync_id, run_id)
    return DownloadAnswer(url=download.url, expires_at=download.expires_at, rows=download.rows)


@api.get(
    "/notifications",
    summary="List notifications, newest first",
    responses=answers(HTTPStatus.OK, "A page of notifications.", {400: "`cursor_invalid`"}),
)
def list_notifications(tenant: Tenant, limit: Limit = DEFAULT_LIMIT, cursor: Cursor = None) -> InboxAnswer:
    inbox = bootstrap.application().history.notifications(tenant, limit=limit, cursor=cursor)
    items = [NotificationAnswer.of(each) for each in inbox.page.items]
    return InboxAnswer(items=items, next_cursor=inbox.page.cursor, unread=inbox.unread)


@api.post(
    "/notifications/<notification_id>/read",
    summary="Mark a notification as read",
    responses=answers(HTTPStatus.OK, "The notification.", {404: "`notification_not_found`"}),
)
def mark_read(
    tenant: Tenant,
    notification_id: Id,
    body: NoBody = NoBody(),  # noqa: ARG001, B008 — declared so that unknown keys are refused
) -> NotificationAnswer:
    return NotificationAnswer.of(bootstrap.application().history.mark_read(tenant, notification_id))


handler = api.resolve
