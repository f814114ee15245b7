"""A whole run in which the answers of AWS keep getting lost ends as one in which none was."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import botocore.endpoint
import pytest
from botocore.awsrequest import AWSPreparedRequest
from botocore.exceptions import ReadTimeoutError

from infra.zoho_sim import VirtualClock
from infra.zoho_sim.seed import seed
from tests.security.product import Product, deployed

CUSTOMERS = 60


@pytest.fixture(autouse=True)
def _no_waiting(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(botocore.endpoint, "time", SimpleNamespace(sleep=lambda _seconds: None))


class LosesAnswers:
    """Lets every `every`-th call of a client be carried out and its answer be lost."""

    def __init__(self, client: Any, every: int) -> None:
        self.lost = 0
        self._seen = 0
        self._every = every
        # Behind the stand-in for the service, which answers at this very place.
        client.meta.events.register_last("before-send.*", self._lose)

    def _lose(self, request: AWSPreparedRequest, **_: Any) -> None:
        self._seen += 1
        if self._seen % self._every == 0:
            self.lost += 1
            raise ReadTimeoutError(endpoint_url=request.url)


def outcome(folder: Path, every: int) -> tuple[dict[str, Any], dict[str, Any], int]:
    """Return the run's counts, what Zoho Campaigns holds, and how many answers were lost."""
    time = VirtualClock()
    with deployed(folder, seed(CUSTOMERS, clock=time), time) as product:
        losing = list(losers(product, every)) if every else []
        sync_id = product.set_up("alice")
        product.work_off()
        (run,) = product.call("GET", f"/syncs/{sync_id}/runs").json["items"]
        counts = {name: run[name] for name in ("status", "total", "added", "updated", "skipped_by_reason")}
        contacts = product.world.campaigns.contacts
        held = {address: dict(contact.values) for address, contact in contacts.items()}
        assert product.world.stats.offences == {}
        return counts, held, sum(each.lost for each in losing)


def losers(product: Product, every: int) -> Iterator[LosesAnswers]:
    aws = product.application._aws
    for client in (aws.dynamodb, aws.sqs, aws.s3, aws.scheduler, aws.kms):
        yield LosesAnswers(client, every)


@pytest.mark.parametrize("every", [2, *(pytest.param(each, marks=pytest.mark.slow) for each in (3, 7))])
def test_lost_answers_change_no_count_and_no_contact(tmp_path: Path, every: int) -> None:
    (tmp_path / "calm").mkdir()
    (tmp_path / "rough").mkdir()
    counts, held, none = outcome(tmp_path / "calm", 0)
    rough_counts, rough_held, lost = outcome(tmp_path / "rough", every)
    assert (counts["status"], none) == ("completed", 0)
    assert lost > 10
    assert (rough_counts, rough_held) == (counts, held)
