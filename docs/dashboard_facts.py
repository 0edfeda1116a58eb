"""Facts that the dashboard's forms offer, from the tables of the code.

python docs/dashboard_facts.py     write them beside the forms, as every npm script of dashboard/ does first
"""

import json
import os
import re
from collections.abc import Mapping, Sequence
from enum import StrEnum
from pathlib import Path
from typing import Any, Final

from api_reference.code_samples import sdk_call
from cli.webhooks.event_types import OBJECT_EVENTS, STRIPE_EVENTS
from paysandbox.core.event_type import EventType
from paysandbox.payments.bank.decline_codes import REASONS
from paysandbox.payments.bank.outcome import Challenge
from paysandbox.payments.bank.response import RiskLevel
from paysandbox.payments.bank.test_cards import ALL_PASS, AUTHENTICATED, TEST_CARDS, TestCard
from paysandbox.payments.disputes.dispute import DisputeReason
from paysandbox.stripe_api.declared import RESOURCES
from paysandbox.stripe_api.resources.examples import EXAMPLES
from paysandbox.stripe_api.routes import BASE_PATH, RESOURCE_ROUTES, ROUTES

PAGES: Final = Path(__file__).resolve().parents[1] / "dashboard" / "src"


class Group(StrEnum):
    """What a test card is for, in the order of the list."""

    APPROVES = "approves"
    DECLINES = "declines"
    THREE_D_SECURE = "three_d_secure"
    CHECKS = "checks"
    LATER = "later"
    OTHER = "other"
    """Approves, and is of a certain country or kind."""


_PLAIN: Final = "approves"

_NATIVE_TRIGGERS: Final[Mapping[str, Sequence[str]]] = {
    EventType.PAYMENT_OPENED: ("create",),
    EventType.PAYMENT_AUTHORIZED: ("hold",),
    EventType.PAYMENT_DECLINED: ("decline",),
    EventType.PAYMENT_AUTHORIZATION_INCREMENTED: ("hold", "increment"),
    EventType.PAYMENT_INCREMENT_DECLINED: ("hold", "decline_increment"),
    EventType.PAYMENT_CAPTURED: ("hold", "capture"),
    EventType.PAYMENT_VOIDED: ("hold", "cancel"),
    EventType.PAYMENT_REFUNDED: ("pay", "refund"),
    EventType.PAYMENT_EXPIRED: ("hold", "expire"),
    EventType.TRANSACTION_SETTLED: ("pay", "settle"),
    EventType.SETTLEMENT_COMPLETED: ("pay", "settle"),
    EventType.ENDPOINT_PING: ("ping",),
}


_WITH_ROUTES_OF_THEIR_OWN: Final[Mapping[str, str]] = {
    "pm": "payment_methods",
    "seti": "setup_intents",
    "src": "sources",
}
"""The paths of resources that the kit does not retrieve, by the prefix of their IDs."""


def group_of(card: TestCard) -> Group:
    """Return what a card is for."""
    if card in AUTHENTICATED or isinstance(card.outcome, Challenge):
        return Group.THREE_D_SECURE
    if card.reason is not None:
        return Group.DECLINES
    if card.plan is not None:
        return Group.LATER
    if card.checks != ALL_PASS or card.risk_level != RiskLevel.NORMAL:
        return Group.CHECKS
    return Group.APPROVES if card.says == _PLAIN else Group.OTHER


def test_cards_json() -> str:
    """Return the published test cards, grouped by what they are for, and the reasons of declines and disputes."""
    groups = [*Group]
    cards = sorted(TEST_CARDS.values(), key=lambda card: groups.index(group_of(card)))
    says: dict[str, str] = {}
    for reason in REASONS:
        says.setdefault(reason.decline_code, reason.says)
    return _text(
        {
            "cards": [
                {
                    "number": card.number,
                    "brand": card.brand,
                    "result": card.says,
                    "group": group_of(card),
                    "publishers": ", ".join(card.publishers),
                }
                for card in cards
            ],
            "declines": [{"code": code, "says": text} for code, text in says.items()],
            "disputes": [*DisputeReason],
        }
    )


def event_types_json() -> str:
    """Return the event types to subscribe to: the sandbox's own, and Stripe's that the sandbox sends."""
    return _text({"native": [*EventType], "stripe": sorted({*STRIPE_EVENTS, *OBJECT_EVENTS})})


def triggers_json() -> str:
    """Return the events that `paysandbox trigger` causes, with the operations behind each.

    A payment is made over the Stripe-compatible API, also for an event of the sandbox's own.
    """
    return _text({**_NATIVE_TRIGGERS, **STRIPE_EVENTS, **OBJECT_EVENTS})


def sdk_methods_json() -> str:
    """Return the methods of Stripe's SDKs for the routes of the Stripe-compatible API, with `*` for an ID in a path."""
    calls = [(route, sdk_call(route, route.path)) for route in ROUTES]
    return _text(
        {
            "methods": [
                {
                    "method": route.method,
                    "path": f"/{BASE_PATH}{re.sub(r'{[^}]*}', '*', route.path)}",
                    "python": call.python,
                    "node": call.node,
                }
                for route, call in calls
                if call is not None
            ]
        }
    )


def resources_json() -> str:
    """Return where the objects of declared resources are found, by the prefix of their IDs, and the requests of those
    that have an example, by the names of the operations of `trigger`."""
    retrieved = [
        each.resource for each in RESOURCE_ROUTES if each.operation == "get" and not each.resource.rules.holder
    ]
    paths = {each.prefix.partition("_")[0]: each.path[1:] for each in retrieved}
    return _text(
        {
            "paths": paths | _WITH_ROUTES_OF_THEIR_OWN,
            "creations": {f"create_{name}": _request(name, each.created) for name, each in EXAMPLES.items()},
            "updates": {f"update_{name}": _request(name, each.updated) for name, each in EXAMPLES.items()},
        }
    )


def _request(name: str, form: Mapping[str, str]) -> Mapping[str, Any]:
    return {"path": RESOURCES[name].path, "form": form}


def _text(facts: Mapping[str, Any]) -> str:
    return json.dumps(facts, indent=1, ensure_ascii=False) + "\n"


def tables(pages: Path = PAGES) -> dict[Path, str]:
    """Return the content of every table, by path."""
    return {
        pages / "try" / "testCards.json": test_cards_json(),
        pages / "activity" / "sdkMethods.json": sdk_methods_json(),
        pages / "webhooks" / "eventTypes.json": event_types_json(),
        pages / "app" / "triggers.json": triggers_json(),
        pages / "api" / "resources.json": resources_json(),
    }


def write(pages: Path = PAGES) -> None:
    """Write the tables that have changed. A development server, which watches them, never reads half of one."""
    for path, text in tables(pages).items():
        if not path.exists() or path.read_text() != text:
            new = path.with_suffix(f".{os.getpid()}.tmp")
            new.write_text(text)
            new.replace(path)


if __name__ == "__main__":
    write()
