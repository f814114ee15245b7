"""Where the next page of a listing starts, as text that a caller holds on to.

A cursor carries the last sort key and a keyed digest that ties it to its partition. The partition itself is
always built from the caller's own tenant, so even a forged cursor would only move about within the caller's
own list.
"""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Callable, Iterable, Sequence
from hmac import compare_digest
from itertools import islice
from typing import TypeVar

from shared.domain.errors import BadRequest

T = TypeVar("T")

_DIGEST_BYTES = 16
_LONGEST = 400


class Cursors:
    """Makes and reads cursors; `key` is asked when there is one to make or to read."""

    def __init__(self, key: Callable[[], bytes]) -> None:
        self._key = key

    def after(self, pk: str, sk: str) -> str:
        """Return the cursor of the page that follows the item `sk` of partition `pk`."""
        signed = self._digest(pk, sk.encode()) + sk.encode()
        return base64.urlsafe_b64encode(signed).decode().rstrip("=")

    def position(self, pk: str, cursor: str | None) -> str:
        """Return the sort key that `cursor` points behind, "" for None.

        Raises BadRequest (`cursor_invalid`) for a cursor that was not made for partition `pk`.
        """
        if cursor is None:
            return ""
        sk = _sort_key(cursor)
        if not sk or not compare_digest(self.after(pk, sk).encode(), cursor.encode()):
            raise BadRequest(
                "This cursor does not belong to this list; start again without one.", code="cursor_invalid"
            )
        return sk

    def _digest(self, pk: str, sk: bytes) -> bytes:
        return hashlib.blake2b(
            pk.encode() + b"\x00" + sk, key=self._key(), digest_size=_DIGEST_BYTES
        ).digest()


def _sort_key(cursor: str) -> str:
    """Return what `cursor` claims to point behind, "" for text that is no cursor at all."""
    if len(cursor) > _LONGEST:
        return ""
    try:
        raw = base64.b64decode(cursor + "=" * (-len(cursor) % 4), altchars=b"-_", validate=True)
        return raw[_DIGEST_BYTES:].decode()
    except ValueError:
        return ""


def cut(items: Iterable[T], limit: int) -> tuple[Sequence[T], bool]:
    """Return the first `limit` items and whether more follow."""
    some = list(islice(items, limit + 1))
    return some[:limit], len(some) > limit
