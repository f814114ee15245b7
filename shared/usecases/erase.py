"""Disabling the integration: the user is disconnected at once, and nothing of theirs is left behind.

A disabling may break off anywhere and is still finished: before anything is deleted, an `erase` message is
sent, to be delivered minutes later. By then a worker that was in the middle of a batch has stopped as well,
so what it wrote last is erased with the rest. Every step may be repeated.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import timedelta

from shared.domain.connection import Connection
from shared.domain.errors import Conflict, NotFound, UpstreamError
from shared.ports import (
    Clock,
    Connections,
    Ledger,
    Notifications,
    Queue,
    RunFiles,
    Runs,
    Schedules,
    SkippedFiles,
    Syncs,
    TokenStore,
    WakeUp,
    Zoho,
)

# Longer than the lease of a slice (240 s): whoever was at work has ended when the message arrives.
SECOND_PASS_SECONDS = 300
INLINE_TIME = timedelta(seconds=10)
# What a delivery of the message leaves for sending the next one.
RESERVE = timedelta(seconds=20)

REVOKE_EVERY_SECONDS = 900
REVOKE_ATTEMPTS = 96
REVOKE_FOR = timedelta(seconds=REVOKE_EVERY_SECONDS * REVOKE_ATTEMPTS)  # a day


@dataclass(frozen=True, slots=True)
class Effects:
    """What disabling does, in sentences for the person who decides."""

    sentences: tuple[str, ...]
    sync_id: str | None


class Erase:
    def __init__(
        self,
        *,
        connections: Connections,
        tokens: TokenStore,
        syncs: Syncs,
        schedules: Schedules,
        runs: Runs,
        ledger: Ledger,
        files: RunFiles,
        skipped: SkippedFiles,
        notifications: Notifications,
        queue: Queue,
        zoho: Zoho,
        clock: Clock,
    ) -> None:
        self._connections = connections
        self._tokens = tokens
        self._syncs = syncs
        self._schedules = schedules
        self._runs = runs
        self._ledger = ledger
        self._files = files
        self._skipped = skipped
        self._notifications = notifications
        self._queue = queue
        self._zoho = zoho
        self._clock = clock

    def effects(self, tenant: str) -> Effects:
        """Return what `disable` would do; raises `NotFound` (`not_connected`)."""
        connection = self._connection(tenant)
        sync = self._syncs.get(tenant)
        sentences = [
            f"Access to Zoho Books and Zoho Campaigns as {connection.email} is revoked and its tokens erased."
        ]
        if sync is not None:
            sentences += [
                f"The sync into the list {sync.settings.list_name} stops, also in the middle of a run.",
                "Its schedule, configuration and field mapping are deleted.",
                "Its history, its notifications and the downloads of skipped records are erased.",
                "What the sync remembers of each customer is erased; a new sync starts from the beginning.",
            ]
        sentences.append("Contacts that are in Zoho Campaigns stay there, with the values they have now.")
        return Effects(tuple(sentences), sync.id if sync else None)

    def disable(self, tenant: str, *, confirmed: bool) -> None:
        """Disconnect and erase. Raises `NotFound`; `Conflict` (`confirmation_required`) with the effects."""
        connection = self._connection(tenant)
        if not confirmed:
            effects = self.effects(tenant)
            raise Conflict(
                "Disabling the integration cannot be undone; repeat the request with confirm=true.",
                code="confirmation_required",
                details={"effects": list(effects.sentences), "sync_id": effects.sync_id},
            )
        sync = self._syncs.get(tenant)
        message = WakeUp(
            "erase", tenant, sync.id if sync else "", scheduled_at=connection.connected_at.isoformat()
        )
        self._queue.send(message, delay_seconds=SECOND_PASS_SECONDS, bulk=True)
        self._disconnect(connection, message.sync_id)
        self._notifications.delete_all(tenant)
        self._erase_sync(message, INLINE_TIME)

    def go_on(self, message: WakeUp, *, budget_seconds: float) -> None:
        """Do what an `erase` or `revoke` message asks within `budget_seconds`."""
        if message.kind == "revoke":
            self._revoke_again(message)
            return
        connection = self._connections.get(message.tenant)
        if connection is not None and connection.connected_at.isoformat() == message.scheduled_at:
            self._disconnect(connection, message.sync_id)
            connection = None
        if connection is None:
            self._tokens.delete(message.tenant)
            self._notifications.delete_all(message.tenant)
        self._erase_sync(message, timedelta(seconds=budget_seconds) - RESERVE)

    # ---- the steps, in the order in which they must happen ---------------------------------------------

    def _disconnect(self, connection: Connection, sync_id: str) -> None:
        """Fence the workers off, take the access away; the connection, which names the rest, goes last."""
        if sync_id:
            self._syncs.delete(connection.tenant, sync_id)
            self._schedules.delete(connection.tenant, sync_id)
        self._revoke(connection)
        self._connections.delete(connection.tenant)

    def _revoke(self, connection: Connection) -> None:
        """Revoke the grant at Zoho and delete the tokens.

        When Zoho cannot be reached the user is disconnected all the same: the tokens move out of the
        connection's reach, to be revoked later; should that message be lost, they end by themselves.
        """
        tokens = self._tokens.get(connection.tenant)
        if tokens is not None:
            try:
                self._zoho.accounts().revoke(tokens)
            except UpstreamError:
                keeper = f"{connection.tenant}/{connection.connected_at.isoformat()}"
                self._tokens.save(keeper, tokens, until=self._clock.now() + REVOKE_FOR)
                self._queue.send(WakeUp("revoke", keeper, ""), delay_seconds=REVOKE_EVERY_SECONDS, bulk=True)
        self._tokens.delete(connection.tenant)

    def _revoke_again(self, message: WakeUp) -> None:
        tokens = self._tokens.get(message.tenant)
        if tokens is None:
            return
        try:
            self._zoho.accounts().revoke(tokens)
        except UpstreamError:
            if message.tick < REVOKE_ATTEMPTS:
                again = replace(message, tick=message.tick + 1)
                self._queue.send(again, delay_seconds=REVOKE_EVERY_SECONDS, bulk=True)
                return
            # A day of refusals: deleting the tokens takes the access away from here; Zoho keeps a dead entry.
        self._tokens.delete(message.tenant)

    def _erase_sync(self, message: WakeUp, time: timedelta) -> None:
        """Erase what belonged to the sync; what does not fit into `time` is left to the next message."""
        tenant, sync_id = message.tenant, message.sync_id
        sync = self._syncs.get(tenant)
        if not sync_id or (sync is not None and sync.id == sync_id):
            return
        ends_at = self._clock.now() + time
        self._schedules.delete(tenant, sync_id)
        self._runs.delete_all(tenant, sync_id)
        self._skipped.delete_all(tenant, sync_id)
        self._files.delete_all(tenant, sync_id)
        if not self._ledger.delete_all(tenant, sync_id, until=ends_at):
            self._queue.send(message, bulk=True)

    def _connection(self, tenant: str) -> Connection:
        connection = self._connections.get(tenant)
        if connection is None:
            raise NotFound("Zoho Books and Zoho Campaigns are not connected.", code="not_connected")
        return connection
