from __future__ import annotations

from datetime import UTC, datetime

import pytest

from infra.zoho_sim import seed
from tests.zoho_sim.caller import Answer, Caller

MINUTES_30 = 1800


def post_many(caller: Caller, count: int) -> list[str]:
    return [_outcome(caller.subscribe("ana@x.example")) for _ in range(count)]


def _outcome(answer: Answer) -> str:
    return str(answer.json.get("code", answer.json.get("error")))


def test_500_posts_a_minute_pass_and_one_more_locks_that_endpoint_for_30_minutes(caller: Caller) -> None:
    assert set(post_many(caller, 500)) == {"0"}
    answer = caller.subscribe("ana@x.example")
    assert answer.status == 429
    assert answer.json["error"]["title"] == "URL_ROLLING_THROTTLES_LIMIT_EXCEEDED"
    assert "Retry-After" not in answer.headers
    caller.clock.advance(MINUTES_30 - 1)
    assert caller.subscribe("ana@x.example").status == 429
    caller.clock.advance(1)
    assert caller.subscribe("ana@x.example").code == "0"


def test_the_window_of_a_minute_slides(caller: Caller) -> None:
    post_many(caller, 300)
    caller.clock.advance(40)
    post_many(caller, 200)
    caller.clock.advance(20)
    assert set(post_many(caller, 300)) == {"0"}
    assert caller.subscribe("ana@x.example").status == 429


def test_a_call_leaves_the_window_exactly_a_minute_later(caller: Caller) -> None:
    caller.subscribe("ana@x.example")
    caller.clock.advance(30)
    post_many(caller, 499)
    caller.clock.advance(30)
    assert caller.subscribe("ana@x.example").code == "0"
    assert caller.subscribe("ana@x.example").status == 429


def test_12500_posts_an_hour_pass_and_one_more_locks() -> None:
    caller = Caller(access_token_seconds=10**7).sign_in()
    for _ in range(25):
        assert set(post_many(caller, 500)) == {"0"}
        caller.clock.advance(60)
    assert caller.subscribe("ana@x.example").status == 429
    caller.clock.advance(MINUTES_30 + 300)
    assert set(post_many(caller, 500)) == {"0"}


def test_75000_posts_a_day_pass_and_one_more_locks() -> None:
    caller = Caller(access_token_seconds=10**7).sign_in()
    quota = caller.world.campaigns_quotas.of("campaigns.listsubscribe", "account", None)
    for _ in range(6):
        for _ in range(25):
            for _ in range(500):
                assert quota.ask(caller.clock.now(), MINUTES_30).value == "admitted"
            caller.clock.advance(60)
        caller.clock.advance(3600)
    assert quota.room(caller.clock.now())[2] == 0
    assert caller.subscribe("ana@x.example").status == 429


def test_a_lock_leaves_other_endpoints_open_and_is_counted(caller: Caller) -> None:
    post_many(caller, 500)
    for _ in range(3):
        caller.subscribe("ana@x.example")
    assert caller.campaigns("topics").code == "200"
    stats = caller.look("stats")
    assert stats["locks"] == {"campaigns.listsubscribe": 1}
    assert stats["over_limit"] == {"campaigns.listsubscribe": 3}
    assert stats["locked_seconds_left"] == {"campaigns.listsubscribe": MINUTES_30}
    assert (stats["total_locks"], stats["total_over_limit"]) == (1, 3)
    assert stats["results"]["campaigns.listsubscribe"] == {"0": 500, "locked": 3}


def test_asking_while_locked_does_not_lengthen_the_lock(caller: Caller) -> None:
    post_many(caller, 501)
    caller.clock.advance(MINUTES_30 - 1)
    caller.subscribe("ana@x.example")
    caller.clock.advance(1)
    assert caller.subscribe("ana@x.example").code == "0"


@pytest.mark.parametrize(
    ("path", "limit"),
    [
        ("getmailinglists", 500),
        ("getlistsubscribers", 500),
        ("listsubscriberscount", 500),
        ("topics", 500),
        ("contact/allfields", 100),
    ],
)
def test_reads_are_limited_per_five_minutes(caller: Caller, path: str, limit: int) -> None:
    asked = {"listkey": caller.list_key}
    assert {caller.campaigns(path, **asked).status for _ in range(limit)} == {200}
    caller.clock.advance(299)
    assert caller.campaigns(path, **asked).status == 429
    caller.clock.advance(MINUTES_30)
    assert caller.campaigns(path, **asked).status == 200


def test_five_minutes_later_reads_have_room_again(caller: Caller) -> None:
    for _ in range(100):
        caller.campaigns("contact/allfields")
    caller.clock.advance(300)
    assert {caller.campaigns("contact/allfields").status for _ in range(100)} == {200}


def test_creating_fields_is_limited_to_100_per_five_minutes(caller: Caller) -> None:
    form = {"type": "json", "fieldname": "First Name", "fieldtype": "Text"}
    found = [caller.send("POST", "/api/v1.1/custom/add", form=form).status for _ in range(101)]
    assert found == [200] * 100 + [429]


@pytest.mark.parametrize(
    ("style", "status", "html"),
    [("json_429", 429, False), ("json_400", 400, False), ("html_400", 400, True), ("html_200", 200, True)],
)
def test_a_lock_has_four_faces(*, style: str, status: int, html: bool) -> None:
    caller = Caller(lock_style=style, campaigns_limits={"campaigns.topics": [[1, 60]]}).sign_in()
    caller.campaigns("topics")
    answer = caller.campaigns("topics")
    assert answer.status == status
    assert answer.content_type.startswith("text/html" if html else "application/json")
    if not html:
        assert answer.json["error"]["status_code"] == status
        assert "Try again after 30 minutes" in answer.json["error"]["details"]["message"]


def test_limits_and_the_length_of_the_lock_can_be_set() -> None:
    caller = Caller(campaigns_limits={"campaigns.topics": [[2, 10]]}, lock_seconds=5).sign_in()
    assert [caller.campaigns("topics").status for _ in range(3)] == [200, 200, 429]
    caller.clock.advance(5)
    assert caller.campaigns("topics").status == 429
    caller.clock.advance(10)
    assert caller.campaigns("topics").status == 200


def test_no_windows_mean_no_limit() -> None:
    caller = Caller(campaigns_limits={"campaigns.listsubscribe": []}).sign_in()
    assert set(post_many(caller, 700)) == {"0"}


@pytest.mark.parametrize(("knob", "status"), [("account", 429), ("token", 200)])
def test_limits_are_shared_by_the_account_or_counted_by_token(knob: str, status: int) -> None:
    caller = Caller(campaigns_count_by=knob, campaigns_limits={"campaigns.topics": [[1, 60]]}).sign_in()
    caller.campaigns("topics")
    assert caller.sign_in().campaigns("topics").status == status


def test_calls_without_access_take_no_room() -> None:
    caller = Caller(campaigns_limits={"campaigns.topics": [[1, 60]]})
    for _ in range(5):
        caller.campaigns("topics")
    assert caller.sign_in().campaigns("topics").status == 200


def test_the_clock_can_be_a_plain_callable() -> None:
    assert (
        seed(0, clock=lambda: datetime(2026, 9, 1, tzinfo=UTC)).now()
        == datetime(2026, 9, 1, tzinfo=UTC).timestamp()
    )
    assert seed(0, clock=lambda: 1.8e9).now() == 1.8e9
    with pytest.raises(TypeError):
        seed(0, clock="noon")
