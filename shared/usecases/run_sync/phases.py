"""The phases of a run; each returns when it is over and has set the next one in the cursor."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import timedelta

from shared.domain.compact import DigestSet
from shared.domain.contact import digest
from shared.domain.customer import Customer
from shared.domain.errors import RequestRejected, RetryLater, TargetGone
from shared.domain.mapping import (
    EMAIL_TARGET,
    NEW_FIELD_KIND,
    NEW_FIELD_LENGTH,
    CampaignsField,
)
from shared.domain.row_count import count_rows
from shared.domain.run import Mode, Phase, Run
from shared.ports import CustomerPage
from shared.usecases.run_sync.owners import BestRankOwns, FirstMetOwns, Owners
from shared.usecases.run_sync.page import turn_page, work_off
from shared.usecases.run_sync.work import STALLS_BEFORE_POISON, Work

# Books writes whole seconds and may show a change late: rows this close below the watermark are read again.
OVERLAP = timedelta(minutes=5)
ENTRIES_AT_ONCE = 5_000
# One page of active and one of inactive customers: nothing can move between pages.
PAGES_OF_A_SHORT_WALK = 2
POSTS_WORTH_A_PAGE = 50


def prepare(work: Work) -> None:
    """Make the Campaigns fields fit the mapping (full runs), note the watermark, read the exclusions."""
    work.check()
    full = work.run.mode is Mode.FULL
    if full:
        lengths = _fit_fields(work)
        first = work.zoho.books.changed(1)
        newest = max((customer.modified_at for customer in first.customers), default=None)
        known = work.sync.customers
        work.run = replace(work.run, estimated_total=_total(work, first) if known is None else known)
        first_contact = not work.sync.members_known
        next_phase = Phase.MEMBERS if first_contact else Phase.ACTIVE
    else:
        lengths, newest, first_contact = dict(work.sync.field_lengths), work.sync.watermark, False
        next_phase = Phase.CHANGED
    work.fresh_exclusions()
    cursor = replace(work.run.cursor, phase=next_phase, page=1, watermark=newest)
    work.run = replace(work.run, cursor=cursor, field_lengths=lengths, first_contact=first_contact)
    work.checkpoint(now_or_never=True)


def _total(work: Work, first: CustomerPage) -> int:
    """Count the customers, so that the first run can tell how far it is; `first` is the first page."""

    def rows_on(number: int) -> tuple[int, bool]:
        work.check_time()
        page = first if number == 1 else work.zoho.books.changed(number)
        return len(page.customers) + len(page.unreadable), page.has_more

    return count_rows(rows_on)


def _fit_fields(work: Work) -> dict[str, int]:
    """Create what is missing, before the first post; return the limits of the fields that are filled.

    The names are as Campaigns spells them; a limit of 0 stands for none.

    Raises `TargetGone` when a mapped field that is not to be created does not exist.
    """
    settings = work.sync.settings
    wanted = {pair.target: pair.new_field for pair in settings.mapping}
    wanted.update((name, True) for name, _ in settings.constants)
    existing = {field.name.casefold(): field for field in work.zoho.campaigns.fields()}
    missing = [name for name in wanted if name.casefold() not in existing]
    gone = [name for name in missing if not wanted[name]]
    if gone:
        names = ", ".join(sorted(gone))
        raise TargetGone(
            f"These Zoho Campaigns fields are mapped but no longer exist: {names}. Edit the mapping.",
            code="field_gone",
        )
    for name in missing:
        work.check_time()
        work.zoho.campaigns.create_field(name, kind=NEW_FIELD_KIND, length=NEW_FIELD_LENGTH)
        turn_page(work, page=work.run.cursor.page + 1)
        existing[name.casefold()] = CampaignsField(name, NEW_FIELD_KIND, NEW_FIELD_LENGTH)
    filled = [existing[name.casefold()] for name in wanted]
    return {field.name: 0 if field.name == EMAIL_TARGET else field.max_length or 0 for field in filled}


def members(work: Work) -> None:
    """Read the list's members, so that the first run can tell added from updated."""
    known = work.members if work.members is not None else DigestSet()
    work.members = known
    while True:
        work.check()
        page = work.zoho.campaigns.members(work.sync.settings.list_key, "active", work.run.cursor.page)
        known.update(digest(work.digest_key, email) for email in page.emails)
        cursor = replace(work.run.cursor, page=work.run.cursor.page + 1)
        work.run = replace(work.run, cursor=cursor)
        if not page.has_more:
            break
    save_members(work)
    turn_page(work, phase=Phase.ACTIVE, page=1)
    # Read again after the first post, the members would turn everybody added into updated.
    work.checkpoint(now_or_never=True)


def save_members(work: Work) -> None:
    """Save the members read so far, named after this slice, so that a crash leaves the older file whole."""
    if work.members is None:
        return
    name = f"members-{work.run.tick}"
    work.stores.files.put(work.run.tenant, work.run.sync_id, work.run.id, name, work.members.to_bytes())
    work.run = replace(work.run, cursor=replace(work.run.cursor, members_base=name))


def active(work: Work) -> None:
    _walk(work, active_customers=True)
    turn_page(work, phase=Phase.INACTIVE, page=1)


def inactive(work: Work) -> None:
    """Walk the inactive customers; then look at what changed since the sync's last run once more.

    A customer deleted during the walk moves the others between pages, and one that is marked active changes
    lists: whoever was hidden by that is found there, or by its id when the ledger knows it.
    """
    _walk(work, active_customers=False)
    one_page_each = work.run.cursor.seen_parts <= PAGES_OF_A_SHORT_WALK
    complete = one_page_each and work.sync.watermark is None
    turn_page(work, phase=Phase.ABSENT if complete else Phase.CHANGED, page=1)


def _walk(work: Work, *, active_customers: bool) -> None:
    while True:
        work.check()
        page = work.zoho.books.walk(work.run.cursor.page, active=active_customers)
        work_off(work, page, FirstMetOwns(work))
        if not page.has_more:
            return
        turn_page(work, page=work.run.cursor.page + 1)


def changed(work: Work) -> None:
    """Read customers last modified first, down to the watermark.

    A full run does so to find whom its walk has missed, so it leaves its watermark alone.
    """
    full, since = work.run.mode is Mode.FULL, work.sync.watermark
    floor = since - OVERLAP if since is not None else None
    owners = FirstMetOwns(work) if full else BestRankOwns(work)
    while True:
        work.check()
        page = work.zoho.books.changed(work.run.cursor.page)
        rows = [c for c in page.customers if floor is None or c.modified_at >= floor]
        if not full and not work.run.cursor.second_look and work.run.cursor.page == 1:
            _note_watermark(work, rows)
        has_more = page.has_more and len(rows) == len(page.customers)
        work_off(work, CustomerPage(rows, has_more, page.unreadable), owners)
        if not has_more:
            break
        turn_page(work, page=work.run.cursor.page + 1)
    if not full and _worth_a_second_look(work.run):
        work.run = replace(work.run, cursor=replace(work.run.cursor, second_look=True))
        turn_page(work, page=1)
        changed(work)
        return
    if not full:
        _try_again(work, owners)
    turn_page(work, phase=Phase.ABSENT if full else Phase.FINISH, page=1)


def _try_again(work: Work, owners: Owners) -> None:
    """Look once more at those whom the sync's last run skipped without settling them."""
    for contact_id in sorted(work.sync.retry):
        if contact_id > work.run.cursor.after:
            work.check()
            customer, known = _looked_up(work, contact_id)
            if customer is not None:
                work_off(work, CustomerPage([customer], has_more=False), owners)
            elif not known:
                work.try_next_time(contact_id)
            turn_page(work, after=contact_id)


def _note_watermark(work: Work, rows: Sequence[Customer]) -> None:
    since = work.sync.watermark
    moments = [customer.modified_at for customer in rows] + ([since] if since is not None else [])
    if moments:
        work.run = replace(work.run, cursor=replace(work.run.cursor, watermark=max(moments)))


def _worth_a_second_look(run: Run) -> bool:
    """Return whether the pages were read so slowly that a deletion may well have moved one of their rows.

    Reading them again then costs a fiftieth of the posts that made it slow.
    """
    pages, posted = run.cursor.page, run.counted.added + run.counted.updated
    return not run.cursor.second_look and pages > 1 and posted >= POSTS_WORTH_A_PAGE * pages


def absent(work: Work) -> None:
    """Confirm, one by one, the ledger's customers that a full pass did not meet.

    A deletion during the pass moves rows between pages, so not having met one proves nothing.
    """
    for unmet, after in _unmet(work):
        work.check()
        if unmet:
            customer, known = _looked_up(work, after)
            if customer is not None:
                work_off(work, CustomerPage([customer], has_more=False), FirstMetOwns(work))
            elif known:
                work.stores.ledger.delete_many(work.run.tenant, work.run.sync_id, [after])
                work.run = replace(work.run, absent=work.run.absent + 1)
        turn_page(work, after=after)
    turn_page(work, phase=Phase.FINISH)


def _unmet(work: Work) -> Iterator[tuple[bool, str]]:
    """Yield True and its id for every ledger entry not met, and now and then False and how far this is.

    Going through a large ledger takes several slices.
    """
    run, key, met = work.run, work.digest_key, work.seen.contacts
    entries = work.stores.ledger.entries(run.tenant, run.sync_id, after=run.cursor.after)
    for number, entry in enumerate(entries, start=1):
        unmet = digest(key, entry.contact_id) not in met
        if unmet or number % ENTRIES_AT_ONCE == 0:
            yield unmet, entry.contact_id


def _looked_up(work: Work, contact_id: str) -> tuple[Customer | None, bool]:
    """Return a customer by its id, None when there is none, and whether Books was able to tell.

    One that Books cannot show, though the run has waited, stops nobody else.
    """
    try:
        return work.zoho.books.customer(contact_id), True
    except RequestRejected:
        return None, False
    except RetryLater:
        if work.run.stalled < STALLS_BEFORE_POISON:
            raise
        return None, False


PHASES = {
    Phase.PREPARE: prepare,
    Phase.MEMBERS: members,
    Phase.CHANGED: changed,
    Phase.ACTIVE: active,
    Phase.INACTIVE: inactive,
    Phase.ABSENT: absent,
}
