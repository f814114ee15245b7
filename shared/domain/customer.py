"""A customer as Zoho Books lists it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True, slots=True)
class Customer:
    """One row of the Books module Contacts (a customer).

    `fields` maps a Books field name (`first_name`, `cf_vat_id`, …) to its text, "" when Books holds no value;
    it contains `email` as Books wrote it. Times are timezone-aware and come from Books.
    """

    contact_id: str
    name: str
    email: str
    active: bool
    created_at: datetime
    modified_at: datetime
    fields: Mapping[str, str]

    @property
    def rank(self) -> tuple[bool, datetime, int, str]:
        """Order among customers that share an address: active first, then oldest, then lowest id."""
        return (not self.active, self.created_at, len(self.contact_id), self.contact_id)


@dataclass(frozen=True, slots=True)
class BooksField:
    """A field to map: `name` as in the API, `label` as a person reads it, `kind` a Books data type."""

    name: str
    label: str
    kind: str = "string"
    custom: bool = False


# The text fields of a list row, in the order a person would look for them (Zoho Books, List contacts).
STANDARD_FIELDS: tuple[BooksField, ...] = (
    BooksField("email", "Email", "email"),
    BooksField("first_name", "First Name"),
    BooksField("last_name", "Last Name"),
    BooksField("contact_name", "Customer Name"),
    BooksField("company_name", "Company Name"),
    BooksField("phone", "Phone", "phone"),
    BooksField("mobile", "Mobile", "phone"),
    BooksField("website", "Website", "url"),
    BooksField("customer_sub_type", "Customer Type"),
    BooksField("language_code", "Language"),
    BooksField("currency_code", "Currency"),
    BooksField("payment_terms_label", "Payment Terms"),
    BooksField("status", "Status"),
    BooksField("outstanding_receivable_amount", "Receivables", "amount"),
    BooksField("unused_credits_receivable_amount", "Unused Credits", "amount"),
    BooksField("facebook", "Facebook"),
    BooksField("twitter", "Twitter"),
    BooksField("created_time", "Created Time", "datetime"),
)
