"""Contacts as Books writes them: list rows, details, custom fields and times in the organization's zone."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone
from functools import cache
from typing import Any

from infra.zoho_sim.customers import CUSTOMER, Customers, contact_id
from infra.zoho_sim.people import Record

STANDARD_TIME, DAYLIGHT_TIME = timezone(timedelta(hours=-8)), timezone(timedelta(hours=-7))
"""US Pacific, written out so that no time-zone database is needed."""
_SUNDAY = 6

# api name, label, data type, metadata id.
CUSTOM_FIELDS: tuple[tuple[str, str, str, str], ...] = (
    ("cf_vat_id", "VAT ID", "string", "460000000000123001"),
    ("cf_customer_since", "Customer Since", "date", "460000000000123003"),
    ("cf_segment", "Segment", "dropdown", "460000000000123005"),
    ("cf_newsletter_consent", "Newsletter consent", "check_box", "460000000000123007"),
    ("cf_account_manager", "Account Manager", "string", "460000000000123009"),
)
_CURRENCY_IDS_START_AT = 460_000_000_000_000_001

_LIST_CONSTANTS: dict[str, Any] = {
    "language_code_formatted": "",
    "source": "user",
    "is_linked_with_zohocrm": False,
    "payment_terms_id": "",
    "twitter": "",
    "facebook": "",
    "outstanding_payable_amount": 0.0,
    "outstanding_payable_amount_bcy": 0.0,
    "unused_credits_receivable_amount": 0.0,
    "unused_credits_receivable_amount_bcy": 0.0,
    "unused_credits_payable_amount": 0.0,
    "unused_credits_payable_amount_bcy": 0.0,
    "portal_status": "disabled",
    "portal_status_formatted": "Disabled",
    "track_1099": False,
    "contactperson_custom_fields": [],
    "tags": [],
    "ach_supported": False,
    "has_attachment": False,
}


@cache
def _daylight_seconds(year: int) -> tuple[float, float]:
    """When daylight-saving time starts and ends: second Sunday of March, first Sunday of November, at 2
    a.m.
    """
    march, november = datetime(year, 3, 8, 10, tzinfo=UTC), datetime(year, 11, 1, 9, tzinfo=UTC)
    starts = march + timedelta(days=_SUNDAY - march.weekday())
    ends = november + timedelta(days=_SUNDAY - november.weekday())
    return starts.timestamp(), ends.timestamp()


def books_time(seconds: float) -> str:
    """Write an instant as Books does: local time and an offset without a colon."""
    year = datetime.fromtimestamp(seconds, UTC).year
    starts, ends = _daylight_seconds(year)
    zone = DAYLIGHT_TIME if starts <= seconds < ends else STANDARD_TIME
    return datetime.fromtimestamp(seconds, zone).strftime("%Y-%m-%dT%H:%M:%S%z")


def formatted_date(seconds: float) -> str:
    return datetime.fromtimestamp(seconds, STANDARD_TIME).strftime("%m/%d/%y")


def row_id(index: int, record: Record, numeric_ids: str) -> str | int:
    """The contact id, as a number where the knob asks for it."""
    number = numeric_ids == "always" or (numeric_ids == "some" and record.numeric_id)
    return int(contact_id(index)) if number else contact_id(index)


def list_row(customers: Customers, index: int, *, numeric_ids: str, custom_fields: bool) -> dict[str, Any]:
    """Render one row of `GET /contacts`: no addresses, notes or contact persons; missing text is ""."""
    record = customers.record(index)
    created, modified = customers.created[index], customers.modified[index]
    row: dict[str, Any] = {
        "contact_id": row_id(index, record, numeric_ids),
        "contact_name": record.contact_name,
        "customer_name": record.contact_name,
        "vendor_name": record.contact_name,
        "company_name": record.company_name,
        "website": record.website,
        "language_code": record.language_code,
        "contact_type": record.contact_type,
        "contact_type_formatted": "Customers" if record.contact_type == CUSTOMER else "Vendors",
        "status": "active" if record.active else "inactive",
        "customer_sub_type": record.sub_type,
        "payment_terms": record.payment_terms,
        "payment_terms_label": record.payment_terms_label,
        "currency_id": currency_id(record.currency_code),
        "currency_code": record.currency_code,
        "outstanding_receivable_amount": record.receivable_cents / 100,
        "outstanding_receivable_amount_bcy": record.receivable_cents / 100,
        "first_name": record.first_name,
        "last_name": record.last_name,
        "email": record.email,
        "phone": record.phone,
        "mobile": record.mobile,
        "created_time": books_time(created),
        "created_time_formatted": formatted_date(created),
        "last_modified_time": books_time(modified),
        "last_modified_time_formatted": formatted_date(modified),
    }
    row.update(_LIST_CONSTANTS)
    if not custom_fields or (record.bare_custom_fields and not record.custom):
        row["custom_fields"], row["custom_field_hash"] = ("", []) if record.bare_custom_fields else ([], {})
        return row
    row["custom_fields"] = custom_field_entries(record)
    row["custom_field_hash"] = flat = custom_field_hash(record)
    row.update(flat)
    return row


def custom_field_entries(record: Record) -> list[dict[str, Any]]:
    return [
        {
            "customfield_id": identifier,
            "index": position,
            "label": label,
            "api_name": name,
            "data_type": kind,
            "value": record.custom[name],
            "value_formatted": _formatted(record.custom[name]),
            "show_on_pdf": False,
        }
        for position, (name, label, kind, identifier) in enumerate(CUSTOM_FIELDS, 1)
        if name in record.custom
    ]


def custom_field_hash(record: Record) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for name, value in record.custom.items():
        found[name] = _formatted(value)
        found[f"{name}_unformatted"] = value
    return found


def custom_field_metadata() -> list[dict[str, Any]]:
    return [
        {
            "customfield_id": identifier,
            "index": position,
            "label": label,
            "api_name": name,
            "data_type": kind,
            "is_mandatory": False,
            "is_active": True,
        }
        for position, (name, label, kind, identifier) in enumerate(CUSTOM_FIELDS, 1)
    ]


def detail(customers: Customers, index: int, *, numeric_ids: str) -> dict[str, Any]:
    """Render the contact of `GET /contacts/{id}`: the list row plus addresses, notes and contact persons."""
    record = customers.record(index)
    address = {
        "attention": "",
        "address": "",
        "street2": "",
        "state_code": "",
        "city": record.city,
        "state": "",
        "zip": "",
        "country": record.country,
        "fax": "",
        "phone": record.phone,
    }
    row = list_row(customers, index, numeric_ids=numeric_ids, custom_fields=True)
    persons = contact_persons(index, record)
    return row | {
        "has_transaction": record.receivable_cents > 0,
        "credit_limit": 0.0,
        "is_taxable": True,
        "owner_id": "",
        "primary_contact_id": persons[0]["contact_person_id"],
        "payment_reminder_enabled": True,
        "billing_address": address,
        "shipping_address": address,
        "contact_persons": persons,
        "default_templates": {},
        "notes": record.notes,
    }


def contact_persons(index: int, record: Record) -> list[dict[str, Any]]:
    """The primary person; the list row's e-mail is this person's."""
    return [
        {
            "contact_person_id": str(int(contact_id(index)) + 2),
            "salutation": "",
            "first_name": record.first_name,
            "last_name": record.last_name,
            "email": record.email,
            "phone": record.phone,
            "mobile": record.mobile,
            "is_primary_contact": True,
            "skype": "",
            "designation": "",
            "department": "",
            "is_added_in_portal": False,
            "communication_preference": {"is_sms_enabled": False, "is_whatsapp_enabled": False},
        }
    ]


def currency_id(code: str) -> str:
    return str(_CURRENCY_IDS_START_AT + 2 * int.from_bytes(code.encode("ascii", "replace")[:3]))


def _formatted(value: Any) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    return str(value)
