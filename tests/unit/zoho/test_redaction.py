"""Whatever goes wrong, no token, secret, address or value of a customer is in an error or in a log line."""

from __future__ import annotations

import json
import logging
import traceback
from collections.abc import Callable, Iterator
from contextlib import suppress
from typing import Any

import pytest

from shared.adapters.zoho.gateway import ZohoGateway
from shared.domain.errors import SyncError, UpstreamError
from tests.unit.zoho.stand_ins import ACCESS, ORIGIN, REFRESH, SECRET, Desk, connection, tokens

CODE, VERIFIER = "1000.codecanary.cc33", "verifier-canary"
EMAIL, NAME, PHONE = "canary.person+x@customers.example", "Canarina Personova", "+44 20 7946 0018"
INFO = {"Contact Email": EMAIL, "First Name": NAME, "Phone": PHONE, "Initial": "C"}
CANARIES = (ACCESS, REFRESH, SECRET, CODE, VERIFIER, EMAIL, NAME, PHONE, "canary", "Canarina", "7946")
# What Zoho might repeat: tokens, addresses and numbers are known by their shape, the rest if it was sent.
SHAPED = (
    f"{EMAIL} / {EMAIL.upper()} / {PHONE} / {ACCESS} / {REFRESH} is not accepted "
    f"(other.canary@customers.example, token 1000.0123456789abcdef.canary)"
)
ECHOES = {
    "exchange": f"{SHAPED} {SECRET} {CODE} {VERIFIER.upper()}",
    "renew": f"{SHAPED} {SECRET}",
    "subscribe": f"{NAME.upper()} {SHAPED} {NAME}",
}


def replies(echo: str) -> list[tuple[int, Any]]:
    """Every kind of answer, each repeating what it can."""
    return [
        *[(200, {"status": "error", "code": code, "message": echo}) for code in (
            "903", "914", "980", "1001", "1002", "1004", "1005", "1007", "2001", "2004", "2005", "2006",
            "2007", "2008", "2101", "2302", "2401", "2402", "2501", "2502", "2701", "31337", "6601", echo,
        )],
        *[(400, {"code": code, "message": echo}) for code in (
            2, 14, 43, 44, 45, 57, 101, 1000, 1002, 1070, 6018, 6041, 99,
        )],
        *[(status, {"error": "Access Denied", "error_description": f"too many requests {echo}"})
          for status in (200, 400)],
        *[(status, {"error": word, "error_description": echo}) for status in (200, 400) for word in (
            "invalid_code", "invalid_client", "general_error", echo,
        )],
        *[(status, {"code": 1, "Code": "1", "message": echo}) for status in (401, 403, 404, 429, 500, 503)],
        *[(status, f"<html><body>{echo}</body></html>") for status in (200, 302, 400, 401, 404, 429, 502)],
        (429, {"error": {"title": echo, "details": {"message": f"Try again after 22 minutes {echo}"}}}),
        (200, echo),
        (200, ""),
        (200, {}),
        (200, {"code": 0, "contacts": [{"contact_id": EMAIL, "email": EMAIL, "created_time": NAME}]}),
        (200, {"code": 0, "contact": {"contact_id": "1", "email": EMAIL, "created_time": NAME}}),
        (200, {"code": 0, "user": {"email_ids": [], "name": NAME}}),
    ]  # fmt: skip


CALLS: dict[str, Callable[[Desk], object]] = {
    "exchange": lambda desk: desk.gateway.accounts().exchange(
        code=CODE,
        code_verifier=VERIFIER,
        redirect_uri="https://x.example/",
        location="us",
        accounts_server=ORIGIN,
    ),
    "wrong server": lambda desk: desk.gateway.accounts().exchange(
        code=CODE,
        code_verifier=VERIFIER,
        redirect_uri="",
        location="us",
        accounts_server=f"http://{CODE}@evil",
    ),
    "revoke": lambda desk: desk.gateway.accounts().revoke(tokens()),
    "renew": lambda desk: renewing(desk).books.organizations(),
    "organizations": lambda desk: desk.books.organizations(),
    "user_email": lambda desk: desk.books.user_email("1"),
    "books fields": lambda desk: desk.books.fields(),
    "changed": lambda desk: desk.books.changed(1),
    "walk": lambda desk: desk.books.walk(1, active=True),
    "customer": lambda desk: desk.books.customer("1"),
    "lists": lambda desk: desk.campaigns.lists(),
    "topics": lambda desk: desk.campaigns.topics(),
    "campaigns fields": lambda desk: desk.campaigns.fields(),
    "create_field": lambda desk: desk.campaigns.create_field("VAT ID", kind="Text", length=255),
    "members": lambda desk: desk.campaigns.members("k", "unsub", 1),
    "subscribe": lambda desk: desk.campaigns.subscribe("k", ["1"], INFO),
}


def renewing(desk: Desk) -> Any:
    desk.store.tokens = tokens(minutes=0)
    return desk.gateway.open(connection())


def told(error: BaseException | None) -> Iterator[str]:
    """Everything a log line could show of an error and of what it hangs together with."""
    while error is not None:
        yield "".join(traceback.format_exception_only(error))
        yield repr(error)
        yield repr(error.args)
        yield "".join(traceback.format_exception(error))
        if isinstance(error, SyncError):
            yield f"{error.message} {error.code} {json.dumps(error.details, ensure_ascii=False)}"
        if isinstance(error, UpstreamError):
            yield f"{error.upstream_code} {error.upstream_message}"
        error = error.__cause__ or error.__context__


@pytest.mark.parametrize("name", CALLS)
@pytest.mark.parametrize("number", range(len(replies(""))))
def test_no_error_and_no_log_line_tells_a_secret_or_a_person(
    name: str, number: int, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    # Twice: a refused token leads to a renewal, whose answer may tell as much.
    desk = Desk(*[replies(ECHOES.get(name, SHAPED))[number]] * 3)
    try:
        CALLS[name](desk)
    except SyncError as error:
        shown = "\n".join([*told(error), caplog.text, repr(error.__dict__)])
        assert not [canary for canary in CANARIES if canary.lower() in shown.lower()]
    assert not any(canary.lower() in caplog.text.lower() for canary in CANARIES)


@pytest.mark.parametrize("name", CALLS)
def test_no_address_that_is_called_holds_a_secret_or_a_person(name: str) -> None:
    desk = Desk(*[(200, {})] * 3)
    with suppress(SyncError):
        CALLS[name](desk)
    targets = " ".join(one.target for one in desk.sent)
    assert not [canary for canary in CANARIES if canary.lower() in targets.lower()]


def test_what_holds_secrets_does_not_print_them() -> None:
    desk = Desk()
    shown = " ".join(repr(one) for one in (desk.gateway, desk.clients, desk.books, desk.campaigns, tokens()))
    assert isinstance(desk.gateway, ZohoGateway)
    assert not [canary for canary in CANARIES if canary in shown]
