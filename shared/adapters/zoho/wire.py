"""What Zoho's answers mean: the one place that turns HTTP status, code and message into what happens next.

Sources: Zoho's error pages for Accounts, Books v3 and Campaigns v1.1, and what public clients saw. They
contradict one another, so a decision takes the product, the endpoint, the status, the code and the message.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from shared.adapters.zoho.http import Reply
from shared.adapters.zoho.verdict import (
    Means,
    Words,
    error,
    failure,
    limited,
    plain,
    token_refused,
)
from shared.domain.errors import ReconnectNeeded, RequestRejected, RetryLater, ZohoRefused

# Endpoints whose codes mean something of their own; the names are those of the call counters.
LISTS = "campaigns.getmailinglists"
MEMBERS = "campaigns.getlistsubscribers"
TOPICS = "campaigns.topics"
CREATE_FIELD = "campaigns.customadd"
SUBSCRIBE = "campaigns.listsubscribe"
CONTACT = "books.contact"

CAMPAIGNS_LOCK_SECONDS = 1_800.0
TOKEN_THROTTLE_SECONDS = 600.0
BOOKS_MINUTE_SECONDS = 60.0
BOOKS_BUSY_SECONDS = 5.0
# The day's quota comes back at a time Zoho does not tell; asking once an hour costs next to nothing.
BOOKS_DAY_SECONDS = 3_600.0
LONGEST_WAIT_SECONDS = 86_400.0

_ACCOUNTS, _BOOKS, _CAMPAIGNS = "Zoho Accounts", "Zoho Books", "Zoho Campaigns"
_OK = 200
_SUCCESS = frozenset({_OK, 201})
_BAD_REQUEST, _UNAUTHORIZED, _FORBIDDEN, _NOT_FOUND, _TOO_MANY, _SERVER_FAULT = 400, 401, 403, 404, 429, 500


@dataclass(frozen=True, slots=True)
class Answer:
    """A success: `payload` has the endpoint's own keys, `nothing` Zoho's code if an error means "none"."""

    payload: Mapping[str, Any] = field(repr=False)
    nothing: str = ""


# ---- Campaigns ----------------------------------------------------------------------------------------

_CAMPAIGNS_DONE = frozenset({"0", "200"})
_CAMPAIGNS_CODES: dict[str, Means] = {
    **dict.fromkeys(("401", "1007"), Means.TOKEN),
    **dict.fromkeys(("901", "902", "2701", "2704", "2706", "2707", "6601"), Means.PERMISSION),
    **dict.fromkeys(("914", "980", "2302"), Means.FULL),
    **dict.fromkeys(("995", "2002", "2102", "2202", "2203", "2206", "2401", "2501"), Means.GONE),
    **dict.fromkeys(("500", "2001", "2101", "2201", "2301", "2402", "2502"), Means.RETRY),
    **dict.fromkeys(("1002", "1003", "1004", "1006"), Means.DEFECT),
    **dict.fromkeys(("2008", "URL_ROLLING_THROTTLES_LIMIT_EXCEEDED"), Means.LIMITED),
}
_CAMPAIGNS_ENDPOINT_CODES: dict[tuple[str, str], Means] = {
    (LISTS, "2401"): Means.NOTHING,
    **{(TOPICS, str(code)): Means.NOTHING for code in range(4010, 4020)},
    (CREATE_FIELD, "916"): Means.DONE,
    (SUBSCRIBE, "2003"): Means.DONE,
    # A topic that is gone concerns every contact, not this one.
    **{(SUBSCRIBE, str(code)): Means.GONE for code in range(4010, 4020)},
}
_THROTTLED = re.compile(
    r"throttl|too many (?:requests|calls)|calls? limit exceeded|more than \d+ requests|rate limit"
    r"|security reasons|next \d+ minutes",
    re.IGNORECASE,
)
_WAIT = re.compile(r"\b(?:after|next)\s+(\d{1,5})\s*(second|sec|minute|min|hour)s?\b", re.IGNORECASE)
_UNIT_SECONDS = {"sec": 1, "second": 1, "min": 60, "minute": 60, "hour": 3_600}


def campaigns(reply: Reply, private: Iterable[str] = ()) -> Answer:
    """Return what Campaigns answered; raises the error it stands for.

    `private` are values of the request that Zoho might repeat in its message and that must not be shown.
    """
    words = _campaigns_words(reply.body if reply.body is not None else {})
    means = _campaigns_meaning(reply, words)
    if means is Means.DONE:
        return Answer(words.payload)
    if means is Means.NOTHING:
        return Answer({}, nothing=words.code)
    if means is Means.LIMITED:
        raise limited(_CAMPAIGNS, _lock_seconds(reply, words), words, private)
    if means is Means.TOKEN:
        raise token_refused(_CAMPAIGNS, words, private, permission=False)
    raise failure(_CAMPAIGNS, means, reply.endpoint, words, private)


def subscribed(reply: Reply, info: Mapping[str, str]) -> None:
    """Return when Campaigns took the contact `info`, confirmed or yet to be; raises like `campaigns`."""
    body = reply.body
    if (
        body is not None
        and reply.status == _OK
        and body.get("code") == "0"
        and body.get("status") == "success"
    ):
        return
    campaigns(reply, info.values())


def _campaigns_words(body: Mapping[str, Any]) -> Words:
    """Find code and message: flat or under `response`, either spelling, or the security filter's shape."""
    inner = body.get("response")
    payload = inner if isinstance(inner, dict) else body
    filtered = payload.get("error")
    if isinstance(filtered, dict):
        details = filtered.get("details")
        said = details.get("message") if isinstance(details, dict) else None
        return Words(plain(filtered.get("title")), plain(said), payload)
    for key in ("code", "Code"):
        for level in (payload, body):
            if key in level:
                return Words(plain(level[key]), plain(level.get("message")), payload)
    succeeded = plain(payload.get("status")).lower() == "success"
    return Words("0" if succeeded else "", plain(payload.get("message")), payload)


def _campaigns_meaning(reply: Reply, words: Words) -> Means:
    failed = plain(words.payload.get("status")).lower() in {"error", "failure"}
    if reply.status in _SUCCESS and words.code in _CAMPAIGNS_DONE and not failed:
        return Means.DONE
    if reply.status == _TOO_MANY or _THROTTLED.search(words.message) or _THROTTLED.search(reply.text):
        return Means.LIMITED
    if reply.status >= _SERVER_FAULT:
        return Means.RETRY
    if reply.status == _UNAUTHORIZED:
        return Means.TOKEN
    if reply.body is None:
        # Zoho's shared security filter was seen to answer 400 with a page while it held a caller off.
        return Means.LIMITED if reply.status == _BAD_REQUEST else Means.RETRY
    message = words.message.lower()
    if "maximum limit" in message:
        return Means.FULL
    if reply.endpoint == MEMBERS and "no contacts" in message:
        return Means.NOTHING
    if words.code == "2001" and "format" in message:
        return Means.DEFECT
    known = _CAMPAIGNS_ENDPOINT_CODES.get((reply.endpoint, words.code)) or _CAMPAIGNS_CODES.get(words.code)
    return known or _unlisted(reply, words, _CAMPAIGNS_DONE)


def _lock_seconds(reply: Reply, words: Words) -> float:
    seconds = CAMPAIGNS_LOCK_SECONDS
    named = _WAIT.search(words.message) or _WAIT.search(reply.text)
    if named is not None:
        seconds = float(int(named[1]) * _UNIT_SECONDS[named[2].lower()])
    return _bounded(reply.retry_after_seconds or seconds)


# ---- Books --------------------------------------------------------------------------------------------

_BOOKS_DONE = frozenset({"0"})
_BOOKS_CODES: dict[str, Means] = {
    **dict.fromkeys(("14", "57"), Means.TOKEN),
    **dict.fromkeys(("43", "44", "45", "1070"), Means.LIMITED),
    **dict.fromkeys(("2", "101", "1002"), Means.DEFECT),
    "1000": Means.RETRY,
    "6018": Means.PERMISSION,
    "6041": Means.GONE,
}
_ABSENT = frozenset({"2", "1002"})
_BOOKS_LIMITED = re.compile(r"requests per minute|call rate limit|in process requests", re.IGNORECASE)


def books(reply: Reply) -> Answer:
    """Return what Books answered; raises the error it stands for. A contact that is no more is `nothing`."""
    body: Mapping[str, Any] = reply.body if reply.body is not None else {}
    words = Words(plain(body.get("code")), plain(body.get("message")), body)
    means = _books_meaning(reply, words)
    if means is Means.DONE:
        return Answer(body)
    if means is Means.NOTHING:
        return Answer({}, nothing=words.code)
    if means is Means.LIMITED:
        raise limited(_BOOKS, _bounded(reply.retry_after_seconds or _books_wait_seconds(words)), words)
    if means is Means.TOKEN:
        # 57 stands for an expired token and for a missing right alike.
        raise token_refused(_BOOKS, words, permission=words.code == "57")
    raise failure(_BOOKS, means, reply.endpoint, words)


def _books_meaning(reply: Reply, words: Words) -> Means:
    if reply.status in _SUCCESS and words.code in _BOOKS_DONE:
        return Means.DONE
    if reply.status == _TOO_MANY or _BOOKS_LIMITED.search(words.message):
        return Means.LIMITED
    if reply.status >= _SERVER_FAULT:
        return Means.RETRY
    if reply.status == _UNAUTHORIZED:
        return Means.TOKEN
    if reply.body is None or "internal error" in words.message.lower():
        return Means.RETRY
    gone = reply.status == _NOT_FOUND or "not exist" in words.message.lower()
    if reply.endpoint == CONTACT and words.code in _ABSENT and gone:
        return Means.NOTHING
    return _BOOKS_CODES.get(words.code) or _unlisted(reply, words, _BOOKS_DONE)


def _books_wait_seconds(words: Words) -> float:
    """Read which of Books' limits was met; the per-minute text was seen under the daily limit's code."""
    message = words.message.lower()
    if words.code == "1070" or "in process" in message:
        return BOOKS_BUSY_SECONDS
    if "per minute" in message:
        return BOOKS_MINUTE_SECONDS
    if words.code == "45" or "call rate limit" in message:
        return BOOKS_DAY_SECONDS
    return BOOKS_MINUTE_SECONDS


# ---- Accounts -----------------------------------------------------------------------------------------

_DEAD_GRANT = frozenset({"invalid_code", "invalid_grant"})


def token_answer(reply: Reply, private: Iterable[str] = (), *, exchanging: bool) -> Mapping[str, Any]:
    """Return the answer that holds an access token; raises the error any other answer stands for.

    A refused code is `ZohoRefused`, a dead refresh token `ReconnectNeeded`; throttling leaves it alive.
    """
    body: Mapping[str, Any] = reply.body if reply.body is not None else {}
    if reply.status in _SUCCESS and plain(body.get("access_token")):
        return body
    words = _well(reply, body, private)
    if not words.code or words.code == "general_error":
        raise error(RetryLater, f"{_ACCOUNTS} gave an answer without a token", words, private)
    if exchanging:
        raise error(ZohoRefused, f"{_ACCOUNTS} refused the authorization", words, private)
    if words.code.lower() in _DEAD_GRANT:
        text = f"{_ACCOUNTS} no longer accepts this connection; connect again"
        raise error(ReconnectNeeded, text, words, private)
    raise error(RequestRejected, f"{_ACCOUNTS} refused to renew the access token", words, private)


def revoked(reply: Reply, private: Iterable[str] = ()) -> None:
    """Return when the token is worth nothing any more: revoked now, or unknown to Zoho."""
    _well(reply, reply.body if reply.body is not None else {}, private)


def _well(reply: Reply, body: Mapping[str, Any], private: Iterable[str]) -> Words:
    """Return Zoho's words; raises when Accounts throttles us, is down or is not what answered."""
    words = Words(plain(body.get("error")), plain(body.get("error_description")), body)
    said = f"{words.code} {words.message} {reply.text}".lower()
    if reply.status == _TOO_MANY or words.code.lower() == "access denied" or "too many requests" in said:
        seconds = max(TOKEN_THROTTLE_SECONDS, _bounded(reply.retry_after_seconds or 0.0))
        raise limited(_ACCOUNTS, seconds, words, private)
    if reply.status >= _SERVER_FAULT or reply.body is None:
        raise error(RetryLater, f"{_ACCOUNTS} gave no usable answer", words, private)
    return words


# ---- what they share ----------------------------------------------------------------------------------


def _unlisted(reply: Reply, words: Words, done: frozenset[str]) -> Means:
    """Judge an answer whose code no table holds."""
    if reply.status == _FORBIDDEN:
        return Means.PERMISSION
    if not words.code or words.code in done:
        return Means.RETRY if reply.status < _BAD_REQUEST else Means.DEFECT
    # An unknown code about one contact must not stop the rest. The listed codes of a malformed request do,
    # but 903, 1001 and 1005 (field missing, pattern, data type) may be about this contact's values alone.
    return Means.CONTACT if reply.endpoint == SUBSCRIBE else Means.DEFECT


def _bounded(seconds: float) -> float:
    return min(max(seconds, 1.0), LONGEST_WAIT_SECONDS)
