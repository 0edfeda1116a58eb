"""The AWS calls of the endpoint routes, and the permissions they need. Each call also fails once."""

import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import pytest

from paysandbox.aws.hashing_keys import hashing_keys
from paysandbox.aws.resources import (
    BIND_KEY,
    DELIVERIES as DELIVERIES_TABLE,
    DELIVERY_QUEUE,
    ENDPOINTS as ENDPOINTS_TABLE,
    EVENTS as EVENTS_TABLE,
)
from paysandbox.aws.schema import DELIVERIES, ENDPOINTS, EVENTS
from paysandbox.http.route import Route
from paysandbox.webhooks.endpoint import DisabledBecause
from paysandbox.webhooks.endpoints import secrets as webhook_secrets
from paysandbox.webhooks.routes import (
    CREATE_ENDPOINT,
    DELETE_ENDPOINT,
    ENABLE_ENDPOINT,
    ENDPOINT_ROUTES,
    GET_ENDPOINT,
    LIST_ENDPOINTS,
    PING_ENDPOINT,
    ROTATE_ENDPOINT,
    UPDATE_ENDPOINT,
)
from tests.support import aws_transport as on_the_wire, build, table_snapshot, tables
from tests.support.aws_transport import Fault, Killed, Sent, Wire
from tests.support.build import MONDAY
from tests.support.call import Reply
from tests.support.endpoints import Subscriber
from tests.support.tiers import full_but
from tests.webhooks.handlers.conftest import Queues

KEY = "the-key"
CLAIM = ("PutItem", "ledger")
CHANGE = ("UpdateItem", ENDPOINTS)
READ = ("GetItem", ENDPOINTS)

Ask = Callable[[], Reply]


@dataclass(frozen=True)
class Case:
    """A request after some setup, and its expected calls: operation and table, or queue."""

    name: str
    route: Route
    calls: tuple[tuple[str, str], ...]
    given: Callable[[Subscriber], Ask]

    def __str__(self) -> str:
        return f"{self.route.name}: {self.name}"


def _of_one(ask: Callable[[Subscriber, str], Reply]) -> Callable[[Subscriber], Ask]:
    def given(acme: Subscriber) -> Ask:
        endpoint_id = acme.created()
        return lambda: ask(acme, endpoint_id)

    return given


def _of_a_disabled_one(ask: Callable[[Subscriber, str], Reply]) -> Callable[[Subscriber], Ask]:
    def given(acme: Subscriber) -> Ask:
        endpoint_id = acme.created()
        acme.fails(endpoint_id, MONDAY, because=DisabledBecause.FAILING)
        return lambda: ask(acme, endpoint_id)

    return given


def _second(acme: Subscriber) -> Ask:
    acme.created()
    return lambda: acme.create(KEY)


CASES = (
    Case("the first", CREATE_ENDPOINT, (CLAIM, CHANGE, ("PutItem", ENDPOINTS)), lambda acme: lambda: acme.create(KEY)),
    Case("the second", CREATE_ENDPOINT, (CLAIM, CHANGE), _second),
    Case("all", LIST_ENDPOINTS, (READ,), lambda acme: lambda: acme.client._send(LIST_ENDPOINTS)),
    Case("one", GET_ENDPOINT, (READ,), _of_one(Subscriber.get)),
    Case("a URL", UPDATE_ENDPOINT, (CHANGE,), _of_one(lambda acme, one: acme.update(one, url="https://example.org"))),
    Case(
        "the URL that it has",
        UPDATE_ENDPOINT,
        (CHANGE,),
        _of_one(lambda acme, one: acme.update(one, url=build.endpoint_body()["url"])),
    ),
    Case(
        "describe, with the URL that it has",
        UPDATE_ENDPOINT,
        (CHANGE, CHANGE),
        _of_one(lambda acme, one: acme.update(one, url=build.endpoint_body()["url"], description="new")),
    ),
    Case("disable", UPDATE_ENDPOINT, (CHANGE,), _of_one(lambda acme, one: acme.update(one, status="disabled"))),
    Case(
        "enable and describe",
        UPDATE_ENDPOINT,
        (CHANGE,),
        _of_a_disabled_one(lambda acme, one: acme.update(one, status="enabled", description="new")),
    ),
    Case(
        "describe, and enable what is enabled",
        UPDATE_ENDPOINT,
        (CHANGE, CHANGE),
        _of_one(lambda acme, one: acme.update(one, status="enabled", description="new")),
    ),
    Case("one", DELETE_ENDPOINT, (CHANGE,), _of_one(Subscriber.delete)),
    Case("one", ROTATE_ENDPOINT, (CLAIM, CHANGE), _of_one(lambda acme, one: acme.rotate(one, KEY))),
    Case("one", ENABLE_ENDPOINT, (CLAIM, CHANGE), _of_a_disabled_one(lambda acme, one: acme.enable(one, KEY))),
    Case(
        "one",
        PING_ENDPOINT,
        (CLAIM, READ, ("PutItem", EVENTS), ("PutItem", DELIVERIES), ("SendMessageBatch", "deliveries")),
        _of_one(lambda acme, one: acme.ping(one, KEY)),
    ),
)


@pytest.mark.parametrize("case", CASES, ids=str)
def test_the_calls_of_an_operation(case: Case, acme: Subscriber, wire: Wire, queues: Queues) -> None:
    """The secrets are cached."""
    ask = case.given(acme)
    hashing_keys()
    webhook_secrets.master()
    with wire.record() as sent:
        assert ask().status == 200
    assert tuple(_place(one) for one in sent) == case.calls


@pytest.mark.parametrize("route", ENDPOINT_ROUTES, ids=lambda route: route.name)
def test_a_function_is_granted_what_it_uses_and_nothing_else(route: Route) -> None:
    used = {call for case in CASES if case.route is route for call in case.calls}
    of_row = {(grant.resource, action) for grant in route.grants for action in grant.actions}
    granted = {
        (action, resource.name)
        for resource, action in of_row
        if resource in (ENDPOINTS_TABLE, EVENTS_TABLE, DELIVERIES_TABLE)
    }
    granted |= {CLAIM} if BIND_KEY in route.grants else set()
    granted |= {("SendMessageBatch", "deliveries")} if route.may_use(DELIVERY_QUEUE) else set()
    assert used == granted
    assert (BIND_KEY in route.grants) is route.idempotent


# On a call's first attempt, or on all of them; and how the request ends: with a status, or without.
TROUBLES: tuple[tuple[str, Fault, bool, int | None], ...] = (
    ("connection gone", on_the_wire.never_left, False, 200),
    ("answer lost", on_the_wire.answer_lost, False, 200),
    ("every answer lost", on_the_wire.answer_lost, True, 503),
    ("failing", on_the_wire.refused_with(500, "InternalServerError"), True, 503),
    ("killed before", on_the_wire.killed_before, False, None),
    ("killed after", on_the_wire.killed_after, False, None),
)


@pytest.mark.no_cover
@pytest.mark.parametrize("case", [case for case in CASES if case.route.method != "GET"], ids=str)
@pytest.mark.parametrize(
    "name, fault, lasting, status",
    full_but(TROUBLES, keep=lambda trouble: trouble[0] == "killed after", rows=True),
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_a_retry_after_any_failure_has_one_effect(
    case: Case, name: str, fault: Fault, lasting: bool, status: int | None, acme: Subscriber, wire: Wire, queues: Queues
) -> None:
    """The client retries; the final state and the client's answer are the same as without a fault."""
    ask = case.given(acme)
    before, webhooks_before = table_snapshot.take(), table_snapshot.take_webhooks()
    tables.forget(clients=False)  # so that reading the secrets is among the calls
    with wire.record() as recorded:
        faultless = ask()
    expected = _story()
    queues.take("deliveries")
    for number in {one.call for one in recorded}:
        where = f"{name} at call {number} ({recorded[number].operation})"
        table_snapshot.put_back(before)
        table_snapshot.put_back_webhooks(webhooks_before)
        tables.forget(clients=False)

        def hit(sent: Sent, number: int = number) -> bool:
            return sent.call == number and (lasting or sent.attempt == 0)

        with wire.broken(fault, when=hit):
            try:
                first = ask()
            except Killed:
                first = None
        assert (first.status if first else None) == status, where
        retry = ask()
        assert retry.status == 200, where
        assert _without_ids(retry.text) == _without_ids(faultless.text), where
        if first is not None and first.status == 200 and case.route.idempotent:
            assert (retry.text, retry.replayed) == (first.text, True), where
        assert _story() == expected, where
        if case.route.may_use(DELIVERY_QUEUE):
            assert queues.take("deliveries"), where


def _place(sent: Sent) -> tuple[str, str]:
    if "QueueUrl" in sent.parameters:
        return sent.operation, sent.parameters["QueueUrl"].rpartition("/")[2]
    table = sent.parameters["TableName"]
    return sent.operation, "ledger" if table == tables.TABLE else table.rpartition("-")[2]


_ID = re.compile(r"\b(we|wd|evt|clm|wrot|wenb|wpng)_[a-z2-7]{26}")
_TIME = re.compile(r"\d{4}-\d\d-\d\dT[\d:.]+Z")
_SECRET = re.compile(r"whsec_[\w+/=]+")
_OF_TIMES_AND_IDS = re.compile(r"purge_at|listed_at|request_id|\w+_key")


def _without_ids(text: str) -> str:
    for form in (_ID, _TIME, _SECRET):
        text = form.sub("…", text)
    return text


def _story() -> list[str]:
    """Return the tables' contents, up to ids and times."""
    return sorted(_without_ids(str(_told(item))) for item in [*table_snapshot.items(), *table_snapshot.webhook_items()])


def _told(value: Any) -> Any:
    if not isinstance(value, dict):
        return value
    return {name: _told(value[name]) for name in sorted(value) if not _OF_TIMES_AND_IDS.fullmatch(name)}
