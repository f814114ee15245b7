from __future__ import annotations

from typing import Any

import pytest

from shared.domain.errors import RetryLater, TargetGone
from tests.unit.zoho.stand_ins import Desk
from tests.unit.zoho.test_campaigns import error, ok


def members(count: int, *, start: int = 0, granted: int | None = None) -> tuple[int, Any]:
    rows = [{"contact_email": f"M{number}@X.example "} for number in range(start, start + count)]
    asked = {} if granted is None else {"requestdetails": {"range": granted}}
    return ok(list_of_details=rows, **asked)


NO_CONTACTS = error("2502", "Yet,There are no contacts in this list.")


def test_members_come_650_at_a_time_with_their_addresses_normalized() -> None:
    desk = Desk(members(650, granted=650), members(2, granted=650))
    first, second = desk.campaigns.members("k", "unsub", 1), desk.campaigns.members("k", "unsub", 2)
    assert (len(first.emails), first.has_more) == (650, True)
    assert (list(second.emails), second.has_more) == (["m0@x.example", "m1@x.example"], False)
    assert desk.sent[1].query == {
        "resfmt": "JSON",
        "listkey": "k",
        "sort": "asc",
        "fromindex": "651",
        "range": "650",
        "status": "unsub",
    }


def test_a_list_without_members_has_none() -> None:
    page = Desk(NO_CONTACTS).campaigns.members("k", "bounce", 1)
    assert (list(page.emails), page.has_more) == ([], False)


def test_the_page_after_the_last_is_empty() -> None:
    assert not Desk(NO_CONTACTS).campaigns.members("k", "active", 4).has_more


def test_a_fault_while_reading_members_never_passes_for_their_end() -> None:
    with pytest.raises(RetryLater):
        Desk(
            error("2502", "Error in displaying contacts details. Please try after sometime")
        ).campaigns.members("k", "unsub", 1)
    with pytest.raises(RetryLater):
        Desk(ok()).campaigns.members("k", "unsub", 1)


def test_a_smaller_range_than_asked_for_is_filled_up_from_where_it_ended() -> None:
    desk = Desk(
        members(300, granted=300), members(300, start=300, granted=300), members(50, start=600, granted=50)
    )
    page = desk.campaigns.members("k", "unsub", 1)
    assert (len(set(page.emails)), page.has_more) == (650, True)
    assert [(one.query["fromindex"], one.query["range"]) for one in desk.sent] == [
        ("1", "650"), ("301", "350"), ("601", "50"),
    ]  # fmt: skip


def test_a_short_page_whose_range_is_not_told_is_checked_once_more() -> None:
    desk = Desk(members(3), NO_CONTACTS)
    page = desk.campaigns.members("k", "unsub", 1)
    assert (len(page.emails), page.has_more) == (3, False)


def test_members_that_repeat_end_the_reading() -> None:
    desk = Desk(members(3), members(3))
    assert len(desk.campaigns.members("k", "unsub", 1).emails) == 3


def test_a_full_page_of_members_that_repeats_is_not_taken_for_the_end_of_those_who_opted_out() -> None:
    desk = Desk(members(650, granted=650), members(650, granted=650))
    desk.campaigns.members("k", "unsub", 1)
    with pytest.raises(RetryLater, match="twice"):
        desk.campaigns.members("k", "unsub", 2)
    desk = Desk(members(300, granted=300), members(300, granted=300))
    with pytest.raises(RetryLater, match="twice"):
        desk.campaigns.members("k", "unsub", 1)


def test_members_without_an_address_are_passed_over() -> None:
    rows = [None, {}, {"contact_email": None}, {"contact_email": " "}, {"contact_email": "A@x.example"}]
    desk = Desk(ok(list_of_details=rows, requestdetails={"range": 650}))
    assert list(desk.campaigns.members("k", "active", 1).emails) == ["a@x.example"]


def test_members_whose_addresses_cannot_be_found_are_not_none() -> None:
    desk = Desk(ok(list_of_details=[{"contactEmail": "gone@x.example"}], requestdetails={"range": 650}))
    with pytest.raises(RetryLater, match="without their addresses"):
        desk.campaigns.members("k", "unsub", 1)


def test_members_of_a_deleted_list_are_not_none() -> None:
    with pytest.raises(TargetGone):
        Desk(error("2501", "Listkey is empty or invalid.")).campaigns.members("k", "unsub", 1)
