"""microburst between the SDK and an emulator: what it does to a call, it does on the wire."""

from __future__ import annotations

import asyncio
import json
import threading
from collections import Counter
from collections.abc import Coroutine, Iterator, Sequence
from contextlib import contextmanager
from typing import Any
from unittest.mock import patch

from aiohttp import web
from microburst import detection
from microburst.app import make_app
from microburst.core.pipeline import Microburst

from infra.local.ports import LOOPBACK

PATIENCE_SECONDS = 30
TAKEN_OF_A_BATCH = 7
BATCHES = {
    "DynamoDB_20120810.BatchWriteItem": "UnprocessedItems",
    "DynamoDB_20120810.BatchGetItem": "UnprocessedKeys",
}
Rule = dict[str, Any]


class FaultProxy:
    """Passes every call on until it is given rules."""

    def __init__(self, upstream: str) -> None:
        self.url = ""
        self.partly_taken = 0
        self._partial = False
        self._microburst = Microburst(upstream)
        self._relay = self._microburst.upstream.relay
        self._microburst.upstream.relay = self._relay_in_parts

    def follow(self, rules: Sequence[Rule], *, partial: bool = False) -> None:
        """Obey these rules and no others; `partial` lets DynamoDB take batches in parts."""
        self._microburst.engine.set_rules(list(rules))
        self._partial = partial

    @property
    def fired(self) -> dict[str, Counter[str]]:
        """How often each service met each fault."""
        counted: dict[str, Counter[str]] = {}
        for (service, _, fault), times in self._microburst.fault_counts.items():
            counted.setdefault(service, Counter())[fault] += times
        return counted

    @contextmanager
    def listening(self) -> Iterator[None]:
        """Serve in a thread of its own, which is gone with the block."""
        loop = asyncio.new_event_loop()
        thread = threading.Thread(target=loop.run_forever, name="microburst", daemon=True)
        thread.start()

        def do(work: Coroutine[Any, Any, None]) -> None:
            asyncio.run_coroutine_threadsafe(work, loop).result(PATIENCE_SECONDS)

        runner = web.AppRunner(make_app(self._microburst), access_log=None, shutdown_timeout=1)
        try:
            do(runner.setup())
            do(web.TCPSite(runner, LOOPBACK, 0).start())
            self.url = f"http://{LOOPBACK}:{runner.addresses[0][1]}"
            # It would read the models of all services, for 15 s, to learn that an IP address names none.
            with patch.object(detection, "parse_host", lambda _host: (None, None, None)):
                yield
        finally:
            try:
                do(runner.cleanup())
            finally:
                loop.call_soon_threadsafe(loop.stop)
                thread.join(PATIENCE_SECONDS)
                loop.close()

    async def _relay_in_parts(self, request: web.Request, body: bytes, **more: Any) -> web.StreamResponse:
        """A hook: the rules cannot make one call succeed in part."""
        left = BATCHES.get(request.headers.get("X-Amz-Target", ""))
        if left is None or not self._partial or any(more.values()):
            answer: web.StreamResponse = await self._relay(request, body, **more)
            return answer
        asked = json.loads(body)
        ((table, wanted),) = asked["RequestItems"].items()
        taken, rest = _cut(wanted)
        asked["RequestItems"] = {table: taken}
        upstream = self._microburst.upstream
        headers = upstream._outbound_headers(request)
        async with upstream.session.post(upstream.base_url, headers=headers, json=asked) as reply:
            said = await reply.json(content_type=None)
        if rest:
            self.partly_taken += 1
            said[left] = {table: rest}
        return web.json_response(said, status=reply.status, content_type="application/x-amz-json-1.0")


def _cut(wanted: Any) -> tuple[Any, Any]:
    """Return what of a table's part of a batch is taken, and the rest: a list of writes, or keys to read."""
    if isinstance(wanted, list):
        return wanted[:TAKEN_OF_A_BATCH], wanted[TAKEN_OF_A_BATCH:]
    keys, rest = _cut(wanted["Keys"])
    return {**wanted, "Keys": keys}, {**wanted, "Keys": rest} if rest else None
