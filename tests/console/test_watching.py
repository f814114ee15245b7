"""The sync's own page: configuration, tabs, pausing, history, export, the bell."""

import csv
import io
import re
from pathlib import Path
from urllib.parse import urlsplit

from playwright.sync_api import Page, expect

from tests.console.people import ZONE, Person


def test_active_syncs_shows_status_last_and_next_run(synced: Person, page: Page) -> None:
    synced.sign_in(page, "/syncs")
    card = page.get_by_role("article")
    expect(card).to_contain_text("Newsletter")
    expect(card).to_contain_text("Active")
    expect(card).to_contain_text("Completed")
    expect(card).to_contain_text(f"Every day at {synced.sync['schedule']['time']} {ZONE}")
    expect(card).to_contain_text("Next run")


def test_configuration_has_the_essentials_once_the_sync_is_completed(synced: Person, page: Page) -> None:
    run = synced.sync["last_run"]
    synced.sign_in(page, f"/syncs/{synced.sync['id']}/configuration")
    expect(page.get_by_text(f"{run['total']} examined")).to_be_visible()
    for name in ("Added", "Updated", "Unchanged", "Skipped"):
        count = str(run[name.lower()])
        expect(page.get_by_role("listitem").filter(has_text=re.compile(f"^{count}{name}$"))).to_be_visible()
    expect(page.get_by_text(f"{synced.sync['schedule']['time']} in {ZONE}")).to_be_visible()
    expect(page.get_by_text("default, Product Updates, Events & Webinars")).to_be_visible()


def test_three_tabs_are_reached_by_mouse_and_by_arrow_keys(synced: Person, page: Page) -> None:
    synced.sign_in(page, f"/syncs/{synced.sync['id']}/configuration")
    page.get_by_role("tab", name="Field Mapping").click()
    expect(page.get_by_role("tabpanel", name="Field Mapping")).to_contain_text("Company Name")
    page.keyboard.press("ArrowRight")
    expect(page.get_by_role("tab", name="Sync History")).to_be_focused()
    expect(page.get_by_role("tabpanel", name="Sync History")).to_contain_text("Total records")
    page.keyboard.press("Home")
    expect(page.get_by_role("tabpanel", name="Configuration")).to_contain_text("Mailing list")
    page.go_back()
    expect(page.get_by_role("tab", name="Sync History")).to_have_attribute("aria-selected", "true")


def test_sync_history_has_a_row_for_each_run_with_its_counts(synced: Person, page: Page) -> None:
    run = synced.sync["last_run"]
    synced.sign_in(page, f"/syncs/{synced.sync['id']}/history")
    expect(page.get_by_role("columnheader")).to_have_text(
        ["Sync time", "Total records", "Added", "Updated", "Unchanged", "Skipped"]
    )
    row = page.get_by_role("row").filter(has_text="On initiation")
    counts = [str(run[name]) for name in ("total", "added", "updated", "unchanged", "skipped")]
    expect(row.get_by_role("cell")).to_have_text([re.compile("Completed"), *counts])
    expect(page.get_by_role("img", name="The last 1 run")).to_be_visible()


def test_a_run_opens_to_the_reasons_and_what_mends_each(synced: Person, page: Page) -> None:
    synced.sign_in(page, f"/syncs/{synced.sync['id']}/history")
    page.get_by_role("button", expanded=False).filter(has_text=re.compile("20")).click()
    expect(page.get_by_text("No email address")).to_be_visible()
    expect(page.get_by_text("Add an email address to the customer in Zoho Books.")).to_be_visible()


def test_the_icon_beside_the_skipped_count_exports_them(synced: Person, page: Page, tmp_path: Path) -> None:
    synced.sign_in(page, f"/syncs/{synced.sync['id']}/history")
    with page.expect_download() as download:
        page.get_by_role("button", name="Export skipped records").click()
    assert re.fullmatch(r"skipped-[\d-]+\.csv", download.value.suggested_filename)
    file = tmp_path / "skipped.csv"
    download.value.save_as(file)
    rows = list(csv.reader(io.StringIO(file.read_text("utf-8-sig"), newline="")))
    assert rows[0] == ["contact_id", "contact_name", "email", "reason_code", "reason", "detail"]
    assert len(rows) - 1 == synced.sync["last_run"]["skipped"]


def test_pause_and_resume_stand_at_the_top_and_say_so(owner: Person, page: Page) -> None:
    owner.sign_in(page, f"/syncs/{owner.sync['id']}/configuration")
    page.get_by_role("button", name="Pause Sync").click()
    expect(page.get_by_text("None while the sync is paused")).to_be_visible()
    expect(page.get_by_role("button", name="Resume Sync")).to_be_focused()
    assert owner.sync["status"] == "paused"
    page.get_by_role("button", name="Resume Sync").click()
    expect(page.get_by_role("button", name="Pause Sync")).to_be_visible()
    assert owner.sync["status"] == "active"


def test_the_bell_counts_what_is_unread_and_leads_to_the_configuration(connected: Person, page: Page) -> None:
    with connected.stack.held_runs():
        connected.set_up()
        connected.sign_in(page, f"/syncs/{connected.sync['id']}/history")
        expect(page.get_by_role("heading", name="Run in progress")).to_be_visible()
    bell = page.get_by_role("button", name="Notifications, 1 unread")
    expect(bell).to_be_visible(timeout=30_000)  # without a reload
    bell.click()
    page.get_by_role("link", name="The sync completed").click()
    expect(page.get_by_role("tab", name="Configuration")).to_have_attribute("aria-selected", "true")
    expect(page.get_by_role("button", name="Notifications", exact=True)).to_be_visible()
    assert connected.call("GET", "/notifications")["unread"] == 0


def test_sync_now_starts_a_run_that_shows_up_in_the_history(owner: Person, page: Page) -> None:
    owner.finish_run()
    owner.sign_in(page, f"/syncs/{owner.sync['id']}/history")
    page.get_by_role("button", name="Sync now").click()
    expect(page.get_by_role("row").filter(has_text="Sync now")).to_contain_text("Completed", timeout=30_000)


def test_one_record_is_not_called_several(owner: Person, page: Page) -> None:
    owner.sign_in(page, f"/syncs/{owner.sync['id']}/history")
    link = {"url": f"{owner.stack.origin}/health", "rows": 1}
    page.route("**/runs/*/skipped", lambda route: route.fulfill(json=link))
    page.get_by_role("button", name="Export skipped records").first.click()
    expect(page.get_by_text("Exporting 1 skipped record.")).to_be_attached()


def test_sync_everything_is_offered_only_when_it_can_be_done(owner: Person, page: Page) -> None:
    owner.finish_run()
    owner.sign_in(page, f"/syncs/{owner.sync['id']}/history")
    full = page.get_by_role("button", name="Sync everything")
    page.get_by_role("button", name="Pause Sync").click()
    expect(page.get_by_text("Possible again once the sync is resumed.")).to_be_visible()
    expect(full).to_be_hidden()
    page.get_by_role("button", name="Resume Sync").click()
    with owner.stack.held_runs():
        full.click()
        expect(page.get_by_text("Possible again once the run in progress has ended.")).to_be_visible()
        expect(full).to_be_hidden()
        expect(page.get_by_role("row").filter(has_text="Sync now, all customers")).to_be_visible()
    owner.finish_run()


def test_a_run_that_is_paused_is_asked_for_as_rarely_as_none(owner: Person, page: Page) -> None:
    page.clock.install()
    with owner.stack.held_runs():
        owner.call("POST", f"/syncs/{owner.sync['id']}/runs", {"mode": "incremental"})
        owner.call("POST", f"/syncs/{owner.sync['id']}/pause")
        while owner.sync["current_run"]["status"] != "paused":
            page.wait_for_timeout(200)
    owner.sign_in(page, "/syncs")
    expect(page.get_by_role("article")).to_contain_text("Paused")
    asked: list[str] = []
    page.on("request", lambda request: asked.append(urlsplit(request.url).path))
    page.clock.fast_forward("00:30")
    page.evaluate("fetch('/health')")
    assert asked == ["/health"]
    owner.call("POST", f"/syncs/{owner.sync['id']}/resume")
    owner.finish_run()
