"""A world in which every person, address, number and secret carries a marker, and places to look for it."""

from __future__ import annotations

import base64
import binascii
import hashlib
import logging
import zlib
from collections.abc import Iterable, Iterator
from contextlib import suppress
from typing import Any

from infra.zoho_sim import VirtualClock, World
from infra.zoho_sim.control import answer as control
from infra.zoho_sim.seed import seed
from infra.zoho_sim.settings import Settings
from infra.zoho_sim.wire import Request, json_bytes
from shared import observability

MARK = "zzcanary"
OWNER = "zzowner"
"""The marker of the Zoho user who connects: the connection names that address, and nothing else does."""
PHONE = "+44 20 7946 0018"
SUBJECT = f"{MARK}-subject"
REFUSED = f"refused@{MARK}.example"
OPTED_OUT = f"optedout@{MARK}.example"
ADDRESSES = {
    "ordinary": f"ordinary@{MARK}.example",
    "second": f"Second.Person+tag@{MARK}.example",
    "duplicate": f"ORDINARY@{MARK}.example",
    "role": f"info@{MARK}.example",
    "invalid": f"{MARK} at nowhere",
    "empty": "",
    "optedout": OPTED_OUT,
    "refused": REFUSED,
}


def marked_world(time: VirtualClock) -> World:
    """A company with one customer for each way a customer can go, all of them marked."""
    owner = f"{OWNER}@lumen.example"
    settings = Settings(
        user_email=owner,
        user_name=f"{OWNER} Person",
        organization_email=owner,
        client_secret=f"{MARK}-client-secret",
    )
    world = seed(0, settings=settings, clock=time)
    for name, email in ADDRESSES.items():
        values = {
            "contact_name": f"{MARK} {name}",
            "first_name": f"{MARK}first{name}",
            "last_name": f"{MARK}last{name}",
            "company_name": f"{MARK} {name} Ltd",
            "email": email,
            "phone": PHONE,
            "mobile": PHONE,
            "website": f"https://{MARK}.example",
            "notes": f"{MARK} note",
            "cf_vat_id": f"{MARK}VAT{name}",
        }
        tell(world, "customers", action="add", values=values)
    tell(world, "subscribers", email=OPTED_OUT, status="unsub")
    return world


def tell(world: World, what: str, **given: Any) -> None:
    response = control(world, Request("POST", f"/__sim__/{what}", body=json_bytes(given)))
    assert response.status == 200, response.body


def echoing_faults(world: World) -> None:
    """Let Zoho repeat what it was sent, in refusals, in failures, and in pages that are no JSON."""
    echo = f"{REFUSED} {MARK}firstrefused {PHONE} is not accepted"
    refusal = {"status": "error", "code": "3999", "message": echo}
    answers: list[dict[str, Any]] = [
        {"endpoint": "campaigns.listsubscribe", "contains": "refused@", "count": None, "body": refusal},
        {
            "endpoint": "campaigns.listsubscribe",
            "contains": "second",
            "status": 500,
            "body": f"<p>{echo}</p>",
        },
        {"endpoint": "books.contacts", "status": 500, "body": {"code": 9, "message": echo}},
    ]
    for answer in answers:
        tell(world, "faults", **{"action": "answer", "status": 200, **answer})


class Recorder(logging.Handler):
    """Every log line as Lambda would show it, whatever wrote it, with all the fields it was given."""

    def __init__(self) -> None:
        super().__init__(logging.DEBUG)
        self.lines: list[str] = []
        self.setFormatter(observability.logger().registered_formatter)

    def emit(self, record: logging.LogRecord) -> None:
        self.lines += [self.format(record), repr(vars(record))]


def spellings(secret: str) -> Iterator[bytes]:
    """A secret as it is, and in the encodings that are no protection."""
    raw = secret.encode()
    yield raw
    yield binascii.hexlify(raw)
    for shift in range(3):
        # Four characters hold three bytes: what stands before the secret shifts it, both ends may differ.
        text = base64.b64encode(b"\x00" * shift + raw)
        yield text[4 : len(text) // 4 * 4 - 4]
        yield text[4 : len(text) // 4 * 4 - 4].translate(bytes.maketrans(b"+/", b"-_"))


def unpacked(data: bytes) -> Iterator[bytes]:
    yield data
    for bits in (zlib.MAX_WBITS, zlib.MAX_WBITS | 16, -zlib.MAX_WBITS):
        with suppress(zlib.error):
            yield zlib.decompressobj(bits).decompress(data)


def leaks(data: bytes | str, secrets: Iterable[str] = ()) -> list[str]:
    """What of the markers, the phone number, keyless digests of addresses and `secrets` is in `data`."""
    raw = data.encode() if isinstance(data, str) else data
    found = []
    for one in unpacked(raw):
        folded = one.lower()
        found += [word for word in (MARK, PHONE, "79460018", "7946 0018") if word.encode() in folded]
        for secret in (MARK, *secrets):
            found += [f"encoded {secret[:12]}" for form in spellings(secret) if form in one]
        for address in filter(None, ADDRESSES.values()):
            digest = hashlib.sha256(address.lower().encode())
            if digest.digest() in one or digest.hexdigest().encode() in folded:
                found.append(f"plain digest of {address}")
    return found
