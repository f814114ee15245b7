"""Connections, pending authorizations and tokens."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from shared.domain.connection import ConnectionStatus, Organization
from tests.contract.backends import Backend
from tests.factories import NOW, authorization, connection, tokens


def test_a_connection_comes_back_as_it_was_stored(backend: Backend) -> None:
    for stored in (
        connection(),
        connection(tenant="chooser", organization=None, status=ConnectionStatus.CHOOSE_ORGANIZATION),
        connection(
            tenant="gdpr",
            gdpr_enabled=True,
            organization=Organization("7", "Ümläut & Söhne", "a@b.example", active=False),
            connected_at=NOW + timedelta(microseconds=123456),
        ),
    ):
        assert backend.connections.create(stored)
        assert backend.connections.get(stored.tenant) == stored


def test_a_tenant_without_a_connection_has_none(backend: Backend) -> None:
    backend.connections.create(connection(tenant="somebody-else"))

    assert backend.connections.get("tenant-1") is None


def test_a_second_connection_of_a_tenant_is_not_stored(backend: Backend) -> None:
    first = connection()

    assert backend.connections.create(first)
    assert not backend.connections.create(first)
    assert not backend.connections.create(replace(first, email="other@example.com"))
    assert backend.connections.get(first.tenant) == first


def test_an_update_raises_the_revision_by_one(backend: Backend) -> None:
    backend.connections.create(connection())

    assert backend.connections.update(connection(gdpr_enabled=True))
    assert backend.connections.get("tenant-1") == connection(gdpr_enabled=True, revision=1)


def test_of_two_updates_that_began_alike_only_the_first_is_stored(backend: Backend) -> None:
    backend.connections.create(connection())

    assert backend.connections.update(connection(email="first@example.com"))
    assert not backend.connections.update(connection(email="second@example.com"))
    stored = backend.connections.get("tenant-1")
    assert stored is not None
    assert stored.email == "first@example.com"


def test_an_update_of_a_deleted_connection_does_not_bring_it_back(backend: Backend) -> None:
    backend.connections.create(connection())
    backend.connections.delete("tenant-1")

    assert not backend.connections.update(connection())
    assert backend.connections.get("tenant-1") is None


def test_deleting_what_is_not_there_does_nothing(backend: Backend) -> None:
    backend.connections.delete("tenant-1")
    backend.tokens.delete("tenant-1")


# ---- pending authorizations ---------------------------------------------------------------------------


def test_a_pending_authorization_can_be_taken_only_once(backend: Backend) -> None:
    pending = authorization()
    backend.authorizations.save(pending)

    assert backend.authorizations.take(pending.tenant, pending.state) == pending
    assert backend.authorizations.take(pending.tenant, pending.state) is None


def test_another_tenants_state_cannot_be_taken(backend: Backend) -> None:
    pending = authorization()
    backend.authorizations.save(pending)

    assert backend.authorizations.take("tenant-2", pending.state) is None
    assert backend.authorizations.take(pending.tenant, pending.state) == pending


@pytest.mark.parametrize("state", ["", "unknown", "x" * 5000, "a#b", "\ud800", "état"])
def test_a_state_that_was_never_given_out_is_unknown_whatever_it_looks_like(
    backend: Backend, state: str
) -> None:
    backend.authorizations.save(authorization())

    assert backend.authorizations.take("tenant-1", state) is None


def test_several_authorizations_of_a_tenant_live_side_by_side(backend: Backend) -> None:
    first, second = authorization(), authorization(state="state-2", code_verifier="another")
    backend.authorizations.save(first)
    backend.authorizations.save(second)

    assert backend.authorizations.take("tenant-1", "state-2") == second
    assert backend.authorizations.take("tenant-1", "state-1") == first


def test_an_expired_authorization_is_still_returned_for_the_caller_to_judge(backend: Backend) -> None:
    pending = authorization(expires_at=NOW - timedelta(minutes=1))
    backend.authorizations.save(pending)

    assert backend.authorizations.take(pending.tenant, pending.state) == pending


# ---- tokens -------------------------------------------------------------------------------------------


def test_tokens_come_back_as_they_were_saved_last(backend: Backend) -> None:
    assert backend.tokens.get("tenant-1") is None
    backend.tokens.save("tenant-1", tokens())
    backend.tokens.save("tenant-1", tokens(access_token="1000.newer"))

    assert backend.tokens.get("tenant-1") == tokens(access_token="1000.newer")
    assert backend.tokens.get("tenant-2") is None


def test_tokens_that_end_come_back_like_others_and_a_later_grant_stays(backend: Backend) -> None:
    backend.tokens.save("tenant-1", tokens(), until=NOW + timedelta(days=1))
    assert backend.tokens.get("tenant-1") == tokens()
    backend.tokens.save("tenant-1", tokens(access_token="1000.newer"))

    assert backend.tokens.get("tenant-1") == tokens(access_token="1000.newer")


def test_the_refresh_lock_is_held_by_one_owner_at_a_time(backend: Backend) -> None:
    until = NOW + timedelta(seconds=45)
    backend.tokens.save("tenant-1", tokens())

    assert backend.tokens.begin_refresh("tenant-1", "a", until, NOW)
    assert not backend.tokens.begin_refresh("tenant-1", "b", until, NOW)
    assert backend.tokens.begin_refresh("tenant-1", "a", until, NOW)


def test_a_released_refresh_lock_can_be_taken_by_another(backend: Backend) -> None:
    until = NOW + timedelta(seconds=45)
    backend.tokens.save("tenant-1", tokens())
    backend.tokens.begin_refresh("tenant-1", "a", until, NOW)
    backend.tokens.end_refresh("tenant-1", "a")

    assert backend.tokens.begin_refresh("tenant-1", "b", until, NOW)


def test_only_its_holder_releases_the_refresh_lock(backend: Backend) -> None:
    until = NOW + timedelta(seconds=45)
    backend.tokens.save("tenant-1", tokens())
    backend.tokens.begin_refresh("tenant-1", "a", until, NOW)
    backend.tokens.end_refresh("tenant-1", "b")
    backend.tokens.end_refresh("tenant-2", "a")

    assert not backend.tokens.begin_refresh("tenant-1", "b", until, NOW)


def test_a_refresh_lock_ends_with_its_time(backend: Backend) -> None:
    until = NOW + timedelta(seconds=45)
    backend.tokens.save("tenant-1", tokens())
    backend.tokens.begin_refresh("tenant-1", "a", until, NOW)

    assert not backend.tokens.begin_refresh("tenant-1", "b", until, until - timedelta(microseconds=1))
    assert backend.tokens.begin_refresh("tenant-1", "b", until + timedelta(seconds=45), until)


def test_refreshed_tokens_are_saved_by_the_holder_of_the_lock_who_keeps_it(backend: Backend) -> None:
    until = NOW + timedelta(seconds=45)
    backend.tokens.save("tenant-1", tokens())
    key = backend.tokens.digest_key("tenant-1")
    backend.tokens.begin_refresh("tenant-1", "a", until, NOW)

    assert backend.tokens.save_refreshed("tenant-1", "a", tokens(access_token="1000.newer"))
    assert backend.tokens.get("tenant-1") == tokens(access_token="1000.newer")
    assert not backend.tokens.begin_refresh("tenant-1", "b", until, NOW)
    assert backend.tokens.digest_key("tenant-1") == key


def test_a_refresh_does_not_overwrite_the_grant_of_a_reconnect(backend: Backend) -> None:
    until = NOW + timedelta(seconds=45)
    backend.tokens.save("tenant-1", tokens())
    key = backend.tokens.digest_key("tenant-1")
    backend.tokens.begin_refresh("tenant-1", "a", until, NOW)
    reconnected = tokens(refresh_token="1000.reconnected")
    backend.tokens.save("tenant-1", reconnected)

    assert not backend.tokens.save_refreshed("tenant-1", "a", tokens(access_token="1000.newer"))
    assert backend.tokens.get("tenant-1") == reconnected
    assert backend.tokens.digest_key("tenant-1") == key
    assert backend.tokens.begin_refresh("tenant-1", "b", until, NOW)


def test_a_refresh_does_not_bring_back_tokens_that_were_deleted(backend: Backend) -> None:
    until = NOW + timedelta(seconds=45)
    backend.tokens.save("tenant-1", tokens())
    backend.tokens.begin_refresh("tenant-1", "a", until, NOW)
    backend.tokens.delete("tenant-1")

    assert not backend.tokens.save_refreshed("tenant-1", "a", tokens(access_token="1000.newer"))
    assert backend.tokens.get("tenant-1") is None


def test_a_refresh_that_was_taken_over_is_not_saved(backend: Backend) -> None:
    until = NOW + timedelta(seconds=45)
    backend.tokens.save("tenant-1", tokens())
    backend.tokens.begin_refresh("tenant-1", "a", until, NOW)
    backend.tokens.begin_refresh("tenant-1", "b", until + timedelta(seconds=45), until)

    assert not backend.tokens.save_refreshed("tenant-1", "a", tokens(access_token="1000.late"))
    assert not backend.tokens.save_refreshed("tenant-2", "a", tokens())
    assert backend.tokens.save_refreshed("tenant-1", "b", tokens(access_token="1000.newer"))


def test_there_is_nothing_to_lock_without_tokens(backend: Backend) -> None:
    until = NOW + timedelta(seconds=45)
    backend.tokens.digest_key("tenant-1")

    assert not backend.tokens.begin_refresh("tenant-1", "a", until, NOW)
    assert backend.tokens.get("tenant-1") is None


def test_the_digest_key_is_made_once_for_a_tenant(backend: Backend) -> None:
    key = backend.tokens.digest_key("tenant-1")

    assert len(key) == 32
    assert backend.tokens.digest_key("tenant-1") == key
    assert backend.tokens.digest_key("tenant-2") != key


def test_deleting_the_tokens_erases_lock_and_digest_key_as_well(backend: Backend) -> None:
    until = NOW + timedelta(seconds=45)
    backend.tokens.save("tenant-1", tokens())
    backend.tokens.begin_refresh("tenant-1", "a", until, NOW)
    key = backend.tokens.digest_key("tenant-1")
    backend.tokens.delete("tenant-1")

    assert backend.tokens.get("tenant-1") is None
    assert backend.tokens.digest_key("tenant-1") != key
    backend.tokens.save("tenant-1", tokens())
    assert backend.tokens.begin_refresh("tenant-1", "b", until, NOW)


def test_what_is_encrypted_can_be_read_only_for_its_tenant_and_purpose(backend: Backend) -> None:
    secret = backend.cipher.encrypt("tenant-1", "tokens", b"1000.refresh")

    assert backend.cipher.decrypt("tenant-1", "tokens", secret) == b"1000.refresh"
    for tenant, kind in (("tenant-2", "tokens"), ("tenant-1", "digest_key")):
        with pytest.raises(Exception, match=r"encrypted for another|Decrypt"):
            backend.cipher.decrypt(tenant, kind, secret)
