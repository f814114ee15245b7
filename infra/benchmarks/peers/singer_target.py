"""A Singer target whose sink posts each record."""

from __future__ import annotations

import io
import json
from typing import Any, ClassVar

from job import Job, timed  # type: ignore[import-not-found]
from singer_sdk import RecordSink, Target  # type: ignore[import-not-found]
from singer_sdk import typing as th

COLUMNS = ("contact_id", "email", "first_name", "last_name", "company_name")


def load(job: Job) -> None:
    """Feed the records as Singer messages."""

    class CampaignsSink(RecordSink):  # type: ignore[misc]
        def process_record(self, record: dict[str, Any], context: dict[str, Any]) -> None:
            del context
            job.post(record)

    class CampaignsTarget(Target):  # type: ignore[misc]
        name = "target-campaigns"
        config_jsonschema: ClassVar[dict[str, Any]] = th.PropertiesList().to_dict()
        default_sink_class = CampaignsSink

    schema = {"type": "object", "properties": {name: {"type": ["string", "null"]} for name in COLUMNS}}
    messages = [{"type": "SCHEMA", "stream": "contacts", "schema": schema, "key_properties": ["contact_id"]}]
    messages += [{"type": "RECORD", "stream": "contacts", "record": record} for record in job.records]
    text = "".join(json.dumps(message) + "\n" for message in messages)
    CampaignsTarget(config={}).listen(io.StringIO(text))


if __name__ == "__main__":
    timed(load)
