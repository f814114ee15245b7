from __future__ import annotations

from itertools import product
from typing import Any

import pytest

from shared.domain.errors import (
    ContactLimit,
    ContactRefused,
    PermissionMissing,
    RateLimited,
    ReconnectNeeded,
    RequestRejected,
    TargetGone,
)
from tests.contract.zoho.simulated import READS, Zoho

ADA = {"Contact Email": "Ada.New@people.example", "First Name": "Ada", "Company Name": "Löwe & Söhne + Co"}
ENVELOPES = list(product(["documented", "flat", "nested"], ["string", "int"]))


def held(zoho: Zoho, email: str) -> Any:
    return zoho.world.campaigns.contacts[email.lower()]


@pytest.mark.parametrize(("envelope", "code_type"), ENVELOPES)
def test_everything_is_read_in_every_envelope(zoho: Zoho, envelope: str, code_type: str) -> None:
    zoho.set(envelope=envelope, code_type=code_type)
    lists = zoho.campaigns.lists()
    assert [one.name for one in lists] == ["Newsletter", "Product News", "Partner Circular"]
    assert lists[0].contacts == zoho.world.campaigns.list_named("Newsletter").count("active")
    assert [one.name for one in zoho.campaigns.topics().topics] == [
        "default",
        "Product Updates",
        "Events & Webinars",
    ]
    fields = {one.name: one for one in zoho.campaigns.fields()}
    assert (fields["Contact Email"].mandatory, fields["Phone"].max_length) == (True, 50)
    zoho.campaigns.create_field("VAT ID", kind="Text", length=255)
    zoho.campaigns.create_field("vat id", kind="Text", length=255)
    created = next(one for one in zoho.campaigns.fields() if one.name == "VAT ID")
    assert (created.kind, created.max_length) == ("Text", 255)
    zoho.campaigns.subscribe(zoho.key(), (), ADA)
    with pytest.raises(ContactRefused):
        zoho.campaigns.subscribe(zoho.key(), (), {"Contact Email": "nobody"})
    for status in ("active", "unsub", "bounce"):
        expected = zoho.world.campaigns.list_named("Newsletter").members(status)
        assert sorted(zoho.campaigns.members(zoho.key(), status, 1).emails) == sorted(expected)
    assert zoho.campaigns.members(zoho.key("Partner Circular"), "active", 1).emails == []


def test_a_contact_arrives_with_its_values_and_topics(zoho: Zoho) -> None:
    topics = [one.id for one in zoho.campaigns.topics().topics[:2]]
    zoho.campaigns.subscribe(zoho.key(), topics, ADA)
    contact = held(zoho, ADA["Contact Email"])
    assert contact.values == ADA
    assert list(contact.topics) == topics
    zoho.campaigns.subscribe(zoho.key(), topics, ADA | {"First Name": "Augusta"})
    assert (contact.values["First Name"], contact.posts) == ("Augusta", 2)
    assert zoho.world.stats.offences.total() == 0


@pytest.mark.parametrize("nesting", ["fieldnames.fieldname", "fieldname"])
@pytest.mark.parametrize("alone", [True, False])
def test_a_lone_field_is_read_with_and_without_its_array(zoho: Zoho, nesting: str, *, alone: bool) -> None:
    zoho.set(fieldnames_nesting=nesting, single_field_as_object=alone)
    for name in list(zoho.world.campaigns.fields):
        if name != "Contact Email":
            del zoho.world.campaigns.fields[name]
    assert [one.name for one in zoho.campaigns.fields()] == ["Contact Email"]


def test_an_account_without_lists_or_topics_has_none(zoho: Zoho) -> None:
    zoho.set(mailing_lists=[], topic_management=False)
    assert zoho.campaigns.lists() == []
    assert "not enabled" in zoho.campaigns.topics().reason


def test_many_lists_and_topics_are_read_to_the_last(zoho: Zoho) -> None:
    names = [f"Number {number}" for number in range(120)]
    zoho.set(mailing_lists=names, topics=names)
    assert [one.name for one in zoho.campaigns.lists()] == names
    assert [one.name for one in zoho.campaigns.topics().topics] == names


def test_a_large_list_is_read_page_by_page(zoho: Zoho) -> None:
    target = zoho.world.campaigns.list_named("Partner Circular")
    for number in range(1_300):
        zoho.control("subscribers", email=f"gone{number}@x.example", list=target.name, status="unsub")
    pages = [zoho.campaigns.members(target.key, "unsub", page) for page in (1, 2, 3)]
    assert [(len(page.emails), page.has_more) for page in pages] == [(650, True), (650, True), (0, False)]


@pytest.mark.parametrize("knob", ["accepted", "decoded_twice", "refused_2004", "refused_2007"])
def test_a_plus_address_is_accepted_or_refused_as_zoho_pleases(zoho: Zoho, knob: str) -> None:
    zoho.set(plus_addresses=knob)
    info = {"Contact Email": "ada+news@people.example"}
    if knob == "accepted":
        zoho.campaigns.subscribe(zoho.key(), (), info)
        assert held(zoho, "ada+news@people.example")
    else:
        with pytest.raises(ContactRefused) as refused:
            zoho.campaigns.subscribe(zoho.key(), (), info)
        assert refused.value.reason == "invalid_email"


@pytest.mark.parametrize(
    ("email", "reason"),
    [
        ("jane@aol", "invalid_email"),
        ("john@gnail.com", "invalid_email"),
        ("two@@ats.example", "invalid_email"),
        ("support@people.example", "role_address"),
        ("never@people.example", "do_not_mail"),
    ],
)
@pytest.mark.parametrize("code_type", ["string", "int"])
def test_a_refused_address_has_its_reason(zoho: Zoho, email: str, reason: str, code_type: str) -> None:
    zoho.set(code_type=code_type)
    zoho.control("subscribers", email="never@people.example", status="do_not_mail")
    with pytest.raises(ContactRefused) as refused:
        zoho.campaigns.subscribe(zoho.key(), (), {"Contact Email": email})
    assert refused.value.reason == reason
    assert email not in str(vars(refused.value))


def test_a_value_that_does_not_fit_its_field_is_this_contacts_matter(zoho: Zoho) -> None:
    zoho.control("fields", add=[{"name": "Age", "type": "Integer", "length": 10}])
    for values in ({"First Name": "x" * 500}, {"Age": "old"}):
        with pytest.raises(ContactRefused) as refused:
            zoho.campaigns.subscribe(zoho.key(), (), ADA | values)
        assert refused.value.reason == "field_invalid"


def test_a_field_that_is_gone_and_refused_stops_the_run(zoho: Zoho) -> None:
    zoho.set(unknown_fields="refused")
    with pytest.raises(RequestRejected):
        zoho.campaigns.subscribe(zoho.key(), (), ADA | {"No Such Field": "x"})


@pytest.mark.parametrize("code", ["914", "2302", "980"])
def test_a_full_plan_is_a_limit_whatever_its_code(zoho: Zoho, code: str) -> None:
    zoho.set(contact_limit=0, contact_limit_code=code)
    with pytest.raises(ContactLimit):
        zoho.campaigns.subscribe(zoho.key(), (), ADA)


def test_a_contact_that_has_yet_to_confirm_is_accepted(zoho: Zoho) -> None:
    zoho.set(double_opt_in_lists=["Newsletter"])
    zoho.campaigns.subscribe(zoho.key(), (), ADA)
    assert zoho.world.campaigns.list_named("Newsletter").status_of["ada.new@people.example"] == "pending"


def test_a_deleted_list_and_a_deleted_topic_are_gone(zoho: Zoho) -> None:
    key = zoho.key("Partner Circular")
    zoho.set(mailing_lists=["Newsletter"])
    with pytest.raises(TargetGone):
        zoho.campaigns.subscribe(key, (), ADA)
    with pytest.raises(TargetGone):
        zoho.campaigns.members(key, "unsub", 1)
    with pytest.raises(TargetGone):
        zoho.campaigns.subscribe(zoho.key(), ["123"], ADA)


@pytest.mark.parametrize("style", ["json_429", "json_400", "html_400", "html_200"])
def test_a_lock_is_known_in_every_style_and_closes_that_endpoint_alone(zoho: Zoho, style: str) -> None:
    zoho.set(lock_style=style, campaigns_limits={"campaigns.listsubscribe": [[1, 60]]})
    zoho.campaigns.subscribe(zoho.key(), (), ADA)
    with pytest.raises(RateLimited) as limited:
        zoho.campaigns.subscribe(zoho.key(), (), ADA)
    assert limited.value.wait_seconds == 1_800
    assert [name for _, name, _ in zoho.limiter.blocks] == ["campaigns.listsubscribe"]
    zoho.campaigns.lists()


@pytest.mark.parametrize(
    ("calls", "endpoint"), [(600, "campaigns.getlistsubscribers"), (130, "campaigns.allfields")]
)
def test_reads_pace_themselves_below_every_limit(zoho: Zoho, calls: int, endpoint: str) -> None:
    for _ in range(calls):
        try:
            READS[endpoint](zoho)
        except RateLimited as limited:
            zoho.time.advance(limited.wait_seconds)
            READS[endpoint](zoho)
    assert zoho.world.stats.calls[endpoint] == calls
    assert zoho.world.stats.over_limit.total() == 0


@pytest.mark.parametrize("spelling", ["capital", "lower"])
def test_a_token_without_the_scope_needs_a_new_connection(zoho: Zoho, spelling: str) -> None:
    zoho.set(auth_error_spelling=spelling)
    zoho.grant("ZohoBooks.contacts.READ")
    with pytest.raises(ReconnectNeeded):
        zoho.campaigns.lists()


def test_insufficient_privileges_are_a_missing_permission(zoho: Zoho) -> None:
    zoho.set(missing_scope_code="6601")
    zoho.grant("ZohoCampaigns.contact.READ")
    zoho.campaigns.lists()
    with pytest.raises(PermissionMissing):
        zoho.campaigns.subscribe(zoho.key(), (), ADA)
