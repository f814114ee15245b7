"""The customer at a place in the books, computed from the seed alone, so a million of them need no memory."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from infra.zoho_sim.names import LOCALES, Locale, Word

_MASK = (1 << 64) - 1
_PEOPLE_PER_COMPANY_LESS = 8
_SINCE = date(2012, 1, 9)
_SINCE_SPAN_DAYS = 4800
_COPRIME = 37

PAYMENT_TERMS: tuple[tuple[int, str], ...] = (
    (0, "Due on Receipt"),
    (15, "Net 15"),
    (30, "Net 30"),
    (30, "Net 30"),
    (45, "Net 45"),
    (60, "Net 60"),
    (-2, "Due end of the month"),
)
SEGMENTS = ("Wholesale", "Retail", "Hospitality", "Public Sector", "Online")
MANAGERS = ("Dana Whitfield", "Samuel Okoro", "Mei-Ling Tan", "Jonas Brandt", "")


@dataclass(slots=True)
class Record:
    """What Books knows about one contact, before it is rendered as a list row or a detail."""

    contact_name: str
    company_name: str | None
    contact_type: str
    active: bool
    sub_type: str
    first_name: str
    last_name: str
    email: str
    phone: str
    mobile: str
    website: str
    payment_terms: int
    payment_terms_label: str
    currency_code: str
    language_code: str
    country: str
    city: str
    receivable_cents: int
    notes: str
    custom: dict[str, Any]
    bare_custom_fields: bool = False
    numeric_id: bool = False


def mix(number: int) -> int:
    """Scatter a number over 64 bits (the SplitMix64 finaliser)."""
    number = (number + 0x9E3779B97F4A7C15) & _MASK
    number = ((number ^ (number >> 30)) * 0xBF58476D1CE4E5B9) & _MASK
    number = ((number ^ (number >> 27)) * 0x94D049BB133111EB) & _MASK
    return number ^ (number >> 31)


class Dice:
    """Choices drawn one after the other from one scattered number."""

    __slots__ = ("_left",)

    def __init__(self, number: int) -> None:
        self._left = mix(number) << 64 | mix(~number & _MASK)

    def below(self, sides: int) -> int:
        self._left, face = divmod(self._left, sides)
        return face


def plain_record(ordinal: int, seed_number: int) -> Record:
    """Build the believable customer of a place, without any oddity; every address is unique."""
    locale = LOCALES[(ordinal + seed_number) % len(LOCALES)]
    turn = ordinal // len(LOCALES)
    dice = Dice(seed_number << 40 | ordinal)
    first, last = _one(locale.firsts, dice), _one(locale.lasts, dice)
    company, slug = _company(locale, turn, seed_number)
    person = _person(locale, first, last)
    individual = dice.below(_PEOPLE_PER_COMPANY_LESS) == 0
    domain = f"mail.{locale.country}.example" if individual else f"{slug}.{locale.country}.example"
    number = str(turn) if individual else ""
    terms, label = PAYMENT_TERMS[dice.below(len(PAYMENT_TERMS))]
    local_number = 10_000_000 + dice.below(89_999_999)
    return Record(
        contact_name=person if individual else company,
        company_name="" if individual else company,
        contact_type="customer",
        active=True,
        sub_type="individual" if individual else "business",
        first_name=first[0],
        last_name=last[0],
        email=f"{first[1]}.{last[1]}{number}@{domain}",
        phone=_phone(locale, local_number, dice),
        mobile="" if dice.below(3) else f"+{locale.dial} 7{local_number % 99_999_989:08d}",
        website="" if individual or dice.below(4) == 0 else f"https://{domain}",
        payment_terms=terms,
        payment_terms_label=label,
        currency_code=locale.currency,
        language_code=locale.language,
        country=locale.country.upper(),
        city=locale.city,
        receivable_cents=0 if dice.below(3) else dice.below(9_000_000),
        notes="" if dice.below(6) else "Prefers to be called in the morning.",
        custom=_custom(locale, dice),
    )


def _one(words: tuple[Word, ...], dice: Dice) -> Word:
    return words[dice.below(len(words))]


def _company(locale: Locale, turn: int, seed_number: int) -> tuple[str, str]:
    pairs = len(locale.heads) * len(locale.trades)
    repeat, place = divmod(turn, pairs)
    head, trade = divmod((place * _COPRIME + seed_number) % pairs, len(locale.trades))
    (shown_head, plain_head), (shown_trade, plain_trade) = locale.heads[head], locale.trades[trade]
    joint = " " if locale.spaced else ""
    suffix, tail = (f" {repeat + 1}", f"-{repeat + 1}") if repeat else ("", "")
    name = f"{shown_head}{joint}{shown_trade}{suffix}"
    shown = f"{locale.form}{joint}{name}" if locale.form_first else f"{name}{joint}{locale.form}"
    return shown, f"{plain_head}-{plain_trade}{tail}"


def _person(locale: Locale, first: Word, last: Word) -> str:
    joint = " " if locale.spaced else ""
    return f"{last[0]}{joint}{first[0]}" if locale.family_first else f"{first[0]}{joint}{last[0]}"


def _phone(locale: Locale, number: int, dice: Dice) -> str:
    digits = str(number)
    match dice.below(5):
        case 0:
            return ""
        case 1:
            return f"+{locale.dial}-{digits[:2]}-{digits[2:5]}-{digits[5:]}"
        case 2:
            return f"+{locale.dial} (0) {digits[:4]} {digits[4:]}"
        case 3:
            return f"00{locale.dial}{digits}"
        case _:
            return f"+{locale.dial} {digits[:3]} {digits[3:]}"


def _custom(locale: Locale, dice: Dice) -> dict[str, Any]:
    """Only filled fields are present, as in list rows."""
    found: dict[str, Any] = {}
    if dice.below(3):
        found["cf_vat_id"] = f"{locale.country.upper()}{dice.below(899_999_999) + 100_000_000}"
    if dice.below(4):
        found["cf_customer_since"] = (_SINCE + timedelta(days=dice.below(_SINCE_SPAN_DAYS))).isoformat()
    if dice.below(5):
        found["cf_segment"] = SEGMENTS[dice.below(len(SEGMENTS))]
    found["cf_newsletter_consent"] = bool(dice.below(2))
    manager = MANAGERS[dice.below(len(MANAGERS))]
    if manager:
        found["cf_account_manager"] = manager
    return found
