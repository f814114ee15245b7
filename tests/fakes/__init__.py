"""In-memory stand-ins for the ports, name for name; the contract suite holds them to the real adapters."""

from tests.fakes.clock import VirtualClock
from tests.fakes.files import RunFiles, SkippedFiles
from tests.fakes.ledger import Ledger
from tests.fakes.messages import Queue, Schedules
from tests.fakes.owned import (
    Authorizations,
    Cipher,
    Connections,
    Idempotency,
    Notifications,
    RateLimiter,
    Syncs,
    TokenStore,
)
from tests.fakes.runs import Runs

__all__ = [
    "Authorizations",
    "Cipher",
    "Connections",
    "Idempotency",
    "Ledger",
    "Notifications",
    "Queue",
    "RateLimiter",
    "RunFiles",
    "Runs",
    "Schedules",
    "SkippedFiles",
    "Syncs",
    "TokenStore",
    "VirtualClock",
]
