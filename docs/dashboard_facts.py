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
from paysandbox.http.route import Route
from paysandbox.payments.bank.decline_codes import REASONS
from paysandbox.payments.bank.outcome import Challenge
from paysandbox.payments.bank.response import RiskLevel
from paysandbox.payments.bank.test_cards import ALL_PASS, AUTHENTICATED, TEST_CARDS, TestCard
from paysandbox.payments.disputes.dispute import DisputeReason
from paysandbox.stripe_api.catalog.releases import RELEASES
from paysandbox.stripe_api.declared import RESOURCES
from paysandbox.stripe_api.resources.examples import EXAMPLES
from paysandbox.stripe_api.routes import BASE_PATH, RESOURCE_ROUTES, ROUTES
from paysandbox.stripe_api.version import OLDEST_RENDERED

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


_OF_EVERY_LIST: Final = ("expand", "limit", "starting_after", "ending_before", "created")
"""The parameters that say nothing about what is listed."""

_OTHER_NAMES: Final[Mapping[str, str]] = {"/balance/history": "/balance_transactions", "/account": "/accounts"}
"""Paths with which an earlier version of Stripe's API names what another path lists, and one of a single object."""


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


def stripe_lists_json() -> str:
    """Return the lists of the Stripe-compatible API, and the versions of it that render objects differently.

    A list has its path, Stripe's name of its objects (`shows`), the parameters that limit it (`filters`) with the
    choices of each, whether it takes times (`created`), whether one of its objects can be retrieved (`retrieved`),
    whether it is of all objects of a declared resource (`declared`), and the fields of an object that are IDs of others
    (`names`). A path with `{id}` is that of a list that an object has. `belongs` has, by the path of an object's own
    list, the paths of the lists that it limits, with the parameter.
    """
    listed = {route.path: route for route in ROUTES if route.method == "GET" and _is_list(route)}
    retrieved = {route.path.rpartition("/{")[0] for route in ROUTES if route.method == "GET" and route.path[-1] == "}"}
    paths = {route.shows: path for path, route in listed.items() if "{" not in path}
    lists: list[Mapping[str, Any]] = []
    belongs: dict[str, list[Mapping[str, str]]] = {}
    for path, route in sorted(listed.items()):
        resource = RESOURCES.get(route.shows or "")
        filters = _filters(route)
        lists.append(
            {
                "path": path[1:].replace("{charge}", "{id}"),
                "shows": route.shows,
                "filters": filters,
                "created": "created" in _parameters(route),
                "retrieved": path in retrieved,
                "declared": resource is not None and not resource.rules.holder and "{" not in path,
                "names": [] if resource is None else [*resource.naming],
            }
        )
        for each in filters:
            named = resource.naming.get(each["name"]) if resource is not None else None
            of = paths.get((named.names or "") if named is not None else each["name"])
            if of is not None and of != path:
                belongs.setdefault(of[1:], []).append({"path": path[1:], "by": each["name"]})
    for path, route in sorted(listed.items()):
        own = path[1:].partition("/{")[0]
        if "{" in path and all(listed[f"/{each['path']}"].shows != route.shows for each in belongs.get(own, [])):
            belongs.setdefault(own, []).append({"path": path[1:].replace("{charge}", "{id}"), "by": "id"})
    newest_first = [release for release in reversed(RELEASES) if release >= OLDEST_RENDERED]
    return _text({"lists": lists, "belongs": belongs, "versions": newest_first})


def _parameters(route: Route) -> Mapping[str, Any]:
    return {} if route.query_shape is None else route.query_shape.model_json_schema().get("properties", {})


def _is_list(route: Route) -> bool:
    is_search = route.path.endswith("/search")
    return "starting_after" in _parameters(route) and not is_search and route.path not in _OTHER_NAMES


def _filters(route: Route) -> list[Mapping[str, Any]]:
    """Return the parameters that a form can have: texts, and choices with their values."""
    found: list[Mapping[str, Any]] = []
    for name, schema in _parameters(route).items():
        kinds = [each for each in schema.get("anyOf", [schema]) if each.get("type") != "null"]
        if name in _OF_EVERY_LIST or len(kinds) != 1:
            continue
        (kind,) = kinds
        if kind.get("type") == "boolean":
            found.append({"name": name, "choices": ["true", "false"]})
        elif kind.get("type") == "string":
            found.append({"name": name, "choices": kind.get("enum", [kind["const"]] if "const" in kind else [])})
    return found


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
        pages / "api" / "stripeLists.json": stripe_lists_json(),
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
