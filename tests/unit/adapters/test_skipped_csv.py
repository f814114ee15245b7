"""What stands in the skipped-record CSV, and how the file is put together and handed out."""

from __future__ import annotations

import csv
import io
import unicodedata
from collections.abc import Iterator
from typing import Any
from urllib.parse import parse_qs, urlsplit

import boto3
import pytest
from botocore.config import Config
from botocore.exceptions import ClientError
from hypothesis import given
from hypothesis import strategies as st
from moto import mock_aws

from shared.adapters import skipped_csv
from shared.adapters.skipped_csv import COLUMNS, HEADER, S3SkippedFiles, harmless, rows, safe_filename
from shared.domain.contact import WHAT_TO_DO, SkipReason
from tests.factories import skipped_record

RUN = ("tenant-1", "sync-1", "run-1")


@pytest.mark.parametrize(
    "formula",
    [
        "=HYPERLINK(1)",
        "+1",
        "-1",
        "@SUM(A1)",
        "\t=1",
        "\r=1",
        "\n=1",
        "  =1",
        "\u00a0=1",
        "\ufeff=1",
        "\u200b=1",
        "\uff1d1",
        "\uff0b1",
        "\uff0d1",
        "\uff20x",
        "\ufe621",
        "\x00=1",
        "a;=1",
        "a; =1",
        "a;\uff1d1",
    ],
)
def test_no_cell_is_run_as_a_formula(formula: str) -> None:
    cell = harmless(formula)

    for part in cell.split(";"):
        seen = [char for char in part if not char.isspace() and unicodedata.category(char) != "Cf"]
        assert unicodedata.normalize("NFKC", seen[0]) not in set("=+-@")


@pytest.mark.parametrize(
    "text", ["", "Ana", "o'brien@example.com", "A+B", "1-2", "  x", "Zoë & Söhne", "a;b"]
)
def test_ordinary_text_stays_as_it_is(text: str) -> None:
    assert harmless(text) == text


@given(st.text())
def test_every_cell_is_one_line_without_control_characters(text: str) -> None:
    cell = harmless(text)

    assert not [char for char in cell if unicodedata.category(char) in ("Cc", "Zl", "Zp", "Cs")]
    assert cell.splitlines() in ([], [cell])


@given(st.text())
def test_a_cell_made_harmless_is_not_changed_again(text: str) -> None:
    assert harmless(harmless(text)) == harmless(text)


@given(st.text(), st.text(), st.sampled_from(SkipReason), st.text())
def test_every_record_is_read_back_as_one_line_of_six_cells(
    name: str, email: str, reason: SkipReason, detail: str
) -> None:
    record = skipped_record(contact_name=name, email=email, reason=reason, detail=detail)
    data = (HEADER + rows([record])).decode("utf-8-sig")
    header, line = csv.reader(io.StringIO(data, newline=""), strict=True)

    assert tuple(header) == COLUMNS
    assert line == [
        record.contact_id,
        harmless(name),
        harmless(email),
        reason.value,
        WHAT_TO_DO[reason],
        harmless(detail),
    ]
    assert data.count("\r\n") == 2


@pytest.mark.parametrize(
    ("given_name", "safe"),
    [
        ("skipped-2026.csv", "skipped-2026.csv"),
        ('a"; filename=evil.exe', "a-filename-evil.exe"),
        ("Kündigung 1.csv", "K-ndigung-1.csv"),
        ("..", "skipped.csv"),
        ("a\r\nSet-Cookie: x", "a-Set-Cookie-x"),
    ],
)
def test_a_file_name_cannot_break_out_of_its_header(given_name: str, safe: str) -> None:
    assert safe_filename(given_name) == safe


# ---- the file -----------------------------------------------------------------------------------------


@pytest.fixture
def s3() -> Iterator[Any]:
    with mock_aws():
        client = boto3.client("s3", config=Config(signature_version="s3v4"))
        client.create_bucket(Bucket="bucket")
        yield client


def keys(s3: Any) -> list[str]:
    return [found["Key"] for found in s3.list_objects_v2(Bucket="bucket").get("Contents", [])]


def test_a_presigned_address_downloads_a_csv_and_nothing_else(s3: Any) -> None:
    files = S3SkippedFiles(s3, "bucket")
    address = urlsplit(files.presign(*RUN, seconds=300, filename="skipped run.csv"))
    query = {name: values[0] for name, values in parse_qs(address.query).items()}

    assert address.path.endswith("/skipped/tenant-1/sync-1/run-1.csv")
    assert query["X-Amz-Algorithm"] == "AWS4-HMAC-SHA256"
    assert query["X-Amz-Expires"] == "300"
    assert query["response-content-disposition"] == 'attachment; filename="skipped-run.csv"'
    assert query["response-content-type"] == "text/csv; charset=utf-8"


def test_publishing_leaves_one_file_and_no_parts(s3: Any) -> None:
    files = S3SkippedFiles(s3, "bucket")
    for part in range(40):
        files.put_part(*RUN, part, [skipped_record(part)])
    files.publish(*RUN, 40)

    assert keys(s3) == ["skipped/tenant-1/sync-1/run-1.csv"]
    found = s3.get_object(Bucket="bucket", Key=keys(s3)[0])
    assert found["ContentType"] == "text/csv; charset=utf-8"
    assert found["Body"].read() == HEADER + b"".join(rows([skipped_record(part)]) for part in range(40))


def long_parts(files: S3SkippedFiles, count: int) -> bytes:
    """Write parts of about 3 MB each and return what the joined file has to be."""
    records = [skipped_record(number, detail="x" * 100_000) for number in range(30)]
    for part in range(count):
        files.put_part(*RUN, part, records)
    return HEADER + count * rows(records)


def test_a_long_file_is_uploaded_in_pieces_and_is_the_same(s3: Any) -> None:
    files = S3SkippedFiles(s3, "bucket")
    expected = long_parts(files, 6)
    assert len(expected) > 2 * skipped_csv._UPLOAD_BYTES
    files.publish(*RUN, 6)
    files.publish(*RUN, 6)

    assert s3.get_object(Bucket="bucket", Key="skipped/tenant-1/sync-1/run-1.csv")["Body"].read() == expected
    assert keys(s3) == ["skipped/tenant-1/sync-1/run-1.csv"]


def test_an_upload_that_fails_is_given_up_and_can_be_tried_again(
    s3: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    files = S3SkippedFiles(s3, "bucket")
    expected = long_parts(files, 4)
    broken = ClientError({"Error": {"Code": "InternalError", "Message": ""}}, "CompleteMultipartUpload")

    def fail(**_: object) -> None:
        raise broken

    with monkeypatch.context() as patch:
        patch.setattr(s3, "complete_multipart_upload", fail)
        with pytest.raises(ClientError):
            files.publish(*RUN, 4)
    assert s3.list_multipart_uploads(Bucket="bucket").get("Uploads", []) == []
    assert len(keys(s3)) == 4

    files.publish(*RUN, 4)
    assert s3.get_object(Bucket="bucket", Key="skipped/tenant-1/sync-1/run-1.csv")["Body"].read() == expected


def test_a_crash_while_parts_are_dropped_is_mended_by_publishing_again(
    s3: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    files = S3SkippedFiles(s3, "bucket")
    for part in range(3):
        files.put_part(*RUN, part, [skipped_record(part)])

    def drop_one(*, Bucket: str, Delete: dict[str, Any]) -> None:  # noqa: N803 - S3's own names
        s3.delete_object(Bucket=Bucket, Key=Delete["Objects"][0]["Key"])
        raise ConnectionError

    with monkeypatch.context() as patch:
        patch.setattr(s3, "delete_objects", drop_one)
        with pytest.raises(ConnectionError):
            files.publish(*RUN, 3)
    files.publish(*RUN, 3)

    assert keys(s3) == ["skipped/tenant-1/sync-1/run-1.csv"]


@pytest.mark.parametrize("segment", ["", "a/b", "/"])
def test_no_name_reaches_beyond_its_own_folder(s3: Any, segment: str) -> None:
    files = S3SkippedFiles(s3, "bucket")

    with pytest.raises(ValueError, match="file's name"):
        files.delete_all("tenant-1", segment)
    with pytest.raises(ValueError, match="file's name"):
        files.delete_all(segment, "sync-1")
    with pytest.raises(ValueError, match="file's name"):
        files.presign("tenant-1", "sync-1", segment, seconds=60, filename="a.csv")
