"""Zoho in memory: the customers of one Books organization and the members of one Campaigns list."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime

from shared.domain.connection import Connection, Organization, Tokens
from shared.domain.contact import normalize_email
from shared.domain.customer import STANDARD_FIELDS, BooksField, Customer
from shared.domain.errors import TargetGone
from shared.domain.mapping import CampaignsField
from shared.domain.settings import MailingList, Topic, TopicChoice
from shared.ports import Accounts, CustomerPage, MemberPage, ZohoClients
from tests.fakes.clock import VirtualClock

BOOKS_PAGE = 200
MEMBER_PAGE = 650


@dataclass(slots=True)
class Member:
    """A member of the list; `status` is active, unsub or bounce."""

    status: str = "active"
    fields: dict[str, str] = field(default_factory=dict)


@dataclass(slots=True)
class World:
    """What Zoho holds, what was called, and the trouble a test wants: `before` sees every call first.

    `before(endpoint, subject)` may raise an error of `shared.domain.errors` or change the world; the subject
    of a post is the address, of a page of customers `walk` or `changed`, else "". `page_size` cuts Books'
    pages.
    """

    clock: VirtualClock
    customers: dict[str, Customer] = field(default_factory=dict)
    members: dict[str, Member] = field(default_factory=dict)
    fields: dict[str, CampaignsField] = field(
        default_factory=lambda: {
            name: CampaignsField(name, max_length=100)
            for name in ("Contact Email", "First Name", "Last Name", "Company Name", "Phone")
        }
    )
    list_key: str = "list"
    page_size: int = BOOKS_PAGE
    before: Callable[[str, str], None] = lambda _endpoint, _subject: None
    calls: Counter[str] = field(default_factory=Counter)
    posts: list[tuple[datetime, str]] = field(default_factory=list)
    offences: list[str] = field(default_factory=list)
    _numbers: int = 0

    def call(self, endpoint: str, subject: str = "") -> None:
        self.calls[endpoint] += 1
        self.before(endpoint, subject)

    def add(self, email: str, *, active: bool = True, **fields: str) -> Customer:
        """Add a customer; each is created and modified a second later than the one before."""
        self._numbers += 1
        self.clock.sleep(1)
        moment = self.clock.now().replace(microsecond=0)
        customer = Customer(
            contact_id=str(9_000_000_000_000 + self._numbers),
            name=fields.get("first_name", f"Customer {self._numbers}"),
            email=email,
            active=active,
            created_at=moment,
            modified_at=moment,
            fields={"email": email, **fields},
        )
        self.customers[customer.contact_id] = customer
        return customer

    def edit(self, contact_id: str, *, active: bool | None = None, **fields: str) -> Customer:
        old = self.customers[contact_id]
        self.clock.sleep(1)
        merged = {**old.fields, **fields}
        self.customers[contact_id] = replace(
            old,
            email=merged["email"],
            active=old.active if active is None else active,
            fields=merged,
            modified_at=self.clock.now().replace(microsecond=0),
        )
        return self.customers[contact_id]

    def delete(self, contact_id: str) -> None:
        del self.customers[contact_id]

    def opt_out(self, email: str, status: str = "unsub") -> None:
        self.members.setdefault(normalize_email(email), Member()).status = status


class Books:
    def __init__(self, world: World) -> None:
        self._world = world

    def organizations(self) -> Sequence[Organization]:
        self._world.call("books.organizations")
        return (Organization("org", "Acme", "owner@example.com"),)

    def user_email(self, organization_id: str) -> str:
        self._world.call("books.user")
        return "owner@example.com"

    def fields(self) -> Sequence[BooksField]:
        self._world.call("books.fields")
        return STANDARD_FIELDS

    def changed(self, page: int) -> CustomerPage:
        self._world.call("books.contacts", "changed")
        rows = sorted(self._world.customers.values(), key=lambda each: each.modified_at, reverse=True)
        return self._cut(rows, page)

    def walk(self, page: int, *, active: bool) -> CustomerPage:
        self._world.call("books.contacts", "walk")
        rows = [customer for customer in self._world.customers.values() if customer.active is active]
        return self._cut(sorted(rows, key=lambda each: (each.created_at, each.contact_id)), page)

    def customer(self, contact_id: str) -> Customer | None:
        self._world.call("books.contact")
        return self._world.customers.get(contact_id)

    def _cut(self, rows: Sequence[Customer], page: int) -> CustomerPage:
        start, end = (page - 1) * self._world.page_size, page * self._world.page_size
        return CustomerPage(rows[start:end], has_more=end < len(rows))


class Campaigns:
    """`listsubscribe` of an unsubscribed person subscribes them again, and is noted as an offence."""

    def __init__(self, world: World) -> None:
        self._world = world

    def lists(self) -> Sequence[MailingList]:
        self._world.call("campaigns.lists")
        return (MailingList(self._world.list_key, "Newsletter", len(self._world.members)),)

    def topics(self) -> TopicChoice:
        self._world.call("campaigns.topics")
        return TopicChoice((Topic("t1", "News"), Topic("t2", "Offers")))

    def fields(self) -> Sequence[CampaignsField]:
        self._world.call("campaigns.fields")
        return tuple(self._world.fields.values())

    def create_field(self, name: str, *, kind: str, length: int) -> None:
        self._world.call("campaigns.create_field", name)
        self._world.fields.setdefault(name, CampaignsField(name, kind, length))

    def members(self, list_key: str, status: str, page: int) -> MemberPage:
        self._world.call(f"campaigns.members.{status}")
        self._check(list_key)
        emails = sorted(email for email, member in self._world.members.items() if member.status == status)
        start, end = (page - 1) * MEMBER_PAGE, page * MEMBER_PAGE
        return MemberPage(emails[start:end], has_more=end < len(emails))

    def subscribe(self, list_key: str, topic_ids: Sequence[str], contact_info: Mapping[str, str]) -> None:
        email = normalize_email(contact_info["Contact Email"])
        self._world.call("campaigns.listsubscribe", email)
        self._check(list_key)
        member = self._world.members.setdefault(email, Member())
        if member.status != "active":
            self._world.offences.append(email)
        member.status = "active"
        member.fields.update(contact_info)
        self._world.posts.append((self._world.clock.now(), email))

    def _check(self, list_key: str) -> None:
        if list_key != self._world.list_key:
            raise TargetGone("The mailing list no longer exists.", upstream_code="2501")


class Zoho:
    def __init__(self, world: World) -> None:
        self._world = world

    def accounts(self) -> Accounts:
        raise AssertionError("runs need no Zoho Accounts")

    def open(self, connection: Connection) -> ZohoClients:
        return ZohoClients(Books(self._world), Campaigns(self._world), _Since(self._world.calls))

    def open_with(self, connection: Connection, tokens: Tokens) -> ZohoClients:
        return self.open(connection)


class _Since(Mapping[str, int]):
    """Calls counted from now on, as clients opened now would count them."""

    def __init__(self, calls: Counter[str]) -> None:
        self._calls = calls
        self._before = Counter(calls)

    def __getitem__(self, name: str) -> int:
        return self._calls[name] - self._before[name]

    def __iter__(self):  # type: ignore[no-untyped-def]  # noqa: ANN204
        return (name for name in self._calls if self._calls[name] > self._before[name])

    def __len__(self) -> int:
        return sum(1 for _ in self)
