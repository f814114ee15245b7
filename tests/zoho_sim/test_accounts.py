from __future__ import annotations

import pytest

from tests.zoho_sim.caller import CALLBACK, CHALLENGE, SCOPES, VERIFIER, Caller


def test_the_consent_page_offers_accept_and_reject_and_carries_the_request(stranger: Caller) -> None:
    page = stranger.send(
        "GET",
        "/oauth/v2/auth",
        query={
            "response_type": "code",
            "client_id": "1000.LOCALSIMULATOR",
            "redirect_uri": CALLBACK,
            "scope": SCOPES,
            "state": '"><script>alert(1)</script>',
        },
    )
    assert page.status == 200
    assert ">Accept</button>" in page.text
    assert ">Reject</button>" in page.text
    assert "priya.raman@lumen-supply.example" in page.text
    assert "<script>" not in page.text


def test_accepting_redirects_with_code_location_accounts_server_and_state(stranger: Caller) -> None:
    answer = stranger.authorize()
    assert answer.status == 302
    assert answer.headers["Location"].startswith(f"{CALLBACK}?code=1000.")
    assert answer.redirect | {"code": ""} == {
        "code": "",
        "location": "us",
        "accounts-server": "http://127.0.0.1:9100",
        "state": "st",
    }


def test_location_accounts_server_and_api_domain_can_be_set() -> None:
    caller = Caller(
        location="eu", accounts_server="https://accounts.zoho.eu", api_domain="https://www.zohoapis.eu"
    )
    back = caller.authorize().redirect
    assert (back["location"], back["accounts-server"]) == ("eu", "https://accounts.zoho.eu")
    assert caller.exchange(back["code"]).json["api_domain"] == "https://www.zohoapis.eu"


def test_rejecting_redirects_with_access_denied(stranger: Caller) -> None:
    assert stranger.authorize(decision="reject").redirect == {"error": "access_denied", "state": "st"}


def test_auto_accept_answers_the_page_at_once() -> None:
    caller = Caller(auto_accept=True)
    answer = caller.send(
        "GET",
        "/oauth/v2/auth",
        query={
            "response_type": "code",
            "client_id": "1000.LOCALSIMULATOR",
            "redirect_uri": CALLBACK,
            "scope": SCOPES,
        },
    )
    assert answer.status == 302
    assert "state" not in answer.redirect


@pytest.mark.parametrize(
    ("changes", "problem"),
    [
        ({"client_id": "1000.OTHER"}, "invalid_client"),
        ({"redirect_uri": "https://evil.example/oauth/callback"}, "invalid_redirect_uri"),
        ({"redirect_uri": "http://127.0.0.1:8080/oauth/callback/"}, "invalid_redirect_uri"),
        ({"redirect_uri": "http://127.0.0.1:8080/oauth/callback\n"}, "invalid_redirect_uri"),
        ({"redirect_uri": "http://127.0.0.1.evil.example/oauth/callback"}, "invalid_redirect_uri"),
        ({"scope": "ZohoBooks.contacts.EAT"}, "invalid_scope"),
        ({"scope": ""}, "invalid_scope"),
        ({"response_type": "token"}, "invalid_response_type"),
        ({"code_challenge_method": "S512"}, "invalid_code_challenge_method"),
    ],
)
def test_a_wrong_authorization_request_is_a_page_and_never_a_redirect(
    stranger: Caller, changes: dict[str, str], problem: str
) -> None:
    answer = stranger.authorize(**changes)
    assert (answer.status, "Location" in answer.headers) == (400, False)
    assert problem in answer.text


def test_a_registered_redirect_uri_is_matched_exactly() -> None:
    caller = Caller(redirect_uris=["https://sync.example/oauth/callback?tenant=1"], loopback_redirects=False)
    accepted = caller.authorize(redirect_uri="https://sync.example/oauth/callback?tenant=1")
    assert accepted.headers["Location"].startswith("https://sync.example/oauth/callback?tenant=1&code=")
    assert caller.authorize(redirect_uri="https://sync.example/oauth/callback").status == 400
    assert caller.authorize().status == 400


@pytest.mark.parametrize("uri", ["http://localhost/oauth/callback", "http://127.0.0.1:1/oauth/callback"])
def test_loopback_redirects_are_registered_on_any_port(stranger: Caller, uri: str) -> None:
    assert stranger.authorize(redirect_uri=uri).status == 302


def test_a_code_is_exchanged_for_both_tokens(stranger: Caller) -> None:
    tokens = stranger.consent()
    assert tokens["token_type"] == "Bearer"
    assert tokens["expires_in"] == 3600
    assert tokens["scope"] == SCOPES.replace(",", " ")
    assert tokens["refresh_token"] != tokens["access_token"]


def test_the_token_request_may_also_come_in_the_query(stranger: Caller) -> None:
    asked = {
        "grant_type": "authorization_code",
        "code": stranger.authorize().redirect["code"],
        "client_id": "1000.LOCALSIMULATOR",
        "client_secret": "simulator-secret",
        "redirect_uri": CALLBACK,
        "code_verifier": VERIFIER,
    }
    assert "access_token" in stranger.send("POST", "/oauth/v2/token", query=asked).json


def test_a_code_can_be_exchanged_only_once(stranger: Caller) -> None:
    code = stranger.authorize().redirect["code"]
    assert "access_token" in stranger.exchange(code).json
    again = stranger.exchange(code)
    assert (again.status, again.json) == (200, {"error": "invalid_code"})


def test_a_code_lives_two_minutes_and_not_a_second_longer(stranger: Caller) -> None:
    in_time, late = (stranger.authorize().redirect["code"] for _ in range(2))
    stranger.clock.advance(119)
    assert "access_token" in stranger.exchange(in_time).json
    stranger.clock.advance(1)
    assert stranger.exchange(late).json == {"error": "invalid_code"}


@pytest.mark.parametrize("verifier", ["", "wrong", CHALLENGE])
def test_a_wrong_pkce_verifier_gets_nothing_and_uses_the_code_up(stranger: Caller, verifier: str) -> None:
    code = stranger.authorize().redirect["code"]
    assert stranger.exchange(code, code_verifier=verifier).json == {"error": "invalid_code"}
    assert stranger.exchange(code).json == {"error": "invalid_code"}


def test_pkce_may_be_plain_or_left_out(stranger: Caller) -> None:
    plain = stranger.authorize(code_challenge="secret-word", code_challenge_method="plain").redirect["code"]
    assert "access_token" in stranger.exchange(plain, code_verifier="secret-word").json
    none = stranger.authorize(code_challenge=None, code_challenge_method=None).redirect["code"]
    assert "access_token" in stranger.exchange(none, code_verifier="").json


@pytest.mark.parametrize(
    ("changes", "error"),
    [
        ({"client_id": "1000.OTHER"}, "invalid_client"),
        ({"client_secret": "nope"}, "invalid_client_secret"),
        ({"redirect_uri": "http://127.0.0.1:1/oauth/callback"}, "redirect_uri_mismatch"),
        ({"grant_type": "password"}, "unsupported_grant_type"),
        ({"code": "1000.never.issued"}, "invalid_code"),
    ],
)
@pytest.mark.parametrize("status", [200, 400])
def test_refusals_come_under_200_or_under_400_with_a_description(
    changes: dict[str, str], error: str, status: int
) -> None:
    caller = Caller(token_error_status=status)
    answer = caller.exchange(caller.authorize().redirect["code"], **changes)
    assert (answer.status, answer.json["error"]) == (status, error)
    assert ("error_description" in answer.json) == (status == 400)


def test_no_refresh_token_without_offline_access(stranger: Caller) -> None:
    assert "refresh_token" not in stranger.consent(access_type="online")


def test_a_second_consent_brings_a_refresh_token_only_when_it_was_asked_for(stranger: Caller) -> None:
    assert "refresh_token" in stranger.consent(prompt="")
    assert "refresh_token" not in stranger.consent(prompt="")
    assert "refresh_token" in stranger.consent(prompt="consent")


def test_a_refresh_answers_an_access_token_and_no_refresh_token(stranger: Caller) -> None:
    first = stranger.consent()
    second = stranger.refresh(first["refresh_token"]).json
    assert "refresh_token" not in second
    assert second["access_token"] != first["access_token"]


def test_the_eleventh_access_token_within_ten_minutes_is_throttled(stranger: Caller) -> None:
    refresh_token = stranger.consent()["refresh_token"]
    for _ in range(10):
        assert "access_token" in stranger.refresh(refresh_token).json
        stranger.clock.advance(1)
    refused = stranger.refresh(refresh_token)
    assert refused.status == 400
    assert refused.json["error"] == "Access Denied"
    assert "too many requests continuously" in refused.json["error_description"]
    stranger.clock.advance(589)
    assert stranger.refresh(refresh_token).status == 400
    stranger.clock.advance(1)
    assert "access_token" in stranger.refresh(refresh_token).json


def test_asking_while_throttled_may_start_the_ten_minutes_again() -> None:
    caller = Caller(throttle_extends=True)
    refresh_token = caller.consent()["refresh_token"]
    for _ in range(10):
        caller.refresh(refresh_token)
    caller.clock.advance(599)
    assert caller.refresh(refresh_token).status == 400
    caller.clock.advance(599)
    assert caller.refresh(refresh_token).status == 400
    caller.clock.advance(600)
    assert "access_token" in caller.refresh(refresh_token).json


def test_token_throttling_can_be_switched_off() -> None:
    caller = Caller(tokens_per_10_minutes=None)
    refresh_token = caller.consent()["refresh_token"]
    assert all("access_token" in caller.refresh(refresh_token).json for _ in range(25))


def test_the_twenty_first_refresh_token_kills_the_oldest(stranger: Caller) -> None:
    tokens = [stranger.consent()["refresh_token"] for _ in range(21)]
    assert stranger.refresh(tokens[0]).json == {"error": "invalid_code"}
    assert "access_token" in stranger.refresh(tokens[1]).json
    assert "access_token" in stranger.refresh(tokens[20]).json


def test_the_twenty_first_refresh_token_may_be_denied_instead() -> None:
    caller = Caller(refresh_token_overflow="deny")
    tokens = [caller.consent()["refresh_token"] for _ in range(20)]
    assert caller.exchange(caller.authorize().redirect["code"]).json["error"] == "Access Denied"
    assert "access_token" in caller.refresh(tokens[0]).json


def test_refresh_tokens_may_be_limited_to_five_a_minute() -> None:
    caller = Caller(refresh_tokens_per_minute=5)
    for _ in range(5):
        caller.consent()
    assert caller.exchange(caller.authorize().redirect["code"]).status == 400
    caller.clock.advance(60)
    assert "refresh_token" in caller.consent()


def test_only_the_newest_access_tokens_of_a_grant_stay_alive() -> None:
    caller = Caller(live_access_tokens=3)
    first = caller.consent()
    caller.token = first["access_token"]
    for _ in range(2):
        caller.refresh(first["refresh_token"])
    assert caller.books("users/me").status == 200
    caller.refresh(first["refresh_token"])
    assert caller.books("users/me").status == 401


def test_an_access_token_lives_one_hour(stranger: Caller) -> None:
    stranger.token = stranger.consent()["access_token"]
    stranger.clock.advance(3599)
    assert stranger.books("users/me").status == 200
    stranger.clock.advance(1)
    assert stranger.books("users/me").status == 401


def test_revoking_a_refresh_token_kills_its_access_tokens(stranger: Caller) -> None:
    tokens = stranger.consent()
    stranger.token = stranger.refresh(tokens["refresh_token"]).json["access_token"]
    revoked = stranger.send("POST", "/oauth/v2/token/revoke", query={"token": tokens["refresh_token"]})
    assert (revoked.status, revoked.json) == (200, {"status": "success"})
    assert stranger.books("users/me").status == 401
    assert stranger.refresh(tokens["refresh_token"]).json == {"error": "invalid_code"}


def test_an_access_token_can_be_revoked_alone(stranger: Caller) -> None:
    tokens = stranger.consent()
    assert (
        stranger.send("POST", "/oauth/v2/token/revoke", form={"token": tokens["access_token"]}).status == 200
    )
    assert "access_token" in stranger.refresh(tokens["refresh_token"]).json


def test_revoking_an_unknown_token_is_a_400(stranger: Caller) -> None:
    assert stranger.send("POST", "/oauth/v2/token/revoke", query={"token": "1000.no"}).status == 400


def test_the_profile_is_shown_to_tokens_with_its_scope(stranger: Caller) -> None:
    stranger.sign_in("AaaServer.profile.READ")
    assert stranger.send("GET", "/oauth/user/info").json["Email"] == "priya.raman@lumen-supply.example"
    stranger.sign_in("ZohoBooks.contacts.READ")
    assert stranger.send("GET", "/oauth/user/info").json == {"error": "invalid_scope"}
    stranger.token = "dead"
    assert stranger.send("GET", "/oauth/user/info").json == {"error": "invalid_token"}
