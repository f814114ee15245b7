"""A Zoho that does not answer becomes a refusal in the one shape, before the function's time is over."""

from __future__ import annotations

import pytest

from functions.configure import app as configure
from functions.connect import app as connect
from shared.adapters.zoho.data_centers import ZohoUrls
from shared.adapters.zoho.gateway import ZohoGateway
from shared.adapters.zoho.oauth import ClientCredentials
from shared.web import RESERVE_SECONDS
from tests.events import Answer, Context, request
from tests.functions.conftest import Client, tenant_of
from tests.unit.zoho.peer import Peer, http, listening


def reach(client: Client, peer: Peer) -> None:
    """Put a real gateway to `peer` in the place of the fake Zoho."""
    app = client.application
    app.__dict__.pop("connect", None)
    app.zoho = ZohoGateway(
        credentials=lambda: ClientCredentials("client", "secret"),
        tokens=app.tokens,
        limiter=app.limiter,
        clock=app.clock,
        urls=ZohoUrls(peer.url, peer.url, peer.url),
    )


def almost_over(seconds: float) -> Context:
    """A function's context that leaves Zoho only these seconds."""
    return Context(int((RESERVE_SECONDS + seconds) * 1000))


@pytest.mark.parametrize(
    ("pause_seconds", "answer"),
    [(2.0, b"{}"), (0.2, b'{"fieldnames": {"fieldname": []}, "topicDetails": [], "code": 0}')],
    ids=["one call hangs", "every call is slow"],
)
def test_a_zoho_too_slow_for_an_answer_is_unavailable(
    client: Client, pause_seconds: float, answer: bytes
) -> None:
    with listening(http(answer), pause_seconds=pause_seconds) as peer:
        client.application.connected(tenant_of("alice"))
        reach(client, peer)
        refused = Answer.of(configure.handler(request("GET", "/sync-options"), almost_over(0.3)))
    assert (refused.status, refused.error["code"]) == (503, "zoho_unavailable")
    assert "in time" in refused.error["message"]
    assert int(refused.headers["retry-after"]) > 0


def test_a_sign_in_that_zoho_does_not_answer_says_to_start_again(client: Client) -> None:
    begun = client.call("POST", "/connection/authorization", body={}).json
    with listening(http(b"{}"), pause_seconds=2) as peer:
        reach(client, peer)
        body = {"code": "c", "state": begun["state"], "location": "us", "accounts_server": peer.url}
        refused = Answer.of(connect.handler(request("POST", "/connection", body=body), almost_over(0.3)))
    assert (refused.status, refused.error["code"]) == (503, "zoho_unavailable")
    assert "start again" in refused.error["message"]
