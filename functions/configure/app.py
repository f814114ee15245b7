"""/sync-options, /connection/gdpr and /syncs…: the one sync."""

from __future__ import annotations

from http import HTTPStatus

from aws_lambda_powertools.event_handler import Response, content_types

from functions.configure.answers import GdprAnswer, OptionsAnswer, PreviewAnswer, SyncAnswer
from functions.configure.bodies import EditBody, GdprBody, SyncBody
from shared import bootstrap
from shared.web import (
    DEFAULT_LIMIT,
    Api,
    Cursor,
    Id,
    IdempotencyKey,
    Items,
    Limit,
    NoBody,
    Tenant,
    answers,
)

api = Api()

ZOHO = {502: "Zoho refused; its own words in details.", 503: "Retry later; `Retry-After` says when."}
CONNECTION = "`not_connected`, `needs_reconnect`"


@api.get(
    "/sync-options",
    summary="Show what a sync can be made of",
    responses=answers(HTTPStatus.OK, "Everything on offer.", {409: CONNECTION, **ZOHO}),
)
def show_options(tenant: Tenant) -> OptionsAnswer:
    return OptionsAnswer.of(bootstrap.application().options.show(tenant))


@api.put(
    "/connection/gdpr",
    summary="Mirror the GDPR switch of the Campaigns account",
    responses=answers(HTTPStatus.OK, "The switch as it is now.", {409: "`not_connected`, `connection_busy`"}),
)
def set_gdpr(tenant: Tenant, body: GdprBody) -> GdprAnswer:
    connection = bootstrap.application().options.set_gdpr(tenant, enabled=body.enabled)
    return GdprAnswer(enabled=connection.gdpr_enabled)


@api.post(
    "/syncs",
    summary="Set up the sync and start its first run",
    status_code=HTTPStatus.CREATED,
    responses=answers(
        HTTPStatus.CREATED,
        "The sync; `Location` names it.",
        {
            409: f"{CONNECTION}, `sync_exists`, `idempotency_key_reused`, `auto_upgrade_disclaimer_required` "
            "(the text and the contacts that may be added in details)",
            **ZOHO,
        },
    ),
)
def create(tenant: Tenant, body: SyncBody, key: IdempotencyKey = None) -> Response[SyncAnswer]:
    view = bootstrap.application().configure.create(
        tenant, body.wish(), key=key or "", fingerprint=body.fingerprint()
    )
    return Response(
        HTTPStatus.CREATED,
        content_types.APPLICATION_JSON,
        SyncAnswer.of(view),
        {"Location": f"/syncs/{view.sync.id}"},
    )


@api.get(
    "/syncs",
    summary="List the syncs: none or one",
    responses=answers(HTTPStatus.OK, "The sync, if any.", {400: "`cursor_invalid`"}),
)
def list_syncs(
    tenant: Tenant,
    limit: Limit = DEFAULT_LIMIT,  # noqa: ARG001 — declared so that a wrong one is refused; one sync fits any
    cursor: Cursor = None,
) -> Items[SyncAnswer]:
    found = bootstrap.application().configure.list(tenant, cursor=cursor)
    return Items[SyncAnswer](items=[SyncAnswer.of(view) for view in found])


@api.get(
    "/syncs/<sync_id>",
    summary="Show the sync",
    responses=answers(HTTPStatus.OK, "The sync.", {404: "`sync_not_found`"}),
)
def show(tenant: Tenant, sync_id: Id) -> SyncAnswer:
    return SyncAnswer.of(bootstrap.application().configure.show(tenant, sync_id))


@api.put(
    "/syncs/<sync_id>",
    summary="Edit the sync and initiate it",
    responses=answers(
        HTTPStatus.OK,
        "The sync with its new configuration; a paused one is active again.",
        {
            404: "`sync_not_found`",
            409: f"{CONNECTION}, `run_active`, `auto_upgrade_disclaimer_required`, `sync_busy`",
            **ZOHO,
        },
    ),
)
def edit(tenant: Tenant, sync_id: Id, body: EditBody) -> SyncAnswer:
    view = bootstrap.application().configure.edit(tenant, sync_id, body.wish(), restart=body.restart)
    return SyncAnswer.of(view)


@api.post(
    "/syncs/<sync_id>/pause",
    summary="Pause the sync and the run in progress",
    responses=answers(HTTPStatus.OK, "The sync, paused.", {404: "`sync_not_found`", 409: "`sync_busy`"}),
)
def pause(
    tenant: Tenant,
    sync_id: Id,
    body: NoBody = NoBody(),  # noqa: ARG001, B008 — declared so that unknown keys are refused
) -> SyncAnswer:
    return SyncAnswer.of(bootstrap.application().configure.pause(tenant, sync_id))


@api.post(
    "/syncs/<sync_id>/resume",
    summary="Resume the sync and the run it parked",
    responses=answers(HTTPStatus.OK, "The sync, active.", {404: "`sync_not_found`", 409: "`sync_busy`"}),
)
def resume(
    tenant: Tenant,
    sync_id: Id,
    body: NoBody = NoBody(),  # noqa: ARG001, B008 — declared so that unknown keys are refused
) -> SyncAnswer:
    return SyncAnswer.of(bootstrap.application().configure.resume(tenant, sync_id))


@api.post(
    "/syncs/preview",
    summary="Say what the first run of such a sync would do, writing nothing",
    responses=answers(HTTPStatus.OK, "Counts, samples and cost.", {409: CONNECTION, **ZOHO}),
)
def preview_of(tenant: Tenant, body: SyncBody) -> PreviewAnswer:
    application = bootstrap.application()
    settings = application.configure.check(tenant, body.wish())
    return PreviewAnswer.of(application.preview.preview_of(tenant, settings))


@api.post(
    "/syncs/<sync_id>/preview",
    summary="Say what a full run would do, writing nothing",
    responses=answers(
        HTTPStatus.OK, "Counts, samples and cost.", {404: "`sync_not_found`", 409: CONNECTION, **ZOHO}
    ),
)
def preview(
    tenant: Tenant,
    sync_id: Id,
    body: NoBody = NoBody(),  # noqa: ARG001, B008 — declared so that unknown keys are refused
) -> PreviewAnswer:
    return PreviewAnswer.of(bootstrap.application().preview.preview(tenant, sync_id))


handler = api.resolve
