"""A run's files: working sets and the skipped-record CSV."""

from __future__ import annotations

import csv
import io

import pytest

from shared.domain.contact import WHAT_TO_DO, SkipReason
from tests.contract.backends import Backend
from tests.factories import skipped_record

RUN = ("tenant-1", "sync-1", "run-1")
OTHER_RUN = ("tenant-1", "sync-1", "run-2")
OTHER_SYNC = ("tenant-1", "sync-2", "run-1")
OTHER_TENANT = ("tenant-2", "sync-1", "run-1")
LONGER_NAME = ("tenant-1", "sync-1", "run-11")


# ---- working sets -------------------------------------------------------------------------------------


def test_a_working_set_comes_back_as_it_was_put_last(backend: Backend) -> None:
    backend.files.put(*RUN, "seen", b"first")
    backend.files.put(*RUN, "seen", bytes(range(256)) * 100)
    backend.files.put(*RUN, "empty", b"")

    assert backend.files.get(*RUN, "seen") == bytes(range(256)) * 100
    assert backend.files.get(*RUN, "empty") == b""


def test_a_working_set_that_does_not_exist_is_a_key_error(backend: Backend) -> None:
    backend.files.put(*OTHER_RUN, "seen", b"")

    with pytest.raises(KeyError):
        backend.files.get(*RUN, "seen")


def test_deleting_a_runs_working_sets_leaves_those_of_others(backend: Backend) -> None:
    for run in (RUN, OTHER_RUN, LONGER_NAME):
        backend.files.put(*run, "seen", b"1")
        backend.files.put(*run, "members", b"2")
    backend.files.delete_run(*RUN)
    backend.files.delete_run(*RUN)

    for name in ("seen", "members"):
        with pytest.raises(KeyError):
            backend.files.get(*RUN, name)
    assert backend.files.get(*OTHER_RUN, "members") == b"2"
    assert backend.files.get(*LONGER_NAME, "members") == b"2"


def test_deleting_a_syncs_working_sets_leaves_those_of_others(backend: Backend) -> None:
    for run in (RUN, OTHER_RUN, OTHER_SYNC, OTHER_TENANT):
        backend.files.put(*run, "seen", b"1")
    backend.files.delete_all("tenant-1", "sync-1")

    for run in (RUN, OTHER_RUN):
        with pytest.raises(KeyError):
            backend.files.get(*run, "seen")
    assert backend.files.get(*OTHER_SYNC, "seen") == b"1"
    assert backend.files.get(*OTHER_TENANT, "seen") == b"1"


# ---- skipped records ----------------------------------------------------------------------------------


def published(backend: Backend, run: tuple[str, str, str] = RUN) -> list[dict[str, str]]:
    data = backend.published(*run)
    assert data is not None
    assert data.startswith(b"\xef\xbb\xbf")
    return list(csv.DictReader(io.StringIO(data.decode("utf-8-sig"), newline="")))


def test_the_parts_are_joined_in_order_under_one_header(backend: Backend) -> None:
    for part in (2, 0, 1):
        backend.skipped.put_part(*RUN, part, [skipped_record(part * 2), skipped_record(part * 2 + 1)])
    backend.skipped.publish(*RUN, 3)

    assert [line["contact_name"] for line in published(backend)] == [f"Customer {n}" for n in range(6)]


def test_a_line_says_who_was_skipped_why_and_what_to_do(backend: Backend) -> None:
    record = skipped_record(
        contact_name='Zoë "Z" Müller, Ltd',
        reason=SkipReason.REFUSED_BY_CAMPAIGNS,
        detail="2006: invalid email",
    )
    backend.skipped.put_part(*RUN, 0, [record])
    backend.skipped.publish(*RUN, 1)

    assert published(backend) == [
        {
            "contact_id": record.contact_id,
            "contact_name": 'Zoë "Z" Müller, Ltd',
            "email": record.email,
            "reason_code": "refused_by_campaigns",
            "reason": WHAT_TO_DO[SkipReason.REFUSED_BY_CAMPAIGNS],
            "detail": "2006: invalid email",
        }
    ]


def test_a_part_written_again_replaces_the_first_writing(backend: Backend) -> None:
    backend.skipped.put_part(*RUN, 0, [skipped_record(1), skipped_record(2)])
    backend.skipped.put_part(*RUN, 0, [skipped_record(3)])
    backend.skipped.publish(*RUN, 1)

    assert [line["contact_name"] for line in published(backend)] == ["Customer 3"]


def test_a_part_beyond_those_counted_is_left_out_and_dropped(backend: Backend) -> None:
    backend.skipped.put_part(*RUN, 0, [skipped_record(1)])
    backend.skipped.put_part(*RUN, 1, [skipped_record(2)])
    backend.skipped.publish(*RUN, 1)

    assert [line["contact_name"] for line in published(backend)] == ["Customer 1"]
    with pytest.raises(KeyError):
        backend.skipped.publish(*RUN, 2)


def test_publishing_again_after_a_lost_answer_changes_nothing(backend: Backend) -> None:
    backend.skipped.put_part(*RUN, 0, [skipped_record(1)])
    backend.skipped.publish(*RUN, 1)
    backend.skipped.publish(*RUN, 1)

    assert len(published(backend)) == 1


def test_publishing_with_a_part_that_was_never_written_is_a_key_error(backend: Backend) -> None:
    backend.skipped.put_part(*RUN, 0, [skipped_record(1)])
    backend.skipped.put_part(*RUN, 2, [skipped_record(3)])

    with pytest.raises(KeyError):
        backend.skipped.publish(*RUN, 3)
    assert backend.published(*RUN) is None
    backend.skipped.put_part(*RUN, 1, [skipped_record(2)])
    backend.skipped.publish(*RUN, 3)
    assert len(published(backend)) == 3


def test_a_file_of_no_parts_has_a_header_only(backend: Backend) -> None:
    backend.skipped.publish(*RUN, 0)

    assert backend.published(*RUN) == (
        b"\xef\xbb\xbfcontact_id,contact_name,email,reason_code,reason,detail\r\n"
    )


def test_a_presigned_address_names_one_run(backend: Backend) -> None:
    backend.skipped.put_part(*RUN, 0, [skipped_record(1)])
    backend.skipped.publish(*RUN, 1)
    address = backend.skipped.presign(*RUN, seconds=300, filename="skipped.csv")

    assert "tenant-1/sync-1/run-1" in address
    assert "skipped.csv" in address


def test_deleting_a_syncs_files_leaves_those_of_others(backend: Backend) -> None:
    for run in (RUN, OTHER_RUN, OTHER_SYNC, OTHER_TENANT):
        backend.skipped.put_part(*run, 0, [skipped_record(1)])
    for run in (RUN, OTHER_SYNC, OTHER_TENANT):
        backend.skipped.publish(*run, 1)
    backend.skipped.delete_all("tenant-1", "sync-1")

    assert backend.published(*RUN) is None
    with pytest.raises(KeyError):
        backend.skipped.publish(*OTHER_RUN, 1)
    assert len(published(backend, OTHER_SYNC)) == 1
    assert len(published(backend, OTHER_TENANT)) == 1
