"""`/__sim__/…`: looking behind the curtain, and changing what is there."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from infra.zoho_sim.contacts import FIELD_IDS_START_AT, STATUSES, Contact
from infra.zoho_sim.control_customers import BadControl, change_customers, describe_customers, whole
from infra.zoho_sim.faults import BadFault, FaultScript, fault_from_json
from infra.zoho_sim.grants import Grants
from infra.zoho_sim.knobs import BadKnob, knob_notes, knob_values, turn
from infra.zoho_sim.quotas import BooksQuota, CampaignsQuotas
from infra.zoho_sim.routes import ENDPOINTS
from infra.zoho_sim.seed import reseed
from infra.zoho_sim.settings import Settings
from infra.zoho_sim.stats import Stats
from infra.zoho_sim.subscribe import EMAIL
from infra.zoho_sim.wire import Request, Response, json_response
from infra.zoho_sim.world import World

PREFIX = "/__sim__/"
FIELD_LENGTH_MAX = 2000
ADVANCE_MAX_SECONDS = 1_000_000_000
EVERYTHING = ("stats", "quotas", "faults", "tokens", "data", "settings")
DEFAULT_SCOPES = (
    "ZohoBooks.contacts.READ",
    "ZohoBooks.settings.READ",
    "ZohoCampaigns.contact.READ",
    "ZohoCampaigns.contact.CREATE-UPDATE",
)

Given = dict[str, Any]
Control = Callable[[World, Given], Any]


def answer(world: World, request: Request) -> Response:
    """Answer a control request: 404 for an unknown one, 400 with a sentence for a wrong one."""
    name = request.path.removeprefix(PREFIX)
    if request.method == "GET" and name.startswith("lists/"):
        return _reply(world, _list_contacts, request.parameters | {"path": name})
    control = CONTROLS.get((request.method, name))
    if control is None:
        return json_response({"error": f"there is no control {request.method} {PREFIX}{name}"}, 404)
    given = request.parameters if request.method == "GET" else request.json_object()
    if given is None:
        return json_response({"error": "send a JSON object"}, 400)
    return _reply(world, control, given)


def _reply(world: World, control: Control, given: Given) -> Response:
    try:
        return json_response(control(world, given))
    except (BadControl, BadFault, BadKnob) as bad:
        return json_response({"error": str(bad)}, 400)


def _get_stats(world: World, _: Given) -> Any:
    now = world.now()
    return world.stats.as_json() | {"locked_seconds_left": world.campaigns_quotas.locked(now)}


def _reset(world: World, given: Given) -> Any:
    what = given.get("what", list(EVERYTHING))
    if not isinstance(what, list) or any(part not in EVERYTHING for part in what):
        raise BadControl(f"what is a list out of {', '.join(EVERYTHING)}")
    if "settings" in what:
        turn(world.settings, knob_values(Settings()))
    if "data" in what:
        reseed(world)
    if "stats" in what:
        world.stats = Stats()
    if "faults" in what:
        world.faults = FaultScript()
    if "tokens" in what:
        world.grants = Grants()
    if "quotas" in what:
        world.campaigns_quotas = CampaignsQuotas()
        for organization in world.organizations.values():
            organization.quota = BooksQuota()
    return {"reset": what}


def _get_settings(world: World, given: Given) -> Any:
    values = {"settings": knob_values(world.settings)}
    return values | {"notes": knob_notes()} if "notes" in given else values


def _set_settings(world: World, given: Given) -> Any:
    for knob in ("campaigns_limits", "latency_ms"):
        _only_endpoints(knob, given.get(knob), {"*"} if knob == "latency_ms" else set())
    turn(world.settings, given)
    return {"settings": knob_values(world.settings)}


def _only_endpoints(knob: str, value: Any, besides: set[str]) -> None:
    unknown = sorted(set(value) - ENDPOINTS - besides) if isinstance(value, dict) else []
    if unknown:
        raise BadControl(f"{knob} names {unknown[0]!r}, which is no endpoint")


def _get_faults(world: World, _: Given) -> Any:
    return {"faults": world.faults.as_json()}


def _add_faults(world: World, given: Given) -> Any:
    """Take one fault, or several as {"faults": […]}; all are checked before any is added."""
    several = given.get("faults", [given])
    if not isinstance(several, list) or not all(isinstance(one, dict) for one in several):
        raise BadControl("faults is a list of objects")
    for fault in [fault_from_json(one, ENDPOINTS) for one in several]:
        world.faults.add(fault)
    return {"faults": world.faults.as_json()}


def _clear_faults(world: World, _: Given) -> Any:
    world.faults.clear()
    return {"faults": []}


def _get_clock(world: World, _: Given) -> Any:
    return {"now": world.now()}


def _advance_clock(world: World, given: Given) -> Any:
    seconds = given.get("advance_seconds")
    # `bool` is an `int`, and NaN compares false with everything.
    if (
        isinstance(seconds, bool)
        or not isinstance(seconds, int | float)
        or not 0 <= seconds <= ADVANCE_MAX_SECONDS
    ):
        raise BadControl("advance_seconds is a number of seconds from 0 on")
    try:
        world.clock.advance(seconds)
    except ValueError as error:
        raise BadControl(str(error)) from None
    return {"now": world.now()}


def _tokens(world: World, given: Given) -> Any:
    """`grant` answers tokens without the consent page; `expire_access` and `revoke_all` end what is alive."""
    match given.get("action"):
        case "grant":
            return _grant(world, given.get("scopes", list(DEFAULT_SCOPES)))
        case "expire_access":
            return {"expired": world.grants.expire_access_tokens()}
        case "revoke_all":
            return {"revoked": world.grants.revoke_all()}
        case _:
            raise BadControl("action is grant, expire_access or revoke_all")


def _grant(world: World, scopes: Any) -> Any:
    if not isinstance(scopes, list) or not all(isinstance(one, str) for one in scopes):
        raise BadControl("scopes is a list of scope names")
    settings = world.settings
    grant = world.grants.add_refresh_token(tuple(scopes), world.now())
    expires_at = world.now() + settings.access_token_seconds
    token = world.grants.mint(grant.scopes, expires_at, grant, settings.live_access_tokens)
    return {"access_token": token, "refresh_token": grant.token}


def _change_subscriber(world: World, given: Given) -> Any:
    """Move an address to a state in a list (`status`), out of it (`remove`), or into Do-Not-Mail
    (`do_not_mail`).
    """
    email, status = given.get("email"), given.get("status")
    if not isinstance(email, str) or not email:
        raise BadControl("email is an address")
    email = email.strip().lower()
    if status == "do_not_mail":
        world.campaigns.do_not_mail.add(email)
        return {"email": email, "status": status}
    if status not in (*STATUSES, "remove"):
        raise BadControl(f"status is one of {', '.join(STATUSES)}, remove, do_not_mail")
    names = world.settings.mailing_lists
    wanted = given.get("list", names[0] if names else "")
    mailing_list = world.campaigns.find_list(wanted, names) if isinstance(wanted, str) else None
    if mailing_list is None:
        raise BadControl("list is the key or the name of a mailing list")
    if status == "remove":
        mailing_list.put(email, None)
        return {"email": email, "status": status}
    if email not in world.campaigns.contacts:
        world.campaigns.put(Contact(email, world.now(), {EMAIL: email}))
    mailing_list.put(email, status)
    return {"email": email, "status": status}


def _change_fields(world: World, given: Given) -> Any:
    """Remove or retype fields of the account: {"remove": [names]}, {"add": [{"name", "type", "length"}]}."""
    fields = world.campaigns.fields
    remove, add = given.get("remove", []), given.get("add", [])
    if not isinstance(remove, list) or not isinstance(add, list):
        raise BadControl("remove and add are lists")
    for name in remove:
        if not isinstance(name, str) or name not in fields or fields[name].mandatory:
            raise BadControl(f"{name!r} is no field that can be removed")
    for one in add:
        _check_field(one)
    for name in remove:
        fields.pop(name, None)
    for one in add:
        world.campaigns.add_field(one["name"], one.get("type", "Text"), one.get("length", 100))
    return _get_fields(world, {})


def _check_field(one: Any) -> None:
    if (
        not isinstance(one, dict)
        or not isinstance(one.get("name"), str)
        or not isinstance(one.get("type", ""), str)
    ):
        raise BadControl("a field to add has a name, a type and a length")
    whole(one.get("length", 100), "length", FIELD_LENGTH_MAX)


def _get_fields(world: World, _: Given) -> Any:
    return {
        "fields": [
            {
                "id": FIELD_IDS_START_AT + 2 * number,
                "name": one.display_name,
                "type": one.kind,
                "length": one.length,
            }
            for number, one in enumerate(world.campaigns.fields.values(), 1)
        ]
    }


def _get_lists(world: World, _: Given) -> Any:
    return {
        "lists": [
            {"key": one.key, "name": one.name} | {status: one.count(status) for status in STATUSES}
            for one in world.campaigns.lists(world.settings.mailing_lists)
        ],
        "contacts": len(world.campaigns.contacts),
        "do_not_mail": sorted(world.campaigns.do_not_mail),
    }


def _list_contacts(world: World, given: Given) -> Any:
    wanted = given["path"].removeprefix("lists/").removesuffix("/contacts")
    mailing_list = world.campaigns.find_list(wanted, world.settings.mailing_lists)
    if mailing_list is None:
        raise BadControl("the path is lists/<key or name>/contacts")
    start = whole(given.get("offset", 0), "offset")
    limit = given.get("limit")
    count = None if limit is None else whole(limit, "limit")
    contacts = world.campaigns.dump(mailing_list, start, count)
    return {"list": mailing_list.name, "total": len(mailing_list.status_of), "contacts": contacts}


CONTROLS: dict[tuple[str, str], Control] = {
    ("GET", "stats"): _get_stats,
    ("POST", "reset"): _reset,
    ("GET", "settings"): _get_settings,
    ("POST", "settings"): _set_settings,
    ("GET", "faults"): _get_faults,
    ("POST", "faults"): _add_faults,
    ("DELETE", "faults"): _clear_faults,
    ("GET", "clock"): _get_clock,
    ("POST", "clock"): _advance_clock,
    ("POST", "tokens"): _tokens,
    ("GET", "customers"): describe_customers,
    ("POST", "customers"): change_customers,
    ("POST", "subscribers"): _change_subscriber,
    ("GET", "fields"): _get_fields,
    ("POST", "fields"): _change_fields,
    ("GET", "lists"): _get_lists,
}
