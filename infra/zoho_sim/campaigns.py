"""Zoho Campaigns v1.1: access, quotas and what can be read about mailing lists."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

from infra.zoho_sim.bearer import NoToken, allows, caller
from infra.zoho_sim.campaigns_wire import failure, locked, success, unauthorized
from infra.zoho_sim.contacts import ACTIVE, BOUNCED, UNSUBSCRIBED, CampaignsAccount, MailingList
from infra.zoho_sim.quotas import Verdict
from infra.zoho_sim.wire import Request, Response
from infra.zoho_sim.world import World

Answer = Callable[[World, Request], Response]

RANGE_DEFAULT = 20
SUBSCRIBERS_RANGE_MAX = 650
LISTS_RANGE_MAX = 200
NUMBER_DIGITS = 18
INDEX_MAX = 100_000_000
BAD_LIST_KEY = "Listkey is empty or invalid."
STATUSES_READ = {
    "active": ACTIVE,
    "recent": ACTIVE,
    "mostrecent": ACTIVE,
    "unsub": UNSUBSCRIBED,
    "bounce": BOUNCED,
}
NEWEST_FIRST = frozenset({"recent", "mostrecent"})


def guarded(endpoint: str, operation: str, answer: Answer) -> Callable[[World, Request, str], Response]:
    """Wrap an answer with what every call meets first: token, scope, quota and lock."""

    def admitted(world: World, request: Request, _: str) -> Response:
        token = caller(world, request)
        if isinstance(token, NoToken):
            return unauthorized(world, request)
        if not allows(token, "ZohoCampaigns", "contact", operation):
            if world.settings.missing_scope_code == "1007":
                return unauthorized(world, request)
            return failure(
                world, request, "6601", "Insufficient privileges. Please contact your organization admin."
            )
        settings = world.settings
        holder = "account" if settings.campaigns_count_by == "account" else token.grant
        quota = world.campaigns_quotas.of(endpoint, holder, settings.campaigns_limits.get(endpoint))
        verdict = quota.ask(world.now(), settings.lock_seconds)
        if verdict is Verdict.ADMITTED:
            return answer(world, request)
        world.stats.over_limit[endpoint] += 1
        if verdict is Verdict.OVER:
            world.stats.locks[endpoint] += 1
        return locked(world, quota)

    return admitted


def whole_number(text: str | None, default: int, most: int) -> int | None:
    """Read a number from 1 on, cut to `most`; None if it is none."""
    if text is None or text == "":
        return default
    if not (text.isascii() and text.isdigit() and len(text) <= NUMBER_DIGITS) or int(text) < 1:
        return None
    return min(int(text), most)


def _mailing_lists(world: World, request: Request) -> Response:
    asked = request.parameters
    start = whole_number(asked.get("fromindex"), 1, INDEX_MAX)
    count = whole_number(asked.get("range"), RANGE_DEFAULT, LISTS_RANGE_MAX)
    if start is None or count is None or asked.get("sort", "asc") not in {"asc", "desc"}:
        return failure(world, request, "1001", "Pattern doesn't match")
    lists = world.campaigns.lists(world.settings.mailing_lists)
    if not lists:
        return failure(world, request, "2401", "No mailing list has been created. Please create a list.")
    ordered = lists if asked.get("sort", "asc") == "asc" else lists[::-1]
    shown = ordered[start - 1 : start - 1 + count]
    details = [_list_details(one, start + place) for place, one in enumerate(shown)]
    requested = {
        "fromindex": start,
        "range": count,
        "total_list_count": len(lists),
        "sort": asked.get("sort", "asc"),
    }
    return success(world, request, {"requestdetails": requested, "list_of_details": details})


def _list_details(one: MailingList, number: int) -> dict[str, Any]:
    milliseconds = str(int(one.created_at * 1000))
    return {
        "sno": str(number),
        "listkey": one.key,
        "listname": one.name,
        "listdesc": "",
        "listunino": str(6_361_736_964_000_000 + int(one.key[2:9], 16)),
        "noofcontacts": str(one.count(ACTIVE)),
        "noofunsubcnt": str(one.count(UNSUBSCRIBED)),
        "noofbouncecnt": str(one.count(BOUNCED)),
        "is_public": "false",
        "issmart": "false",
        "editable": "true",
        "deletable": "true",
        "otherslist": "false",
        "lockstatus": "unlocked",
        "owner": "Priya",
        "zuid": "229788",
        "segments": {},
        "sentcnt": "0",
        "list_campaigns_count": "0",
        "created_time": milliseconds,
        "created_time_gmt": milliseconds,
        "updated_time_gmt": milliseconds,
    }


def _list_subscribers(world: World, request: Request) -> Response:
    asked = request.parameters
    mailing_list = list_of(world, request)
    if mailing_list is None:
        return failure(world, request, "2501", BAD_LIST_KEY)
    start = whole_number(asked.get("fromindex"), 1, INDEX_MAX)
    count = whole_number(asked.get("range"), RANGE_DEFAULT, SUBSCRIBERS_RANGE_MAX)
    status, order = asked.get("status", "active"), asked.get("sort", "asc")
    if start is None or count is None or status not in STATUSES_READ or order not in {"asc", "desc"}:
        return failure(world, request, "1001", "Pattern doesn't match")
    members = mailing_list.members(STATUSES_READ[status])
    if (order == "desc") != (status in NEWEST_FIRST):
        members = members[::-1]
    shown = members[start - 1 : start - 1 + count]
    if not shown:
        return failure(world, request, "2502", "Yet,There are no contacts in this list.")
    requested = {"fromindex": start, "range": count, "sort": order, "status": status}
    rows = [_subscriber(world.campaigns, email) for email in shown]
    return success(world, request, {"requestdetails": requested, "list_of_details": rows})


def _subscriber(account: CampaignsAccount, email: str) -> dict[str, str]:
    """The seven fields that can be read back; custom fields and topics cannot."""
    contact = account.contacts[email]
    return {
        "contact_email": contact.values.get("Contact Email", email),
        "firstname": contact.values.get("First Name", ""),
        "lastname": contact.values.get("Last Name", ""),
        "companyname": contact.values.get("Company Name", ""),
        "phone": contact.values.get("Phone", ""),
        "added_time": datetime.fromtimestamp(contact.added_at, UTC).strftime("%d %b %Y, %I:%M %p"),
        "zuid": "229788",
    }


def _subscribers_count(world: World, request: Request) -> Response:
    status = request.parameters.get("status", "active")
    if status not in {"active", "unsub", "bounce", "spam"}:
        return failure(world, request, "1001", "Pattern doesn't match")
    mailing_list = list_of(world, request)
    if mailing_list is None:
        return failure(world, request, "2202", "List id is invalid.")
    counted = 0 if status == "spam" else mailing_list.count(STATUSES_READ[status])
    return success(world, request, {"no_of_contacts": str(counted)})


def list_of(world: World, request: Request) -> MailingList | None:
    return world.campaigns.list_of_key(request.parameters.get("listkey", ""), world.settings.mailing_lists)


def unknown(world: World, request: Request, _: str) -> Response:
    return failure(world, request, "1004", "Wrong URL")


mailing_lists = guarded("campaigns.getmailinglists", "READ", _mailing_lists)
list_subscribers = guarded("campaigns.getlistsubscribers", "READ", _list_subscribers)
subscribers_count = guarded("campaigns.listsubscriberscount", "READ", _subscribers_count)
