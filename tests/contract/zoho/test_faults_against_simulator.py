"""Each call under each scripted fault, in process and over sockets."""

from __future__ import annotations

import threading

import pytest

from shared.domain.errors import RateLimited, RetryLater
from tests.contract.zoho.simulated import READS, Zoho


@pytest.mark.parametrize("endpoint", READS)
@pytest.mark.parametrize("action", ["html", "unavailable", "drop"])
def test_a_passing_fault_is_told_and_the_next_call_passes(zoho: Zoho, endpoint: str, action: str) -> None:
    zoho.fault(endpoint=endpoint, action=action)
    with pytest.raises(RetryLater):
        READS[endpoint](zoho)
    READS[endpoint](zoho)
    assert zoho.world.stats.faults == {endpoint: 1}


@pytest.mark.parametrize("endpoint", READS)
@pytest.mark.parametrize("status", [200, 502])
def test_an_endpoint_that_only_answers_pages_is_asked_again_later(
    zoho: Zoho, endpoint: str, status: int
) -> None:
    zoho.set(html_endpoints=[endpoint], html_status=status)
    with pytest.raises(RetryLater):
        READS[endpoint](zoho)


def test_an_answer_later_than_the_timeout_is_a_passing_fault(zoho: Zoho) -> None:
    zoho.fault(endpoint="books.contacts", action="delay", delay_ms=31_000)
    with pytest.raises(RetryLater):
        zoho.books.changed(1)


@pytest.mark.parametrize("endpoint", READS)
def test_every_call_passes_over_http(served: Zoho, endpoint: str) -> None:
    READS[endpoint](served)
    assert served.world.stats.calls[endpoint] == 1


@pytest.mark.parametrize("action", ["html", "unavailable", "drop"])
@pytest.mark.parametrize("endpoint", ["books.contacts", "campaigns.listsubscribe"])
def test_faults_over_http_are_told_the_same_way(served: Zoho, endpoint: str, action: str) -> None:
    served.fault(endpoint=endpoint, action=action)
    with pytest.raises(RetryLater):
        READS[endpoint](served)
    READS[endpoint](served)


@pytest.mark.parametrize("style", ["json_429", "json_400", "html_400", "html_200"])
def test_locks_over_http_are_told_the_same_way(served: Zoho, style: str) -> None:
    served.set(lock_style=style, campaigns_limits={"campaigns.listsubscribe": [[1, 60]]})
    READS["campaigns.listsubscribe"](served)
    with pytest.raises(RateLimited):
        READS["campaigns.listsubscribe"](served)


def test_eight_threads_subscribe_at_once_and_lose_nothing(served: Zoho) -> None:
    served.control("tokens", action="expire_access")
    failures: list[BaseException] = []

    def work(worker: int) -> None:
        try:
            for number in range(20):
                info = {"Contact Email": f"t{worker}n{number}@people.example"}
                served.campaigns.subscribe(served.key(), (), info)
        except BaseException as error:  # noqa: BLE001
            failures.append(error)

    threads = [threading.Thread(target=work, args=(worker,)) for worker in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert failures == []
    assert sum(email.endswith("@people.example") for email in served.world.campaigns.contacts) == 160
    assert served.world.stats.calls["accounts.token"] == 1
