"""/syncs/{sync_id}/runs: starting and cancelling runs."""

from __future__ import annotations

from http import HTTPStatus

from shared import bootstrap
from shared.domain.run import Mode
from shared.web import Api, Body, Id, IdempotencyKey, NoBody, RunAnswer, Tenant, answers

api = Api()


class RunBody(Body):
    mode: Mode


@api.post(
    "/syncs/<sync_id>/runs",
    summary="Start a run",
    status_code=HTTPStatus.ACCEPTED,
    responses=answers(
        HTTPStatus.ACCEPTED,
        "The run, queued.",
        {
            404: "`sync_not_found`",
            409: "`run_active`, `sync_paused`, `needs_reconnect`, `idempotency_key_reused`, `sync_busy`",
        },
    ),
)
def start(tenant: Tenant, sync_id: Id, body: RunBody, key: IdempotencyKey = None) -> RunAnswer:
    run = bootstrap.application().run_control.start_by_user(tenant, sync_id, mode=body.mode, key=key or "")
    return RunAnswer.of(run)


@api.post(
    "/syncs/<sync_id>/runs/<run_id>/cancel",
    summary="Cancel a run",
    status_code=HTTPStatus.ACCEPTED,
    responses=answers(
        HTTPStatus.ACCEPTED,
        "The run as it is now; it ends within one slice.",
        {404: "`sync_not_found`, `run_not_found`", 409: "`sync_busy`"},
    ),
)
def cancel(
    tenant: Tenant,
    sync_id: Id,
    run_id: Id,
    body: NoBody = NoBody(),  # noqa: ARG001, B008 — declared so that unknown keys are refused
) -> RunAnswer:
    return RunAnswer.of(bootstrap.application().run_control.cancel(tenant, sync_id, run_id))


handler = api.resolve
