"""The decision about one customer."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, time

import pytest

from shared.domain.contact import SkipReason, digest, normalize_email
from shared.domain.customer import Customer
from shared.domain.mapping import FieldPair
from shared.domain.plan import Candidate, Decision, EntryStatus, LedgerEntry, Outcome, Rules, decide
from shared.domain.schedule import Frequency, Schedule
from shared.domain.settings import LawfulBasis, SubscriptionType, SyncSettings

KEY = b"k" * 32
MOMENT = datetime(2026, 1, 1, tzinfo=UTC)
SETTINGS = SyncSettings(
    list_key="list",
    list_name="Newsletter",
    subscription_type=SubscriptionType.MARKETING,
    topic_ids=("t1", "t2"),
    lawful_basis=None,
    update_empty_fields=False,
    schedule=Schedule(Frequency.DAILY, time(9, 30), "UTC"),
    mapping=(FieldPair("email", "Contact Email"), FieldPair("first_name", "First Name")),
)


def rules(**changes: object) -> Rules:
    standard = Rules(
        digest_key=KEY,
        settings=SETTINGS,
        version=SETTINGS.version,
        run_id="run-2",
        field_lengths={"First Name": 10},
        excluded=lambda _: None,
        is_member=None,
    )
    return replace(standard, **changes)  # type: ignore[arg-type]


def customer(email: str = "ana@example.com", first_name: str = "Ana") -> Candidate:
    fields = {"email": email, "first_name": first_name}
    ana = Customer("7", "Ana", email, active=True, created_at=MOMENT, modified_at=MOMENT, fields=fields)
    return Candidate.of(ana, 1, KEY)


def mail_of(email: str) -> int:
    return digest(KEY, normalize_email(email))


def entry(decision: Decision, **changes: object) -> LedgerEntry:
    accepted = LedgerEntry(
        contact_id="7",
        status=EntryStatus.SYNCED,
        email_digest=decision.email_digest,
        fingerprint=decision.fingerprint,
        active=True,
        created_at=MOMENT,
        run_id="run-1",
        outcome=decision.outcome,
        attempted_at=MOMENT,
    )
    return replace(accepted, **changes)  # type: ignore[arg-type]


def first_decision() -> Decision:
    return decide(customer(), None, rules(), duplicate=False)


def test_a_customer_the_ledger_does_not_know_is_added_with_the_mapped_fields() -> None:
    decision = first_decision()
    assert decision.outcome is Outcome.ADD
    assert decision.info == {
        "Contact Email": "ana@example.com",
        "First Name": "Ana",
        "Subscription Type": "Marketing",
    }


def test_the_lawful_basis_is_written_onto_the_contact() -> None:
    settings = replace(SETTINGS, lawful_basis=LawfulBasis.LEGITIMATE_INTEREST)
    decision = decide(customer(), None, rules(settings=settings), duplicate=False)
    assert decision.info is not None
    assert decision.info["Lawful Basis"] == "Legitimate interest"


def test_non_marketing_contacts_get_no_topic() -> None:
    settings = replace(SETTINGS, subscription_type=SubscriptionType.NON_MARKETING)
    assert SETTINGS.posted_topic_ids == ("t1", "t2")
    assert settings.posted_topic_ids == ()


def test_a_member_of_the_list_is_updated_on_the_first_run() -> None:
    members = {mail_of("ana@example.com")}
    decision = decide(customer(), None, rules(is_member=members.__contains__), duplicate=False)
    assert decision.outcome is Outcome.UPDATE


def test_content_that_campaigns_accepted_before_costs_no_call() -> None:
    decision = decide(customer(), entry(first_decision()), rules(), duplicate=False)
    assert decision.outcome is Outcome.UNCHANGED
    assert decision.info is None


def test_changed_content_is_an_update() -> None:
    decision = decide(customer(first_name="Anna"), entry(first_decision()), rules(), duplicate=False)
    assert decision.outcome is Outcome.UPDATE
    assert decision.info is not None


@pytest.mark.parametrize("outcome", [Outcome.ADD, Outcome.UPDATE])
def test_what_this_run_has_posted_is_counted_as_it_was_when_its_page_is_read_again(outcome: Outcome) -> None:
    posted = entry(first_decision(), run_id="run-2", outcome=outcome)
    decision = decide(customer(), posted, rules(), duplicate=False)
    assert (decision.outcome, decision.info) == (outcome, None)


def test_a_contact_edited_again_within_the_run_that_added_it_is_still_new() -> None:
    posted = entry(first_decision(), run_id="run-2", outcome=Outcome.ADD)
    decision = decide(customer(first_name="Anna"), posted, rules(), duplicate=False)
    assert decision.outcome is Outcome.ADD
    assert decision.info is not None


def test_content_that_campaigns_refused_is_skipped_again_without_a_call() -> None:
    refused = entry(
        first_decision(),
        status=EntryStatus.REFUSED,
        reason=SkipReason.REFUSED_BY_CAMPAIGNS,
        detail="9999: no",
    )
    decision = decide(customer(), refused, rules(), duplicate=False)
    assert (decision.outcome, decision.reason, decision.detail) == (
        Outcome.SKIP,
        SkipReason.REFUSED_BY_CAMPAIGNS,
        "9999: no",
    )


def test_a_refused_contact_is_tried_again_when_its_row_changes() -> None:
    refused = entry(first_decision(), status=EntryStatus.REFUSED, reason=SkipReason.INVALID_EMAIL)
    decision = decide(customer(first_name="Anna"), refused, rules(), duplicate=False)
    assert decision.outcome is Outcome.ADD


def test_a_new_mapping_sends_everything_again() -> None:
    settings = replace(SETTINGS, topic_ids=("t1",))
    changed = rules(settings=settings, version=settings.version)
    decision = decide(customer(), entry(first_decision()), changed, duplicate=False)
    assert decision.outcome is Outcome.UPDATE


def test_another_schedule_sends_nothing_again() -> None:
    settings = replace(SETTINGS, schedule=Schedule(Frequency.DAILY, time(1, 0), "UTC"))
    assert settings.version == SETTINGS.version


def test_a_changed_address_posts_the_new_one_and_says_so() -> None:
    decision = decide(customer(email="anna@example.com"), entry(first_decision()), rules(), duplicate=False)
    assert decision.outcome is Outcome.ADD
    assert decision.email_changed
    assert decision.info is not None
    assert decision.info["Contact Email"] == "anna@example.com"


def test_people_who_opted_out_are_skipped_even_when_nothing_changed() -> None:
    opted_out = rules(
        excluded=lambda mail: SkipReason.UNSUBSCRIBED if mail == mail_of("ana@example.com") else None
    )
    decision = decide(customer(), entry(first_decision()), opted_out, duplicate=False)
    assert (decision.outcome, decision.reason) == (Outcome.SKIP, SkipReason.UNSUBSCRIBED)


def test_a_duplicate_is_skipped() -> None:
    decision = decide(customer(), None, rules(), duplicate=True)
    assert decision.reason is SkipReason.DUPLICATE_EMAIL


def test_a_missing_address_is_named_before_anything_else() -> None:
    assert decide(customer(email=" "), None, rules(), duplicate=True).reason is SkipReason.EMPTY_EMAIL


def test_a_value_too_long_for_its_field_is_skipped_with_the_fields_name() -> None:
    decision = decide(customer(first_name="A" * 11), None, rules(), duplicate=False)
    assert decision.reason is SkipReason.FIELD_INVALID
    assert decision.detail == "First Name: 11 characters, Zoho Campaigns takes 10"
