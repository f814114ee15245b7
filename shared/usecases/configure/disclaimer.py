"""The disclaimer about the plan's auto-upgrade, which an initiation has to accept."""

from __future__ import annotations

from shared.domain.errors import Conflict
from shared.ports import Books

PAGE_SIZE = 200  # Zoho Books, List contacts


def disclaimer(contacts: int) -> Conflict:
    """Return the refusal that shows what has to be accepted."""
    text = (
        f"This sync may add up to {contacts} contacts to Zoho Campaigns. Contacts beyond your plan's limit "
        "upgrade the plan, at its price, where auto-upgrade is on. Where it is off, the sync stops at the "
        "limit and can be resumed after an upgrade."
    )
    return Conflict(
        "Accept the disclaimer about the plan's auto-upgrade with accept_auto_upgrade = true.",
        code="auto_upgrade_disclaimer_required",
        details={"disclaimer": text, "contacts_that_may_be_added": contacts},
    )


def count_customers(books: Books) -> int:
    """Return how many customers Books has.

    It tells no total, but whether a page is followed by another: doubling the page number until one is not,
    then halving the gap, finds the last page in about 2·log2(pages) calls.
    """
    reaches_end: dict[int, int] = {}

    def is_last(page: int) -> bool:
        answer = books.changed(page)
        if not answer.has_more:
            reaches_end[page] = len(answer.customers) + len(answer.unreadable)
        return not answer.has_more

    before, last = 0, 1
    while not is_last(last):
        before, last = last, last * 2
    while last - before > 1:
        middle = (before + last) // 2
        if is_last(middle):
            last = middle
        else:
            before = middle
    return (last - 1) * PAGE_SIZE + reaches_end[last]
