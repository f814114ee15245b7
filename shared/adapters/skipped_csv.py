"""The skipped-record CSV in S3: parts while a run works, one file once it ends.

skipped/{tenant}/{sync}/{run}/parts/00000.csv …    rows only, replaced when a page is counted again
skipped/{tenant}/{sync}/{run}.csv                  byte order mark, header and all rows
"""

from __future__ import annotations

import csv
import io
import re
import unicodedata
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, Any

from shared.domain.contact import WHAT_TO_DO
from shared.domain.run import SkippedRecord

if TYPE_CHECKING:
    from mypy_boto3_s3 import S3Client
    from mypy_boto3_s3.type_defs import CompletedPartTypeDef

COLUMNS = ("contact_id", "contact_name", "email", "reason_code", "reason", "detail")
CONTENT_TYPE = "text/csv; charset=utf-8"

_FORMULA_STARTS = frozenset("=+-@")
# Unicode's control characters, line and paragraph separators, and halves of surrogate pairs.
_CONTROL = re.compile("[\x00-\x1f\x7f-\x9f\u2028\u2029\ud800-\udfff]")
_READ_AT_ONCE = 16
_UPLOAD_BYTES = 8 * 1024 * 1024  # S3 wants at least 5 MiB in every part of an upload but the last


class S3SkippedFiles:
    """Implements `ports.SkippedFiles`."""

    def __init__(self, client: S3Client, bucket: str) -> None:
        self._client = client
        self._bucket = bucket

    def put_part(
        self, tenant: str, sync_id: str, run_id: str, part: int, records: Sequence[SkippedRecord]
    ) -> None:
        self._put(_part(_parts(tenant, sync_id, run_id), part), rows(records))

    def publish(self, tenant: str, sync_id: str, run_id: str, parts: int) -> None:
        """Raises KeyError when a part was never written; repeating it after a lost answer does nothing."""
        prefix = _parts(tenant, sync_id, run_id)
        target = _file(tenant, sync_id, run_id)
        wanted = [_part(prefix, part) for part in range(parts)]
        there = {name for names in self._listed(prefix) for name in names}
        missing = [name for name in wanted if name not in there]
        if missing and self._joined(target) != parts:
            raise KeyError(missing[0].removeprefix(prefix))
        if not missing:
            self._join(wanted, target)
        self._delete(prefix)

    def presign(self, tenant: str, sync_id: str, run_id: str, *, seconds: int, filename: str) -> str:
        return self._client.generate_presigned_url(
            "get_object",
            Params={
                "Bucket": self._bucket,
                "Key": _file(tenant, sync_id, run_id),
                "ResponseContentDisposition": f'attachment; filename="{safe_filename(filename)}"',
                "ResponseContentType": CONTENT_TYPE,
            },
            ExpiresIn=seconds,
        )

    def delete_all(self, tenant: str, sync_id: str) -> None:
        self._delete(_folder(tenant, sync_id))

    def _join(self, names: Sequence[str], target: str) -> None:
        """Write the header and the named parts to `target`, holding a few megabytes at a time."""
        buffer = bytearray(HEADER)
        upload: _Upload | None = None
        try:
            for data in self._read(names):
                buffer += data
                if len(buffer) >= _UPLOAD_BYTES:
                    upload = upload or _Upload(self._client, self._bucket, target, _described(len(names)))
                    upload.add(bytes(buffer))
                    buffer.clear()
            if upload is None:
                self._put(target, bytes(buffer), **_described(len(names)))
            else:
                upload.finish(bytes(buffer))
        except BaseException:
            if upload is not None:
                upload.abort()
            raise

    def _read(self, names: Sequence[str]) -> Iterator[bytes]:
        """Iterate the contents in order, several reads at a time."""
        with ThreadPoolExecutor(_READ_AT_ONCE) as pool:
            for start in range(0, len(names), _READ_AT_ONCE):
                yield from pool.map(self._get, names[start : start + _READ_AT_ONCE])

    def _get(self, name: str) -> bytes:
        return self._client.get_object(Bucket=self._bucket, Key=name)["Body"].read()

    def _put(self, name: str, data: bytes, **described: Any) -> None:
        described.setdefault("ContentType", CONTENT_TYPE)
        self._client.put_object(Bucket=self._bucket, Key=name, Body=data, **described)

    def _joined(self, target: str) -> int | None:
        """Return how many parts the published file was made of, None when there is no such file."""
        try:
            head = self._client.head_object(Bucket=self._bucket, Key=target)
        except self._client.exceptions.ClientError as refused:
            if refused.response["ResponseMetadata"]["HTTPStatusCode"] == 404:  # noqa: PLR2004
                return None
            raise
        return int(head["Metadata"]["parts"])

    def _listed(self, prefix: str) -> Iterator[list[str]]:
        """Iterate the names that begin with `prefix`, up to 1,000 at a time."""
        pages = self._client.get_paginator("list_objects_v2").paginate(Bucket=self._bucket, Prefix=prefix)
        for page in pages:
            yield [found["Key"] for found in page.get("Contents", ())]

    def _delete(self, prefix: str) -> None:
        for names in self._listed(prefix):
            if names:
                self._client.delete_objects(
                    Bucket=self._bucket, Delete={"Objects": [{"Key": name} for name in names], "Quiet": True}
                )


class _Upload:
    """A file that is written piece by piece and appears when it is complete."""

    def __init__(self, client: S3Client, bucket: str, name: str, described: dict[str, Any]) -> None:
        self._client = client
        self._bucket, self._name = bucket, name
        self._id = client.create_multipart_upload(Bucket=bucket, Key=name, **described)["UploadId"]
        self._pieces: list[CompletedPartTypeDef] = []

    def add(self, data: bytes) -> None:
        number = len(self._pieces) + 1
        answer = self._client.upload_part(
            Bucket=self._bucket, Key=self._name, UploadId=self._id, PartNumber=number, Body=data
        )
        self._pieces.append({"ETag": answer["ETag"], "PartNumber": number})

    def finish(self, rest: bytes) -> None:
        if rest:
            self.add(rest)
        self._client.complete_multipart_upload(
            Bucket=self._bucket,
            Key=self._name,
            UploadId=self._id,
            MultipartUpload={"Parts": self._pieces},
        )

    def abort(self) -> None:
        self._client.abort_multipart_upload(Bucket=self._bucket, Key=self._name, UploadId=self._id)


# ---- what the file says -------------------------------------------------------------------------------


def rows(records: Sequence[SkippedRecord]) -> bytes:
    """Return the lines of `records` in UTF-8, each ended by CR LF (RFC 4180)."""
    return _lines(
        (
            record.contact_id,
            record.contact_name,
            record.email,
            record.reason.value,
            WHAT_TO_DO[record.reason],
            record.detail,
        )
        for record in records
    )


def harmless(text: str) -> str:
    """Return `text` as one line that no spreadsheet runs as a formula.

    Control characters become spaces. A formula's first character gets an apostrophe before it, also behind
    blanks, in full width, or after a semicolon, which begins a new cell where the decimal sign is a comma.
    """
    return ";".join(_defused(cell) for cell in _CONTROL.sub(" ", text).split(";"))


def _defused(cell: str) -> str:
    for char in cell:
        if char.isspace() or unicodedata.category(char) == "Cf":
            continue
        starts = unicodedata.normalize("NFKC", char)[0] in _FORMULA_STARTS
        return f"'{cell}" if starts else cell
    return cell


def safe_filename(filename: str) -> str:
    """Return the name in characters that need no quoting in a header."""
    return re.sub(r"[^A-Za-z0-9._-]+", "-", filename).strip("-.") or "skipped.csv"


def _lines(cells: Iterator[tuple[str, ...]]) -> bytes:
    out = io.StringIO(newline="")
    csv.writer(out, lineterminator="\r\n").writerows([harmless(cell) for cell in line] for line in cells)
    return out.getvalue().encode()


HEADER = b"\xef\xbb\xbf" + ",".join(COLUMNS).encode() + b"\r\n"


# ---- where it lies ------------------------------------------------------------------------------------


def _described(parts: int) -> dict[str, Any]:
    return {"ContentType": CONTENT_TYPE, "Metadata": {"parts": str(parts)}}


def _folder(tenant: str, sync_id: str) -> str:
    return f"skipped/{_segment(tenant)}/{_segment(sync_id)}/"


def _file(tenant: str, sync_id: str, run_id: str) -> str:
    return f"{_folder(tenant, sync_id)}{_segment(run_id)}.csv"


def _parts(tenant: str, sync_id: str, run_id: str) -> str:
    return f"{_folder(tenant, sync_id)}{_segment(run_id)}/parts/"


def _part(prefix: str, number: int) -> str:
    return f"{prefix}{number:05d}.csv"


def _segment(text: str) -> str:
    """Return `text` if it names one level of a path; an empty one would turn a prefix into everybody's."""
    if not text or "/" in text:
        raise ValueError("not a part of a file's name")
    return text
