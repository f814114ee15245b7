"""Zoho Campaigns API v1.1: lists, topics, fields, members and single contacts of one connection."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any
from urllib.parse import quote

from shared.adapters.zoho import wire
from shared.adapters.zoho.http import Site, form_encoded
from shared.adapters.zoho.members import read_members
from shared.adapters.zoho.pace import Pace
from shared.adapters.zoho.rows import count, text
from shared.adapters.zoho.session import Session
from shared.domain.errors import RetryLater
from shared.domain.mapping import CampaignsField
from shared.domain.pacing import CAMPAIGNS_FIELDS, CAMPAIGNS_READ, SUBSCRIBE, Endpoint
from shared.domain.settings import MailingList, Topic, TopicChoice
from shared.ports import MemberPage

SOURCE = "zoho-books-sync"
PAGE_ROWS = 50
MOST_PAGES = 200
_ROOT = "/api/v1.1"
_ALL_FIELDS = "campaigns.allfields"
_SUBSCRIBE_TARGET = f"{_ROOT}/json/listsubscribe"
_NO_TOPICS = {
    "4010": "The connected user may not see topics in Zoho Campaigns.",
    "4015": "Topics belong to brands in this Zoho Campaigns account.",
    "4016": "Topic management is not enabled in this Zoho Campaigns account.",
}
# Compact and ASCII: half the bytes once percent-encoded, and no doubt about the encoding.
_CONTACT_INFO = json.JSONEncoder(ensure_ascii=True, separators=(",", ":"))


class ZohoCampaigns:
    """Implements `ports.Campaigns`."""

    def __init__(self, *, site: Site, session: Session, pace: Pace) -> None:
        self._site = site
        self._session = session
        self._pace = pace
        # The last page of members read, by list and status: a server that repeats itself would never end.
        self._last_page: dict[tuple[str, str], tuple[int, Sequence[str]]] = {}
        self._form: tuple[str, tuple[str, ...], bytes] = ("", (), b"")

    def lists(self) -> Sequence[MailingList]:
        """Return every mailing list; pages may come shorter than asked for."""
        found: dict[str, MailingList] = {}
        start = 1
        for _ in range(MOST_PAGES):
            params = {"resfmt": "JSON", "sort": "asc", "fromindex": str(start), "range": str(PAGE_ROWS)}
            payload = self._get(CAMPAIGNS_READ, wire.LISTS, "/getmailinglists", params).payload
            rows = _rows(payload.get("list_of_details"))
            known = len(found)
            for row in rows:
                one = _mailing_list(row)
                if one.key:
                    found.setdefault(one.key, one)
            start += len(rows)
            if len(found) == known or (len(rows) < PAGE_ROWS and start > _total(payload)):
                return list(found.values())
        raise RetryLater("Zoho Campaigns goes on naming mailing lists without an end.")

    def topics(self) -> TopicChoice:
        found: dict[str, Topic] = {}
        for _ in range(MOST_PAGES):
            params = {"resfmt": "JSON", "from_index": str(len(found) + 1), "range": str(PAGE_ROWS)}
            answer = self._get(CAMPAIGNS_READ, wire.TOPICS, "/topics", params)
            if answer.nothing:
                said = _NO_TOPICS.get(answer.nothing, "Zoho Campaigns offers no topics for this account.")
                return TopicChoice((), said)
            rows = _rows(answer.payload.get("topicDetails"))
            known = len(found)
            for row in rows:
                identifier = text(row.get("topicId")).strip()
                if identifier:
                    found.setdefault(identifier, Topic(identifier, text(row.get("topicName"))))
            if len(found) == known or len(rows) < PAGE_ROWS:
                return TopicChoice(tuple(found.values()))
        raise RetryLater("Zoho Campaigns goes on naming topics without an end.")

    def fields(self) -> Sequence[CampaignsField]:
        answer = self._get(CAMPAIGNS_FIELDS, _ALL_FIELDS, "/contact/allfields", {"type": "json"})
        named = answer.payload.get("fieldnames", answer.payload)
        rows = _rows(named.get("fieldname") if isinstance(named, dict) else named)
        if not rows:
            raise RetryLater("Zoho Campaigns named no contact fields in its answer.")
        fields = [_field({key.lower(): value for key, value in row.items()}) for row in rows]
        return [one for one in fields if one.name]

    def create_field(self, name: str, *, kind: str, length: int) -> None:
        """Create a field; Zoho's own default of 20 characters would cut or refuse most values."""
        asked = {"type": "json", "fieldname": name, "fieldtype": kind, "fieldlength": str(length)}
        form = form_encoded(asked)
        target = f"{_ROOT}/custom/add?type=json"
        self._session.call(
            lambda token: self._pace.run(
                CAMPAIGNS_FIELDS,
                lambda: wire.campaigns(self._site.post(wire.CREATE_FIELD, target, form, token)),
            )
        )

    def members(self, list_key: str, status: str, page: int) -> MemberPage:
        def fetch(start: int, count: int) -> Mapping[str, Any]:
            params = {
                "resfmt": "JSON",
                "listkey": list_key,
                "sort": "asc",
                "fromindex": str(start),
                "range": str(count),
                "status": status,
            }
            return self._get(CAMPAIGNS_READ, wire.MEMBERS, "/getlistsubscribers", params).payload

        found = read_members(fetch, page)
        walk = (list_key, status)
        last_page, last_emails = self._last_page.get(walk, (0, ()))
        if page == last_page + 1 and found.emails and found.emails == last_emails:
            raise RetryLater("Zoho Campaigns sent the same page of members twice.")
        self._last_page[walk] = (page, found.emails)
        return found

    def subscribe(self, list_key: str, topic_ids: Sequence[str], contact_info: Mapping[str, str]) -> None:
        info = quote(_CONTACT_INFO.encode(contact_info), safe="").encode()
        form = self._form_for(list_key, tuple(topic_ids)) + info

        def send(token: str) -> None:
            reply = self._site.post(wire.SUBSCRIBE, _SUBSCRIBE_TARGET, form, token)
            self._pace.guard(SUBSCRIBE, lambda: wire.subscribed(reply, contact_info))

        self._session.call(send)

    def _form_for(self, list_key: str, topic_ids: tuple[str, ...]) -> bytes:
        """Return the part of the form that is the same for every contact of a run."""
        form = self._form
        if form[0] != list_key or form[1] != topic_ids:
            pairs = {"resfmt": "JSON", "listkey": list_key, "source": SOURCE}
            if topic_ids:
                pairs["topic_id"] = ",".join(topic_ids)
            form = self._form = (list_key, topic_ids, form_encoded(pairs) + b"&contactinfo=")
        return form[2]

    def _get(self, limit: Endpoint, endpoint: str, path: str, params: Mapping[str, str]) -> wire.Answer:
        return self._session.call(
            lambda token: self._pace.run(
                limit, lambda: wire.campaigns(self._site.get(endpoint, f"{_ROOT}{path}", params, token))
            )
        )


def _mailing_list(row: Mapping[str, Any]) -> MailingList:
    key, name = text(row.get("listkey")).strip(), text(row.get("listname"))
    return MailingList(key, name, count(row.get("noofcontacts")))


def _rows(listed: Any) -> list[dict[str, Any]]:
    """Return the objects of an array, or the single object that stands for an array of one."""
    if isinstance(listed, dict):
        return [listed]
    return [row for row in listed if isinstance(row, dict)] if isinstance(listed, list) else []


def _field(row: Mapping[str, Any]) -> CampaignsField:
    """Read a field; `row`'s keys are in lower case, since clients saw both."""
    return CampaignsField(
        name=text(row.get("display_name")).strip(),
        kind=text(row.get("type")).strip() or text(row.get("uitype")).strip() or "Text",
        max_length=count(row.get("maxlength")) or None,
        mandatory=text(row.get("is_mandatory")).strip().lower() == "true",
    )


def _total(payload: Mapping[str, Any]) -> int:
    asked = payload.get("requestdetails")
    return count(asked.get("total_list_count")) if isinstance(asked, dict) else 0
