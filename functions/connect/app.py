"""/connection…: one Books organization at a time."""

from __future__ import annotations

from http import HTTPStatus
from typing import Annotated

from aws_lambda_powertools.event_handler import Response
from aws_lambda_powertools.event_handler.depends import Depends
from aws_lambda_powertools.event_handler.openapi.params import Query
from aws_lambda_powertools.event_handler.request import Request
from pydantic import BaseModel, Field, StringConstraints

from shared import bootstrap
from shared.domain.connection import Connection, ConnectionStatus
from shared.usecases.connect import Candidate
from shared.web import Api, Body, IdempotencyKey, Instant, Items, NoBody, Tenant, Text, answers

api = Api()


class ConsentAnswer(BaseModel):
    authorization_url: str
    state: str
    expires_at: Instant


class CallbackBody(Body):
    """What Zoho's redirect brought the browser back with."""

    # Kept out of every representation: the library logs the arguments of a route when told to debug.
    code: Annotated[str, StringConstraints(min_length=1, max_length=2048), Field(repr=False)]
    state: Annotated[Text, Field(repr=False)]
    location: Annotated[str, StringConstraints(max_length=20)]
    accounts_server: Text


class OrganizationBody(Body):
    organization_id: Text


class OrganizationAnswer(BaseModel):
    id: str
    name: str


class CandidateAnswer(OrganizationAnswer):
    email: str
    eligible: bool
    reason: str | None

    @classmethod
    def of(cls, candidate: Candidate) -> CandidateAnswer:
        found = candidate.organization
        return cls(
            id=found.id,
            name=found.name,
            email=found.email,
            eligible=candidate.reason is None,
            reason=candidate.reason,
        )


class ConnectionAnswer(BaseModel):
    status: ConnectionStatus
    email: str
    data_center: str
    organization: OrganizationAnswer | None
    connected_at: Instant

    @classmethod
    def of(cls, connection: Connection) -> ConnectionAnswer:
        chosen = connection.organization
        return cls(
            status=connection.status,
            email=connection.email,
            data_center=connection.data_center,
            organization=OrganizationAnswer(id=chosen.id, name=chosen.name) if chosen else None,
            connected_at=connection.connected_at,
        )


class EffectsAnswer(BaseModel):
    effects: list[str]
    sync_id: str | None


def _redirect_uri(request: Request) -> str:
    """Return where Zoho sends the user back to: the console, on this very origin unless one is configured."""
    domain = request.resolved_event.raw_event["requestContext"]["domainName"]
    return f"{bootstrap.application().config.console_url or f'https://{domain}'}/oauth/callback"


@api.post(
    "/connection/authorization",
    summary="Start the consent for Zoho Books and Zoho Campaigns",
    status_code=HTTPStatus.CREATED,
    responses=answers(
        HTTPStatus.CREATED, "Where to send the user.", {409: "`idempotency_key_reused`", 503: "Retry later."}
    ),
)
def begin(
    tenant: Tenant,
    redirect_uri: Annotated[str, Depends(_redirect_uri)],
    key: IdempotencyKey = None,
    body: NoBody = NoBody(),  # noqa: ARG001, B008 — declared so that unknown keys are refused
) -> ConsentAnswer:
    consent = bootstrap.application().connect.begin(tenant, redirect_uri=redirect_uri, key=key or "")
    return ConsentAnswer(
        authorization_url=consent.authorization_url, state=consent.state, expires_at=consent.expires_at
    )


@api.post(
    "/connection",
    summary="Exchange what the consent brought back",
    status_code=HTTPStatus.CREATED,
    responses=answers(
        HTTPStatus.CREATED,
        "The connection; its organization is still to be chosen, unless it was reconnected.",
        {
            400: "`state_invalid`, `data_center_unknown`",
            409: "`already_connected`, `email_mismatch`, `no_organization`, `connection_busy`",
            502: "`zoho_refused` with Zoho's own word.",
            503: "Zoho cannot be reached or refuses more calls; `Retry-After` says when to try again.",
        },
    ),
)
def complete(tenant: Tenant, body: CallbackBody) -> ConnectionAnswer:
    connection = bootstrap.application().connect.complete(
        tenant, code=body.code, state=body.state, location=body.location, accounts_server=body.accounts_server
    )
    return ConnectionAnswer.of(connection)


@api.get(
    "/connection",
    summary="Show the connection",
    responses=answers(HTTPStatus.OK, "The connection.", {404: "`not_connected`"}),
)
def show(tenant: Tenant) -> ConnectionAnswer:
    return ConnectionAnswer.of(bootstrap.application().connect.show(tenant))


@api.get(
    "/connection/organizations",
    summary="List the Books organizations of the connected user",
    responses=answers(
        HTTPStatus.OK,
        "Every organization; `reason` says why one is not eligible.",
        {404: "`not_connected`", 409: "`needs_reconnect`", 502: "Zoho refused.", 503: "Retry later."},
    ),
)
def organizations(tenant: Tenant) -> Items[CandidateAnswer]:
    found = bootstrap.application().connect.organizations(tenant)
    return Items[CandidateAnswer](items=[CandidateAnswer.of(each) for each in found])


@api.put(
    "/connection/organization",
    summary="Choose the organization",
    responses=answers(
        HTTPStatus.OK,
        "The connection, connected.",
        {
            404: "`not_connected`, `organization_not_found`",
            409: "`email_mismatch` (both addresses in details), `organization_already_connected`, "
            "`organization_inactive`, `needs_reconnect`, `connection_busy`",
            502: "Zoho refused.",
            503: "Retry later.",
        },
    ),
)
def choose_organization(tenant: Tenant, body: OrganizationBody) -> ConnectionAnswer:
    return ConnectionAnswer.of(
        bootstrap.application().connect.choose_organization(tenant, body.organization_id)
    )


@api.get(
    "/connection/disable-effects",
    summary="Say what disabling the integration does",
    responses=answers(HTTPStatus.OK, "The effects, a sentence each.", {404: "`not_connected`"}),
)
def disable_effects(tenant: Tenant) -> EffectsAnswer:
    effects = bootstrap.application().erase.effects(tenant)
    return EffectsAnswer(effects=list(effects.sentences), sync_id=effects.sync_id)


@api.delete(
    "/connection",
    summary="Disable the integration",
    status_code=HTTPStatus.NO_CONTENT,
    responses=answers(
        HTTPStatus.NO_CONTENT,
        "Disconnected; contacts in Campaigns stay.",
        {404: "`not_connected`", 409: "`confirmation_required` with the effects in details."},
    ),
)
def disable(tenant: Tenant, confirm: Annotated[bool, Query()] = False) -> Response[None]:  # noqa: FBT002
    bootstrap.application().erase.disable(tenant, confirmed=confirm)
    return Response(HTTPStatus.NO_CONTENT)


handler = api.resolve
