"""Zoho Campaigns v1.1: adding, updating, unsubscribing and silencing one contact per call."""

from __future__ import annotations

import re
import sys
from datetime import datetime
from typing import Any
from urllib.parse import unquote_plus

from infra.zoho_sim.campaigns import BAD_LIST_KEY, guarded, list_of
from infra.zoho_sim.campaigns_wire import failure, success
from infra.zoho_sim.contacts import (
    ACTIVE,
    BOUNCED,
    PENDING,
    UNSUBSCRIBED,
    Contact,
    ContactField,
    MailingList,
    topic_id,
)
from infra.zoho_sim.wire import Request, Response, read_json
from infra.zoho_sim.world import World

EMAIL = "Contact Email"
EMAIL_MAX = 100
LOCAL_PART = re.compile(r"[A-Za-z0-9!#$%&'*+/=?^_`{|}~.-]{1,64}\Z")
DOMAIN = re.compile(r"(?=.{4,255}\Z)([A-Za-z0-9]([A-Za-z0-9-]{0,61}[A-Za-z0-9])?\.)+[A-Za-z]{2,24}\Z")
ROLES = frozenset({"administrator", "careers", "info", "service", "support", "webmaster"})
TYPO_DOMAINS = frozenset({"gnail.com"})
ADDED = "User successfully subscribed."
CONFIRM = "A confirmation email is sent to the user. User needs to confirm to successfully subscribe."
NUMBER_TYPES = frozenset({"Integer", "LongInteger", "Decimal", "Percent"})
DATE_FORMATS = {"Date": ("%m/%d/%Y", "%Y-%m-%d"), "DateTime": ("%m/%d/%Y %H:%M:%S", "%Y-%m-%d %H:%M:%S")}

Refusal = tuple[str, str]
"""Code and message."""

MALFORMED: Refusal = ("2001", "Please give the contact information in the correct JSON format.")
BAD_EMAIL: Refusal = ("2004", "Invalid contact email address.")
BAD_TOPIC: Refusal = ("4011", "Topic id is invalid.")
INVALID_EMAIL: Refusal = ("2007", "Invalid email address.")


def contact_info(world: World, request: Request) -> dict[str, str] | Refusal:
    """Read contactinfo as display name → text; a body that is JSON itself is not looked at."""
    text = request.parameters.get("contactinfo", "")
    if not text:
        return ("903", "Mandatory fields are missing.")
    if world.settings.plus_addresses == "decoded_twice":
        text = unquote_plus(text)
    value = read_json(text)
    if not isinstance(value, dict):
        return MALFORMED
    return {sys.intern(name): _text(one) for name, one in value.items()}


def _text(value: Any) -> str:
    if value is None:
        return ""
    if isinstance(value, bool):
        return "true" if value else "false"
    return value if isinstance(value, str) else str(value)


def address_refusal(world: World, email: str) -> Refusal | None:
    """What Campaigns has against an address: malformed, invalid, a role, or with a plus where that is
    refused.
    """
    local, at, domain = email.partition("@")
    if not at or not local or not domain or len(email) > EMAIL_MAX or not LOCAL_PART.match(local):
        return BAD_EMAIL
    if domain.lower() in TYPO_DOMAINS or not DOMAIN.match(domain):
        return INVALID_EMAIL
    if local.lower() in ROLES:
        return ("2005", "Group email address added.")
    refused = {"refused_2004": BAD_EMAIL, "refused_2007": INVALID_EMAIL}
    return refused.get(world.settings.plus_addresses) if "+" in local else None


def _list_subscribe(world: World, request: Request) -> Response:
    mailing_list = list_of(world, request)
    if mailing_list is None:
        return failure(world, request, "2501", BAD_LIST_KEY)
    info = contact_info(world, request)
    if isinstance(info, tuple):
        return failure(world, request, *info)
    if request.query and "contactinfo" in request.query:
        world.stats.offences["personal_data_in_url"] += 1
    email = info.get(EMAIL, "").lower()
    topics = _topics_of(world, request)
    refusal = address_refusal(world, email) or _account_refusal(world, email)
    if refusal is not None:
        return failure(world, request, *refusal)
    if topics is None:
        return failure(world, request, *BAD_TOPIC)
    values = _checked(world, info)
    if isinstance(values, tuple):
        return failure(world, request, *values)
    _store(world, email, values, topics)
    pending = _join(world, mailing_list, email)
    return success(world, request, {"message": CONFIRM if pending else ADDED})


def _account_refusal(world: World, email: str) -> Refusal | None:
    """Refuse the Do-Not-Mail registry and a new contact beyond the plan; existing ones can still be
    updated.
    """
    settings, account = world.settings, world.campaigns
    if email in account.do_not_mail:
        world.stats.offences["posted_do_not_mail"] += 1
        return (settings.do_not_mail_code, "Contact is in the Do-Not-Mail registry.")
    if (
        email in account.contacts
        or settings.contact_limit is None
        or len(account.contacts) < settings.contact_limit
    ):
        return None
    return (settings.contact_limit_code, "You cannot add contacts as you've reached the maximum limit.")


def _topics_of(world: World, request: Request) -> tuple[str, ...] | None:
    """The topics to associate; None if one is unknown, none at all on the old account model."""
    text = request.parameters.get("topic_id", "")
    if not text or not world.settings.topic_management:
        return ()
    asked = tuple(part.strip() for part in text.split(",") if part.strip())
    known = {topic_id(name) for name in world.settings.topics}
    return asked if known.issuperset(asked) else None


def _checked(world: World, info: dict[str, str]) -> dict[str, str] | Refusal:
    """Check each value against its field; a name that is no field is dropped or refused, by a knob."""
    settings, known = world.settings, world.campaigns.fields
    found: dict[str, str] = {}
    for name, value in info.items():
        field = known.get(name)
        if field is None:
            if settings.unknown_fields == "refused":
                return ("1002", f"Extra parameter found: {name}")
            continue
        if len(value) > field.length:
            if settings.value_too_long == "refused":
                return (settings.value_too_long_code, f"Pattern doesn't match: {name}")
            value = value[: field.length]  # noqa: PLW2901
        if value and not _has_type(field, value):
            return ("1005", f"Data type mismatch: {name}")
        found[field.display_name] = value
    return found


def _has_type(field: ContactField, value: str) -> bool:
    if field.kind in NUMBER_TYPES:
        return re.fullmatch(r"[+-]?\d{1,18}(\.\d{1,9})?", value, re.ASCII) is not None
    formats = DATE_FORMATS.get(field.kind)
    return formats is None or any(_parses(value, one) for one in formats)


def _parses(value: str, wanted: str) -> bool:
    try:
        datetime.strptime(value, wanted)  # noqa: DTZ007
    except ValueError:
        return False
    return True


def _store(world: World, email: str, values: dict[str, str], topics: tuple[str, ...]) -> None:
    account = world.campaigns
    contact = account.contacts.get(email)
    if contact is None:
        contact = Contact(email, world.now())
        account.put(contact)
    contact.posts += 1
    clears = world.settings.empty_value == "clears"
    for name, value in values.items():
        if value:
            contact.values[name] = value
        elif clears:
            contact.values.pop(name, None)
    if topics:
        contact.topics = tuple(dict.fromkeys(contact.topics + topics))


def _join(world: World, mailing_list: MailingList, email: str) -> bool:
    """Put the contact into the list; whoever had unsubscribed is subscribed again without a word, and that
    is an offence.
    """
    before = mailing_list.status_of.get(email)
    if before == UNSUBSCRIBED:
        world.stats.offences["resubscribed_opted_out"] += 1
    elif before == BOUNCED:
        # What Zoho does with a bounced address is published nowhere; here it stays bounced.
        world.stats.offences["posted_bounced"] += 1
        return False
    elif before == ACTIVE:
        return mailing_list.name in world.settings.double_opt_in_lists
    pending = mailing_list.name in world.settings.double_opt_in_lists
    mailing_list.put(email, PENDING if pending else ACTIVE)
    return pending


def _list_unsubscribe(world: World, request: Request) -> Response:
    mailing_list = list_of(world, request)
    if mailing_list is None:
        return failure(world, request, "2501", BAD_LIST_KEY)
    info = contact_info(world, request)
    if isinstance(info, tuple):
        return failure(world, request, *info)
    email = info.get(EMAIL, "").lower()
    contact = world.campaigns.contacts.get(email)
    if contact is None or email not in mailing_list.status_of:
        return failure(world, request, "2103", "Contact does not exist.")
    asked = _topics_of(world, request)
    if asked is None:
        return failure(world, request, *BAD_TOPIC)
    contact.topics = tuple(topic for topic in contact.topics if asked and topic not in asked)
    if not asked or not contact.topics:
        mailing_list.put(email, UNSUBSCRIBED)
    return success(world, request, {"message": "User successfully unsubscribed."})


def _do_not_mail(world: World, request: Request) -> Response:
    info = contact_info(world, request)
    if isinstance(info, tuple):
        return failure(world, request, *info)
    email = info.get(EMAIL, "").lower()
    if address_refusal(world, email) == BAD_EMAIL:
        return failure(world, request, *BAD_EMAIL)
    world.campaigns.do_not_mail.add(email)
    return success(world, request, {"message": "Contact moved to the Do-Not-Mail registry."})


list_subscribe = guarded("campaigns.listsubscribe", "UPDATE", _list_subscribe)
list_unsubscribe = guarded("campaigns.listunsubscribe", "UPDATE", _list_unsubscribe)
contact_do_not_mail = guarded("campaigns.contactdonotmail", "UPDATE", _do_not_mail)
