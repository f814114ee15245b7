"""A run's working sets in S3: snapshots/{tenant}/{sync}/{run}/{name}."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from mypy_boto3_s3 import S3Client
    from mypy_boto3_s3.type_defs import ObjectIdentifierTypeDef


class S3RunFiles:
    """Implements `ports.RunFiles`."""

    def __init__(self, client: S3Client, bucket: str) -> None:
        self._client = client
        self._bucket = bucket

    def put(self, tenant: str, sync_id: str, run_id: str, name: str, data: bytes) -> None:
        self._client.put_object(
            Bucket=self._bucket, Key=_path(tenant, sync_id, run_id) + _segment(name), Body=data
        )

    def get(self, tenant: str, sync_id: str, run_id: str, name: str) -> bytes:
        at = _path(tenant, sync_id, run_id) + _segment(name)
        try:
            return self._client.get_object(Bucket=self._bucket, Key=at)["Body"].read()
        except self._client.exceptions.NoSuchKey as missing:
            raise KeyError(name) from missing

    def delete_run(self, tenant: str, sync_id: str, run_id: str) -> None:
        self._delete(_path(tenant, sync_id, run_id))

    def delete_all(self, tenant: str, sync_id: str) -> None:
        self._delete(_path(tenant, sync_id))

    def _delete(self, prefix: str) -> None:
        pages = self._client.get_paginator("list_objects_v2").paginate(Bucket=self._bucket, Prefix=prefix)
        for page in pages:
            keys: list[ObjectIdentifierTypeDef] = [
                {"Key": found["Key"]} for found in page.get("Contents", ())
            ]
            if keys:
                self._client.delete_objects(Bucket=self._bucket, Delete={"Objects": keys, "Quiet": True})


def _path(*segments: str) -> str:
    return "/".join(("snapshots", *map(_segment, segments))) + "/"


def _segment(text: str) -> str:
    """Return `text` if it names one level of a path; an empty one would turn a prefix into everybody's."""
    if not text or "/" in text:
        raise ValueError("not a part of a file's name")
    return text
