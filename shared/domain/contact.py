"""Addresses: what makes two of them the same, and which ones are refused before a call is spent on them."""

from __future__ import annotations

import re
import unicodedata
from enum import StrEnum
from hashlib import blake2b


class SkipReason(StrEnum):
    """Why a customer was not synced; the codes of the skipped-record CSV."""

    EMPTY_EMAIL = "empty_email"
    INVALID_EMAIL = "invalid_email"
    ROLE_ADDRESS = "role_address"
    DUPLICATE_EMAIL = "duplicate_email"
    UNSUBSCRIBED = "unsubscribed"
    BOUNCED = "bounced"
    DO_NOT_MAIL = "do_not_mail"
    FIELD_INVALID = "field_invalid"
    CONTACT_LIMIT = "contact_limit"
    REFUSED_BY_CAMPAIGNS = "refused_by_campaigns"


WHAT_TO_DO: dict[SkipReason, str] = {
    SkipReason.EMPTY_EMAIL: "Add an email address to this customer in Zoho Books.",
    SkipReason.INVALID_EMAIL: "Correct this customer's email address in Zoho Books.",
    SkipReason.ROLE_ADDRESS: (
        "Zoho Campaigns does not mail role addresses such as info@ or support@; "
        "use a person's address in Zoho Books."
    ),
    SkipReason.DUPLICATE_EMAIL: (
        "Another customer in Zoho Books has this email address and was synced instead; "
        "give one of them an address of its own."
    ),
    SkipReason.UNSUBSCRIBED: "This person unsubscribed; only they can subscribe again, by a signup form.",
    SkipReason.BOUNCED: "Mail to this address bounced; ask the customer for a working address.",
    SkipReason.DO_NOT_MAIL: (
        "This address is in the Do-Not-Mail registry of Zoho Campaigns; it cannot be mailed."
    ),
    SkipReason.FIELD_INVALID: (
        "Correct the named field in Zoho Books, or map it to a field that can hold the value."
    ),
    SkipReason.CONTACT_LIMIT: "Your Zoho Campaigns plan is full; upgrade it, then resume the sync.",
    SkipReason.REFUSED_BY_CAMPAIGNS: (
        "Zoho Campaigns refused this contact; its own code and message are in the detail."
    ),
}

MAX_EMAIL_LENGTH = 100  # Zoho Books, Contacts: e-mail at most 100 characters

# The role addresses Zoho's help pages name. Campaigns knows more and answers 2005 for them.
ROLE_LOCAL_PARTS = frozenset({"info", "administrator", "careers", "service", "support", "webmaster"})

_LABEL = r"[^\W_](?:[\w-]{0,61}[^\W_])?"
_ADDRESS = re.compile(rf"[^\s@<>()\[\],;:\"\\]{{1,64}}@{_LABEL}(?:\.{_LABEL})+", re.UNICODE)


def normalize_email(raw: str) -> str:
    """Return the form in which addresses are compared: trimmed, composed Unicode, lower case."""
    return unicodedata.normalize("NFC", raw.strip()).lower()


def address_problem(email: str) -> SkipReason | None:
    """Return why a normalized address can never be posted, or None when Campaigns may judge it."""
    if not email:
        return SkipReason.EMPTY_EMAIL
    if len(email) > MAX_EMAIL_LENGTH or not _ADDRESS.fullmatch(email) or ".." in email:
        return SkipReason.INVALID_EMAIL
    local = email.partition("@")[0]
    if local.startswith(".") or local.endswith("."):
        return SkipReason.INVALID_EMAIL
    if local in ROLE_LOCAL_PARTS:
        return SkipReason.ROLE_ADDRESS
    return None


def digest(key: bytes, text: str) -> int:
    """Return a keyed 64-bit fingerprint of `text`: what is stored in place of an address or a name."""
    return int.from_bytes(blake2b(text.encode(), key=key, digest_size=8).digest(), "big")
