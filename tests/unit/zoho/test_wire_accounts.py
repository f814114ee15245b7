"""Every row of what is known about Accounts' answers, as a case."""

from __future__ import annotations

from typing import Any

import pytest

from shared.adapters.zoho import wire
from shared.domain.errors import (
    RateLimited,
    ReconnectNeeded,
    RequestRejected,
    RetryLater,
    UpstreamError,
    ZohoRefused,
)
from tests.unit.zoho.stand_ins import reply

TOKEN = "accounts.token"
THROTTLED = {
    "error_description": "You have made too many requests continuously. Please try again after some time.",
    "error": "Access Denied",
    "status": "failure",
}
REFUSALS: list[tuple[str, type[UpstreamError]]] = [
    ("invalid_code", ReconnectNeeded),
    ("invalid_grant", ReconnectNeeded),
    ("invalid_client", RequestRejected),
    ("invalid_client_secret", RequestRejected),
    ("redirect_uri_mismatch", RequestRejected),
    ("invalid_redirect_uri", RequestRejected),
    ("invalid_scope", RequestRejected),
    ("access_denied", RequestRejected),
    ("unauthorized_client", RequestRejected),
    ("unsupported_grant_type", RequestRejected),
]


@pytest.mark.parametrize(("word", "expected"), REFUSALS)
@pytest.mark.parametrize(("status", "described"), [(200, False), (400, True)])
def test_renewing_tells_a_dead_grant_from_a_misconfigured_client(
    word: str, expected: type[UpstreamError], status: int, *, described: bool
) -> None:
    body = {"error": word} | ({"error_description": "The refresh token is revoked."} if described else {})
    with pytest.raises(expected) as raised:
        wire.token_answer(reply(TOKEN, status, body), exchanging=False)
    assert type(raised.value) is expected
    assert raised.value.upstream_code == word


@pytest.mark.parametrize("word", [word for word, _ in REFUSALS])
@pytest.mark.parametrize("status", [200, 400])
def test_a_refused_code_is_told_in_zohos_own_word(word: str, status: int) -> None:
    with pytest.raises(ZohoRefused) as refused:
        wire.token_answer(reply(TOKEN, status, {"error": word}), exchanging=True)
    assert refused.value.details["zoho_code"] == word


@pytest.mark.parametrize("exchanging", [True, False])
@pytest.mark.parametrize(
    ("status", "body"),
    [
        (400, THROTTLED),
        (400, {"error": "Access Denied"}),
        (200, {"error": "general_error", "error_description": THROTTLED["error_description"]}),
        (400, "You have made too many requests continuously."),
        (429, "<html></html>"),
    ],
)
def test_throttling_waits_ten_minutes_and_leaves_the_grant_alone(
    status: int, body: Any, *, exchanging: bool
) -> None:
    with pytest.raises(RateLimited) as limited:
        wire.token_answer(reply(TOKEN, status, body), exchanging=exchanging)
    assert limited.value.wait_seconds >= 600


@pytest.mark.parametrize("exchanging", [True, False])
@pytest.mark.parametrize(
    ("status", "body"),
    [
        (200, "<html>We'll be back soon</html>"),
        (400, "<html>Bad request</html>"),
        (502, "<html></html>"),
        (503, {"error": "invalid_code"}),
        (200, {}),
        (200, {"access_token": ""}),
        (200, {"access_token": None}),
        (200, {"error": "general_error"}),
        (302, ""),
    ],
)
def test_what_is_not_an_answer_is_asked_for_again(status: int, body: Any, *, exchanging: bool) -> None:
    with pytest.raises(RetryLater):
        wire.token_answer(reply(TOKEN, status, body), exchanging=exchanging)


@pytest.mark.parametrize(
    ("status", "body"),
    [(200, {"status": "success"}), (400, {"error": "invalid_token"}), (200, {"error": "invalid_code"})],
)
def test_a_token_zoho_does_not_know_counts_as_revoked(status: int, body: Any) -> None:
    wire.revoked(reply("accounts.revoke", status, body))


@pytest.mark.parametrize(
    ("status", "body"), [(503, {}), (200, "<html></html>"), (400, ""), (500, {"error": "x"})]
)
def test_a_revocation_that_was_not_answered_is_not_taken_for_done(status: int, body: Any) -> None:
    with pytest.raises(RetryLater):
        wire.revoked(reply("accounts.revoke", status, body))


def test_a_throttled_revocation_is_not_taken_for_done() -> None:
    with pytest.raises(RateLimited):
        wire.revoked(reply("accounts.revoke", 400, THROTTLED))
