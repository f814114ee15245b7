"""Tokens, the lock under which they are refreshed, and the digest key: one item, secrets encrypted."""

from __future__ import annotations

import json
import math
import secrets
from datetime import datetime

from shared.adapters.dynamodb.codec import Item, moment_of, text_of
from shared.adapters.dynamodb.keys import Key, key
from shared.adapters.dynamodb.table import ConditionFailed, Table
from shared.domain.connection import Tokens
from shared.ports import Cipher

_TOKENS, _DIGEST_KEY = "tokens", "digest_key"
_DIGEST_KEY_BYTES = 32
_UNLOCKED: Item = {"lock_owner": None, "lock_until": None}


class DynamoTokenStore:
    """Implements `ports.TokenStore`."""

    def __init__(self, table: Table, cipher: Cipher) -> None:
        self._table = table
        self._cipher = cipher

    def get(self, tenant: str) -> Tokens | None:
        item = self._table.get(_at(tenant))
        if item is None or _TOKENS not in item:
            return None
        both = json.loads(self._cipher.decrypt(tenant, _TOKENS, item[_TOKENS]))
        return Tokens(
            refresh_token=both["refresh"],
            access_token=both["access"],
            access_expires_at=moment_of(item["access_expires_at"]),
            accounts_server=item["accounts_server"],
        )

    def save(self, tenant: str, tokens: Tokens, *, until: datetime | None = None) -> None:
        ends: Item = {"expires_at": math.ceil(until.timestamp()) if until else None}
        self._table.update(_at(tenant), {**self._item(tenant, tokens), **_UNLOCKED, **ends})

    def save_refreshed(self, tenant: str, owner: str, tokens: Tokens) -> bool:
        try:
            self._table.update(
                _at(tenant), self._item(tenant, tokens), condition="#lock_owner = :owner", owner=owner
            )
        except ConditionFailed:
            return False
        return True

    def _item(self, tenant: str, tokens: Tokens) -> Item:
        both = json.dumps({"refresh": tokens.refresh_token, "access": tokens.access_token})
        return {
            _TOKENS: self._cipher.encrypt(tenant, _TOKENS, both.encode()),
            "access_expires_at": text_of(tokens.access_expires_at),
            "accounts_server": tokens.accounts_server,
        }

    def delete(self, tenant: str) -> None:
        self._table.delete(_at(tenant))

    def begin_refresh(self, tenant: str, owner: str, until: datetime, now: datetime) -> bool:
        try:
            self._table.update(
                _at(tenant),
                {"lock_owner": owner, "lock_until": text_of(until)},
                condition="attribute_exists(#tokens) AND"
                " (attribute_not_exists(#lock_owner) OR #lock_owner = :owner OR #lock_until <= :now)",
                owner=owner,
                now=text_of(now),
            )
        except ConditionFailed:
            return False
        return True

    def end_refresh(self, tenant: str, owner: str) -> None:
        try:
            self._table.update(
                _at(tenant),
                _UNLOCKED,
                condition="#lock_owner = :owner",
                owner=owner,
            )
        except ConditionFailed:
            return  # released already, taken over after its time, or deleted

    def digest_key(self, tenant: str) -> bytes:
        item = self._table.get(_at(tenant)) or {}
        if _DIGEST_KEY not in item:
            fresh = self._cipher.encrypt(tenant, _DIGEST_KEY, secrets.token_bytes(_DIGEST_KEY_BYTES))
            item = self._table.update(_at(tenant), {}, defaults={_DIGEST_KEY: fresh})
        return self._cipher.decrypt(tenant, _DIGEST_KEY, item[_DIGEST_KEY])


def _at(tenant: str) -> Key:
    return key(tenant, "TOKENS")
