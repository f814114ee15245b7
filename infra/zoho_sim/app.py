"""The simulator as one function: which endpoint a request means, its faults, its answer."""

from __future__ import annotations

import threading
from collections.abc import Callable

from infra.zoho_sim import accounts, books, campaigns, campaigns_fields, control, subscribe
from infra.zoho_sim.campaigns_wire import ROOT as CAMPAIGNS
from infra.zoho_sim.faults import HTML_PAGE, Fault
from infra.zoho_sim.routes import ENDPOINTS
from infra.zoho_sim.wire import Request, Response, html_response, json_response
from infra.zoho_sim.world import World

Handler = Callable[[World, Request, str], Response]

BOOKS = "/books/v3/"
CONTROL = "/__sim__/"
_CONTACT = f"{BOOKS}contacts/"
_PERSONS = "/contactpersons"

ROUTES: dict[tuple[str, str], tuple[str, Handler]] = {
    ("GET", "/oauth/v2/auth"): ("accounts.authorize", accounts.authorize),
    ("POST", "/oauth/v2/auth"): ("accounts.authorize", accounts.authorize),
    ("POST", "/oauth/v2/token"): ("accounts.token", accounts.token),
    ("POST", "/oauth/v2/token/revoke"): ("accounts.revoke", accounts.revoke),
    ("GET", "/oauth/user/info"): ("accounts.userinfo", accounts.user_info),
    ("GET", f"{BOOKS}organizations"): ("books.organizations", books.organizations),
    ("GET", f"{BOOKS}users/me"): ("books.users_me", books.users_me),
    ("GET", f"{BOOKS}contacts"): ("books.contacts", books.contacts),
    ("GET", f"{BOOKS}settings/preferences/customfields"): ("books.customfields", books.custom_fields),
    ("GET", f"{CAMPAIGNS}getmailinglists"): ("campaigns.getmailinglists", campaigns.mailing_lists),
    ("GET", f"{CAMPAIGNS}getlistsubscribers"): ("campaigns.getlistsubscribers", campaigns.list_subscribers),
    ("GET", f"{CAMPAIGNS}listsubscriberscount"): (
        "campaigns.listsubscriberscount",
        campaigns.subscribers_count,
    ),
    ("GET", f"{CAMPAIGNS}contact/allfields"): ("campaigns.allfields", campaigns_fields.all_fields),
    ("POST", f"{CAMPAIGNS}custom/add"): ("campaigns.customadd", campaigns_fields.custom_add),
    ("GET", f"{CAMPAIGNS}topics"): ("campaigns.topics", campaigns_fields.topics),
    ("POST", f"{CAMPAIGNS}json/listsubscribe"): ("campaigns.listsubscribe", subscribe.list_subscribe),
    ("POST", f"{CAMPAIGNS}json/listunsubscribe"): ("campaigns.listunsubscribe", subscribe.list_unsubscribe),
    ("POST", f"{CAMPAIGNS}json/contactdonotmail"): (
        "campaigns.contactdonotmail",
        subscribe.contact_do_not_mail,
    ),
}
if {endpoint for endpoint, _ in ROUTES.values()} | {"books.contact", "books.contactpersons"} != ENDPOINTS:
    raise ValueError("the routes and the list of endpoint names differ")


def _unknown(_world: World, _request: Request, _: str) -> Response:
    return json_response({"error": "not_found"}, 404, result=404)


def route(method: str, path: str) -> tuple[str, Handler, str]:
    """Find the endpoint's name, its handler and the id in the path."""
    found = ROUTES.get((method, path))
    if found is not None:
        return *found, ""
    if path.startswith(CAMPAIGNS):
        return "campaigns.unknown", campaigns.unknown, ""
    if not path.startswith(BOOKS):
        return "unknown", _unknown, ""
    if method == "GET" and path.startswith(_CONTACT):
        identifier = path.removeprefix(_CONTACT)
        if identifier.endswith(_PERSONS):
            return "books.contactpersons", books.contact_persons_of, identifier.removesuffix(_PERSONS)
        if identifier and "/" not in identifier:
            return "books.contact", books.contact, identifier
    return "books.unknown", books.unknown, ""


class Simulator:
    """Answers requests one at a time; safe to share between threads."""

    def __init__(self, world: World) -> None:
        self.world = world
        self.lock = threading.RLock()

    def handle(self, request: Request) -> Response:
        """Answer a request; waiting (`delay_seconds`) and closing (`drop`) are left to the transport."""
        with self.lock:
            if request.path.startswith(CONTROL):
                return control.answer(self.world, request)
            return self._zoho(request)

    def _zoho(self, request: Request) -> Response:
        world = self.world
        endpoint, handler, argument = route(request.method, request.path)
        request.latency_seconds = world.latency_seconds(endpoint)
        fault = world.faults.firing(endpoint, request)
        if fault is not None:
            world.stats.faults[endpoint] += 1
        response = self._faulty(fault, endpoint, handler, request, argument)
        response.delay_seconds += request.latency_seconds
        world.stats.note(endpoint, response.result)
        return response

    def _faulty(
        self, fault: Fault | None, endpoint: str, handler: Handler, request: Request, argument: str
    ) -> Response:
        if fault is None:
            return self._answered(endpoint, handler, request, argument)
        if fault.action == "delay":
            response = self._answered(endpoint, handler, request, argument)
        else:
            if fault.after_effect:
                handler(self.world, request, argument)
            response = fault.response()
        response.delay_seconds += fault.delay_ms / 1000
        return response

    def _answered(self, endpoint: str, handler: Handler, request: Request, argument: str) -> Response:
        response = handler(self.world, request, argument)
        if endpoint in self.world.settings.html_endpoints:
            return html_response(HTML_PAGE, self.world.settings.html_status)
        return response
