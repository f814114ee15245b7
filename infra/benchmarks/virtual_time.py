"""Time that passes only when somebody waits, in which calls made at once overlap as they would on threads."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator
from concurrent.futures import FIRST_COMPLETED, Executor, Future
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import Any
from unittest.mock import patch

from shared.usecases.run_sync import sending

START = datetime(2026, 11, 23, 9, 0, tzinfo=UTC)


class VirtualTime:
    """A clock for the engine (`now`, `sleep`) and, by `epoch`, for a simulator that asks for seconds."""

    def __init__(self, start: datetime = START) -> None:
        self._epoch = start.timestamp()
        self._aside = False
        self._aside_seconds = 0.0

    def now(self) -> datetime:
        return datetime.fromtimestamp(self.epoch(), UTC)

    def epoch(self) -> float:
        return self._epoch + self._aside_seconds

    def sleep(self, seconds: float) -> None:
        if seconds <= 0:
            return
        if self._aside:
            self._aside_seconds += seconds
        else:
            self._epoch += seconds

    def advance_to(self, epoch_seconds: float) -> None:
        self._epoch = max(self._epoch, epoch_seconds)

    def aside(self, call: Callable[[], Any]) -> tuple[Any, BaseException | None, float]:
        """Make a call beside the clock; return its result, its error, and the seconds it slept."""
        self._aside, self._aside_seconds = True, 0.0
        try:
            return call(), None, self._aside_seconds
        except Exception as error:  # noqa: BLE001 - as a thread would, hand every error to the future
            return None, error, self._aside_seconds
        finally:
            self._aside, self._aside_seconds = False, 0.0


class VirtualFuture(Future[Any]):
    """Done once the clock has reached `ends_at` (epoch seconds)."""

    def __init__(self, time: VirtualTime, ends_at: float) -> None:
        super().__init__()
        self._time = time
        self.ends_at = ends_at

    def done(self) -> bool:
        return self._time.epoch() >= self.ends_at

    def result(self, timeout: float | None = None) -> Any:
        self._time.advance_to(self.ends_at)
        return super().result(timeout)


class VirtualExecutor(Executor):
    """Makes every call at the moment it is submitted; what it sleeps passes for itself alone."""

    def __init__(self, time: VirtualTime) -> None:
        self._time = time

    def submit(self, fn: Callable[..., Any], /, *args: Any, **kwargs: Any) -> Future[Any]:
        result, error, seconds = self._time.aside(lambda: fn(*args, **kwargs))
        future = VirtualFuture(self._time, self._time.epoch() + seconds)
        if error is None:
            future.set_result(result)
        else:
            future.set_exception(error)
        return future


@contextmanager
def overlapping(time: VirtualTime) -> Iterator[None]:
    """Let the engine's one wait for threads pass in virtual time: until the first call in hand is done."""

    def wait(futures: Collection[VirtualFuture], return_when: str) -> None:
        if return_when != FIRST_COMPLETED:
            raise ValueError("only waiting for the first call is simulated")
        time.advance_to(min(future.ends_at for future in futures))

    with patch.object(sending, "wait", wait):
        yield
