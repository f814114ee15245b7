"""How the tests talk to the simulator's core: no socket, a clock that stands still."""

from __future__ import annotations

import base64
import hashlib
import json
from dataclasses import dataclass
from typing import Any
from urllib.parse import parse_qs, urlencode, urlsplit

from infra.zoho_sim import Settings, Simulator, VirtualClock, World, seed
from infra.zoho_sim.wire import Request

CALLBACK = "http://127.0.0.1:8080/oauth/callback"
SCOPES = (
    "ZohoBooks.contacts.READ,ZohoBooks.settings.READ,"
    "ZohoCampaigns.contact.READ,ZohoCampaigns.contact.CREATE-UPDATE"
)
ORGANIZATION = "10229182"
VERIFIER = "a-verifier-of-forty-three-characters-or-more"
CHALLENGE = base64.urlsafe_b64encode(hashlib.sha256(VERIFIER.encode()).digest()).rstrip(b"=").decode()
FORM = "application/x-www-form-urlencoded"


@dataclass(frozen=True)
class Answer:
    """A response with its body read."""

    status: int
    text: str
    headers: dict[str, str]
    content_type: str
    delay_seconds: float
    dropped: bool

    @property
    def json(self) -> Any:
        return json.loads(self.text)

    @property
    def code(self) -> Any:
        return self.json["code"]

    @property
    def redirect(self) -> dict[str, str]:
        return {
            name: values[0] for name, values in parse_qs(urlsplit(self.headers["Location"]).query).items()
        }


class Caller:
    """One simulated world and whoever calls it."""

    def __init__(self, customers: int = 0, **settings: Any) -> None:
        self.clock = VirtualClock()
        self.settings = Settings(**settings)
        self.world: World = seed(customers, settings=self.settings, clock=self.clock)
        self.simulator = Simulator(self.world)
        self.token = ""

    def send(
        self,
        method: str,
        path: str,
        *,
        query: dict[str, Any] | None = None,
        form: dict[str, Any] | None = None,
        body: bytes = b"",
        headers: dict[str, str] | None = None,
    ) -> Answer:
        known = {"authorization": f"Zoho-oauthtoken {self.token}"} if self.token else {}
        if form is not None:
            known["content-type"], body = FORM, urlencode(form).encode()
        request = Request(
            method, path, urlencode(query or {}), known | (headers or {}), body, "http://127.0.0.1:9100"
        )
        found = self.simulator.handle(request)
        text = found.body.decode()
        return Answer(
            found.status, text, dict(found.headers), found.content_type, found.delay_seconds, found.drop
        )

    def sign_in(self, *scopes: str) -> Caller:
        """Take tokens without the consent page."""
        asked = {"action": "grant"} | ({"scopes": list(scopes)} if scopes else {})
        self.token = self.control("tokens", asked)["access_token"]
        return self

    def control(self, name: str, given: dict[str, Any]) -> Any:
        answer = self.send("POST", f"/__sim__/{name}", body=json.dumps(given).encode())
        assert answer.status == 200, answer.text
        return answer.json

    def look(self, name: str, **query: Any) -> Any:
        answer = self.send("GET", f"/__sim__/{name}", query=query)
        assert answer.status == 200, answer.text
        return answer.json

    # Accounts.
    def authorize(self, *, decision: str = "accept", **changes: str | None) -> Answer:
        """Press a button of the consent page; a parameter that is None is left out."""
        usual: dict[str, str | None] = {
            "response_type": "code",
            "client_id": "1000.LOCALSIMULATOR",
            "redirect_uri": CALLBACK,
            "scope": SCOPES,
            "access_type": "offline",
            "prompt": "consent",
            "state": "st",
            "code_challenge": CHALLENGE,
            "code_challenge_method": "S256",
        }
        given = {name: value for name, value in (usual | changes).items() if value is not None}
        return self.send("POST", "/oauth/v2/auth", form=given | {"decision": decision})

    def exchange(self, code: str, /, **changes: str) -> Answer:
        return self.send(
            "POST",
            "/oauth/v2/token",
            form={
                "grant_type": "authorization_code",
                "code": code,
                "client_id": "1000.LOCALSIMULATOR",
                "client_secret": "simulator-secret",
                "redirect_uri": CALLBACK,
                "code_verifier": VERIFIER,
            }
            | changes,
        )

    def refresh(self, refresh_token: str, /, **changes: str) -> Answer:
        return self.send(
            "POST",
            "/oauth/v2/token",
            form={
                "grant_type": "refresh_token",
                "refresh_token": refresh_token,
                "client_id": "1000.LOCALSIMULATOR",
                "client_secret": "simulator-secret",
            }
            | changes,
        )

    def consent(self, **changes: str) -> dict[str, Any]:
        """Walk through authorize and exchange; answers the token response."""
        tokens: dict[str, Any] = self.exchange(self.authorize(**changes).redirect["code"]).json
        return tokens

    # Books.
    def books(self, path: str, **query: Any) -> Answer:
        return self.send("GET", f"/books/v3/{path}", query={"organization_id": ORGANIZATION} | query)

    def walk(self, **query: Any) -> list[dict[str, Any]]:
        """All rows of the contact list, page by page."""
        rows: list[dict[str, Any]] = []
        page, more = 1, True
        while more:
            answer = self.books("contacts", page=page, **query).json
            rows += answer["contacts"]
            more, page = answer["page_context"]["has_more_page"], page + 1
        return rows

    # Campaigns.
    def campaigns(self, path: str, **query: Any) -> Answer:
        return self.send("GET", f"/api/v1.1/{path}", query={"resfmt": "JSON"} | query)

    @property
    def list_key(self) -> str:
        key: str = self.world.campaigns.lists(self.settings.mailing_lists)[0].key
        return key

    def subscribe(self, email: str, *, topic_id: str = "", list_key: str = "", **fields: Any) -> Answer:
        """Post one contact; underscores in field names stand for blanks."""
        info = {"Contact Email": email} | {name.replace("_", " "): value for name, value in fields.items()}
        form = {"resfmt": "JSON", "listkey": list_key or self.list_key, "contactinfo": json.dumps(info)}
        if topic_id:
            form["topic_id"] = topic_id
        return self.send("POST", "/api/v1.1/json/listsubscribe", form=form)

    def contact(self, email: str) -> dict[str, Any] | None:
        """What Campaigns holds about a member of the first list."""
        found = self.look(f"lists/{self.list_key}/contacts")["contacts"]
        return next((one for one in found if one["email"] == email), None)
