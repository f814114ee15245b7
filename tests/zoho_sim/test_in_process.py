from __future__ import annotations

from collections.abc import Iterator

import pytest
import requests

from infra.zoho_sim import Simulator, VirtualClock, seed
from infra.zoho_sim.faults import Fault
from infra.zoho_sim.in_process import mount

URL = "https://campaigns.zoho.com/api/v1.1/topics?resfmt=JSON"


@pytest.fixture
def simulator() -> Simulator:
    return Simulator(seed(5, clock=VirtualClock()))


@pytest.fixture
def session(simulator: Simulator) -> Iterator[requests.Session]:
    with requests.Session() as opened:
        token = simulator.world.grants.mint(("ZohoCampaigns.contact.ALL",), 1e12, None, 1)
        opened.headers["Authorization"] = f"Zoho-oauthtoken {token}"
        mount(opened, simulator)
        yield opened


def test_a_session_talks_to_the_simulator_under_zohos_own_addresses(session: requests.Session) -> None:
    answer = session.get(URL, timeout=5)
    assert answer.ok
    assert answer.encoding == "UTF-8"
    assert answer.json()["topicDetails"][0]["topicName"] == "default"
    assert answer.url == URL
    assert answer.elapsed.total_seconds() >= 0


def test_forms_and_statuses_travel_as_over_http(session: requests.Session) -> None:
    form = {"type": "json", "fieldname": "Größe", "fieldtype": "Text"}
    answer = session.post("https://campaigns.zoho.com/api/v1.1/custom/add", data=form, timeout=5)
    assert answer.json()["response"]["code"] == "1001"
    assert session.get("https://www.zohoapis.com/books/v3/organizations", timeout=5).status_code == 401


def test_a_redirect_names_the_host_that_was_called(simulator: Simulator, session: requests.Session) -> None:
    simulator.world.settings.auto_accept = True
    asked = {
        "response_type": "code",
        "client_id": "1000.LOCALSIMULATOR",
        "redirect_uri": "http://127.0.0.1:1/oauth/callback",
        "scope": "ZohoBooks.contacts.READ",
    }
    answer = session.get(
        "https://accounts.zoho.eu/oauth/v2/auth", params=asked, allow_redirects=False, timeout=5
    )
    assert "accounts-server=https%3A%2F%2Faccounts.zoho.eu" in answer.headers["location"]


def test_a_dropped_connection_is_a_connection_error(simulator: Simulator, session: requests.Session) -> None:
    simulator.world.faults.add(Fault("drop"))
    with pytest.raises(requests.ConnectionError):
        session.get(URL, timeout=5)
    assert session.get(URL, timeout=5).ok


@pytest.mark.parametrize("timeout", [2, (1, 2)])
def test_an_answer_later_than_the_timeout_is_a_read_timeout_and_time_passes(
    simulator: Simulator, timeout: float | tuple[float, float]
) -> None:
    clock = simulator.world.clock
    started = clock.now()
    with requests.Session() as session:
        mount(session, simulator, "https://campaigns.zoho.com", sleep=clock.advance)
        simulator.world.settings.latency_ms = {"*": [1500]}
        assert session.get(URL, timeout=timeout).status_code == 401
        assert clock.now() == started + 1.5
        simulator.world.settings.latency_ms = {"*": [2500]}
        with pytest.raises(requests.ReadTimeout):
            session.get(URL, timeout=timeout)
        assert clock.now() == started + 3.5


def test_a_streamed_body_is_refused(session: requests.Session) -> None:
    with pytest.raises(TypeError):
        session.post(URL, data=iter([b"x"]), timeout=5)
