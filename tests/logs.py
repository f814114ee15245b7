"""The service's log, as Lambda writes it."""

from __future__ import annotations

import json
import logging
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from shared import observability


class Lines(logging.Handler):
    """Keeps every line with all its fields."""

    def __init__(self) -> None:
        super().__init__(logging.INFO)
        self.setFormatter(observability.logger().registered_formatter)
        self.kept: list[dict[str, Any]] = []

    def emit(self, record: logging.LogRecord) -> None:
        self.kept.append(json.loads(self.format(record)))

    def of(self, message: str) -> list[dict[str, Any]]:
        return [line for line in self.kept if line["message"] == message]


@contextmanager
def recorded() -> Iterator[Lines]:
    """Keep what the service logs meanwhile."""
    logger, lines = observability.logger()._logger, Lines()
    level = logger.level
    logger.addHandler(lines)
    logger.setLevel(logging.INFO)
    yield lines
    logger.setLevel(level)
    logger.removeHandler(lines)
