"""Connecting and choosing the organization."""

from __future__ import annotations

import base64
import hashlib
from dataclasses import replace
from datetime import timedelta
from urllib.parse import parse_qs, urlsplit

import pytest

from shared.domain.connection import ConnectionStatus, Organization
from shared.domain.errors import BadRequest, Conflict, NotFound, ReconnectNeeded, ZohoRefused
from tests.application import ALICE, ORGANIZATION, OTHER_ORGANIZATION, TENANT, FakeApplication

REDIRECT = "https://console.test/oauth/callback"


@pytest.fixture
def app() -> FakeApplication:
    return FakeApplication()


def complete(app: FakeApplication, state: str, tenant: str = TENANT) -> None:
    app.connect.complete(
        tenant, code="code", state=state, location="eu", accounts_server="https://accounts.test"
    )


# ---- consent ------------------------------------------------------------------------------------------


def test_a_consent_carries_the_challenge_of_the_verifier_it_is_exchanged_with(app: FakeApplication) -> None:
    consent = app.connect.begin(TENANT, redirect_uri=REDIRECT)
    complete(app, consent.state)

    challenge = parse_qs(urlsplit(consent.authorization_url).query)["challenge"][0]
    (exchange,) = app.user.exchanged
    digest = hashlib.sha256(exchange["verifier"].encode()).digest()
    assert base64.urlsafe_b64encode(digest).rstrip(b"=").decode() == challenge
    assert exchange["redirect_uri"] == REDIRECT


def test_every_consent_has_a_state_of_its_own(app: FakeApplication) -> None:
    states = {app.connect.begin(TENANT, redirect_uri=REDIRECT).state for _ in range(20)}
    assert len(states) == 20
    assert all(len(state) >= 43 for state in states)


def test_the_same_key_returns_the_same_consent_and_it_can_be_completed(app: FakeApplication) -> None:
    first = app.connect.begin(TENANT, redirect_uri=REDIRECT, key="k")
    assert app.connect.begin(TENANT, redirect_uri=REDIRECT, key="k") == first
    complete(app, first.state)


def test_a_code_can_be_exchanged_only_once(app: FakeApplication) -> None:
    consent = app.connect.begin(TENANT, redirect_uri=REDIRECT)
    complete(app, consent.state)
    with pytest.raises(BadRequest) as refused:
        complete(app, consent.state)
    assert refused.value.code == "state_invalid"


def test_a_state_of_another_tenant_is_refused(app: FakeApplication) -> None:
    consent = app.connect.begin("somebody-else", redirect_uri=REDIRECT)
    with pytest.raises(BadRequest) as refused:
        complete(app, consent.state)
    assert refused.value.code == "state_invalid"
    assert not app.user.exchanged


def test_a_state_ends_after_ten_minutes(app: FakeApplication) -> None:
    consent = app.connect.begin(TENANT, redirect_uri=REDIRECT)
    app.fake_clock.sleep(600)
    with pytest.raises(BadRequest) as refused:
        complete(app, consent.state)
    assert refused.value.code == "state_invalid"


def test_a_completed_consent_waits_for_the_organization(app: FakeApplication) -> None:
    connection = app.authorize()
    assert connection.status is ConnectionStatus.CHOOSE_ORGANIZATION
    assert connection.email == ALICE
    assert connection.organization is None
    assert app.tokens.get(TENANT) is not None


def test_a_code_that_zoho_refuses_leaves_nothing_behind(app: FakeApplication) -> None:
    app.user.refusal = ZohoRefused("Zoho refused.", upstream_code="invalid_code")
    with pytest.raises(ZohoRefused):
        app.authorize()
    assert app.connections.get(TENANT) is None
    assert app.tokens.get(TENANT) is None


def test_a_user_without_an_organization_is_told_so_and_the_grant_is_given_back(app: FakeApplication) -> None:
    app.user.organizations = ()
    with pytest.raises(Conflict) as refused:
        app.authorize()
    assert refused.value.code == "no_organization"
    assert app.user.revoked == ["refresh-1"]
    assert app.connections.get(TENANT) is None


def test_a_new_consent_replaces_one_whose_organization_was_never_chosen(app: FakeApplication) -> None:
    app.authorize()
    app.authorize()
    tokens = app.tokens.get(TENANT)
    assert tokens is not None
    assert tokens.refresh_token == "refresh-2"
    assert app.user.revoked == ["refresh-1"]


def test_a_connected_tenant_is_refused_before_the_code_is_spent(app: FakeApplication) -> None:
    app.connected()
    with pytest.raises(Conflict) as refused:
        app.authorize()
    assert refused.value.code == "already_connected"
    assert len(app.user.exchanged) == 1


# ---- the organization ---------------------------------------------------------------------------------


def test_organizations_say_why_they_are_not_eligible(app: FakeApplication) -> None:
    inactive = Organization("12", "Old", ALICE, active=False)
    app.user.organizations = (ORGANIZATION, OTHER_ORGANIZATION, inactive)
    app.authorize()
    eligible, other, old = app.connect.organizations(TENANT)
    assert eligible.reason is None
    assert other.reason is not None
    assert ALICE in other.reason
    assert OTHER_ORGANIZATION.email in other.reason
    assert old.reason == "This organization is inactive in Zoho Books."


def test_an_organization_under_another_email_is_refused_with_both_addresses(app: FakeApplication) -> None:
    app.authorize()
    with pytest.raises(Conflict) as refused:
        app.connect.choose_organization(TENANT, OTHER_ORGANIZATION.id)
    assert refused.value.code == "email_mismatch"
    assert refused.value.details == {
        "organization_email": OTHER_ORGANIZATION.email,
        "user_email": ALICE,
    }


def test_the_case_of_an_email_does_not_matter(app: FakeApplication) -> None:
    app.user.organizations = (replace(ORGANIZATION, email="ALICE@Example.com"),)
    assert app.connected().status is ConnectionStatus.CONNECTED


def test_an_inactive_organization_cannot_be_chosen(app: FakeApplication) -> None:
    app.user.organizations = (replace(ORGANIZATION, active=False),)
    app.authorize()
    with pytest.raises(Conflict) as refused:
        app.connect.choose_organization(TENANT, ORGANIZATION.id)
    assert refused.value.code == "organization_inactive"


def test_an_unknown_organization_is_not_found(app: FakeApplication) -> None:
    app.authorize()
    with pytest.raises(NotFound) as refused:
        app.connect.choose_organization(TENANT, "999")
    assert refused.value.code == "organization_not_found"


def test_choosing_the_connected_organization_again_changes_nothing(app: FakeApplication) -> None:
    connection = app.connected()
    assert app.connect.choose_organization(TENANT, ORGANIZATION.id) == connection


def test_another_organization_is_refused_until_the_integration_is_disabled(app: FakeApplication) -> None:
    app.connected()
    with pytest.raises(Conflict) as refused:
        app.connect.choose_organization(TENANT, OTHER_ORGANIZATION.id)
    assert refused.value.code == "organization_already_connected"

    app.erase.disable(TENANT, confirmed=True)
    app.user.email = OTHER_ORGANIZATION.email
    app.authorize()
    connection = app.connect.choose_organization(TENANT, OTHER_ORGANIZATION.id)
    assert connection.organization == OTHER_ORGANIZATION


@pytest.mark.parametrize("call", ["show", "organizations"])
def test_without_a_connection_there_is_nothing_to_see(app: FakeApplication, call: str) -> None:
    with pytest.raises(NotFound) as refused:
        getattr(app.connect, call)(TENANT)
    assert refused.value.code == "not_connected"


def test_a_consent_that_turns_out_to_be_gone_is_noted_so_that_it_can_be_renewed(app: FakeApplication) -> None:
    app.connected()
    app.user.refusal = ReconnectNeeded("The consent is gone.")
    with pytest.raises(ReconnectNeeded):
        app.connect.organizations(TENANT)
    assert app.connect.show(TENANT).status is ConnectionStatus.NEEDS_RECONNECT


def test_authorizations_last_ten_minutes(app: FakeApplication) -> None:
    consent = app.connect.begin(TENANT, redirect_uri=REDIRECT)
    assert consent.expires_at - app.fake_clock.now() == timedelta(minutes=10)
