"""Every knob. Where public sources about Zoho disagree, one knob chooses which of them is true here."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Annotated, Literal

Limits = dict[str, list[list[int]]]
Latencies = dict[str, list[float]]


def _lists() -> list[str]:
    return ["Newsletter", "Product News", "Partner Circular"]


def _topics() -> list[str]:
    return ["default", "Product Updates", "Events & Webinars"]


@dataclass(slots=True)
class Settings:
    """The second argument of each `Annotated` says what the knob decides, or which fact each value stands
    for.
    """

    # Who is asked for consent, and as which client.
    client_id: Annotated[str, "client registered in the API console"] = "1000.LOCALSIMULATOR"
    client_secret: Annotated[str, "its secret"] = "simulator-secret"
    redirect_uris: Annotated[list[str], "registered redirect URIs, matched exactly"] = field(
        default_factory=list
    )
    loopback_redirects: Annotated[bool, "any loopback `http://…:<port>/oauth/callback` is registered too"] = (
        True
    )
    auto_accept: Annotated[bool, "the consent page is answered Accept at once, for scripts"] = False
    user_email: Annotated[str, "who consents, as /users/me tells"] = "priya.raman@lumen-supply.example"
    user_name: Annotated[str, "that person's name"] = "Priya Raman"
    location: Annotated[str, "`location` of the redirect: the user's data centre"] = "us"
    accounts_server: Annotated[
        str, "`accounts-server` of the redirect; empty: the origin that was called"
    ] = ""
    api_domain: Annotated[str, "`api_domain` of token answers; empty: the origin that was called"] = ""

    # Accounts.
    token_error_status: Annotated[
        Literal[200, 400],
        "refused grants: 200 with an error body (most clients saw this), or 400 with a description",
    ] = 200
    code_seconds: Annotated[int, "life of a grant code: 120 on older pages, 180 on the CRM v8 page"] = 120
    access_token_seconds: Annotated[int, "life of an access token"] = 3600
    tokens_per_10_minutes: Annotated[int | None, "access tokens from one refresh token in 10 minutes"] = 10
    throttle_extends: Annotated[
        bool, "asking while throttled starts the 10 minutes again (clients report it)"
    ] = False
    live_access_tokens: Annotated[
        int, "live ones per refresh token: 30 on most pages, 15 on the CRM page"
    ] = 30
    refresh_token_limit: Annotated[int, "refresh tokens per user"] = 20
    refresh_token_overflow: Annotated[
        Literal["evict_oldest", "deny"],
        "one refresh token too many kills the oldest, or is refused (Projects page)",
    ] = "evict_oldest"
    refresh_tokens_per_minute: Annotated[int | None, "5 on the Recruit page; null: no such limit"] = None

    # Books.
    organization_email: Annotated[str, "address of the first organization"] = (
        "Priya.Raman@Lumen-Supply.example"
    )
    books_per_minute: Annotated[int | None, "requests a minute per organization; null: unlimited"] = 100
    books_minute_code: Annotated[
        Literal[44, 45], "code under the per-minute text: 44 documented, 45 seen"
    ] = 44
    books_per_day: Annotated[int | None, "requests in 24 hours per organization; null: unlimited"] = 10_000
    books_concurrency: Annotated[int | None, "requests in flight per organization; null: unlimited"] = 10
    books_rate_headers: Annotated[bool, "X-Rate-Limit-* headers, read by one client, documented nowhere"] = (
        False
    )
    books_retry_after_seconds: Annotated[int | None, "Retry-After on Books' 429; never documented"] = None
    books_errors_as_200: Annotated[bool, "errors that are not about auth or quota come under HTTP 200"] = (
        False
    )
    books_not_found_code: Annotated[
        Literal[2, 1002], "code of a 404: 2 in a client's test, 1002 in samples"
    ] = 2
    books_numeric_ids: Annotated[
        Literal["never", "some", "always"], "contact ids as numbers (docs' samples) instead of strings (live)"
    ] = "never"
    last_modified_filter: Annotated[
        Literal["ignored", "honoured"], "`last_modified_time` on the contact list: clients disagree"
    ] = "ignored"
    list_custom_fields: Annotated[Literal["filled", "empty"], "whether list rows carry custom fields"] = (
        "filled"
    )
    customfields_shape: Annotated[Literal["array", "dict"], "metadata as an array or keyed by entity"] = (
        "array"
    )
    customfields_without_scope: Annotated[
        Literal["empty", "error_57"],
        "metadata for a token without settings.READ: empty (one client) or refused",
    ] = "empty"
    page_context_missing: Annotated[bool, "the contact list comes without page_context"] = False
    repeat_row_across_pages: Annotated[bool, "a page begins with the row that ended the one before"] = False
    inactive_bumps_modified: Annotated[bool, "marking a contact inactive changes last_modified_time"] = True

    # Campaigns.
    mailing_lists: Annotated[list[str], "names of the mailing lists; [] answers 2401"] = field(
        default_factory=_lists
    )
    topics: Annotated[list[str], "names of the topics"] = field(default_factory=_topics)
    topic_management: Annotated[bool, "off: the old account model, topics answer 4016"] = True
    double_opt_in_lists: Annotated[list[str], "names of lists with a sign-up form: contacts stay pending"] = (
        field(default_factory=list)
    )
    code_type: Annotated[Literal["string", "int"], "codes as strings (documented) or numbers (seen)"] = (
        "string"
    )
    envelope: Annotated[
        Literal["documented", "flat", "nested"],
        "answers nested under `response` where documented, never, always",
    ] = "documented"
    fieldnames_nesting: Annotated[
        Literal["fieldnames.fieldname", "fieldname"], "allfields: six clients' shape, or the docs' sample"
    ] = "fieldnames.fieldname"
    single_field_as_object: Annotated[bool, "a lone field is an object instead of an array of one"] = True
    auth_error_spelling: Annotated[
        Literal["capital", "lower"], "401: `Code`/`URI` (live) or `code`/`uri`"
    ] = "capital"
    missing_scope_code: Annotated[
        Literal["1007", "6601"], "token without the scope: 401/1007, or 200/6601 insufficient privileges"
    ] = "1007"
    plus_addresses: Annotated[
        Literal["accepted", "refused_2004", "refused_2007", "decoded_twice"],
        "a+b@c: accepted; refused; or `+` in contactinfo is decoded a second time, to a space",
    ] = "accepted"
    contact_limit: Annotated[int | None, "contacts the plan allows; null: no limit"] = None
    contact_limit_code: Annotated[Literal["914", "2302", "980"], "code of a contact beyond the plan"] = "914"
    do_not_mail_code: Annotated[
        str, "code for a contact in the Do-Not-Mail registry; 2006 in the sibling product"
    ] = "2006"
    empty_value: Annotated[Literal["clears", "ignored"], "what an empty value in contactinfo does"] = "clears"
    unknown_fields: Annotated[
        Literal["ignored", "refused"], "an unknown name in contactinfo; refused with 1002"
    ] = "ignored"
    value_too_long: Annotated[Literal["refused", "cut"], "a value longer than the field"] = "refused"
    value_too_long_code: Annotated[
        str, "code of that refusal; the catalogue's 1001 is `Pattern doesn't match`"
    ] = "1001"
    campaigns_limits: Annotated[
        Limits, "endpoint → [[calls, seconds], …] instead of the documented ones; [] unlimited"
    ] = field(default_factory=dict)
    campaigns_count_by: Annotated[Literal["account", "token"], "who shares a limit; documented nowhere"] = (
        "account"
    )
    lock_seconds: Annotated[int, "how long an overrun locks that endpoint"] = 1800
    lock_style: Annotated[
        Literal["json_429", "json_400", "html_400", "html_200"], "answer while locked, published nowhere"
    ] = "json_429"

    # The network.
    html_endpoints: Annotated[list[str], "endpoints that answer an HTML page instead of JSON"] = field(
        default_factory=list
    )
    html_status: Annotated[int, "HTTP status of that page"] = 200
    latency_ms: Annotated[Latencies, "endpoint or `*` → [milliseconds] or [lowest, highest]"] = field(
        default_factory=dict
    )
