"""What a run does with customers: first runs, later runs, and what each costs."""

from __future__ import annotations

from dataclasses import replace

import pytest

from shared.domain.contact import SkipReason
from shared.domain.mapping import CampaignsField, FieldPair
from shared.domain.run import Mode, Run, RunStatus
from tests.fakes.zoho import Member
from tests.unit.run_sync.system import SETTINGS, System


def counts(run: Run) -> tuple[int, int, int, int]:
    counted = run.counted
    assert counted.total == counted.added + counted.updated + counted.unchanged + counted.skipped_total
    return (counted.added, counted.updated, counted.unchanged, counted.skipped_total)


def test_the_first_run_tells_added_from_updated_by_the_lists_members() -> None:
    system = System()
    system.world.add("ana@example.com", first_name="Ana")
    system.world.add("Bo@example.com", first_name="Bo")
    system.world.members["bo@example.com"] = Member()
    run = system.run()
    assert counts(run) == (1, 1, 0, 0)
    assert system.world.members["ana@example.com"].fields["First Name"] == "Ana"
    assert system.world.members["bo@example.com"].fields["Subscription Type"] == "Marketing"


def test_a_second_run_without_changes_reads_one_page_and_writes_nothing() -> None:
    system = System()
    for number in range(5):
        system.world.add(f"c{number}@example.com")
    system.run()
    system.calls()
    written = system.ledger.written
    run = system.run()
    assert counts(run) == (0, 0, 5, 0)
    assert system.calls() == {
        "books.contacts": 1,
        "campaigns.members.unsub": 1,
        "campaigns.members.bounce": 1,
    }
    assert system.ledger.written == written


def test_a_full_run_over_unchanged_customers_posts_nothing() -> None:
    system = System()
    for number in range(450):
        system.world.add(f"c{number}@example.com")
    assert counts(system.run()) == (450, 0, 0, 0)
    system.calls()
    run = system.run(Mode.FULL)
    assert counts(run) == (0, 0, 450, 0)
    assert "campaigns.listsubscribe" not in system.calls()


def test_only_what_changed_is_posted() -> None:
    system = System()
    people = [system.world.add(f"c{number}@example.com", first_name="Ana") for number in range(10)]
    system.run()
    system.calls()
    system.world.edit(people[3].contact_id, first_name="Anna")
    system.world.add("new@example.com")
    run = system.run()
    assert counts(run)[:2] == (1, 1)
    assert system.calls()["campaigns.listsubscribe"] == 2
    assert system.world.members["c3@example.com"].fields["First Name"] == "Anna"


def test_every_skip_has_its_reason_and_its_line_in_the_file() -> None:
    system = System()
    system.world.add("")
    system.world.add("nowhere")
    system.world.add("info@example.com")
    system.world.add("ana@example.com", first_name="Ana")
    system.world.add("ANA@example.com", first_name="Twin")
    system.world.add("gone@example.com")
    system.world.add("bad@example.com")
    system.world.add("long@example.com", first_name="x" * 101)
    system.world.opt_out("gone@example.com")
    system.world.opt_out("bad@example.com", "bounce")
    run = system.run()
    assert counts(run) == (1, 0, 0, 7)
    rows = system.skipped_of(run)
    assert {row["email"]: row["reason_code"] for row in rows} == {
        "": "empty_email",
        "nowhere": "invalid_email",
        "info@example.com": "role_address",
        "ANA@example.com": "duplicate_email",
        "gone@example.com": "unsubscribed",
        "bad@example.com": "bounced",
        "long@example.com": "field_invalid",
    }
    assert all(row["reason"] for row in rows)
    assert sum(run.counted.skipped.values()) == len(rows)


def test_nobody_who_opted_out_is_ever_posted() -> None:
    system = System()
    for number in range(20):
        system.world.add(f"c{number}@example.com")
    system.world.opt_out("c7@example.com")
    system.run()
    system.world.opt_out("c8@example.com")
    system.run(Mode.FULL)
    assert system.world.offences == []
    assert "c7@example.com" not in {email for _, email in system.world.posts}


def test_a_new_field_is_created_once_before_the_first_post_and_long_enough() -> None:
    system = System()
    system.world.add("ana@example.com", mobile="1" * 60)
    system.run()
    system.run(Mode.FULL)
    created = [name for name in system.world.fields if name in {"Mobile", "Subscription Type"}]
    assert created == ["Mobile", "Subscription Type"]
    assert system.world.calls["campaigns.create_field"] == 2
    assert system.world.fields["Mobile"].max_length == 255
    assert system.world.members["ana@example.com"].fields["Mobile"] == "1" * 60


def test_a_field_that_exists_in_another_case_is_not_created_again() -> None:
    system = System()
    system.world.fields["MOBILE"] = CampaignsField("MOBILE")
    system.world.fields["subscription type"] = CampaignsField("subscription type")
    system.world.add("ana@example.com", mobile="1")
    system.run()
    assert "campaigns.create_field" not in system.calls()
    posted = system.world.members["ana@example.com"].fields
    assert (posted["MOBILE"], posted["subscription type"]) == ("1", "Marketing")


def test_an_emptied_value_leaves_campaigns_alone_unless_empty_values_are_updated() -> None:
    for update_empty_fields, left in ((False, "Ana"), (True, "")):
        system = System(settings=replace(SETTINGS, update_empty_fields=update_empty_fields))
        ana = system.world.add("ana@example.com", first_name="Ana")
        system.run()
        system.calls()
        system.world.edit(ana.contact_id, first_name="")
        system.run()
        assert system.world.members["ana@example.com"].fields["First Name"] == left
        assert system.calls().get("campaigns.listsubscribe", 0) == (1 if update_empty_fields else 0)


def test_a_changed_address_posts_the_new_one_and_leaves_the_old_one_alone() -> None:
    system = System()
    ana = system.world.add("ana@example.com")
    system.run()
    system.world.edit(ana.contact_id, email="anna@example.com")
    run = system.run()
    assert counts(run)[0] == 1
    assert run.changed_emails == 1
    assert set(system.world.members) == {"ana@example.com", "anna@example.com"}


def test_the_owner_of_a_shared_address_is_the_active_then_the_oldest_customer() -> None:
    system = System()
    system.world.add("ana@example.com", active=False, first_name="Inactive")
    system.world.add("ana@example.com", first_name="Oldest")
    system.world.add("ana@example.com", first_name="Younger")
    for mode in (Mode.FULL, Mode.INCREMENTAL, Mode.FULL):
        system.run(mode)
        assert system.world.members["ana@example.com"].fields["First Name"] == "Oldest"
    assert system.world.calls["campaigns.listsubscribe"] == 1


def test_in_an_incremental_run_a_better_owner_takes_the_address_over_and_keeps_it() -> None:
    system = System()
    second = system.world.add("other@example.com", first_name="Older")
    system.world.add("ana@example.com", first_name="Younger")
    system.run()
    system.world.edit(second.contact_id, email="ana@example.com")
    system.run()
    assert system.world.members["ana@example.com"].fields["First Name"] == "Older"
    system.calls()
    run = system.run(Mode.FULL)
    assert counts(run) == (0, 0, 1, 1)
    assert "campaigns.listsubscribe" not in system.calls()


def test_in_an_incremental_run_a_newcomer_with_a_taken_address_is_a_duplicate() -> None:
    system = System()
    system.world.add("ana@example.com", first_name="Ana")
    system.run()
    system.world.add("Ana@Example.com", first_name="Twin")
    run = system.run()
    assert run.counted.skipped == {SkipReason.DUPLICATE_EMAIL: 1}
    assert system.world.members["ana@example.com"].fields["First Name"] == "Ana"


def test_a_duplicate_is_synced_once_the_owner_has_another_address() -> None:
    system = System()
    owner = system.world.add("ana@example.com", first_name="Owner")
    system.world.add("ana@example.com", first_name="Twin")
    system.run()
    system.world.edit(owner.contact_id, email="owner@example.com")
    system.run()
    run = system.run()
    assert run.mode is Mode.FULL
    assert system.world.members["ana@example.com"].fields["First Name"] == "Twin"
    assert system.world.members["owner@example.com"].fields["First Name"] == "Owner"


def test_a_customer_deleted_in_books_leaves_the_ledger_but_not_the_list() -> None:
    system = System()
    ana = system.world.add("ana@example.com")
    system.world.add("bo@example.com")
    system.run()
    system.world.delete(ana.contact_id)
    run = system.run(Mode.FULL)
    assert run.absent == 1
    assert "ana@example.com" in system.world.members
    assert [entry.contact_id for entry in system.ledger.entries("tenant", "sync")] != [ana.contact_id]


def test_a_customer_that_a_moving_page_hid_is_found_by_its_id() -> None:
    system = System()
    people = [system.world.add(f"c{number}@example.com") for number in range(12)]
    system.clock.sleep(3600)
    system.world.add("late@example.com")
    system.run()
    system.world.page_size = 5
    deleted = False

    def delete_during_the_walk(endpoint: str, _subject: str) -> None:
        nonlocal deleted
        pages = system.world.calls["books.contacts"] - before
        if endpoint == "books.contacts" and pages == 3 and not deleted:
            deleted = True
            system.world.delete(people[0].contact_id)

    before = system.world.calls["books.contacts"]
    system.world.before = delete_during_the_walk
    run = system.run(Mode.FULL)
    assert deleted
    assert run.counted.total == 13
    assert system.world.calls["books.contact"] == 1
    assert system.run(Mode.FULL).absent == 1


def test_editing_the_mapping_sends_everything_again_without_moving_the_watermark() -> None:
    system = System()
    for number in range(3):
        system.world.add(f"c{number}@example.com", last_name="B")
    system.run()
    watermark = system.sync.watermark
    mapping = (*SETTINGS.mapping, FieldPair("last_name", "Last Name"))
    system.edit(replace(SETTINGS, mapping=mapping))
    assert system.sync.watermark == watermark
    system.settle()
    assert system.world.members["c0@example.com"].fields["Last Name"] == "B"


def test_another_list_is_filled_from_the_start() -> None:
    system = System()
    system.world.add("ana@example.com")
    system.run()
    system.world.members.clear()
    system.world.list_key = "other"
    system.edit(replace(SETTINGS, list_key="other"))
    system.settle()
    assert set(system.world.members) == {"ana@example.com"}
    assert system.sync.last_run_id is not None
    run = system.runs.get("tenant", "sync", system.sync.last_run_id)
    assert run is not None
    assert counts(run) == (1, 0, 0, 0)


def test_a_week_after_the_last_full_pass_the_next_run_is_one() -> None:
    system = System()
    system.world.add("ana@example.com")
    assert system.run().mode is Mode.FULL
    assert system.run().mode is Mode.INCREMENTAL
    system.clock.sleep(7 * 24 * 3600)
    assert system.run().mode is Mode.FULL


def test_a_completed_run_leaves_a_notification_and_no_working_files() -> None:
    system = System()
    system.world.add("ana@example.com")
    run = system.run()
    (note,) = system.notifications.list("tenant", limit=10, cursor=None).items
    assert note.title == "The sync completed"
    assert note.link == "/#/syncs/sync/configuration"
    assert system.files.stored.get(("tenant", "sync", run.id)) is None
    assert system.sync.current_run_id is None


def test_no_customers_at_all_is_a_run_with_nothing_in_it() -> None:
    system = System()
    run = system.run()
    assert (run.status, counts(run)) == (RunStatus.COMPLETED, (0, 0, 0, 0))


@pytest.mark.parametrize("size", [1, 199, 200, 201, 650])
def test_every_customer_is_met_once_whatever_the_number_of_pages(size: int) -> None:
    system = System()
    for number in range(size):
        system.world.add(f"c{number}@example.com")
    assert counts(system.run()) == (size, 0, 0, 0)
    assert system.world.calls["campaigns.listsubscribe"] == size


def test_first_load_costs_at_most_two_hundredths_above_the_floor() -> None:
    system = System()
    for number in range(3000):
        system.world.add(f"c{number}@example.com")
    system.run()
    made = sum(system.calls().values())
    floor = 3000 / 200 + 3000 + 2
    assert made / floor <= 1.02
