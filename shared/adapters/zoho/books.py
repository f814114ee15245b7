"""Zoho Books API v3: organizations, the user, fields and customers of one connection."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any
from urllib.parse import quote

from shared.adapters.zoho import wire
from shared.adapters.zoho.books_fields import books_fields
from shared.adapters.zoho.http import Site
from shared.adapters.zoho.pace import Pace
from shared.adapters.zoho.rows import Unreadable, is_customer, read_detail, read_rows, text
from shared.adapters.zoho.session import Session
from shared.domain.connection import Organization
from shared.domain.customer import BooksField, Customer
from shared.domain.errors import PermissionMissing, RequestRejected, RetryLater
from shared.domain.pacing import BOOKS_READ
from shared.ports import CustomerPage

PAGE_ROWS = 200
_ROOT = "/books/v3"
_ORGANIZATIONS, _USER, _CONTACTS, _FIELDS = (
    "books.organizations",
    "books.users_me",
    "books.contacts",
    "books.customfields",
)
_NEWEST_FIRST = {"sort_column": "last_modified_time", "sort_order": "D"}
_OLDEST_FIRST = {"sort_column": "created_time", "sort_order": "A"}


class ZohoBooks:
    """Implements `ports.Books`."""

    def __init__(self, *, site: Site, session: Session, pace: Pace, organization_id: str) -> None:
        self._site = site
        self._session = session
        self._pace = pace
        self._organization_id = organization_id
        # The ids of the last page read, by kind of walk: a server that repeats itself would never end.
        self._last_page: dict[str, tuple[int, list[str]]] = {}

    def organizations(self) -> Sequence[Organization]:
        rows = self._get(_ORGANIZATIONS, "/organizations", {}).payload.get("organizations")
        if not isinstance(rows, list):
            raise RetryLater("Zoho Books named no organizations in its answer.")
        found = [_organization(row) for row in rows if isinstance(row, dict)]
        return [one for one in found if one.id]

    def user_email(self, organization_id: str) -> str:
        """Return the address the consenting user goes by; the selected one where there are several."""
        params = {"organization_id": organization_id}
        user = self._get(_USER, "/users/me", params).payload.get("user")
        listed = user.get("email_ids") if isinstance(user, dict) else None
        addresses = [one for one in listed if isinstance(one, dict)] if isinstance(listed, list) else []
        addresses.sort(key=lambda one: one.get("is_selected") is not True)
        named = [text(one.get("email")).strip() for one in addresses]
        email = next(filter(None, named), "")
        if not email:
            raise RequestRejected("Zoho Books did not tell the email address of the user who connected.")
        return email

    def fields(self) -> Sequence[BooksField]:
        """Return the standard fields and the custom ones: those of the settings, then of the newest rows.

        The settings' endpoint is undocumented, so a refusal there leaves only the rows' fields.
        """
        params = self._scoped({"entity": "contact"})
        try:
            metadata = self._get(_FIELDS, "/settings/preferences/customfields", params)
            described = metadata.payload.get("customfields")
        except (PermissionMissing, RequestRejected):
            described = None
        rows, _ = self._list({**_NEWEST_FIRST, "page": "1", "per_page": str(PAGE_ROWS)})
        return books_fields(described, rows)

    def changed(self, page: int) -> CustomerPage:
        return self._page("changed", page, _NEWEST_FIRST)

    def walk(self, page: int, *, active: bool) -> CustomerPage:
        status = "Active" if active else "Inactive"
        return self._page(status, page, {"filter_by": f"Status.{status}", **_OLDEST_FIRST})

    def customer(self, contact_id: str) -> Customer | None:
        answer = self._get(wire.CONTACT, f"/contacts/{quote(contact_id, safe='')}", self._scoped({}))
        if answer.nothing:
            return None
        row = answer.payload.get("contact")
        if not isinstance(row, dict):
            raise RetryLater("Zoho Books answered for a customer without the customer.")
        if not is_customer(row):
            return None
        try:
            return read_detail(row)
        except Unreadable as problem:
            raise RequestRejected(f"A customer in Zoho Books cannot be read ({problem}).") from None

    def _page(self, kind: str, page: int, order: Mapping[str, str]) -> CustomerPage:
        rows, has_more = self._list({**order, "page": str(page), "per_page": str(PAGE_ROWS)})
        self._refuse_repetition(kind, page, rows)
        customers, unreadable = read_rows(rows)
        return CustomerPage(customers, has_more, unreadable)

    def _list(self, params: Mapping[str, str]) -> tuple[list[Any], bool]:
        """Return the rows of a page of customers and whether more follow.

        A list without its page_context must not pass for the last page: the rest would be taken as deleted.
        """
        scoped = self._scoped({"contact_type": "customer", **params})
        payload = self._get(_CONTACTS, "/contacts", scoped).payload
        rows, context = payload.get("contacts"), payload.get("page_context")
        has_more = context.get("has_more_page") if isinstance(context, dict) else None
        if not isinstance(rows, list) or not isinstance(context, dict) or not isinstance(has_more, bool):
            raise RetryLater("Zoho Books sent a list of customers without saying whether more follow.")
        if text(context.get("page", params["page"])) != params["page"]:
            raise RetryLater("Zoho Books sent another page of customers than the one asked for.")
        if has_more and not rows:
            raise RetryLater("Zoho Books sent an empty page of customers and says that more follow.")
        return rows, has_more

    def _refuse_repetition(self, kind: str, page: int, rows: list[Any]) -> None:
        ids = [text(row.get("contact_id")) for row in rows if isinstance(row, dict)]
        last_page, last_ids = self._last_page.get(kind, (0, []))
        if page == last_page + 1 and ids and ids == last_ids:
            raise RetryLater("Zoho Books sent the same page of customers twice.")
        self._last_page[kind] = (page, ids)

    def _scoped(self, params: Mapping[str, str]) -> dict[str, str]:
        return {"organization_id": self._organization_id, **params}

    def _get(self, endpoint: str, path: str, params: Mapping[str, str]) -> wire.Answer:
        return self._session.call(
            lambda token: self._pace.run(
                BOOKS_READ, lambda: wire.books(self._site.get(endpoint, f"{_ROOT}{path}", params, token))
            )
        )


def _organization(row: Mapping[str, Any]) -> Organization:
    active = row.get("is_org_active", True)
    return Organization(
        id=text(row.get("organization_id")).strip(),
        name=text(row.get("name")),
        email=text(row.get("email")).strip(),
        active=text(active).strip().lower() not in {"false", "0"},
    )
