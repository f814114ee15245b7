from __future__ import annotations

import base64
import hashlib
from collections.abc import Mapping
from urllib.parse import parse_qsl, urlsplit

import pytest

from infra.zoho_sim.app import Simulator
from infra.zoho_sim.wire import Request
from shared.domain.errors import (
    BadRequest,
    RateLimited,
    ReconnectNeeded,
    RequestRejected,
    RetryLater,
    ZohoRefused,
)
from shared.ports import Grant
from tests.contract.zoho.simulated import ORIGIN, READS, Zoho
from tests.unit.zoho.stand_ins import connection

REDIRECT = "http://localhost:8080/oauth/callback"
VERIFIER = "v" * 64
CHALLENGE = base64.urlsafe_b64encode(hashlib.sha256(VERIFIER.encode()).digest()).rstrip(b"=").decode()


def consent(zoho: Zoho) -> Mapping[str, str]:
    """Walk through the consent page and return what the browser brings back."""
    zoho.set(auto_accept=True)
    url = urlsplit(
        zoho.gateway.accounts().authorization_url(state="st", code_challenge=CHALLENGE, redirect_uri=REDIRECT)
    )
    request = Request("GET", url.path, url.query, origin=f"{url.scheme}://{url.netloc}")
    answer = Simulator(zoho.world).handle(request)
    assert answer.status == 302, answer.body
    return dict(parse_qsl(urlsplit(dict(answer.headers)["Location"]).query))


def exchange(zoho: Zoho, brought: Mapping[str, str], *, verifier: str = VERIFIER) -> Grant:
    return zoho.gateway.accounts().exchange(
        code=brought["code"],
        code_verifier=verifier,
        redirect_uri=REDIRECT,
        location=brought["location"],
        accounts_server=brought["accounts-server"],
    )


def test_a_consent_ends_in_tokens_that_work_for_both_products(zoho: Zoho) -> None:
    brought = consent(zoho)
    assert brought["state"] == "st"
    grant = exchange(zoho, brought)
    assert (grant.data_center, grant.tokens.accounts_server) == ("us", ORIGIN)
    clients = zoho.gateway.open_with(connection(organization=False), grant.tokens)
    assert clients.books.organizations()
    assert clients.campaigns.lists()
    zoho.store.tokens = grant.tokens
    zoho.reopen()
    for read in READS.values():
        read(zoho)


@pytest.mark.parametrize("status", [200, 400])
def test_a_code_can_be_exchanged_only_once(zoho: Zoho, status: int) -> None:
    zoho.set(token_error_status=status)
    brought = consent(zoho)
    exchange(zoho, brought)
    with pytest.raises(ZohoRefused) as refused:
        exchange(zoho, brought)
    assert refused.value.upstream_code == "invalid_code"


def test_a_code_without_its_verifier_is_worth_nothing(zoho: Zoho) -> None:
    with pytest.raises(ZohoRefused):
        exchange(zoho, consent(zoho), verifier="w" * 64)


def test_a_code_that_is_too_old_is_refused(zoho: Zoho) -> None:
    brought = consent(zoho)
    zoho.time.advance(121)
    with pytest.raises(ZohoRefused):
        exchange(zoho, brought)


def test_an_accounts_server_of_somebody_else_never_sees_the_code(zoho: Zoho) -> None:
    zoho.set(accounts_server="https://accounts.zoho.evil.example")
    with pytest.raises(BadRequest):
        exchange(zoho, consent(zoho))
    assert zoho.world.stats.calls["accounts.token"] == 0


def test_too_many_grants_in_a_minute_make_the_exchange_wait(zoho: Zoho) -> None:
    zoho.set(refresh_tokens_per_minute=1)
    with pytest.raises(RateLimited):
        exchange(zoho, consent(zoho))


def test_an_access_token_is_renewed_before_its_hour_is_over(zoho: Zoho) -> None:
    zoho.time.advance(3_400)
    zoho.books.changed(1)
    assert zoho.world.stats.results["books.contacts"] == {"0": 1}
    assert zoho.world.stats.calls["accounts.token"] == 1


@pytest.mark.parametrize("endpoint", READS)
def test_a_token_that_dies_early_is_replaced_within_the_call(zoho: Zoho, endpoint: str) -> None:
    READS["campaigns.topics"](zoho)
    zoho.control("tokens", action="expire_access")
    READS[endpoint](zoho)
    assert zoho.world.stats.calls["accounts.token"] == 1


@pytest.mark.parametrize("status", [200, 400])
def test_a_revoked_grant_needs_a_new_connection(zoho: Zoho, status: int) -> None:
    zoho.set(token_error_status=status)
    zoho.control("tokens", action="revoke_all")
    with pytest.raises(ReconnectNeeded):
        zoho.books.changed(1)


def test_the_twenty_first_grant_silently_kills_the_first(zoho: Zoho) -> None:
    first = zoho.store.tokens
    for _ in range(20):
        exchange(zoho, consent(zoho))
        zoho.time.advance(61)
    zoho.control("tokens", action="expire_access")
    zoho.store.tokens = first
    zoho.reopen()
    with pytest.raises(ReconnectNeeded):
        zoho.books.changed(1)


def test_a_throttled_renewal_is_waited_out_with_the_connection_alive(zoho: Zoho) -> None:
    zoho.set(tokens_per_10_minutes=0)
    zoho.control("tokens", action="expire_access")
    with pytest.raises(RateLimited) as limited:
        zoho.books.changed(1)
    assert limited.value.wait_seconds >= 600
    zoho.set(tokens_per_10_minutes=10)
    zoho.time.advance(limited.value.wait_seconds)
    zoho.books.changed(1)


def test_a_secret_that_was_rotated_at_zoho_is_no_matter_of_the_user(zoho: Zoho) -> None:
    zoho.secret = "stale"
    zoho.control("tokens", action="expire_access")
    with pytest.raises(RequestRejected):
        zoho.books.changed(1)


@pytest.mark.parametrize("revocations", [1, 2])
def test_revoking_ends_the_grant_and_may_be_repeated(zoho: Zoho, revocations: int) -> None:
    stored = zoho.store.tokens
    assert stored is not None
    for _ in range(revocations):
        zoho.gateway.accounts().revoke(stored)
    assert zoho.world.grants.refresh_tokens == {}
    with pytest.raises(ReconnectNeeded):
        zoho.books.changed(1)


def test_a_revocation_that_zoho_did_not_answer_is_not_done(zoho: Zoho) -> None:
    zoho.fault(endpoint="accounts.revoke", action="unavailable")
    assert zoho.store.tokens is not None
    with pytest.raises(RetryLater):
        zoho.gateway.accounts().revoke(zoho.store.tokens)
