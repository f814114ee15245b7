from __future__ import annotations

import threading
from collections.abc import Callable
from datetime import timedelta

import pytest

from shared.adapters.zoho.session import LOCK_SECONDS
from shared.domain.connection import Tokens
from shared.domain.errors import RateLimited, ReconnectNeeded, RequestRejected, RetryLater
from tests.unit.zoho.stand_ins import ACCESS, NOW, ORIGIN, REFRESH, SECRET, Desk, connection, tokens

ORGANIZATIONS = (200, {"code": 0, "organizations": []})
RENEWED = (200, {"access_token": "1000.fresh", "expires_in": 3600, "api_domain": "https://elsewhere.example"})
REFUSED = (401, {"code": 57, "message": "You are not authorized to perform this operation"})


def test_a_stored_token_is_used_while_it_lasts() -> None:
    desk = Desk(ORGANIZATIONS, ORGANIZATIONS)
    desk.books.organizations()
    desk.clock.sleep(54 * 60)
    desk.books.organizations()
    assert [one.token for one in desk.sent] == [ACCESS, ACCESS]
    assert desk.store.saves == 0


def test_a_token_is_renewed_five_minutes_before_its_end_and_shared() -> None:
    desk = Desk(RENEWED, ORGANIZATIONS, ORGANIZATIONS, stored=tokens(minutes=5))
    desk.books.organizations()
    assert desk.sent[0].form == {
        "grant_type": "refresh_token",
        "refresh_token": REFRESH,
        "client_id": "1000.CLIENT",
        "client_secret": SECRET,
    }
    assert desk.sent[0].target == "/oauth/v2/token"
    assert desk.sent[1].token == "1000.fresh"
    assert desk.store.tokens == Tokens(REFRESH, "1000.fresh", NOW + timedelta(hours=1), ORIGIN)
    assert desk.store.lock is None
    desk.gateway.open(connection()).books.organizations()
    assert len(desk.sent) == 3


def test_a_renewal_that_names_a_new_refresh_token_is_heeded() -> None:
    answer = (200, RENEWED[1] | {"refresh_token": "1000.rotated"})
    desk = Desk(answer, ORGANIZATIONS, stored=tokens(minutes=0))
    desk.books.organizations()
    assert desk.store.tokens is not None
    assert desk.store.tokens.refresh_token == "1000.rotated"


def test_a_refused_token_is_renewed_once_and_the_call_made_once_more() -> None:
    desk = Desk(REFUSED, RENEWED, ORGANIZATIONS)
    desk.books.organizations()
    assert [one.token for one in desk.sent] == [ACCESS, "", "1000.fresh"]


def test_a_refused_token_that_another_worker_replaced_is_not_renewed_again() -> None:
    desk = Desk(REFUSED, ORGANIZATIONS)
    desk.store.scripted = [tokens(), tokens("1000.theirs")]
    desk.books.organizations()
    assert [one.token for one in desk.sent] == [ACCESS, "1000.theirs"]


def test_whoever_loses_the_race_waits_and_takes_the_winners_token() -> None:
    desk = Desk(ORGANIZATIONS, stored=tokens(minutes=0))
    assert desk.store.begin_refresh("tenant", "another", NOW + timedelta(seconds=LOCK_SECONDS), NOW)
    desk.store.scripted = [tokens(minutes=0), tokens(minutes=0), tokens("1000.theirs")]
    desk.books.organizations()
    assert [one.token for one in desk.sent] == ["1000.theirs"]
    assert desk.clock.slept == [0.5, 0.5]


def test_the_lock_of_a_worker_that_died_is_taken_over_when_it_ends() -> None:
    desk = Desk(RENEWED, ORGANIZATIONS, stored=tokens(minutes=0))
    desk.store.lock = ("dead", NOW + timedelta(seconds=10))
    desk.books.organizations()
    assert desk.store.saves == 1


def test_waiting_for_another_worker_has_an_end() -> None:
    desk = Desk(stored=tokens(minutes=0))
    desk.store.lock = ("slow", NOW + timedelta(hours=1))
    with pytest.raises(RetryLater, match="Another worker"):
        desk.books.organizations()
    assert sum(desk.clock.slept) == 20.0
    assert desk.sent == []


def test_a_token_renewed_while_the_lock_was_awaited_is_not_renewed_again() -> None:
    desk = Desk(ORGANIZATIONS, stored=tokens(minutes=0))
    desk.store.scripted = [tokens(minutes=0), tokens("1000.theirs")]
    desk.books.organizations()
    assert [one.token for one in desk.sent] == ["1000.theirs"]
    assert desk.store.lock is None


def test_a_new_connection_made_meanwhile_is_not_overwritten() -> None:
    desk = Desk(RENEWED, ORGANIZATIONS, stored=tokens(minutes=0))
    old, new = tokens(minutes=0), tokens("1000.new", refresh="1000.newrefresh")
    desk.store.scripted = [old, old, new]
    desk.books.organizations()
    assert desk.store.tokens == new
    assert desk.sent[-1].token == "1000.new"


def test_a_renewal_overtaken_by_another_worker_is_left_to_that_one() -> None:
    desk = Desk(RENEWED, stored=tokens(minutes=0))
    desk.store.scripted = [tokens(minutes=0)] * 3
    with pytest.raises(RetryLater):
        desk.books.organizations()
    assert desk.store.saves == 0


@pytest.mark.parametrize("gone_at", [0, 1, 2])
def test_a_connection_that_is_disabled_meanwhile_stays_disabled(gone_at: int) -> None:
    desk = Desk(RENEWED, stored=tokens(minutes=0))
    desk.store.scripted = [tokens(minutes=0) if call < gone_at else None for call in range(3)]
    with pytest.raises(ReconnectNeeded):
        desk.books.organizations()
    assert desk.store.saves == 0
    assert desk.store.lock is None


@pytest.mark.parametrize(
    ("status", "body"), [(200, {"error": "invalid_code"}), (400, {"error": "invalid_code"})]
)
def test_a_dead_grant_needs_a_new_connection_and_frees_the_lock(status: int, body: dict[str, str]) -> None:
    desk = Desk((status, body), stored=tokens(minutes=0))
    with pytest.raises(ReconnectNeeded):
        desk.books.organizations()
    assert desk.store.lock is None
    assert desk.store.tokens == tokens(minutes=0)


def test_a_throttled_renewal_waits_keeps_the_connection_and_is_not_asked_again() -> None:
    throttled = (
        400,
        {"error": "Access Denied", "error_description": "You have made too many requests continuously."},
    )
    desk = Desk(throttled, RENEWED, ORGANIZATIONS, stored=tokens(minutes=0))
    with pytest.raises(RateLimited) as limited:
        desk.books.organizations()
    assert limited.value.wait_seconds == 600
    assert desk.limiter.blocks == [("accounts/tenant", "accounts.token", NOW + timedelta(seconds=600))]
    with pytest.raises(RateLimited):
        desk.gateway.open(connection()).books.organizations()
    assert len(desk.sent) == 1
    desk.clock.sleep(601)
    desk.books.organizations()
    assert len(desk.sent) == 3


def test_tokens_are_never_renewed_more_often_than_zoho_allows() -> None:
    desk = Desk(*[(200, {"access_token": "1000.short", "expires_in": 1})] * 50, stored=tokens(minutes=0))
    asked = []
    for _ in range(200):
        try:
            desk.gateway.open(connection()).books.organizations()
        except (RateLimited, RetryLater):
            asked.append(sum(one.endpoint == "accounts.token" for one in desk.sent))
        desk.clock.sleep(3)
        if (desk.clock.now() - NOW).total_seconds() >= 600:
            break
    assert max(asked) <= 10


def test_the_servers_that_may_see_a_refresh_token_are_those_it_came_from() -> None:
    desk = Desk(stored=tokens(minutes=0, server="https://accounts.zoho.com"))
    with pytest.raises(ReconnectNeeded):
        desk.books.organizations()
    with pytest.raises(ReconnectNeeded):
        desk.gateway.accounts().revoke(tokens(server="https://evil.example"))
    assert desk.sent == []


def test_a_wrong_client_secret_is_not_blamed_on_the_users_connection() -> None:
    desk = Desk((200, {"error": "invalid_client_secret"}), stored=tokens(minutes=0))
    with pytest.raises(RequestRejected):
        desk.books.organizations()


@pytest.mark.parametrize("token", ["1000.a\r\nX-Evil: 1", "1000.ä", "two words", 5])
def test_a_token_that_would_not_fit_a_header_is_not_used(token: object) -> None:
    desk = Desk((200, {"access_token": token, "expires_in": 3600}), stored=tokens(minutes=0))
    with pytest.raises(RetryLater):
        desk.books.organizations()
    assert desk.store.saves == 0


@pytest.mark.parametrize(
    ("life", "seconds"),
    [
        ({"expires_in": 1800}, 1800),
        ({"expires_in": "1800"}, 1800),
        ({"expires_in": 3_600_000, "expires_in_sec": 1800}, 1800),
        ({"expires_in": 3_600_000}, 3600),
        ({"expires_in": "?"}, 3600),
        ({"expires_in": 0}, 3600),
        ({}, 3600),
    ],
)
def test_the_life_of_a_token_is_read_in_every_spelling(life: dict[str, object], seconds: int) -> None:
    desk = Desk((200, {"access_token": "1000.fresh"} | life), ORGANIZATIONS, stored=tokens(minutes=0))
    desk.books.organizations()
    assert desk.store.tokens is not None
    assert desk.store.tokens.access_expires_at == NOW + timedelta(seconds=seconds)


def test_eight_threads_with_a_refused_token_renew_it_once() -> None:
    desk = Desk()
    barrier = threading.Barrier(8)
    replies: Callable[..., object] = desk.transport.send

    lock = threading.Lock()

    def one_at_a_time(endpoint: str, method: str, origin: str, target: str, **rest: object) -> object:
        if endpoint == "books.organizations" and ACCESS in str(rest["headers"]):
            barrier.wait(timeout=5)
        with lock:
            if endpoint == "accounts.token":
                desk.transport.script.append(RENEWED)
            else:
                desk.transport.script.append(REFUSED if ACCESS in str(rest["headers"]) else ORGANIZATIONS)
            return replies(endpoint, method, origin, target, **rest)

    desk.transport.send = one_at_a_time  # type: ignore[method-assign,assignment]
    threads = [threading.Thread(target=desk.books.organizations) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sum(one.endpoint == "accounts.token" for one in desk.sent) == 1
    assert desk.clients.calls == {"books.organizations": 16, "accounts.token": 1}


def test_a_given_grant_is_neither_stored_nor_renewed() -> None:
    desk = Desk(ORGANIZATIONS, REFUSED, stored=None)
    books = desk.gateway.open_with(connection(organization=False), tokens("1000.given", minutes=0)).books
    books.organizations()
    with pytest.raises(Exception, match="does not allow"):
        books.organizations()
    assert [one.token for one in desk.sent] == ["1000.given", "1000.given"]
    assert desk.store.saves == 0
