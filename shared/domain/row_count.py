"""How many rows a listing has that tells no total, only whether a page is followed by another."""

from __future__ import annotations

from collections.abc import Callable

PAGE_ROWS = 200  # Zoho Books, List contacts

RowsOn = Callable[[int], tuple[int, bool]]
"""Tells of a page (1-based) how many rows it has and whether more follow."""


def count_rows(rows_on: RowsOn) -> int:
    """Return how many rows there are, in about 2·log2(pages) calls.

    Doubling the page number until no page follows, then halving the gap, finds the last one.
    """
    rows = 0

    def is_last(page: int) -> bool:
        nonlocal rows
        found, more = rows_on(page)
        rows = rows if more else found
        return not more

    before, last = 0, 1
    while not is_last(last):
        before, last = last, last * 2
    while last - before > 1:
        middle = (before + last) // 2
        if is_last(middle):
            last = middle
        else:
            before = middle
    return (last - 1) * PAGE_ROWS + rows
