"""Addresses: what makes two of them the same, and which are refused before a call is spent."""

from __future__ import annotations

import pytest

from shared.domain.contact import WHAT_TO_DO, SkipReason, address_problem, digest, normalize_email


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("Ana@Example.com", "ana@example.COM"),
        ("  ana@example.com\n", "ana@example.com"),
        ("jose\u0301@example.com", "jos\u00e9@example.com"),
    ],
)
def test_addresses_that_differ_in_case_space_or_composition_are_the_same(one: str, other: str) -> None:
    assert normalize_email(one) == normalize_email(other)


def test_a_plus_tag_makes_another_address() -> None:
    assert normalize_email("ana+books@example.com") != normalize_email("ana@example.com")


@pytest.mark.parametrize(
    "email",
    [
        "a@example.com",
        "ana+books@example.com",
        "o'neil@example.co.uk",
        "jo\u00e3o@exemplo.com.br",
        "user@xn--bcher-kva.example",
        "user@b\u00fccher.example",
        "1@2.io",
    ],
)
def test_a_plausible_address_is_left_to_campaigns_to_judge(email: str) -> None:
    assert address_problem(normalize_email(email)) is None


@pytest.mark.parametrize(
    ("email", "reason"),
    [
        ("", SkipReason.EMPTY_EMAIL),
        ("   ", SkipReason.EMPTY_EMAIL),
        ("johngmail.com", SkipReason.INVALID_EMAIL),
        ("jane@aol", SkipReason.INVALID_EMAIL),
        ("a b@example.com", SkipReason.INVALID_EMAIL),
        ("a@b@example.com", SkipReason.INVALID_EMAIL),
        ("a..b@example.com", SkipReason.INVALID_EMAIL),
        (".a@example.com", SkipReason.INVALID_EMAIL),
        ("a@-example.com", SkipReason.INVALID_EMAIL),
        ("a@example..com", SkipReason.INVALID_EMAIL),
        ("ana <ana@example.com>", SkipReason.INVALID_EMAIL),
        ("ana@example.com, bo@example.com", SkipReason.INVALID_EMAIL),
        (f"{'a' * 60}@{'b' * 60}.com", SkipReason.INVALID_EMAIL),
        ("Info@Example.com", SkipReason.ROLE_ADDRESS),
        ("support@example.com", SkipReason.ROLE_ADDRESS),
    ],
)
def test_an_address_that_can_never_be_posted_has_its_reason(email: str, reason: SkipReason) -> None:
    assert address_problem(normalize_email(email)) is reason


def test_every_skip_reason_says_what_to_do() -> None:
    assert set(WHAT_TO_DO) == set(SkipReason)
    assert all(sentence.endswith(".") for sentence in WHAT_TO_DO.values())


def test_a_digest_depends_on_the_tenants_key() -> None:
    assert digest(b"k" * 32, "ana@example.com") != digest(b"l" * 32, "ana@example.com")
