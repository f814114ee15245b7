"""Every row of what is known about Campaigns' answers, as a case."""

from __future__ import annotations

from typing import Any

import pytest

from shared.adapters.zoho import wire
from shared.adapters.zoho.verdict import AccessTokenRefused
from shared.domain.errors import (
    ContactLimit,
    ContactRefused,
    PermissionMissing,
    RateLimited,
    ReconnectNeeded,
    RequestRejected,
    RetryLater,
    TargetGone,
    UpstreamError,
)
from tests.unit.zoho.stand_ins import reply

SUBSCRIBE, MEMBERS, LISTS, TOPICS = wire.SUBSCRIBE, wire.MEMBERS, wire.LISTS, wire.TOPICS
ALL_FIELDS, CREATE_FIELD = "campaigns.allfields", wire.CREATE_FIELD
HALF_AN_HOUR = 1_800.0
THROTTLE_TEXT = "Cannot execute more than 100 requests per API in 2 minutes. Try again after 22 minutes."
THROTTLE_BODY = {
    "error": {
        "status_code": 400,
        "title": "URL_ROLLING_THROTTLES_LIMIT_EXCEEDED",
        "details": {"message": THROTTLE_TEXT},
    }
}


def failed(code: object, message: str = "…") -> dict[str, Any]:
    return {"message": message, "status": "error", "code": code, "version": "1.1", "uri": "/api/v1.1/x"}


CODES: list[tuple[str, str, str, type[UpstreamError]]] = [
    # The list is gone.
    (SUBSCRIBE, "2501", "Listkey is empty or invalid.", TargetGone),
    (MEMBERS, "2501", "Listkey is empty or invalid.", TargetGone),
    (MEMBERS, "2203", "The list has been deleted.", TargetGone),
    (SUBSCRIBE, "2203", "The list has been deleted.", TargetGone),
    (SUBSCRIBE, "2202", "List id is invalid.", TargetGone),
    (SUBSCRIBE, "2102", "Listkey is invalid.", TargetGone),
    (SUBSCRIBE, "2002", "Listkey is empty or invalid.", TargetGone),
    (SUBSCRIBE, "2206", "This list has been deleted.", TargetGone),
    (SUBSCRIBE, "2401", "List id is invalid.", TargetGone),
    (SUBSCRIBE, "995", "No list found.", TargetGone),
    (SUBSCRIBE, "4011", "Topic id is invalid.", TargetGone),
    # The plan is full, by code or by message.
    (SUBSCRIBE, "914", "You cannot add contacts as you've reached the maximum limit", ContactLimit),
    (SUBSCRIBE, "2302", "You cannot add contacts as you've reached the maximum limit", ContactLimit),
    (SUBSCRIBE, "2302", "Duplicate list is found", ContactLimit),
    (SUBSCRIBE, "980", "", ContactLimit),
    (SUBSCRIBE, "7777", "You cannot add contacts as you've reached the maximum limit", ContactLimit),
    (CREATE_FIELD, "914", "You cannot add contacts as you've reached the maximum limit", ContactLimit),
    # The connected user may not.
    (LISTS, "2706", "No privilege.", PermissionMissing),
    (LISTS, "2707", "No privilege.", PermissionMissing),
    (MEMBERS, "2701", "No privilege.", PermissionMissing),
    (MEMBERS, "2704", "No privilege.", PermissionMissing),
    (SUBSCRIBE, "6601", "Insufficient privileges, contact org admin", PermissionMissing),
    (SUBSCRIBE, "901", "Account not active", PermissionMissing),
    (SUBSCRIBE, "902", "No user account found", PermissionMissing),
    # It may pass next time.
    (SUBSCRIBE, "2001", "Error in subscription. Please retry after sometime", RetryLater),
    (SUBSCRIBE, "2101", "Please retry after sometime", RetryLater),
    (SUBSCRIBE, "2201", "Please retry after sometime", RetryLater),
    (SUBSCRIBE, "2301", "Please retry after sometime", RetryLater),
    (LISTS, "2402", "Please retry after sometime", RetryLater),
    (MEMBERS, "2502", "Error in displaying contacts details. Please try after sometime", RetryLater),
    (SUBSCRIBE, "500", "Sorry, we've run into a problem", RetryLater),
    # A defect of ours.
    (SUBSCRIBE, "2001", "Please give the contact information in the correct JSON format.", RequestRejected),
    (SUBSCRIBE, "1002", "Extra parameter found", RequestRejected),
    (SUBSCRIBE, "1003", "no mandatory fields", RequestRejected),
    (SUBSCRIBE, "1004", "Wrong URL", RequestRejected),
    (SUBSCRIBE, "1006", "Multiple key entries", RequestRejected),
    (LISTS, "1001", "Pattern doesn't match", RequestRejected),
    (LISTS, "1005", "data type", RequestRejected),
    (CREATE_FIELD, "903", "Mandatory fields are missing.", RequestRejected),
    (CREATE_FIELD, "910", "no fields found", RequestRejected),
    (ALL_FIELDS, "1004", "Wrong URL", RequestRejected),
    (LISTS, "6502", "Limit given is more than the maximum", RequestRejected),
    (LISTS, "31337", "Nobody has seen this.", RequestRejected),
]


@pytest.mark.parametrize(("endpoint", "code", "message", "expected"), CODES)
@pytest.mark.parametrize("spelling", ["flat", "nested", "number", "capital", "http 400"])
def test_a_code_means_what_its_endpoint_and_message_say(
    endpoint: str, code: str, message: str, expected: type[UpstreamError], spelling: str
) -> None:
    body: dict[str, Any] = failed(int(code) if spelling == "number" else code, message)
    if spelling == "nested":
        body = {"response": body}
    if spelling == "capital":
        body["Code"], body["URI"] = body.pop("code"), body.pop("uri")
    with pytest.raises(expected) as raised:
        wire.campaigns(reply(endpoint, 400 if spelling == "http 400" else 200, body))
    assert type(raised.value) is expected
    assert raised.value.upstream_code == code


@pytest.mark.parametrize(
    ("code", "message", "reason"),
    [
        ("2004", "Invalid contact email address.", "invalid_email"),
        ("2007", "Invalid email address.", "invalid_email"),
        ("2005", "Group email address added.", "role_address"),
        ("2006", "Contact is in the Do-Not-Mail registry.", "do_not_mail"),
        ("2103", "Contact does not exist.", "refused_by_campaigns"),
        ("2104", "Contact is there already.", "refused_by_campaigns"),
        ("903", "Mandatory fields are missing.", "refused_by_campaigns"),
        ("1001", "Pattern doesn't match", "field_invalid"),
        ("1005", "Data type mismatch", "field_invalid"),
        ("993", "No contact found", "refused_by_campaigns"),
        ("31337", "Nobody has seen this.", "refused_by_campaigns"),
    ],
)
def test_a_refused_contact_carries_the_reason_and_zohos_words(code: str, message: str, reason: str) -> None:
    with pytest.raises(ContactRefused) as refused:
        wire.subscribed(reply(SUBSCRIBE, 200, failed(code, message)), {})
    assert refused.value.reason == reason
    assert (refused.value.upstream_code, refused.value.upstream_message) == (code, message)


@pytest.mark.parametrize(
    "body",
    [
        {"message": "User successfully subscribed.", "status": "success", "code": "0"},
        {"message": "User successfully subscribed.", "status": "success", "code": 0},
        {"message": "ok", "status": "success", "code": "200"},
        {"message": "ok", "status": "success", "Code": "0"},
        {"message": "ok", "status": "success"},
        {"response": {"message": "ok", "status": "success", "code": "0"}},
        {"response": {"message": "ok"}, "code": 0},
        {"message": "A confirmation email is sent to the user.", "status": "success", "code": "0"},
        failed("2003", "Contact exists in this list"),
        failed(2003, "Contact exists in this list"),
    ],
)
def test_a_contact_is_accepted_in_every_spelling_of_success(body: dict[str, Any]) -> None:
    wire.subscribed(reply(SUBSCRIBE, 200, body), {})


@pytest.mark.parametrize(
    ("endpoint", "body", "nothing"),
    [
        (LISTS, failed("2401", "No mailing list has been created. Please create a list."), "2401"),
        (MEMBERS, failed("2502", "Yet,There are no contacts in this list."), "2502"),
        (MEMBERS, failed("2203", "no contacts in list"), "2203"),
        (TOPICS, failed("4016", "topic associated with contacts not enabled"), "4016"),
        (TOPICS, failed("4010", "no privilege"), "4010"),
        (TOPICS, failed(4015, "brand-topic model"), "4015"),
        (TOPICS, failed("4019", "another model"), "4019"),
    ],
)
def test_some_errors_only_mean_that_there_is_nothing(
    endpoint: str, body: dict[str, Any], nothing: str
) -> None:
    assert wire.campaigns(reply(endpoint, 200, body)).nothing == nothing


def test_a_field_that_exists_already_is_as_good_as_created() -> None:
    assert wire.campaigns(reply(CREATE_FIELD, 200, {"response": failed("916", "duplicate")})).nothing == ""


def test_the_payload_is_found_inside_and_outside_an_envelope() -> None:
    inner = {"code": "0", "status": "success", "list_of_details": [1]}
    for body in (inner, {"response": inner}):
        assert wire.campaigns(reply(LISTS, 200, body)).payload["list_of_details"] == [1]


@pytest.mark.parametrize(
    ("status", "body", "retry_after", "wait_seconds"),
    [
        (429, THROTTLE_BODY, None, 22 * 60),
        (400, THROTTLE_BODY, None, 22 * 60),
        (200, THROTTLE_BODY, None, 22 * 60),
        (200, {"response": THROTTLE_BODY}, None, 22 * 60),
        (429, {}, None, HALF_AN_HOUR),
        (429, "<html><body><h2>Too many requests</h2></body></html>", None, HALF_AN_HOUR),
        (429, "", None, HALF_AN_HOUR),
        (400, "<html><body>Something went wrong</body></html>", None, HALF_AN_HOUR),
        (200, "<html><body><h2>Too many requests</h2><p>try later</p></body></html>", None, HALF_AN_HOUR),
        (
            200,
            "<p>For security reasons, you can't use this API for the next 30 minutes.</p>",
            None,
            HALF_AN_HOUR,
        ),
        (200, failed("2008", "Calls limit exceeded. Permitted calls per hour 12500"), None, HALF_AN_HOUR),
        (200, failed("2008", "Calls limit exceeded. Try again after 1 hour"), None, 3_600),
        (200, failed("1", "Too many requests. Try again after 90 seconds"), None, 90),
        (429, {}, "120", 120),
        (429, {}, "0", HALF_AN_HOUR),
        (429, {}, "soon", HALF_AN_HOUR),
        (429, THROTTLE_BODY, "99999999", 86_400),
    ],
)
@pytest.mark.parametrize("endpoint", [SUBSCRIBE, MEMBERS])
def test_a_lock_is_known_in_all_its_shapes(
    endpoint: str, status: int, body: Any, retry_after: str | None, wait_seconds: float
) -> None:
    with pytest.raises(RateLimited) as limited:
        wire.campaigns(reply(endpoint, status, body, retry_after))
    assert limited.value.wait_seconds == wait_seconds


@pytest.mark.parametrize(
    ("status", "body"),
    [
        (500, failed("500")),
        (500, {"code": "0", "status": "success"}),
        (502, "<html>Bad gateway</html>"),
        (503, "Service Unavailable"),
        (200, "<html><h1>We'll be back soon</h1></html>"),
        (200, '<?xml version="1.0"?><response><code>1004</code></response>'),
        (200, ""),
        (200, "[]"),
        (200, "null"),
        (200, '"success"'),
        (200, "{"),
        (200, "[" * 100_000),
        (200, {}),
        (200, {"message": "?"}),
        (200, failed("0")),
        (200, {"code": None, "status": None}),
        (200, {"code": True}),
        (301, ""),
        (302, {"code": "0", "status": "success"}),
        (404, "<html>Not found</html>"),
        (403, "<html>Forbidden</html>"),
    ],
)
def test_what_is_not_an_answer_is_asked_for_again(status: int, body: Any) -> None:
    with pytest.raises(RetryLater):
        wire.campaigns(reply(SUBSCRIBE, status, body))


@pytest.mark.parametrize(
    ("status", "body"),
    [
        (401, {"message": "Unauthorized request.", "URI": "/x", "Code": "1007", "status": "error"}),
        (401, {"message": "Unauthorized request.", "uri": "/x", "code": 1007, "status": "error"}),
        (200, failed("1007", "Unauthorized key")),
        (200, failed("401", "Unauthorized")),
        (401, "<html>Unauthorized</html>"),
        (401, ""),
    ],
)
def test_a_refused_token_is_renewed_first_and_only_then_a_matter_of_connecting_again(
    status: int, body: Any
) -> None:
    with pytest.raises(AccessTokenRefused) as refused:
        wire.campaigns(reply(SUBSCRIBE, status, body))
    assert type(refused.value.lasting) is ReconnectNeeded


def test_forbidden_is_a_missing_permission() -> None:
    with pytest.raises(PermissionMissing):
        wire.campaigns(reply(SUBSCRIBE, 403, {"message": "no"}))


def test_an_unknown_code_outside_subscribing_is_ours_to_look_at() -> None:
    with pytest.raises(RequestRejected) as rejected:
        wire.campaigns(reply(LISTS, 404, {"message": "no such thing"}))
    assert rejected.value.upstream_message == "no such thing"
