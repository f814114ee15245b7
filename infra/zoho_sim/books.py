"""Zoho Books v3: organizations, the current user, contacts and custom-field metadata."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from infra.zoho_sim.bearer import NoToken, allows, caller
from infra.zoho_sim.contact_list import BadParameter, contact_list
from infra.zoho_sim.customers import contact_id
from infra.zoho_sim.grants import AccessToken
from infra.zoho_sim.rows import contact_persons, currency_id, custom_field_metadata, detail
from infra.zoho_sim.wire import Request, Response, json_response
from infra.zoho_sim.world import Organization, World

NO_HEADER = (
    "The request could not be authenticated as the authentication value you entered is invalid. "
    "Enter a valid authentication value and try again."
)
NOT_AUTHORIZED = "You are not authorized to perform this operation"
PER_MINUTE = (
    "For security reasons your organization has been blocked as it have exceeded the maximum number of "
    "requests per minute that can originate from an organization."
)
PER_DAY = "The API call for this organization has exceeded the maximum call rate limit of {:,}."
IN_PROCESS = (
    "You have reached the maximum number of in process requests allowed. Kindly try again after some time."
)

Answer = Callable[[World, Request, Organization, str], Response]


def failure(world: World, status: int, code: int, message: str) -> Response:
    """An error as Books words it; by a knob, those that are not about access or quota come under HTTP 200."""
    hidden = world.settings.books_errors_as_200 and status in {400, 404}
    return json_response({"code": code, "message": message}, 200 if hidden else status, result=code)


def _success(**resource: Any) -> Response:
    return json_response({"code": 0, "message": "success"} | resource, result=0)


def _admitted(world: World, request: Request, scope: tuple[str, str]) -> AccessToken | Response:
    token = caller(world, request)
    if token is NoToken.MISSING:
        return failure(world, 401, 14, NO_HEADER)
    if isinstance(token, NoToken) or not allows(token, "ZohoBooks", *scope):
        return failure(world, 401, 57, NOT_AUTHORIZED)
    return token


def organizations(world: World, request: Request, _: str) -> Response:
    """`GET /organizations`: no organization_id, no paging, no page_context."""
    token = _admitted(world, request, ("settings", "READ"))
    if isinstance(token, Response):
        return token
    refusal = _over_quota(world, request, world.first_organization, "books.organizations")
    if refusal is not None:
        return refusal
    return _success(organizations=[_organization(world, one) for one in world.organizations.values()])


def _organization(world: World, one: Organization) -> dict[str, Any]:
    return {
        "organization_id": one.id,
        "name": one.name,
        "contact_name": world.settings.user_name,
        "email": one.email or world.settings.organization_email,
        "is_default_org": one is world.first_organization,
        "plan_type": 130,
        "tax_group_enabled": True,
        "zi_migration_status": 0,
        "plan_name": one.plan,
        "plan_period": "Monthly",
        "language_code": "en",
        # Documented as a number; live answers name the month.
        "fiscal_year_start_month": "april",
        "account_created_date": "2020-11-09",
        "account_created_date_formatted": "09 Nov 2020",
        "time_zone": "PST",
        "is_org_active": one.active,
        "currency_id": currency_id("USD"),
        "currency_code": "USD",
        "currency_symbol": "$",
        "currency_format": "###,##0.00",
        "price_precision": 2,
    }


def _over_quota(world: World, request: Request, organization: Organization, endpoint: str) -> Response | None:
    settings, now = world.settings, world.now()
    exceeded = organization.quota.ask(
        now,
        per_minute=settings.books_per_minute,
        per_day=settings.books_per_day,
        at_once=settings.books_concurrency,
        lasts_seconds=request.latency_seconds,
    )
    if not exceeded:
        return None
    world.stats.over_limit[endpoint] += 1
    code, message = {
        "minute": (settings.books_minute_code, PER_MINUTE),
        "day": (45, PER_DAY.format(settings.books_per_day)),
        "concurrency": (1070, IN_PROCESS),
    }[exceeded]
    refusal = failure(world, 429, code, message)
    if settings.books_retry_after_seconds is not None:
        refusal.headers = (("Retry-After", str(settings.books_retry_after_seconds)),)
    return refusal


def in_organization(
    endpoint: str, scope: tuple[str, str], answer: Answer
) -> Callable[[World, Request, str], Response]:
    """Wrap an answer with what every Books call checks first: token, scope, organization, quota."""

    def guarded(world: World, request: Request, argument: str) -> Response:
        token = _admitted(world, request, scope)
        if isinstance(token, Response):
            return token
        wanted = request.parameters.get("organization_id", "")
        if not wanted:
            return failure(world, 400, 101, "organization_id is a required parameter.")
        organization = world.organizations.get(wanted)
        if organization is None:
            return failure(
                world, 400, 6041, f"This user is not associated with the CompanyID/CompanyName:{wanted}."
            )
        if not organization.active:
            return failure(world, 200, 6018, "You do not have access")
        refusal = _over_quota(world, request, organization, endpoint)
        if refusal is not None:
            return refusal
        response = answer(world, request, organization, argument)
        return _with_rate_headers(world, organization, response)

    return guarded


def _with_rate_headers(world: World, organization: Organization, response: Response) -> Response:
    limit = world.settings.books_per_day
    if world.settings.books_rate_headers and limit is not None:
        remaining, reset_seconds = organization.quota.day(world.now())
        response.headers += (
            ("X-Rate-Limit-Limit", str(limit)),
            ("X-Rate-Limit-Remaining", str(remaining)),
            ("X-Rate-Limit-Reset", str(int(reset_seconds))),
        )
    return response


def _current_user(world: World, _request: Request, _organization: Organization, _: str) -> Response:
    settings = world.settings
    user = {
        "user_id": "982000000554041",
        "name": settings.user_name,
        "email_ids": [
            {"email": "p.raman@personal.example", "is_selected": False},
            {"email": settings.user_email, "is_selected": True},
        ],
        "status": "active",
        "user_role": "admin",
        "user_type": "zoho",
        "role_id": "982000000006005",
        "photo_url": "",
        "is_employee": True,
        "created_time": "2020-11-09T02:30:08-0800",
        "custom_fields": "",
    }
    return _success(user=user)


def _contacts(world: World, request: Request, organization: Organization, _: str) -> Response:
    try:
        rows, context = contact_list(world.settings, organization.customers, request.parameters)
    except BadParameter as bad:
        return failure(world, 400, 2, f"Invalid value passed for {bad.name}")
    if world.settings.page_context_missing:
        return _success(contacts=rows)
    return _success(contacts=rows, page_context=context)


def _contact(world: World, _request: Request, organization: Organization, identifier: str) -> Response:
    index = organization.customers.find(identifier)
    if index is None:
        return failure(world, 404, world.settings.books_not_found_code, "Contact does not exist.")
    return _success(
        contact=detail(organization.customers, index, numeric_ids=world.settings.books_numeric_ids)
    )


def _contact_persons(
    world: World, _request: Request, organization: Organization, identifier: str
) -> Response:
    index = organization.customers.find(identifier)
    if index is None:
        return failure(world, 404, world.settings.books_not_found_code, "Contact does not exist.")
    persons = contact_persons(index, organization.customers.record(index))
    context = {
        "page": 1,
        "per_page": 200,
        "has_more_page": False,
        "sort_column": "contact_person_id",
        "sort_order": "A",
    }
    return _success(contact_persons=persons, contact_id=contact_id(index), page_context=context)


def custom_fields(world: World, request: Request, argument: str) -> Response:
    """Custom-field metadata; what a token without settings.READ gets is a knob."""
    token = caller(world, request)
    if isinstance(token, NoToken) or allows(token, "ZohoBooks", "settings", "READ"):
        return _custom_fields(world, request, argument)
    if world.settings.customfields_without_scope == "error_57":
        return failure(world, 401, 57, NOT_AUTHORIZED)
    return _success(customfields=[])


def _metadata(world: World, request: Request, _organization: Organization, _: str) -> Response:
    entity = request.parameters.get("entity", "")
    if entity not in {"contact", "customer"}:
        return failure(world, 400, 2, "Invalid value passed for entity")
    fields = custom_field_metadata()
    return _success(customfields={entity: fields} if world.settings.customfields_shape == "dict" else fields)


def unknown(world: World, _request: Request, _: str) -> Response:
    return failure(world, 404, 5, "Invalid URL Passed")


SETTINGS_READ, CONTACTS_READ = ("settings", "READ"), ("contacts", "READ")
users_me = in_organization("books.users_me", SETTINGS_READ, _current_user)
contacts = in_organization("books.contacts", CONTACTS_READ, _contacts)
contact = in_organization("books.contact", CONTACTS_READ, _contact)
contact_persons_of = in_organization("books.contactpersons", CONTACTS_READ, _contact_persons)
_custom_fields = in_organization("books.customfields", SETTINGS_READ, _metadata)
