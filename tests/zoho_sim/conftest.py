from __future__ import annotations

import pytest

from tests.zoho_sim.caller import Caller


@pytest.fixture
def stranger() -> Caller:
    """Nobody is signed in and there are no customers."""
    return Caller()


@pytest.fixture
def caller() -> Caller:
    """Signed in with all scopes; 40 customers."""
    return Caller(40).sign_in()


@pytest.fixture(scope="session")
def company() -> Caller:
    """300 customers with every oddity, for tests that only read."""
    return Caller(300, books_per_minute=None).sign_in()
