"""Whatever the browser says Zoho's accounts server is, nothing secret leaves for a host outside the table."""

from __future__ import annotations

import pytest

from shared.adapters.zoho.data_centers import DataCenters
from shared.adapters.zoho.gateway import ZohoGateway
from shared.domain.errors import BadRequest, RetryLater
from tests.security.product import Product
from tests.unit.zoho.stand_ins import CREDENTIALS, MemoryLimiter, MemoryTokens, ScriptedTransport, StillClock

HOSTILE = [
    "http://accounts.zoho.eu",
    "https://accounts.zoho.eu.",
    "https://accounts.zoho.eu..",
    "https://accounts.zoho.eu.evil.example",
    "https://evil-accounts.zoho.eu",
    "https://accounts-zoho.eu",
    "https://accounts.zoho.eu@evil.example",
    "https://evil.example@accounts.zoho.eu",
    "https://a:b@accounts.zoho.eu",
    "https://@accounts.zoho.eu",
    "https://accounts.zoho.eu:444",
    "https://accounts.zoho.eu:0443x",
    "https://accounts.zoho.eu:80",
    "https://xn--accounts-.zoho.eu",
    "https://\u0430ccounts.zoho.eu",
    "https://accounts。zoho。eu",
    "https://accounts.zoh\u043e.eu",
    "https://accounts.zoho.eu\\@evil.example",
    "https://accounts.zoho.eu\\.evil.example",
    "https:\\\\accounts.zoho.eu",
    "https:accounts.zoho.eu",
    "https:///accounts.zoho.eu",
    "https://accounts.zoho.eu/..",
    "https://accounts.zoho.eu/oauth/v2",
    "https://accounts.zoho.eu//evil.example",
    "https://accounts.zoho.eu?x=@evil.example",
    "https://accounts.zoho.eu#@evil.example",
    "https://accounts.zoho.eu\r\nHost: evil.example",
    "https://accounts.zoho%2eeu",
    "https://accounts.zoho.eu%00.evil.example",
    "https://accounts.zoho.eu%2F@evil.example",
    "https://[::1]",
    "https://127.0.0.1",
    "https://2130706433",
    "https://169.254.169.254",
    "ftp://accounts.zoho.eu",
    "file:///etc/passwd",
    "https://",
    "//accounts.zoho.eu",
    "accounts.zoho.eu",
    "null",
]


def exchange(server: str, transport: ScriptedTransport) -> None:
    gateway = ZohoGateway(
        credentials=lambda: CREDENTIALS,
        tokens=MemoryTokens(None),
        limiter=MemoryLimiter(),
        clock=StillClock(),
        transport=transport,
    )
    gateway.accounts().exchange(
        code="1000.code",
        code_verifier="verifier",
        redirect_uri="https://console.example/oauth/callback",
        location="eu",
        accounts_server=server,
    )


@pytest.mark.parametrize("server", HOSTILE, ids=ascii)
def test_a_hostile_accounts_server_is_refused_and_never_called(server: str) -> None:
    transport = ScriptedTransport()
    with pytest.raises(BadRequest) as refused:
        exchange(server, transport)
    assert refused.value.code == "data_center_unknown"
    assert server.strip() not in refused.value.message
    assert transport.sent == []


@pytest.mark.parametrize(
    "server",
    [
        "https://accounts.zoho.eu?",
        "https://accounts.zoho.eu#",
        "https://accounts.zoho.eu\t",
        "https://ACCOUNTS.zoho.eu/",
    ],
    ids=ascii,
)
def test_an_odd_spelling_leads_to_the_tables_own_host(server: str) -> None:
    transport = ScriptedTransport()
    with pytest.raises(RetryLater):
        exchange(server, transport)
    assert [sent.origin for sent in transport.sent] == ["https://accounts.zoho.eu"]


@pytest.mark.parametrize("location", ["us", "EU;", "eu/../us", "e\nu", "*", "eu,us", "__class__", "x" * 20])
def test_a_location_that_is_not_the_servers_is_refused(location: str) -> None:
    with pytest.raises(BadRequest) as refused:
        DataCenters().of_grant(location, "https://accounts.zoho.eu")
    assert refused.value.code == "data_center_unknown"


def test_the_route_refuses_a_hostile_server_before_zoho_is_asked(product: Product) -> None:
    for server in ("https://evil.example", "http://127.0.0.1:2@evil.example", "http://127.0.0.1:22"):
        brought = product.consent("grace")
        asked = product.world.stats.as_json()
        body = {**brought, "accounts_server": server}
        refused = product.call("POST", "/connection", sub="grace", body=body)
        assert (refused.status, refused.code) == (400, "data_center_unknown")
        assert product.world.stats.as_json() == asked
    assert product.call("GET", "/connection", sub="grace").code == "not_connected"
