"""The names of the endpoints, as statistics, limits, latencies and faults use them."""

from __future__ import annotations

ENDPOINTS = frozenset(
    {
        "accounts.authorize",
        "accounts.token",
        "accounts.revoke",
        "accounts.userinfo",
        "books.organizations",
        "books.users_me",
        "books.contacts",
        "books.contact",
        "books.contactpersons",
        "books.customfields",
        "campaigns.getmailinglists",
        "campaigns.getlistsubscribers",
        "campaigns.listsubscriberscount",
        "campaigns.allfields",
        "campaigns.customadd",
        "campaigns.topics",
        "campaigns.listsubscribe",
        "campaigns.listunsubscribe",
        "campaigns.contactdonotmail",
    }
)
