"""The disclaimer about the plan's auto-upgrade, which an initiation has to accept."""

from __future__ import annotations

from shared.domain.errors import Conflict
from shared.domain.row_count import count_rows
from shared.ports import Books


def disclaimer(contacts: int) -> Conflict:
    """Return the refusal that shows what has to be accepted."""
    text = (
        f"This sync may add up to {contacts:,} contacts to Zoho Campaigns. Contacts beyond your plan's limit "
        "upgrade the plan, at its price, where auto-upgrade is on. Where it is off, the sync stops at the "
        "limit and can be resumed after an upgrade."
    )
    return Conflict(
        "Accept the disclaimer about the plan's auto-upgrade with accept_auto_upgrade = true.",
        code="auto_upgrade_disclaimer_required",
        details={"disclaimer": text, "contacts_that_may_be_added": contacts},
    )


def count_customers(books: Books) -> int:
    """Return how many customers Books has, in a few calls."""

    def rows_on(page: int) -> tuple[int, bool]:
        answer = books.changed(page)
        return len(answer.customers) + len(answer.unreadable), answer.has_more

    return count_rows(rows_on)
