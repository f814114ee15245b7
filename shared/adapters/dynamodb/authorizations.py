"""Consents that were started: taken by deleting, so that each can be taken once."""

from __future__ import annotations

import math

from shared.adapters.dynamodb.codec import moment_of, text_of
from shared.adapters.dynamodb.keys import Key, hashed, key
from shared.adapters.dynamodb.table import Table
from shared.domain.connection import PendingAuthorization
from shared.ports import Cipher

_SECRET = "code_verifier"  # noqa: S105 - what is encrypted, not the secret itself


class DynamoAuthorizations:
    """Implements `ports.Authorizations`."""

    def __init__(self, table: Table, cipher: Cipher) -> None:
        self._table = table
        self._cipher = cipher

    def save(self, pending: PendingAuthorization) -> None:
        verifier = self._cipher.encrypt(pending.tenant, _SECRET, pending.code_verifier.encode())
        self._table.put(
            _at(pending.tenant, pending.state),
            {
                "verifier": verifier,
                "redirect_uri": pending.redirect_uri,
                "valid_until": text_of(pending.expires_at),
                "expires_at": math.ceil(pending.expires_at.timestamp()),
            },
        )

    def take(self, tenant: str, state: str) -> PendingAuthorization | None:
        item = self._table.delete(_at(tenant, state))
        if item is None:
            return None
        return PendingAuthorization(
            tenant=tenant,
            state=state,
            code_verifier=self._cipher.decrypt(tenant, _SECRET, item["verifier"]).decode(),
            redirect_uri=item["redirect_uri"],
            expires_at=moment_of(item["valid_until"]),
        )


def _at(tenant: str, state: str) -> Key:
    return key(tenant, "A", hashed(state))
