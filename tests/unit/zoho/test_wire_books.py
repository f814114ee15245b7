"""Every row of what is known about Books' answers, as a case."""

from __future__ import annotations

from typing import Any

import pytest

from shared.adapters.zoho import wire
from shared.adapters.zoho.verdict import AccessTokenRefused
from shared.domain.errors import (
    PermissionMissing,
    RateLimited,
    ReconnectNeeded,
    RequestRejected,
    RetryLater,
    TargetGone,
    UpstreamError,
)
from tests.unit.zoho.stand_ins import reply

CONTACTS = "books.contacts"
PER_MINUTE = (
    "For security reasons your organization has been blocked as it have exceeded the maximum number of "
    "requests per minute that can originate from an organization."
)
PER_DAY = "The API call for this organization has exceeded the maximum call rate limit of 1,000."
IN_PROCESS = (
    "You have reached the maximum number of in process requests allowed. Kindly try again after some time."
)
NO_HEADER = "The request could not be authenticated as the authentication value you entered is invalid."
NOT_AUTHORIZED = "You are not authorized to perform this operation"
HOUR = 3_600.0


def failed(code: object, message: str = "…") -> dict[str, Any]:
    return {"code": code, "message": message}


@pytest.mark.parametrize("code", [0, "0"])
@pytest.mark.parametrize("status", [200, 201])
def test_only_code_zero_is_a_success(status: int, code: object) -> None:
    answer = wire.books(reply(CONTACTS, status, {"code": code, "message": "success", "contacts": [1]}))
    assert answer.payload["contacts"] == [1]
    assert answer.nothing == ""


@pytest.mark.parametrize("code_as", [int, str])
@pytest.mark.parametrize(
    ("status", "code", "message", "expected"),
    [
        (400, 6041, "This user is not associated with the CompanyID/CompanyName:77.", TargetGone),
        (200, 6041, "This user is not associated with the CompanyID/CompanyName:77.", TargetGone),
        (400, 2, "Invalid value passed for filter_by", RequestRejected),
        (200, 2, "Invalid value passed for filter_by", RequestRejected),
        (400, 101, "organization_id is a required parameter.", RequestRejected),
        (404, 2, "Invoice does not exist.", RequestRejected),
        (404, 5, "Invalid URL Passed", RequestRejected),
        (404, 1002, "Invoice does not exist", RequestRejected),
        (200, 6018, "You do not have access", PermissionMissing),
        (403, 6018, "You do not have access", PermissionMissing),
        (403, 31337, "no", PermissionMissing),
        (500, 1000, "Internal error", RetryLater),
        (500, 5, "Internal error", RetryLater),
        (400, 1000, "Internal error", RetryLater),
        (200, 5, "Internal error", RetryLater),
        (400, 31337, "Nobody has seen this.", RequestRejected),
    ],
)
def test_a_code_means_what_status_and_message_say(
    status: int, code: int, message: str, expected: type[UpstreamError], code_as: type
) -> None:
    with pytest.raises(expected) as raised:
        wire.books(reply(CONTACTS, status, failed(code_as(code), message)))
    assert type(raised.value) is expected


@pytest.mark.parametrize(
    ("status", "code", "message", "retry_after", "wait_seconds"),
    [
        (429, 44, PER_MINUTE, None, 60),
        (429, 45, PER_MINUTE, None, 60),
        (200, 44, PER_MINUTE, None, 60),
        (400, 9, PER_MINUTE, None, 60),
        (429, 43, "…", None, 60),
        (200, 43, "…", None, 60),
        (429, 45, PER_DAY, None, HOUR),
        (200, 45, PER_DAY, None, HOUR),
        (429, 44, PER_DAY, None, HOUR),
        (429, 45, "", None, HOUR),
        (429, 1070, IN_PROCESS, None, 5),
        (429, 44, IN_PROCESS, None, 5),
        (200, 1070, "", None, 5),
        (429, 999, "", None, 60),
        (429, 44, PER_MINUTE, "17", 17),
        (429, 45, PER_DAY, "40000", 40_000),
        (429, 45, PER_DAY, "999999", 86_400),
        (429, 44, PER_MINUTE, "Mon, 02 Nov 2026 10:00:00 GMT", 60),
    ],
)
def test_each_limit_has_its_own_wait(
    status: int, code: int, message: str, retry_after: str | None, wait_seconds: float
) -> None:
    with pytest.raises(RateLimited) as limited:
        wire.books(reply(CONTACTS, status, failed(code, message), retry_after))
    assert limited.value.wait_seconds == wait_seconds


def test_a_limit_is_a_limit_even_on_an_html_page() -> None:
    with pytest.raises(RateLimited):
        wire.books(reply(CONTACTS, 429, "<html>Too many</html>"))


@pytest.mark.parametrize(
    ("status", "body"),
    [
        (502, "<html>Bad gateway</html>"),
        (200, "<html>We'll be back soon</html>"),
        (404, "<html>Not found</html>"),
        (503, "Service Unavailable"),
        (200, ""),
        (200, "[]"),
        (200, {}),
        (200, {"message": "success"}),
        (302, {"code": 0}),
        (500, {"code": 0}),
    ],
)
def test_what_is_not_an_answer_is_asked_for_again(status: int, body: Any) -> None:
    with pytest.raises(RetryLater):
        wire.books(reply(CONTACTS, status, body))


@pytest.mark.parametrize(
    ("status", "body", "lasting"),
    [
        (401, failed(14, NO_HEADER), ReconnectNeeded),
        (401, failed(57, NOT_AUTHORIZED), PermissionMissing),
        (200, failed(57, NOT_AUTHORIZED), PermissionMissing),
        (400, failed("57", NOT_AUTHORIZED), PermissionMissing),
        (401, failed(1, "…"), ReconnectNeeded),
        (401, "<html>Unauthorized</html>", ReconnectNeeded),
    ],
)
def test_a_refused_token_is_renewed_first_and_57_may_be_a_missing_right(
    status: int, body: Any, lasting: type[UpstreamError]
) -> None:
    with pytest.raises(AccessTokenRefused) as refused:
        wire.books(reply(CONTACTS, status, body))
    assert type(refused.value.lasting) is lasting


@pytest.mark.parametrize(
    ("status", "code", "message"),
    [
        (404, 2, "Contact does not exist."),
        (404, 1002, "Contact does not exist."),
        (404, 1002, "?"),
        (400, 1002, "Contact does not exist."),
        (200, 2, "Contact does not exist."),
    ],
)
def test_a_contact_that_is_no_more_is_an_answer(status: int, code: int, message: str) -> None:
    assert wire.books(reply(wire.CONTACT, status, failed(code, message))).nothing == str(code)


@pytest.mark.parametrize(
    ("status", "body"),
    [
        (404, "<html>Not found</html>"),
        (400, failed(2, "Invalid value passed for contact_id")),
        (404, failed(5, "Invalid URL Passed")),
        (404, {"message": "?"}),
    ],
)
def test_nothing_else_passes_for_a_contact_that_is_no_more(status: int, body: Any) -> None:
    with pytest.raises(UpstreamError):
        wire.books(reply(wire.CONTACT, status, body))
