"""Builds the simulated world from one number; the same number gives the same world."""

from __future__ import annotations

import random
from array import array
from datetime import UTC, datetime
from functools import partial

from infra.zoho_sim.clock import Clock, as_clock
from infra.zoho_sim.contacts import (
    ACTIVE,
    BOUNCED,
    UNSUBSCRIBED,
    CampaignsAccount,
    Contact,
    MailingList,
    topic_id,
)
from infra.zoho_sim.customers import VENDOR, Customers, flags_for
from infra.zoho_sim.oddities import (
    AROUND_DST_SWITCH,
    DO_NOT_MAIL,
    MEMBER_ACTIVE,
    MEMBER_BOUNCED,
    MEMBER_SPELLED_DIFFERENTLY,
    MEMBER_UNSUBSCRIBED,
    ODDITIES,
    odd_record,
    place_of,
)
from infra.zoho_sim.people import Record, mix, plain_record
from infra.zoho_sim.settings import Settings
from infra.zoho_sim.world import Organization, World

MAX_CUSTOMERS = 1_000_000
VENDOR_EVERY = 21
"""One contact in so many is a vendor."""

FIRST_CREATED = datetime(2021, 1, 4, 17, tzinfo=UTC).timestamp()
NEWEST_CHANGE = datetime(2026, 6, 30, 17, tzinfo=UTC).timestamp()
DAY_SECONDS = 86_400
IMPORTED = datetime(2026, 2, 11, 11, tzinfo=UTC).timestamp()
"""From then on a file import changed five contacts a second."""
IMPORT_EVERY, IMPORT_SIZE, IMPORT_STEP_SECONDS = 40, 5, 61

DST_INSTANTS = {
    "spring_before": datetime(2026, 3, 8, 9, 59, 30, tzinfo=UTC).timestamp(),
    "spring_after": datetime(2026, 3, 8, 10, 0, 30, tzinfo=UTC).timestamp(),
    "autumn_first_1am": datetime(2025, 11, 2, 8, 30, tzinfo=UTC).timestamp(),
    "autumn_second_1am": datetime(2025, 11, 2, 9, 30, tzinfo=UTC).timestamp(),
}

ELIGIBLE_ORGANIZATION, OTHER_EMAIL_ORGANIZATION, INACTIVE_ORGANIZATION = "10229182", "10229190", "10229204"
OTHER_EMAIL = "accounts@harbor-lane.example"
STRANGERS = 40
"""Members of the first list who are nobody's customers."""


def seed(
    customers: int = 1200,
    *,
    number: int = 7,
    settings: Settings | None = None,
    clock: object = None,
    oddities: bool = True,
) -> World:
    """Build a world with that many customers (vendors come on top), all of them good ones without `oddities`.

    `clock` is a Clock or a callable that tells the time. Raises ValueError for a count outside 0–1,000,000.
    """
    if not 0 <= customers <= MAX_CUSTOMERS:
        raise ValueError(f"customers is a number from 0 to {MAX_CUSTOMERS:,}, not {customers}")
    chosen, time = settings or Settings(), as_clock(clock)
    first = Organization(
        ELIGIBLE_ORGANIZATION,
        "Lumen Supply Co.",
        "",
        True,
        "PREMIUM",
        _books(customers, number, time, oddities=oddities),
    )
    other = Organization(
        OTHER_EMAIL_ORGANIZATION, "Harbor Lane Studio", OTHER_EMAIL, True, "STANDARD",
        _books(24, number + 1, time, oddities=False),
    )  # fmt: skip
    closed = Organization(
        INACTIVE_ORGANIZATION,
        "Lumen Supply (2019, closed)",
        "",
        False,
        "FREE",
        _books(0, number, time, oddities=False),
    )
    campaigns = _campaigns(chosen, customers, number, time.now(), oddities=oddities)
    return World(
        chosen, time, customers, number, oddities, {one.id: one for one in (first, other, closed)}, campaigns,
        dice=random.Random(number),
    )  # fmt: skip


def reseed(world: World) -> None:
    """Put customers and Campaigns contacts back to how they were seeded."""
    again = seed(
        world.customers_wanted,
        number=world.seed_number,
        settings=world.settings,
        clock=world.clock,
        oddities=world.oddities,
    )
    world.organizations, world.campaigns, world.dice = again.organizations, again.campaigns, again.dice


def ordinal_of(index: int) -> int | None:
    """Which customer stands at a position of the contacts; None for a vendor."""
    block, place = divmod(index, VENDOR_EVERY)
    return None if place == VENDOR_EVERY - 1 else block * (VENDOR_EVERY - 1) + place


def index_of(ordinal: int) -> int:
    """Where a customer stands among the contacts."""
    return ordinal + ordinal // (VENDOR_EVERY - 1)


def contacts_with(customers: int) -> int:
    """How many contacts there are with so many customers."""
    return customers + customers // (VENDOR_EVERY - 1)


def _seeded_record(index: int, *, customers: int, number: int, oddities: bool) -> Record:
    ordinal = ordinal_of(index)
    if ordinal is None:
        vendor = plain_record(customers + index // VENDOR_EVERY, number)
        vendor.contact_type = VENDOR
        return vendor
    return odd_record(ordinal, number) if oddities else plain_record(ordinal, number)


def _books(customers: int, number: int, clock: Clock, *, oddities: bool) -> Customers:
    total = contacts_with(customers)
    newest = int(min(NEWEST_CHANGE, clock.now() - DAY_SECONDS))
    start = int(min(FIRST_CREATED, newest - DAY_SECONDS))
    span = newest - start - 3600
    created = array("q", bytes(8 * total))
    modified = array("q", bytes(8 * total))
    flags = bytearray(total)
    inactive = frozenset(
        place for one in ODDITIES if one.name in {"inactive", "duplicate_inactive"} for place in one.places
    )
    for index in range(total):
        came = start + index * span // total
        created[index] = came
        ordinal = ordinal_of(index)
        place = place_of(ordinal, number) if oddities and ordinal is not None else -1
        modified[index] = _modified(index, place, came, newest, number)
        flags[index] = flags_for(vendor=ordinal is None, active=place not in inactive)
    source = partial(_seeded_record, customers=customers, number=number, oddities=oddities)
    return Customers(source, created, modified, flags)


def _modified(index: int, place: int, created: int, newest: int, number: int) -> int:
    instant = DST_INSTANTS[AROUND_DST_SWITCH[place]] if place in AROUND_DST_SWITCH else 0.0
    if instant == 0.0 and index % IMPORT_EVERY < IMPORT_SIZE:
        instant = IMPORTED + index // IMPORT_EVERY * IMPORT_STEP_SECONDS
    if created <= instant <= newest:
        return int(instant)
    chance = mix(number << 32 ^ index)
    return created if chance % 5 < 2 else created + (chance >> 8) % (newest - created + 1)  # noqa: PLR2004


def _campaigns(
    settings: Settings, customers: int, number: int, now: float, *, oddities: bool
) -> CampaignsAccount:
    account = CampaignsAccount(min(FIRST_CREATED, now))
    if not settings.mailing_lists:
        return account
    members = account.list_named(settings.mailing_lists[0])
    topics = (topic_id(settings.topics[0]),) if settings.topics else ()
    for ordinal in range(STRANGERS):
        record = plain_record(contacts_with(customers) + 1 + ordinal, number)
        status = UNSUBSCRIBED if ordinal % 10 == 0 else BOUNCED if ordinal % 13 == 0 else ACTIVE
        _join(account, members, record, status, topics)
    if not oddities:
        return account
    states = {MEMBER_ACTIVE: ACTIVE, MEMBER_UNSUBSCRIBED: UNSUBSCRIBED, MEMBER_BOUNCED: BOUNCED}
    status_of_place = {place: status for places, status in states.items() for place in places}
    for ordinal in range(customers):
        place = place_of(ordinal, number)
        if place in status_of_place:
            record = odd_record(ordinal, number)
            if place in MEMBER_SPELLED_DIFFERENTLY:
                record.email = record.email.upper()
            _join(account, members, record, status_of_place[place], topics)
        elif place in DO_NOT_MAIL:
            account.do_not_mail.add(odd_record(ordinal, number).email.lower())
    return account


def _join(
    account: CampaignsAccount, members: MailingList, record: Record, status: str, topics: tuple[str, ...]
) -> None:
    shown = record.email.strip()
    email = shown.lower()
    values = {
        "Contact Email": shown,
        "First Name": record.first_name,
        "Company Name": record.company_name or "",
    }
    known = {name: value for name, value in values.items() if value}
    account.put(Contact(email, account.created_at, known, () if status == UNSUBSCRIBED else topics))
    members.put(email, status)
