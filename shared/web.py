"""HTTP at the edge: one resolver for every function, one error shape, and the few shapes functions share."""

from __future__ import annotations

import hashlib
import json
import math
from collections.abc import Mapping
from datetime import UTC, datetime
from http import HTTPStatus
from typing import Annotated, Any, Generic, TypeVar

from aws_lambda_powertools.event_handler import APIGatewayHttpResolver, Response, content_types
from aws_lambda_powertools.event_handler.depends import Depends
from aws_lambda_powertools.event_handler.exceptions import NotFoundError
from aws_lambda_powertools.event_handler.openapi.exceptions import RequestValidationError
from aws_lambda_powertools.event_handler.openapi.params import Header, Path, Query
from aws_lambda_powertools.event_handler.request import Request
from pydantic import BaseModel, ConfigDict, PlainSerializer, StringConstraints, WithJsonSchema

from shared.adapters.zoho.deadline import answering_within
from shared.domain.contact import SkipReason
from shared.domain.errors import (
    BadRequest,
    CallerMistake,
    Invalid,
    NotFound,
    RateLimited,
    RetryLater,
    SyncError,
)
from shared.domain.run import Mode, Phase, Run, RunStatus, Trigger
from shared.observability import correlated, log_crash, logger

RETRY_AFTER_SECONDS = 30
RESERVE_SECONDS = 5  # what a function keeps of its time, to say that Zoho has used up the rest

SECURITY_HEADERS = {
    "Cache-Control": "no-store",
    "Content-Security-Policy": "default-src 'none'; frame-ancestors 'none'",
    "Referrer-Policy": "no-referrer",
    "Strict-Transport-Security": "max-age=31536000",
    "X-Content-Type-Options": "nosniff",
}


class Unauthorized(CallerMistake):
    status = 401
    code = "unauthorized"


class UnsupportedMediaType(CallerMistake):
    status = 415
    code = "unsupported_media_type"


# ---- the resolver -----------------------------------------------------------------------------------


class Api(APIGatewayHttpResolver):
    """A validating resolver whose every answer, refusal and crash has the API's headers and shape."""

    def __init__(self) -> None:
        super().__init__(
            debug=False,
            enable_validation=True,
            response_validation_error_http_code=HTTPStatus.INTERNAL_SERVER_ERROR,
            json_body_deserializer=_parsed_object,
        )
        self.exception_handler([Exception, NotFoundError])(
            lambda failure: _refusal(failure, self.current_event.request_context.request_id)
        )

    def resolve(self, event: Mapping[str, Any], context: Any) -> dict[str, Any]:
        request_id = str(event.get("requestContext", {}).get("requestId", ""))
        with correlated(request_id=request_id, function_request_id=context.aws_request_id):
            try:
                _check_media_type(event)
                with answering_within(context.get_remaining_time_in_millis() / 1000 - RESERVE_SECONDS):
                    answer = super().resolve(event, context)
            except Exception as failure:  # noqa: BLE001 — the last resort: it is logged and answered as a 500
                refusal = _refusal(failure, request_id)
                answer = {
                    "statusCode": refusal.status_code,
                    "headers": refusal.headers,
                    "body": json.dumps(refusal.body),
                    "isBase64Encoded": False,
                }
        answer["headers"] = {**answer.get("headers", {}), **SECURITY_HEADERS, "X-Request-Id": request_id}
        return answer


def _check_media_type(event: Mapping[str, Any]) -> None:
    """Refuse a body, where one is taken, that says it is not JSON; one that says nothing passes for JSON."""
    headers = {name.lower(): value for name, value in (event.get("headers") or {}).items()}
    media_type = headers.get("content-type", "application/json").partition(";")[0].strip().lower()
    takes_body = event["requestContext"]["http"]["method"] in {"POST", "PUT"}
    if takes_body and event.get("body") and media_type != "application/json":
        raise UnsupportedMediaType("Send the body as application/json.")


def _parsed_object(text: str) -> dict[str, Any]:
    try:
        parsed = json.loads(text, parse_constant=_refuse_constant)
    except (ValueError, RecursionError):
        raise BadRequest("The body is not valid JSON.", code="json_invalid") from None
    if not isinstance(parsed, dict):
        raise BadRequest("The body has to be a JSON object.", code="json_invalid")
    return parsed


def _refuse_constant(name: str) -> Any:
    raise ValueError(name)


# ---- failures ---------------------------------------------------------------------------------------


def _refusal(failure: Exception, request_id: str) -> Response[dict[str, Any]]:
    error = _as_sync_error(failure)
    if error.status == HTTPStatus.INTERNAL_SERVER_ERROR:
        log_crash(failure, where="api")
    wait = error.wait_seconds if isinstance(error, RateLimited) else RETRY_AFTER_SECONDS
    headers = {"Retry-After": str(math.ceil(wait))} if isinstance(error, RateLimited | RetryLater) else {}
    said = {"code": error.code, "message": error.message, "details": error.details}
    body = {"error": {**said, "request_id": request_id}}
    return Response(error.status, content_types.APPLICATION_JSON, body, headers)


def _as_sync_error(failure: Exception) -> SyncError:
    if isinstance(failure, SyncError):
        return failure
    if isinstance(failure, NotFoundError):
        return NotFound("There is no such route.", code="route_not_found")
    if isinstance(failure, RequestValidationError):
        return Invalid.fields([_problem(each) for each in failure.errors()])
    if isinstance(failure, UnicodeDecodeError):
        return BadRequest("The body is not UTF-8 text.", code="json_invalid")
    return SyncError("Something went wrong here; please report the request id.")


_REASONS = {"extra_forbidden": "there is no such field", "missing": "required"}


def _problem(error: Mapping[str, Any]) -> tuple[str, str]:
    """Return the field as a caller names it, and what is wrong with it; the refused value stays out."""
    where, *path = (str(part) for part in error["loc"])
    reason = _REASONS.get(error["type"]) or str(error["msg"]).removeprefix("Value error, ")
    return ".".join(path) or where, reason


# ---- what requests bring ----------------------------------------------------------------------------


class Body(BaseModel):
    """A request's body: keys that nobody asked for are refused."""

    model_config = ConfigDict(extra="forbid")


class NoBody(Body):
    """The body of a POST that takes none; `{}` is welcome too."""


def _tenant(request: Request) -> str:
    claims = request.resolved_event.raw_event.get("requestContext", {}).get("authorizer", {}).get("jwt", {})
    subject = claims.get("claims", {}).get("sub")
    if not isinstance(subject, str) or not subject:
        raise Unauthorized("Sign in first.")
    tenant = hashlib.sha256(subject.encode()).hexdigest()[:32]
    logger().append_keys(tenant=tenant)
    return tenant


Tenant = Annotated[str, Depends(_tenant)]
"""The tenant: a hash of the token's subject, so that no store or log holds the subject itself."""

Text = Annotated[str, StringConstraints(min_length=1, max_length=200)]
Id = Annotated[str, Path(min_length=1, max_length=128)]
Limit = Annotated[int, Query(ge=1, le=100, description="How many items to return.")]
Cursor = Annotated[
    str | None, Query(min_length=1, max_length=2048, description="`next_cursor` of the page before.")
]
IdempotencyKey = Annotated[
    str | None,
    Header(
        alias="Idempotency-Key",
        min_length=1,
        max_length=255,
        description="The same key within a day is the same request: it starts nothing twice.",
    ),
]
DEFAULT_LIMIT = 25


# ---- what answers are made of -----------------------------------------------------------------------


def _rfc3339(moment: datetime) -> str:
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


Instant = Annotated[
    datetime, PlainSerializer(_rfc3339), WithJsonSchema({"type": "string", "format": "date-time"})
]

T = TypeVar("T")


class Items(BaseModel, Generic[T]):
    """A page of a list."""

    items: list[T]
    next_cursor: str | None = None


class Failure(BaseModel):
    code: str
    message: str


class ErrorBody(Failure):
    details: dict[str, Any]
    request_id: str


class ErrorAnswer(BaseModel):
    error: ErrorBody


def answers(status: int, description: str, refusals: Mapping[int, str] | None = None) -> dict[int, Any]:
    """Return what the OpenAPI document says a route answers: its success, and its refusals by status."""
    always = {422: "`validation_failed`: `details.fields` names every field."}
    content = {"application/json": {"model": ErrorAnswer}}
    refused = {
        code: {"description": why, "content": content} for code, why in {**always, **(refusals or {})}.items()
    }
    return {status: {"description": description}, **refused}


class Progress(BaseModel):
    examined: int
    estimated_total: int | None
    phase: Phase
    waiting_until: Instant | None
    calls: dict[str, int]


class RunAnswer(BaseModel):
    """A run as history lists it: `total = added + updated + unchanged + skipped` at every moment."""

    id: str
    trigger: Trigger
    mode: Mode
    status: RunStatus
    sync_time: Instant
    finished_at: Instant | None
    total: int
    added: int
    updated: int
    unchanged: int
    skipped: int
    skipped_by_reason: dict[SkipReason, int]
    error: Failure | None

    @classmethod
    def of(cls, run: Run) -> RunAnswer:
        counted = run.counted
        return RunAnswer(
            id=run.id,
            trigger=run.trigger,
            mode=run.mode,
            status=run.status,
            sync_time=run.sync_time,
            finished_at=run.finished_at,
            total=counted.total,
            added=counted.added,
            updated=counted.updated,
            unchanged=counted.unchanged,
            skipped=counted.skipped_total,
            skipped_by_reason=dict(counted.skipped),
            error=Failure(code=run.error_code, message=run.error_message) if run.error_code else None,
        )


class RunDetail(RunAnswer):
    """A run with how far it is."""

    progress: Progress

    @classmethod
    def of(cls, run: Run) -> RunDetail:
        progress = Progress(
            examined=run.counted.total,
            estimated_total=run.estimated_total,
            phase=run.cursor.phase,
            waiting_until=run.wake_at if run.status is RunStatus.WAITING else None,
            calls=dict(run.calls),
        )
        return cls(**dict(RunAnswer.of(run)), progress=progress)
