"""Zoho's words and the errors they become, with everything personal taken out first."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from enum import Enum, auto
from typing import Any

from shared.domain.contact import SkipReason
from shared.domain.errors import (
    ContactLimit,
    ContactRefused,
    PermissionMissing,
    RateLimited,
    ReconnectNeeded,
    RequestRejected,
    RetryLater,
    TargetGone,
    UpstreamError,
)


class Means(Enum):
    """What an answer stands for."""

    DONE = auto()
    NOTHING = auto()
    RETRY = auto()
    LIMITED = auto()
    TOKEN = auto()
    PERMISSION = auto()
    FULL = auto()
    GONE = auto()
    CONTACT = auto()
    DEFECT = auto()


class AccessTokenRefused(Exception):
    """Zoho did not take the access token; `lasting` is what that means when a fresh one is refused, too."""

    def __init__(self, lasting: UpstreamError) -> None:
        super().__init__(lasting.message)
        self.lasting = lasting


@dataclass(frozen=True, slots=True)
class Words:
    """Zoho's code and message as text, and the part of the answer that holds them."""

    code: str
    message: str = field(repr=False)
    payload: Mapping[str, Any] = field(repr=False)


_SENTENCES: dict[Means, tuple[type[UpstreamError], str]] = {
    Means.RETRY: (RetryLater, "could not answer just now"),
    Means.PERMISSION: (PermissionMissing, "does not allow the connected user to do this"),
    Means.FULL: (ContactLimit, "takes no more contacts: the plan's limit is reached"),
    Means.GONE: (TargetGone, "no longer knows this list, topic or organization"),
    Means.DEFECT: (RequestRejected, "did not accept the request"),
}
_SKIP_REASONS: dict[str, SkipReason] = {
    "2004": SkipReason.INVALID_EMAIL,
    "2007": SkipReason.INVALID_EMAIL,
    "2005": SkipReason.ROLE_ADDRESS,
    "2006": SkipReason.DO_NOT_MAIL,
    # "Pattern doesn't match" and a wrong data type: this contact's value does not suit its field.
    "1001": SkipReason.FIELD_INVALID,
    "1005": SkipReason.FIELD_INVALID,
}
_ADDRESS = re.compile(r"[^\s@<>\"',;:()]+@[^\s@<>\"',;:()]+")
_TOKEN = re.compile(r"\b1\d{3}\.[\w.]{8,}")
_LONG_NUMBER = re.compile(r"\+?\d[\d\s().-]{6,}\d")
_SHORTEST_PRIVATE, _MAX_CODE, _MAX_MESSAGE = 3, 60, 200


def failure(
    product: str, means: Means, endpoint: str, words: Words, private: Iterable[str] = ()
) -> UpstreamError:
    """Return the error of an answer that is neither a success, a limit nor about the access token."""
    if means is Means.CONTACT:
        code, message = _shown(words, private)
        reason = _SKIP_REASONS.get(words.code, SkipReason.REFUSED_BY_CAMPAIGNS)
        text = f"{product} refused this contact ({code})."
        return ContactRefused(text, reason=reason.value, upstream_code=code, upstream_message=message)
    kind, text = _SENTENCES[means]
    return error(kind, f"{product} {text} ({endpoint})", words, private)


def token_refused(
    product: str, words: Words, private: Iterable[str] = (), *, permission: bool
) -> AccessTokenRefused:
    """Return what starts a renewal; with `permission` a refused fresh token means that a right is missing."""
    if permission:
        lasting = error(PermissionMissing, f"{product} {_SENTENCES[Means.PERMISSION][1]}", words, private)
    else:
        text = f"{product} no longer accepts this connection; connect again"
        lasting = error(ReconnectNeeded, text, words, private)
    return AccessTokenRefused(lasting)


def limited(product: str, seconds: float, words: Words, private: Iterable[str] = ()) -> RateLimited:
    code, message = _shown(words, private)
    text = f"{product} takes no further calls for {seconds:.0f} seconds."
    return RateLimited(text, wait_seconds=seconds, upstream_code=code, upstream_message=message)


def error(kind: type[UpstreamError], text: str, words: Words, private: Iterable[str] = ()) -> UpstreamError:
    """Return an error with Zoho's own words beside ours."""
    code, message = _shown(words, private)
    said = f": {code}" if code else ""
    return kind(f"{text}{said}.", upstream_code=code, upstream_message=message)


def plain(value: Any) -> str:
    """Return a code or message as text, sent as a string or as a number; "" for anything else."""
    return str(value).strip() if isinstance(value, str | int) and not isinstance(value, bool) else ""


def _shown(words: Words, private: Iterable[str]) -> tuple[str, str]:
    """Return code and message without addresses, tokens, long numbers and the request's own values."""
    hidden = [value.strip() for value in private if len(value.strip()) >= _SHORTEST_PRIVATE]
    # The longest first: one value may be a part of another.
    known = [re.compile(re.escape(value), re.IGNORECASE) for value in sorted(hidden, key=len, reverse=True)]
    return _clean(words.code, known)[:_MAX_CODE], _clean(words.message, known)[:_MAX_MESSAGE]


def _clean(text: str, known: list[re.Pattern[str]]) -> str:
    for pattern in (*known, _ADDRESS, _TOKEN, _LONG_NUMBER):
        text = pattern.sub("…", text)
    return " ".join(text.split())
