"""The services that stand in for AWS, each started once and only when a test asks for it."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from infra.local.data_services import DataServices
from tests.emulators import dynamodb_local


@pytest.fixture(scope="package")
def dynamodb_local_url() -> Iterator[str]:
    try:
        with dynamodb_local.running() as url:
            yield url
    except dynamodb_local.Unavailable as reason:
        pytest.skip(f"no DynamoDB Local: {reason}")


@pytest.fixture(scope="package")
def ministack_url(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    services = DataServices(tmp_path_factory.mktemp("ministack"))
    services.start()
    yield services.endpoint_url
    services.stop()
