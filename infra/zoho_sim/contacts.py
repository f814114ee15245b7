"""One Campaigns account: its contacts, fields, mailing lists and who opted out."""

from __future__ import annotations

import hashlib
import zlib
from collections.abc import Sequence
from dataclasses import asdict, dataclass, field
from typing import Any

ACTIVE, UNSUBSCRIBED, BOUNCED, PENDING = "active", "unsub", "bounce", "pending"
STATUSES = (ACTIVE, UNSUBSCRIBED, BOUNCED, PENDING)
FIELD_IDS_START_AT = 1_127_772_000_000_000_021
CUSTOM_FIELD_LENGTH = 20


@dataclass(slots=True)
class ContactField:
    """A field of the account; `length` is the most characters a value may have."""

    display_name: str
    name: str
    kind: str
    length: int
    mandatory: bool = False
    custom: bool = False

    @property
    def upper_name(self) -> str:
        return "CONTACT_EMAIL" if self.name == "contact_email" else self.name.upper()


@dataclass(slots=True)
class Contact:
    """`values` by display name, never empty strings; `posts` counts the accepted upserts."""

    email: str
    added_at: float
    values: dict[str, str] = field(default_factory=dict)
    topics: tuple[str, ...] = ()
    posts: int = 0


class MailingList:
    """Who is in a list and in which state, in the order they came into that state."""

    def __init__(self, key: str, name: str, created_at: float) -> None:
        self.key = key
        self.name = name
        self.created_at = created_at
        self.status_of: dict[str, str] = {}
        self._by_status: dict[str, dict[str, None]] = {status: {} for status in STATUSES}
        self._ordered: dict[str, tuple[str, ...]] = {}

    def put(self, email: str, status: str | None) -> None:
        """Move an address to a state; None takes it out of the list."""
        before = self.status_of.get(email)
        if before == status:
            return
        if before is not None:
            del self._by_status[before][email]
            self._ordered.pop(before, None)
        if status is None:
            del self.status_of[email]
            return
        self.status_of[email] = status
        self._by_status[status][email] = None
        self._ordered.pop(status, None)

    def count(self, status: str) -> int:
        return len(self._by_status[status])

    def members(self, status: str) -> Sequence[str]:
        ordered = self._ordered.get(status)
        if ordered is None:
            ordered = self._ordered[status] = tuple(self._by_status[status])
        return ordered


def standard_fields() -> dict[str, ContactField]:
    """The account's first fields, in the order of the documentation."""
    rows = (
        ("Contact Email", "contact_email", "Email", 100),
        ("Title", "title", "Text", 50),
        ("First Name", "firstname", "Text", 100),
        ("Last Name", "lastname", "Text", 100),
        ("Job Title", "job_title", "Text", 100),
        ("Company Name", "companyname", "Text", 100),
        ("Phone", "phone", "Phone", 50),
        ("Secondary Email", "secondary_email", "Email", 100),
        ("Mobile", "mobile", "Phone", 50),
        ("City", "city", "Text", 100),
        ("Country", "country", "Text", 100),
    )
    return {
        shown: ContactField(shown, name, kind, length, mandatory=name == "contact_email")
        for shown, name, kind, length in rows
    }


def list_key(name: str) -> str:
    return "3z" + hashlib.sha256(name.encode("utf-8", "replace")).hexdigest()[:30]


def topic_id(name: str) -> str:
    return f"80696000{zlib.crc32(name.encode('utf-8', 'replace')):010d}"


class CampaignsAccount:
    """Contacts are addressed by their e-mail in lower case."""

    def __init__(self, created_at: float) -> None:
        self.created_at = created_at
        self.fields = standard_fields()
        self.contacts: dict[str, Contact] = {}
        self.do_not_mail: set[str] = set()
        self._lists: dict[str, MailingList] = {}

    def list_named(self, name: str) -> MailingList:
        """The list of that name; it is created when it is first asked for."""
        key = list_key(name)
        found = self._lists.get(key)
        if found is None:
            found = self._lists[key] = MailingList(key, name, self.created_at)
        return found

    def lists(self, names: Sequence[str]) -> list[MailingList]:
        return [self.list_named(name) for name in names]

    def find_list(self, key_or_name: str, names: Sequence[str]) -> MailingList | None:
        return next((one for one in self.lists(names) if key_or_name in {one.key, one.name}), None)

    def list_of_key(self, key: str, names: Sequence[str]) -> MailingList | None:
        """Find a list that still exists; a name that left the settings is a deleted list."""
        found = self._lists.get(key)
        if found is None:
            found = next((one for one in self.lists(names) if one.key == key), None)
        return found if found is not None and found.name in names else None

    def find_field(self, name: str) -> ContactField | None:
        wanted = name.casefold()
        return next((one for one in self.fields.values() if one.display_name.casefold() == wanted), None)

    def add_field(self, name: str, kind: str, length: int) -> ContactField:
        added = ContactField(name, name.casefold().replace(" ", "_"), kind, length, custom=True)
        self.fields[name] = added
        return added

    def put(self, contact: Contact) -> None:
        self.contacts[contact.email] = contact

    def dump(self, mailing_list: MailingList, start: int, count: int | None) -> list[dict[str, Any]]:
        """Each contact of a list with its state, fields and topics, in the order they joined."""
        emails = list(mailing_list.status_of)
        chosen = emails[start:] if count is None else emails[start : start + count]
        return [self._dumped(email, mailing_list.status_of[email]) for email in chosen]

    def _dumped(self, email: str, status: str) -> dict[str, Any]:
        contact = self.contacts[email]
        return {
            "email": email,
            "status": status,
            "fields": dict(contact.values),
            "topics": list(contact.topics),
            "posts": contact.posts,
            "do_not_mail": email in self.do_not_mail,
        }

    def kept(self) -> dict[str, Any]:
        """Return what outlives a stop, as JSON."""
        return {
            "fields": [asdict(one) for one in self.fields.values()],
            "contacts": [asdict(one) for one in self.contacts.values()],
            "do_not_mail": sorted(self.do_not_mail),
            "lists": [
                {"name": one.name, "created_at": one.created_at, "status_of": one.status_of}
                for one in self._lists.values()
            ],
        }

    def restore(self, kept: dict[str, Any]) -> None:
        self.fields = {one["display_name"]: ContactField(**one) for one in kept["fields"]}
        contacts = (Contact(**{**one, "topics": tuple(one["topics"])}) for one in kept["contacts"])
        self.contacts = {one.email: one for one in contacts}
        self.do_not_mail = set(kept["do_not_mail"])
        self._lists = {}
        for one in kept["lists"]:
            members = MailingList(list_key(one["name"]), one["name"], one["created_at"])
            for email, status in one["status_of"].items():
                members.put(email, status)
            self._lists[members.key] = members
