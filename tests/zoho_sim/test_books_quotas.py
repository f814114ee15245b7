from __future__ import annotations

import pytest

from tests.zoho_sim.caller import Caller


def test_the_hundredth_request_in_a_minute_passes_and_the_next_is_429_code_44(caller: Caller) -> None:
    assert all(caller.books("users/me").status == 200 for _ in range(100))
    answer = caller.books("users/me")
    assert (answer.status, answer.code) == (429, 44)
    assert "maximum number of requests per minute" in answer.json["message"]
    assert "Retry-After" not in answer.headers
    assert caller.look("stats")["over_limit"] == {"books.users_me": 1}


def test_the_minute_is_a_window_that_slides(caller: Caller) -> None:
    for _ in range(50):
        caller.books("users/me")
    caller.clock.advance(30)
    for _ in range(50):
        caller.books("contacts")
    caller.clock.advance(29.999)
    assert caller.books("contacts").status == 429
    caller.clock.advance(0.001)
    assert [caller.books("contacts").status for _ in range(51)] == [200] * 50 + [429]


def test_organizations_have_separate_minutes(caller: Caller) -> None:
    for _ in range(101):
        caller.books("users/me")
    assert caller.books("users/me", organization_id="10229190").status == 200


def test_the_minutes_text_may_come_under_code_45_and_with_retry_after() -> None:
    caller = Caller(books_per_minute=1, books_minute_code=45, books_retry_after_seconds=7).sign_in()
    caller.books("users/me")
    answer = caller.books("users/me")
    assert answer.code == 45
    assert "per minute" in answer.json["message"]
    assert answer.headers["Retry-After"] == "7"


def test_the_daily_quota_is_429_code_45_and_names_its_size() -> None:
    caller = Caller(books_per_minute=None, books_per_day=1000).sign_in()
    assert all(caller.books("users/me").status == 200 for _ in range(1000))
    answer = caller.books("users/me")
    assert (answer.status, answer.code) == (429, 45)
    assert answer.json["message"].endswith("maximum call rate limit of 1,000.")
    caller.clock.advance(86_400)
    caller.sign_in()
    assert caller.books("users/me").status == 200


def test_too_many_requests_in_flight_are_429_code_1070() -> None:
    caller = Caller(books_concurrency=2, latency_ms={"books.contacts": [500]}).sign_in()
    assert [caller.books("contacts").status for _ in range(3)] == [200, 200, 429]
    assert caller.books("contacts").code == 1070
    caller.clock.advance(0.5)
    assert caller.books("contacts").status == 200


def test_rate_headers_come_when_the_knob_says_so() -> None:
    caller = Caller(books_rate_headers=True, books_per_day=10).sign_in()
    assert caller.books("users/me").headers == {
        "X-Rate-Limit-Limit": "10",
        "X-Rate-Limit-Remaining": "9",
        "X-Rate-Limit-Reset": "0",
    }


@pytest.mark.parametrize("path", ["contacts", "users/me", "organizations"])
def test_quotas_can_be_switched_off(path: str) -> None:
    caller = Caller(books_per_minute=None, books_per_day=None, books_concurrency=None).sign_in()
    assert all(caller.books(path).status == 200 for _ in range(300))


def test_a_refused_token_takes_no_room(caller: Caller) -> None:
    token, caller.token = caller.token, "dead"
    for _ in range(200):
        caller.books("users/me")
    caller.token = token
    assert caller.books("users/me").status == 200
