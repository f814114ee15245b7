"""A dlt pipeline whose destination posts each record."""

from __future__ import annotations

import tempfile
from typing import Any

import dlt  # type: ignore[import-not-found]
from job import Job, timed  # type: ignore[import-not-found]


def load(job: Job) -> None:
    """Extract, normalize and load the records; the destination is called for each."""

    @dlt.destination(batch_size=1, name="campaigns")  # type: ignore[untyped-decorator]
    def campaigns(items: list[dict[str, Any]], table: Any) -> None:
        del table
        for item in items:
            job.post(
                {name: item.get(name, "") for name in ("email", "first_name", "last_name", "company_name")}
            )

    with tempfile.TemporaryDirectory() as folder:
        pipeline = dlt.pipeline("bench", destination=campaigns, pipelines_dir=folder)
        pipeline.run(job.records, table_name="contacts", primary_key="contact_id", write_disposition="append")


if __name__ == "__main__":
    timed(load)
