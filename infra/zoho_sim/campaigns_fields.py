"""Zoho Campaigns v1.1: contact fields and topics."""

from __future__ import annotations

import re
from typing import Any

from infra.zoho_sim.campaigns import INDEX_MAX, guarded, whole_number
from infra.zoho_sim.campaigns_wire import failure, success
from infra.zoho_sim.contacts import CUSTOM_FIELD_LENGTH, FIELD_IDS_START_AT, ContactField, topic_id
from infra.zoho_sim.wire import Request, Response
from infra.zoho_sim.world import World

FIELD_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9 ]{0,99}\Z")
FIELD_TYPES = {
    one.lower(): one
    for one in (
        "Text", "Integer", "Phone", "Date", "Picklist", "Email", "Checkbox", "LongInteger", "URL", "textarea",
        "RadioOption", "Multiselect", "DateTime", "Decimal", "Percent",
    )
}  # fmt: skip
FIELD_LENGTH_MAX = 2000
TOPICS_RANGE = 50
_LOOSE_NUMBER = r"{}\s*[\"']?\s*:\s*[\"']?(\d+)"


def _all_fields(world: World, request: Request) -> Response:
    rows = [_field_row(one, number) for number, one in enumerate(world.campaigns.fields.values(), 1)]
    single = len(rows) == 1 and world.settings.single_field_as_object
    listed: Any = rows[0] if single else rows
    if world.settings.fieldnames_nesting == "fieldnames.fieldname":
        payload: dict[str, Any] = {"fieldnames": {"fieldname": listed}}
    else:
        payload = {"fieldname": listed}
    return success(world, request, {"message": "success"} | payload, nested=True)


def _field_row(one: ContactField, number: int) -> dict[str, Any]:
    return {
        "no": number,
        "DISPLAY_NAME": one.display_name,
        "FIELD_DISPLAY_NAME": one.upper_name,
        "FIELD_NAME": one.name,
        "FIELD_ID": FIELD_IDS_START_AT + 2 * number,
        "IS_MANDATORY": one.mandatory,
        "maxlength": one.length,
        "type": one.kind,
        "uitype": one.kind.lower(),
        "values": "",
    }


def _custom_add(world: World, request: Request) -> Response:
    asked = request.parameters
    name, kind = asked.get("fieldname", "").strip(), FIELD_TYPES.get(asked.get("fieldtype", "").lower())
    if not name or "fieldtype" not in asked or asked.get("type", "").lower() != "json":
        return failure(world, request, "903", "Mandatory fields are missing.", nested=True)
    length = whole_number(asked.get("fieldlength"), CUSTOM_FIELD_LENGTH, FIELD_LENGTH_MAX)
    if kind is None or length is None or not FIELD_NAME.match(name):
        return failure(world, request, "1001", "Pattern doesn't match", nested=True)
    if world.campaigns.find_field(name) is not None:
        return failure(world, request, "916", "Custom field already exists.", nested=True)
    added = world.campaigns.add_field(name, kind, length)
    payload = {
        "message": "Success",
        "fieldtype": added.kind,
        "mandatory_check": "success",
        "scope": "CampaignsAPI",
        "type": "json",
        "fieldname": added.display_name,
        "fieldlength": str(added.length),
    }
    return success(world, request, payload, code="200", nested=True, status=False)


def _topics(world: World, request: Request) -> Response:
    settings, asked = world.settings, request.parameters
    if not settings.topic_management:
        return failure(world, request, "4016", "Topic associated with contacts is not enabled.")
    start, count = _topic_page(asked)
    if start is None or count is None:
        return failure(world, request, "1001", "Pattern doesn't match")
    rows = [
        {
            "topicId": topic_id(name),
            "primaryList": int(topic_id(name)) + 2,
            "topicName": name,
            "topicDesc": "",
        }
        for name in settings.topics
    ]
    payload = {"topicDetails": rows[start : start + count], "message": "Success"}
    return success(world, request, payload, code="200", status=False)


def _topic_page(asked: dict[str, str]) -> tuple[int | None, int | None]:
    """Read from_index and range, as parameters or inside the loosely written `details` object; 0 and 1 both
    mean the start.
    """
    details = asked.get("details", "")
    first = asked.get("from_index") or _inside(details, "from_index") or "1"
    many = asked.get("range") or _inside(details, "range")
    start = 1 if first == "0" else whole_number(first, 1, INDEX_MAX)
    return None if start is None else start - 1, whole_number(many, TOPICS_RANGE, INDEX_MAX)


def _inside(details: str, name: str) -> str | None:
    found = re.search(_LOOSE_NUMBER.format(name), details, re.ASCII)
    return found.group(1) if found else None


all_fields = guarded("campaigns.allfields", "READ", _all_fields)
custom_add = guarded("campaigns.customadd", "CREATE", _custom_add)
topics = guarded("campaigns.topics", "READ", _topics)
