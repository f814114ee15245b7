"""Ports that die at a chosen effect, and stay dead until the next worker starts."""

from __future__ import annotations

from typing import Any

# Reads change nothing, so dying in one is dying before the next effect.
EFFECTS = {
    "syncs": {"update", "create", "delete"},
    "runs": {"create", "acquire", "checkpoint", "commit", "wake"},
    "ledger": {"put_many", "delete_many"},
    "files": {"put", "delete_run"},
    "skipped": {"put_part", "publish"},
    "notifications": {"put"},
    "limiter": {"take", "block"},
    "queue": {"send"},
    "schedules": {"put", "delete"},
    "campaigns": {"create_field", "subscribe"},
}


class Crash(BaseException):
    """The process is gone: nothing may catch this, and nothing runs after it."""


class Fate:
    """Counts effects; dies at number `at` (from 1), before it happens or after."""

    def __init__(self, at: int = 0, *, before: bool = True) -> None:
        self._at = at
        self._before = before
        self.effects: list[str] = []
        self.dead = False

    def through(self, name: str, port: Any) -> Any:
        """Return `port` under this fate; a Zoho gateway has its clients wrapped."""
        return _Gateway(port, self) if name == "zoho" else _Port(name, port, self)

    def effect(self, name: str, call: Any) -> Any:
        self.check()
        self.effects.append(name)
        if len(self.effects) == self._at:
            if not self._before:
                call()
            self.dead = True
            raise Crash(name)
        return call()

    def check(self) -> None:
        if self.dead:
            raise Crash("dead")


class _Port:
    def __init__(self, name: str, port: Any, fate: Fate) -> None:
        self._name = name
        self._port = port
        self._fate = fate

    def __getattr__(self, method: str) -> Any:
        target = getattr(self._port, method)
        if method not in EFFECTS.get(self._name, ()):
            self._fate.check()
            return target
        return lambda *args, **kwargs: self._fate.effect(
            f"{self._name}.{method}", lambda: target(*args, **kwargs)
        )


class _Gateway:
    def __init__(self, gateway: Any, fate: Fate) -> None:
        self._gateway = gateway
        self._fate = fate

    def open(self, connection: Any) -> Any:
        clients = self._gateway.open(connection)
        return type(clients)(clients.books, _Port("campaigns", clients.campaigns, self._fate), clients.calls)
