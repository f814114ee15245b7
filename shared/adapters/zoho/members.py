"""Reading a mailing list's members: none may be missed, or somebody who opted out would be posted."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from shared.adapters.zoho.rows import count
from shared.domain.contact import normalize_email
from shared.domain.errors import RetryLater
from shared.ports import MemberPage

# The most getlistsubscribers gives at once, as public clients found.
PAGE_ROWS = 650

Fetch = Callable[[int, int], Mapping[str, Any]]
"""Asks for members from a 1-based index, so many at most; answers {} past the end."""


def read_members(fetch: Fetch, page: int) -> MemberPage:
    """Return page `page` (1-based) of 650 members.

    A short answer is the end only if the whole range was granted; else the rest of the page is asked for.
    """
    first = (page - 1) * PAGE_ROWS + 1
    emails: list[str] = []
    taken = 0
    last_rows: list[Any] = []
    while taken < PAGE_ROWS:
        wanted = PAGE_ROWS - taken
        answer = fetch(first + taken, wanted)
        rows = answer.get("list_of_details", [] if not answer else None)
        if not isinstance(rows, list):
            raise RetryLater("Zoho Campaigns sent a list's members without the members.")
        if rows and rows == last_rows and len(rows) == _granted(answer):
            raise RetryLater("Zoho Campaigns sent the same members twice.")
        if not rows or rows == last_rows:
            return MemberPage(emails, has_more=False)
        emails.extend(_emails(rows))
        taken += len(rows)
        last_rows = rows
        if len(rows) < wanted and _granted(answer) >= wanted:
            return MemberPage(emails, has_more=False)
    return MemberPage(emails, has_more=True)


def _emails(rows: list[Any]) -> list[str]:
    """Return the addresses of the rows that hold one; raises `RetryLater` when no row does.

    Passed over in silence, members under another spelling would open the list's exclusions to everybody.
    """
    found = []
    for row in rows:
        email = row.get("contact_email") if isinstance(row, dict) else None
        if isinstance(email, str) and email.strip():
            found.append(normalize_email(email))
    if not found:
        raise RetryLater("Zoho Campaigns sent a list's members without their addresses.")
    return found


def _granted(answer: Mapping[str, Any]) -> int:
    """Return the range Campaigns says it applied, 0 when it does not say."""
    details = answer.get("requestdetails")
    return count(details.get("range")) if isinstance(details, dict) else 0
