"""One suite for fakes and adapters: a test that asks for `backend` runs against every kind of it.

Two variables name more places to run the adapters against: CONTRACT_ENDPOINT_URL an emulator of all
services, CONTRACT_DYNAMODB_URL one of DynamoDB alone, such as Amazon's own DynamoDB Local.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from functools import cache

import pytest

from tests.contract.backends import Aws, Backend, fake_backend, services

SERVICES = services(os.environ)


@pytest.fixture(scope="package")
def opened() -> Iterator[Callable[[str], Aws]]:
    """Services by name, each opened once: making clients takes longer than all tests of a port."""
    with ExitStack() as stack:
        yield cache(lambda name: stack.enter_context(SERVICES[name]()))


@pytest.fixture(params=["fake", *SERVICES])
def backend(request: pytest.FixtureRequest, opened: Callable[[str], Aws]) -> Backend:
    return fake_backend() if request.param == "fake" else opened(request.param).backend()


@pytest.fixture(params=[*SERVICES])
def aws(request: pytest.FixtureRequest, opened: Callable[[str], Aws]) -> Aws:
    """The services alone, for what only an adapter does: retries, encryption, the form of what is stored."""
    return opened(request.param)
