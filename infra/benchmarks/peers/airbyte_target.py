"""An Airbyte destination whose `write` posts each record message."""

from __future__ import annotations

import json
import sys
import tempfile
from collections.abc import Iterable, Mapping
from io import BytesIO, TextIOWrapper
from pathlib import Path
from typing import Any

from airbyte_cdk.destinations import Destination  # type: ignore[import-not-found]
from airbyte_cdk.models import (  # type: ignore[import-not-found]
    AirbyteConnectionStatus,
    AirbyteMessage,
    ConfiguredAirbyteCatalog,
    ConnectorSpecification,
    Status,
    Type,
)
from job import Job, timed  # type: ignore[import-not-found]


def load(job: Job) -> None:
    """Feed the records as Airbyte messages on standard input."""

    class Campaigns(Destination):  # type: ignore[misc]
        def spec(self, *_: Any) -> ConnectorSpecification:
            return ConnectorSpecification(connectionSpecification={})

        def check(self, *_: Any) -> AirbyteConnectionStatus:
            return AirbyteConnectionStatus(status=Status.SUCCEEDED)

        def write(
            self,
            config: Mapping[str, Any],
            configured_catalog: ConfiguredAirbyteCatalog,
            input_messages: Iterable[AirbyteMessage],
        ) -> Iterable[AirbyteMessage]:
            del config, configured_catalog
            for message in input_messages:
                if message.type == Type.RECORD:
                    job.post(message.record.data)
                elif message.type == Type.STATE:
                    yield message

    lines = [
        {"type": "RECORD", "record": {"stream": "contacts", "data": record, "emitted_at": 1_700_000_000_000}}
        for record in job.records
    ]
    lines.append({"type": "STATE", "state": {"data": {}}})
    stream = {"name": "contacts", "json_schema": {}, "supported_sync_modes": ["full_refresh"]}
    catalog = {
        "streams": [{"stream": stream, "sync_mode": "full_refresh", "destination_sync_mode": "append"}]
    }
    with tempfile.TemporaryDirectory() as folder:
        config_file, catalog_file = Path(folder, "config.json"), Path(folder, "catalog.json")
        config_file.write_text("{}")
        catalog_file.write_text(json.dumps(catalog))
        sys.stdin = TextIOWrapper(BytesIO("\n".join(json.dumps(line) for line in lines).encode()))
        Campaigns().run(["write", "--config", str(config_file), "--catalog", str(catalog_file)])


if __name__ == "__main__":
    timed(load)
