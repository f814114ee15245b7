"""The ways in which a call to AWS goes wrong, put between the SDK and the wire.

The SDK sees them as it sees the real ones, so its own retries are part of what is tested.
"""

from __future__ import annotations

import io
import json
from collections.abc import Callable, Iterator
from typing import Any

from botocore.awsrequest import AWSPreparedRequest, AWSResponse
from botocore.compat import HTTPHeaders
from botocore.exceptions import ConnectionClosedError, ReadTimeoutError

_TYPE = "com.amazonaws.dynamodb.v20120810#"
CLOSED, LOST = "closed before it was sent", "carried out, its answer lost"
_THROTTLED, _BROKEN = "throttled", "an internal error"
KINDS = (LOST, CLOSED, _THROTTLED, _BROKEN)
Choice = Callable[[int], str]
"""Which fault the call of this number meets, "" for none."""


class _Raw(io.BytesIO):
    def stream(self, **_: Any) -> Iterator[bytes]:
        yield self.read()


class Faults:
    """Counts the calls of one DynamoDB client that leave for the wire; `choose` says which of them fail."""

    def __init__(self, client: Any, choose: Choice) -> None:
        self.calls: list[str] = []
        self._client = client
        self._choose = choose
        client.meta.events.register_first("before-send.dynamodb.*", self._before_send)

    def _before_send(self, request: AWSPreparedRequest, event_name: str, **_: Any) -> AWSResponse | None:
        self.calls.append(event_name.rpartition(".")[2])
        kind = self._choose(len(self.calls) - 1)
        if kind == CLOSED:
            raise ConnectionClosedError(endpoint_url=request.url)
        if kind == LOST:
            self._client._endpoint.http_session.send(request)
            raise ReadTimeoutError(endpoint_url=request.url)
        if kind == _THROTTLED:
            return _refusal(request, 400, "ProvisionedThroughputExceededException")
        return _refusal(request, 500, "InternalServerError") if kind == _BROKEN else None


def _refusal(request: AWSPreparedRequest, status: int, code: str) -> AWSResponse:
    body = json.dumps({"__type": f"{_TYPE}{code}", "message": "scripted"}).encode()
    headers = HTTPHeaders()
    headers["content-type"] = "application/x-amz-json-1.0"
    return AWSResponse(request.url, status, headers, _Raw(body))


def only(number: int, kind: str) -> Choice:
    """Let one call fail, and its repetition succeed."""
    return lambda at: kind if at == number else ""


class PartlyTaken:
    """A table that takes `taken` of a batch at once and hands the others back."""

    def __init__(self, client: Any, taken: int) -> None:
        self._taken = taken
        self._later: dict[str, Any] = {}
        events = client.meta.events
        events.register("provide-client-params.dynamodb.BatchWriteItem", self._cut)
        events.register("after-call.dynamodb.BatchWriteItem", self._hand_back)

    def _cut(self, params: dict[str, Any], **_: Any) -> dict[str, Any]:
        ((table, wanted),) = params["RequestItems"].items()
        self._later = {table: wanted[self._taken :]} if wanted[self._taken :] else {}
        return {**params, "RequestItems": {table: wanted[: self._taken]}}

    def _hand_back(self, parsed: dict[str, Any], **_: Any) -> None:
        parsed["UnprocessedItems"] = self._later
