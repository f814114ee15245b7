"""Which Books field goes into which Campaigns field, and how a mapped contact is fingerprinted."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from hashlib import blake2b

from shared.domain.customer import BooksField, Customer
from shared.domain.errors import Invalid

EMAIL_SOURCE = "email"
EMAIL_TARGET = "Contact Email"
SUBSCRIPTION_TYPE_TARGET = "Subscription Type"
LAWFUL_BASIS_TARGET = "Lawful Basis"
RESERVED_TARGETS = frozenset({EMAIL_TARGET, SUBSCRIPTION_TYPE_TARGET, LAWFUL_BASIS_TARGET})
MAX_PAIRS = 100

NEW_FIELD_NAME_LENGTH = 50
NEW_FIELD_LENGTH = 255
NEW_FIELD_KIND = "Text"

_FIELD_DIGEST_BYTES = 6
_VERSION_BYTES = 8

_SUGGESTIONS = {
    "first_name": "First Name",
    "last_name": "Last Name",
    "company_name": "Company Name",
    "phone": "Phone",
    "mobile": "Mobile",
}


@dataclass(frozen=True, slots=True)
class CampaignsField:
    """A field of a Campaigns contact; `max_length` in characters, None when Campaigns does not state it."""

    name: str
    kind: str = "Text"
    max_length: int | None = None
    mandatory: bool = False


@dataclass(frozen=True, slots=True)
class FieldPair:
    """One row of the mapping; with `new_field` the target is created when Campaigns does not have it."""

    source: str
    target: str
    new_field: bool = False


def suggested_mapping(
    books: Sequence[BooksField], campaigns: Sequence[CampaignsField]
) -> tuple[FieldPair, ...]:
    """Return the pairs whose names match on both sides, the mandatory email pair first."""
    existing = {field.name.casefold(): field.name for field in campaigns}
    pairs = [FieldPair(EMAIL_SOURCE, EMAIL_TARGET)]
    for field in books:
        wanted = _SUGGESTIONS.get(field.name) or (field.label if field.custom else None)
        target = existing.get(wanted.casefold()) if wanted else None
        if target is not None and target not in RESERVED_TARGETS:
            pairs.append(FieldPair(field.name, target))
    return tuple(pairs)


def checked_mapping(
    pairs: Iterable[FieldPair], books: Sequence[BooksField], campaigns: Sequence[CampaignsField]
) -> tuple[FieldPair, ...]:
    """Return the pairs with targets spelled as Campaigns spells them, the email pair first.

    A `new_field` whose name exists already (any case) becomes a pair with the existing field; any other is
    named like the Books field.
    Raises `Invalid` that names every wrong pair.
    """
    labels = {field.name: field.label for field in books}
    existing = {field.name.casefold(): field.name for field in campaigns}
    result: list[FieldPair] = [FieldPair(EMAIL_SOURCE, EMAIL_TARGET)]
    problems: list[tuple[str, str]] = []
    taken = {EMAIL_TARGET.casefold()}
    for index, pair in enumerate(pairs):
        where = f"mapping.{index}"
        target, new_name = pair.target.strip(), new_field_name(labels.get(pair.source, ""))
        if pair.new_field and target.casefold() not in existing and target == labels.get(pair.source):
            target = new_name
        key = target.casefold()
        if pair.source == EMAIL_SOURCE and key == EMAIL_TARGET.casefold():
            continue
        if pair.source not in labels:
            problems.append((f"{where}.source", f"Zoho Books has no field {pair.source!r}"))
        elif key in {name.casefold() for name in RESERVED_TARGETS}:
            problems.append((f"{where}.target", f"{target!r} is filled by the sync itself"))
        elif key in taken:
            problems.append((f"{where}.target", f"{target!r} is mapped twice"))
        elif key not in existing and not pair.new_field:
            problems.append((f"{where}.target", f"Zoho Campaigns has no field {target!r}; tick New Field"))
        elif key not in existing and key != new_name.casefold():
            problems.append((f"{where}.target", f"a new field is named like its Books field, {new_name!r}"))
        elif not target:
            problems.append((f"{where}.target", "the Books field has no letters to name a new one"))
        else:
            result.append(FieldPair(pair.source, existing.get(key, target), key not in existing))
        taken.add(key)
    if len(result) > MAX_PAIRS:
        problems.append(("mapping", f"at most {MAX_PAIRS} pairs"))
    if problems:
        raise Invalid.fields(problems)
    return tuple(result)


def new_field_name(label: str) -> str:
    """Return the name of a new field for the Books field `label`: 50 letters, digits, blanks and _ at most.

    Campaigns documents `fieldname` of custom/add as alphanumeric. "" when nothing of the label is left.
    """
    kept = "".join(char if char.isalnum() or char == "_" else " " for char in label)
    return " ".join(kept.split())[:NEW_FIELD_NAME_LENGTH].strip()


def mapping_version(parts: Iterable[str]) -> bytes:
    """Return 8 bytes that change whenever any part of what is written to Campaigns changes meaning."""
    text = "\x1f".join(parts)
    return blake2b(text.encode(), digest_size=_VERSION_BYTES).digest()


def contact_info(
    customer: Customer,
    pairs: Sequence[FieldPair],
    *,
    empty_values: bool,
    constants: Sequence[tuple[str, str]],
) -> dict[str, str]:
    """Return Campaigns' `contactinfo`: display name → text.

    A pair without a value in Books is left out, or sent as "" when `empty_values` is on.
    """
    info = {EMAIL_TARGET: customer.email.strip()}
    for pair in pairs:
        if pair.target == EMAIL_TARGET:
            continue
        value = customer.fields.get(pair.source, "").strip()
        if value or empty_values:
            info[pair.target] = value
    info.update(constants)
    return info


def fingerprint(
    customer: Customer,
    pairs: Sequence[FieldPair],
    *,
    key: bytes,
    empty_values: bool,
    version: bytes,
    previous: bytes,
) -> bytes:
    """Return what Campaigns will hold once this customer is posted.

    That is the mapping version, a keyed digest of all values, and one of 6 bytes for each pair. The address
    is left out: a ledger entry has its digest anyhow. Where an empty value leaves Campaigns' alone, the
    digest of what was sent before is kept, so that emptying a field in Books costs no call that would change
    nothing; then `previous` itself is returned.
    """
    values = [customer.fields.get(pair.source, "").strip() for pair in pairs if pair.target != EMAIL_TARGET]
    start = version + _digest(key, repr(values), _VERSION_BYTES)
    if previous.startswith(start):
        return previous
    comparable = previous.startswith(version)
    out = bytearray(start)
    for value in values:
        at = slice(len(out), len(out) + _FIELD_DIGEST_BYTES)
        if value or empty_values:
            out += _digest(key, value, _FIELD_DIGEST_BYTES)
        else:
            out += (previous[at] if comparable else b"") or bytes(_FIELD_DIGEST_BYTES)
    same = comparable and previous[len(start) :] == out[len(start) :]
    return previous if same else bytes(out)


def _digest(key: bytes, text: str, size: int) -> bytes:
    return blake2b(text.encode(), key=key, digest_size=size).digest()
