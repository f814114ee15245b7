"""What can go wrong, grouped by what happens next.

SyncError
├── CallerMistake           the caller changes the request        → 4xx
│   ├── BadRequest 400 · NotFound 404 · Conflict 409 · Invalid 422
├── UpstreamError           Zoho, or the way to it
│   ├── RetryLater          the same call may pass soon           → try again, then park the run
│   ├── RateLimited         Zoho closed an endpoint for a while   → park every run of that account
│   ├── ReconnectNeeded     the consent is gone                   → park until the user connects again
│   ├── PermissionMissing   the user may not do this in Zoho      → stop the run, tell the user
│   ├── ContactLimit        the Campaigns plan is full            → park as waiting, resumable
│   ├── TargetGone          the mailing list or organization went → stop the run, tell the user
│   ├── ContactRefused      this one contact is not accepted      → skip it with the reason
│   ├── ZohoRefused         Zoho said no while connecting         → 502 with Zoho's own word
│   └── RequestRejected     our request was malformed             → stop the run: a defect of ours
├── RunBroken               the run cannot go on                  → end it as failed, tell the user
└── LeaseLost               another worker owns the run now       → stop at once, write nothing more
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any


class SyncError(Exception):
    """Base of every expected failure: a stable `code`, a sentence for a person, and JSON-ready details."""

    status = 500
    code = "internal_error"

    def __init__(
        self, message: str, *, code: str | None = None, details: Mapping[str, Any] | None = None
    ) -> None:
        super().__init__(message)
        self.message = message
        self.code = code or type(self).code
        self.details = dict(details or {})


class CallerMistake(SyncError):
    """The caller can mend this by changing the request."""

    status = 400


class BadRequest(CallerMistake):
    status = 400
    code = "bad_request"


class NotFound(CallerMistake):
    status = 404
    code = "not_found"


class Conflict(CallerMistake):
    status = 409
    code = "conflict"


class Invalid(CallerMistake):
    """A body that parses but cannot be accepted; `details["fields"]` is a list of {field, reason}."""

    status = 422
    code = "validation_failed"

    @classmethod
    def field(cls, field: str, reason: str) -> Invalid:
        """Return the error for one field; the message names it."""
        return cls.fields([(field, reason)])

    @classmethod
    def fields(cls, problems: list[tuple[str, str]]) -> Invalid:
        """Return one error that names every field in `problems` ((field, reason) pairs, at least one)."""
        first, reason = problems[0]
        more = f" (and {len(problems) - 1} more)" if len(problems) > 1 else ""
        return cls(
            f"{first}: {reason}{more}",
            details={"fields": [{"field": name, "reason": why} for name, why in problems]},
        )


class UpstreamError(SyncError):
    """Zoho answered something other than success, or could not be reached.

    `upstream_code` and `upstream_message` are Zoho's own words, empty when there were none.
    """

    status = 502
    code = "zoho_unavailable"

    def __init__(
        self, message: str, *, upstream_code: str = "", upstream_message: str = "", code: str | None = None
    ) -> None:
        details = {
            key: value
            for key, value in (("zoho_code", upstream_code), ("zoho_message", upstream_message))
            if value
        }
        super().__init__(message, code=code, details=details)
        self.upstream_code = upstream_code
        self.upstream_message = upstream_message


class RetryLater(UpstreamError):
    """A passing fault: timeout, broken connection, 5xx, an HTML page, or a code that says retry."""

    status = 503


class RateLimited(UpstreamError):
    """Zoho refuses further calls to this endpoint for `wait_seconds`."""

    status = 503
    code = "zoho_rate_limited"

    def __init__(
        self, message: str, *, wait_seconds: float, upstream_code: str = "", upstream_message: str = ""
    ) -> None:
        super().__init__(message, upstream_code=upstream_code, upstream_message=upstream_message)
        self.wait_seconds = wait_seconds


class ReconnectNeeded(UpstreamError):
    status = 409
    code = "needs_reconnect"


class PermissionMissing(UpstreamError):
    status = 502
    code = "zoho_permission_missing"


class ContactLimit(UpstreamError):
    status = 502
    code = "contact_limit"


class TargetGone(UpstreamError):
    status = 502
    code = "target_gone"


class ContactRefused(UpstreamError):
    """Campaigns will not take this contact; `reason` is the skip reason its code stands for."""

    status = 502
    code = "refused_by_campaigns"

    def __init__(
        self, message: str, *, reason: str, upstream_code: str = "", upstream_message: str = ""
    ) -> None:
        super().__init__(message, upstream_code=upstream_code, upstream_message=upstream_message)
        self.reason = reason


class ZohoRefused(UpstreamError):
    status = 502
    code = "zoho_refused"


class RequestRejected(UpstreamError):
    status = 502
    code = "zoho_rejected_request"


class RunBroken(SyncError):
    """The run itself cannot go on, whatever Zoho says; the message tells the user what to do."""

    code = "run_broken"


class LeaseLost(SyncError):
    """Another worker, or the user's disable, has taken the run over; nothing more may be written for it."""

    code = "lease_lost"
