"""The keys of the one table.

    what                    pk                       sk              how it is read                   TTL
    connection              T#tenant                 CONNECTION      by the tenant
    tokens, digest key      T#tenant                 TOKENS          by the tenant
    sync                    T#tenant                 SYNC            by the tenant, who has one at most
    pending authorization   T#tenant#A               hash of state   by the tenant and the state      10 min
    idempotency record      T#tenant#I               hash of key     by the tenant, operation, key    1 day
    notification            T#tenant#N               notification    the tenant's, newest first       90 days
    run                     T#tenant#R#sync          run             the sync's, newest first         400 days
    ledger entry            T#tenant#L#sync          contact         100 at a time; all, in order
    pace of an endpoint     P#hash of account        endpoint        by every worker of the account   2 days
    secret of the cursors   CURSORS                  KEY             once by each process that lists

    index `due`, keys only  DUE#0…DUE#7 (due_pk)     time (due_at)   runs to be woken, oldest first

`partition` and `key` build every key that belongs to a tenant: nothing can be read without naming its owner.
"""

from __future__ import annotations

import hashlib
import re
from typing import NamedTuple

_ORDINARY = re.compile(r"[^#!\x00-\x1f][^#\x00-\x1f]{0,199}")


class Key(NamedTuple):
    pk: str
    sk: str


CURSOR_KEY = Key("CURSORS", "KEY")


def safe(part: str) -> str:
    """Return `part`, or its hash when it could break out of its place in a key or is too long or short."""
    if _ORDINARY.fullmatch(part):
        return part
    return "!" + hashed(part)


def hashed(text: str) -> str:
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()


def partition(tenant: str, *scope: str) -> str:
    return "#".join(("T", safe(tenant), *map(safe, scope)))


def key(tenant: str, kind: str, *path: str) -> Key:
    """Return the key of the tenant's only item of `kind`, or of the one at `path` within a kind."""
    if not path:
        return Key(partition(tenant), kind)
    return Key(partition(tenant, kind, *path[:-1]), safe(path[-1]))


def owners(pk: str) -> tuple[str, str]:
    """Return the tenant and the sync that a partition of runs belongs to."""
    _, tenant, _, sync_id = pk.split("#")
    return tenant, sync_id
