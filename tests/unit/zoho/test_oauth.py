from __future__ import annotations

from datetime import timedelta
from urllib.parse import parse_qs, urlsplit

import pytest

from shared.adapters.zoho.data_centers import ZohoUrls
from shared.adapters.zoho.deadline import at_most
from shared.adapters.zoho.gateway import ZohoGateway
from shared.adapters.zoho.oauth import ClientCredentials
from shared.domain.connection import Tokens
from shared.domain.errors import BadRequest, RateLimited, ReconnectNeeded, RetryLater, ZohoRefused
from shared.ports import Accounts, Books, Campaigns, Grant, Zoho, ZohoClients
from tests.unit.zoho.stand_ins import (
    NOW,
    ORIGIN,
    REFRESH,
    SECRET,
    Desk,
    MemoryLimiter,
    MemoryTokens,
    Scripted,
    ScriptedTransport,
    StillClock,
    connection,
    tokens,
)

CODE = "1000.codecanary.cc33"
GRANTED = {
    "access_token": "1000.a",
    "refresh_token": "1000.r",
    "api_domain": "https://www.zohoapis.eu",
    "token_type": "Bearer",
    "expires_in": 3600,
}


def real(*script: Scripted) -> tuple[ZohoGateway, ScriptedTransport]:
    """A gateway that believes in the real data centres."""
    transport = ScriptedTransport(*script)
    gateway = ZohoGateway(
        credentials=lambda: ClientCredentials("1000.CLIENT", SECRET),
        tokens=MemoryTokens(tokens(server="https://accounts.zoho.eu")),
        limiter=MemoryLimiter(),
        clock=StillClock(),
        transport=transport,
    )
    return gateway, transport


def exchange(
    gateway: ZohoGateway, *, location: str = "eu", server: str = "https://accounts.zoho.eu"
) -> Grant:
    return gateway.accounts().exchange(
        code=CODE,
        code_verifier="verifier",
        redirect_uri="https://x.example/oauth/callback",
        location=location,
        accounts_server=server,
    )


def test_consent_asks_for_the_least_scopes_offline_and_with_a_challenge() -> None:
    gateway, _ = real()
    url = urlsplit(
        gateway.accounts().authorization_url(
            state="st+&te", code_challenge="challenge", redirect_uri="https://x.example/oauth/callback?a=b"
        )
    )
    assert (url.scheme, url.netloc, url.path) == ("https", "accounts.zoho.com", "/oauth/v2/auth")
    assert {name: values for name, (values,) in parse_qs(url.query, strict_parsing=True).items()} == {
        "response_type": "code",
        "client_id": "1000.CLIENT",
        "redirect_uri": "https://x.example/oauth/callback?a=b",
        "scope": (
            "ZohoBooks.contacts.READ,ZohoBooks.settings.READ,"
            "ZohoCampaigns.contact.READ,ZohoCampaigns.contact.CREATE-UPDATE"
        ),
        "access_type": "offline",
        "prompt": "consent",
        "state": "st+&te",
        "code_challenge": "challenge",
        "code_challenge_method": "S256",
    }
    assert SECRET not in url.query


def test_a_code_is_exchanged_where_the_user_lives_with_the_verifier_in_the_body() -> None:
    gateway, transport = real((200, GRANTED))
    grant = exchange(gateway)
    assert grant == Grant(
        Tokens("1000.r", "1000.a", NOW + timedelta(hours=1), "https://accounts.zoho.eu"), "eu"
    )
    sent = transport.sent[0]
    assert (sent.origin, sent.target) == ("https://accounts.zoho.eu", "/oauth/v2/token")
    assert sent.form == {
        "grant_type": "authorization_code",
        "code": CODE,
        "code_verifier": "verifier",
        "redirect_uri": "https://x.example/oauth/callback",
        "client_id": "1000.CLIENT",
        "client_secret": SECRET,
    }


def test_the_secret_goes_to_nobody_but_zoho() -> None:
    gateway, transport = real()
    with pytest.raises(BadRequest) as refused:
        exchange(gateway, server="https://accounts.zoho.evil.example")
    assert refused.value.code == "data_center_unknown"
    assert transport.sent == []


def test_a_refused_code_is_zohos_own_word() -> None:
    gateway, _ = real((200, {"error": "invalid_code"}))
    with pytest.raises(ZohoRefused) as refused:
        exchange(gateway)
    assert refused.value.details == {"zoho_code": "invalid_code"}


@pytest.mark.parametrize("refresh_token", [None, "", "with\nnewline"])
def test_a_grant_without_lasting_access_is_refused(refresh_token: str | None) -> None:
    gateway, _ = real((200, GRANTED | {"refresh_token": refresh_token}))
    with pytest.raises(ZohoRefused, match="lasting"):
        exchange(gateway)


def test_an_exchange_can_be_throttled_or_unanswered() -> None:
    gateway, _ = real((400, {"error": "Access Denied"}), (502, "<html></html>"))
    with pytest.raises(RateLimited):
        exchange(gateway)
    with pytest.raises(RetryLater):
        exchange(gateway)


def test_a_token_is_revoked_where_it_came_from_and_never_named_in_an_address() -> None:
    gateway, transport = real((200, {"status": "success"}))
    gateway.accounts().revoke(tokens(server="https://accounts.zoho.eu"))
    sent = transport.sent[0]
    assert (sent.origin, sent.target) == ("https://accounts.zoho.eu", "/oauth/v2/token/revoke")
    assert sent.form == {"token": REFRESH}
    assert sent.headers.get("Authorization") is None


def test_whoever_revokes_has_time_left_when_no_answer_comes() -> None:
    gateway, transport = real((200, {"status": "success"}))
    allowed: list[float] = []
    transport.sending = lambda: allowed.append(at_most(30))
    gateway.accounts().revoke(tokens(server="https://accounts.zoho.eu"))
    assert allowed[0] < 10


def test_each_product_is_called_at_its_own_host_of_the_data_centre() -> None:
    gateway, transport = real(
        (200, {"code": 0, "organizations": []}), (200, {"code": "0", "status": "success"})
    )
    clients = gateway.open(connection(data_center="ca"))
    clients.books.organizations()
    clients.campaigns.lists()
    assert [one.origin for one in transport.sent] == [
        "https://www.zohoapis.ca",
        "https://campaigns.zohocloud.ca",
    ]


@pytest.mark.parametrize("data_center", ["uk", "ae", "mars", ""])
def test_a_connection_of_a_data_centre_that_cannot_be_served_needs_a_new_one(data_center: str) -> None:
    gateway, _ = real()
    with pytest.raises(ReconnectNeeded):
        gateway.open(connection(data_center=data_center))


def test_nothing_is_asked_for_before_it_is_needed() -> None:
    def never() -> ClientCredentials:
        raise AssertionError("the secret was read for nothing")

    store = MemoryTokens(None)
    gateway = ZohoGateway(
        credentials=never,
        tokens=store,
        limiter=MemoryLimiter(),
        clock=StillClock(),
        urls=ZohoUrls(ORIGIN, ORIGIN, ORIGIN),
    )
    clients = gateway.open(connection())
    assert clients.calls == {}
    with pytest.raises(ReconnectNeeded):
        clients.books.organizations()


def test_before_an_organization_is_chosen_tenants_do_not_share_a_limit() -> None:
    desk = Desk(*[(200, {"code": 0, "organizations": []})] * 2)
    for tenant in ("one", "two"):
        desk.gateway.open(connection(tenant, organization=False)).books.organizations()
    assert [account for account, _, _ in desk.limiter.takes] == ["books/one", "books/two"]


def test_a_secret_is_not_shown_when_credentials_are_printed() -> None:
    assert SECRET not in repr(ClientCredentials("1000.CLIENT", SECRET))


def test_the_gateway_is_what_the_use_cases_expect() -> None:
    gateway: Zoho = Desk().gateway
    clients: ZohoClients = gateway.open(connection())
    accounts: Accounts = gateway.accounts()
    books: Books = clients.books
    campaigns: Campaigns = clients.campaigns
    assert all((accounts, books, campaigns))
