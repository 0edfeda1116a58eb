"""The cost of a request: the AWS calls of each operation, counted on the wire, and the permissions they need."""

import re
from datetime import timedelta
from typing import Any

import pytest

from api_reference.routes import ROUTES
from paysandbox.aws.hashing_keys import hashing_keys
from paysandbox.aws.resources import Grant
from paysandbox.aws.schema import CUSTOMERS, DISBURSEMENTS, LEDGER, MERCHANT_FUNDS, MERCHANT_SETTINGS, STRIPE_OBJECTS
from paysandbox.disbursements.routes import RECEIVE_PAYPAL_EVENT
from paysandbox.http.route import Route
from paysandbox.payments.routes import AUTHORIZE_PAYMENT, CAPTURE_PAYMENT, GET_HEALTH, GET_PAYMENT
from paysandbox.stripe_api.objects.expand import grants_to_expand
from paysandbox.stripe_api.routes import ROUTES as STRIPE_ROUTES
from tests.support.builders import build
from tests.support.builders.scenario import Scenario
from tests.support.builders.scenarios import EVERY_SCENARIO, first_of
from tests.support.clients.call import Merchant, send
from tests.support.tools.ledger_audit import audit
from tests.support.tools.tiers import first_of_each, full_but
from tests.support.worlds import table_snapshot, tables
from tests.support.worlds.aws_transport import Sent, Wire
from tests.support.worlds.handlers import Clock

# Other tests run every line that this file runs; tracing would double its time.
pytestmark = pytest.mark.untraced

_OF_SECRETS = frozenset({"GetSecretValue"})
# Of a presigned link, by the wall clock.
# What differs between the answers to two requests: the signature of a link, and the log's URL of a refusal.
_OF_REQUEST = re.compile(
    r'X-Amz-(?:Date|Signature)=\w+|"expires_at":"[^"]+"(?=,"format")|/requests/req_\w+|code=ac_\w+'
)


# The others are counted by tests of their features: <group>/test_<donation or disbursement>_calls.py, clock/handlers.
CALLED = [
    route
    for route in (*ROUTES, *STRIPE_ROUTES)
    if first_of(route).counted and route.group != "clock" and route is not RECEIVE_PAYPAL_EVENT
]
FIRST_OF_KIND = first_of_each(CALLED, by=lambda route: (route.group, route.idempotency is not None))


@pytest.mark.parametrize("route", full_but(CALLED, keep=FIRST_OF_KIND), ids=lambda route: route.name)
def test_requests_make_these_calls_with_exactly_these_rights(route: Route, demo: Merchant, wire: Wire) -> None:
    """Every scenario of a route, in a new execution environment.

    No read precedes the first write, and no write is unnecessary. A replay takes no more calls; where an operation has
    an idempotency record, the record names the operation to look for. The role is built from the route's row: actions
    on tables, indexes to query, whether it claims and delivers. The rights with which a simulation reaches a
    disbursement are in test_disbursement_calls.py.
    """
    used: set[tuple[str, str]] = set()
    for scenario in EVERY_SCENARIO:
        if scenario.route is route:
            used |= {right for call in _calls_of(scenario, demo, wire) for right in _rights(call)}
    grants = [
        grant
        for grant in route.grants
        if not (route.group == "simulate" and grant.resource.name in (CUSTOMERS, DISBURSEMENTS, MERCHANT_FUNDS))
    ]
    # Most scenarios expand nothing: tests/stripe_api/handlers/resources/test_expand.py does.
    own = [grant for grant in grants if grant not in grants_to_expand(route.shows)]
    assert _rights_of(own) <= used <= _rights_of(grants)


def _rights_of(grants: list[Grant]) -> set[tuple[str, str]]:
    rights = {(_granted(grant), _AS_CALLED.get(action, action)) for grant in grants for action in grant.actions}
    return {(place, action) for place, action in rights if action not in _OF_SECRETS and place != "reports"}


def _calls_of(scenario: Scenario, demo: Merchant, wire: Wire) -> list[Sent]:
    """Return the calls of a scenario, after a comparison with its row, without those that read secrets."""
    table_snapshot.put_back(table_snapshot.EMPTY)
    clock = Clock()
    clock.advance(timedelta())
    parts = scenario.given(demo, clock)
    tables.forget(clients=False)
    with wire.record() as sent:
        first = scenario.ask(parts)
    with wire.record() as sent_again:
        again = scenario.ask(parts)
    calls = [call for call in sent if call.operation not in _OF_SECRETS]
    operations, wanted = [call.operation for call in calls], list(scenario.calls)
    if scenario.side_by_side:
        operations, wanted = sorted(operations), sorted(wanted)
    assert first.status == scenario.status, scenario
    assert operations == wanted, scenario
    # Each secret is read once, on the first request; a route that is not configured with it never does.
    assert len(sent) - len(calls) == len(scenario.secrets), scenario
    assert {call.operation for call in sent_again}.isdisjoint(_OF_SECRETS), scenario
    if scenario.route.method == "DELETE" and scenario.route in STRIPE_ROUTES:
        assert again.status in (403, 404), scenario  # Stripe deletes an object once
    else:
        assert _OF_REQUEST.sub("", again.text) == _OF_REQUEST.sub("", first.text), scenario
    if scenario.route.idempotency or scenario.route.method == "GET":  # others may find what they changed
        assert len(sent_again) <= len(scenario.calls), scenario
    audit()
    return calls


@pytest.mark.parametrize(
    "route, parts, calls",
    [
        # Rejected by request validation: no AWS call.
        (AUTHORIZE_PAYMENT, {"body": build.authorize_body(amount=0)}, []),
        (AUTHORIZE_PAYMENT, {"body": build.authorize_body(), "key": None}, []),
        (AUTHORIZE_PAYMENT, {"body": build.authorize_body(), "api_key": "sk_test_x"}, []),
        (CAPTURE_PAYMENT, {"body": build.capture_body("no-id-of-ours")}, []),
        (GET_PAYMENT, {"path": {"transaction_id": "no-id-of-ours"}}, []),
        # Rejected by the stored state.
        (CAPTURE_PAYMENT, {"body": build.capture_body()}, ["PutItem", "UpdateItem"]),
        (GET_PAYMENT, {"path": {"transaction_id": build.PAYMENT_ID}}, ["GetItem"]),
    ],
)
def test_calls_of_a_failed_request(route: Route, parts: dict[str, Any], calls: list[str], wire: Wire) -> None:
    hashing_keys()
    with wire.record() as sent:
        reply = send(route, **parts)
    assert 400 <= reply.status < 500
    assert [call.operation for call in sent] == calls


# Permission to send a batch is permission to send each of its messages, and two queues count as one here.
_AS_CALLED = {"SendMessage": "SendMessageBatch"}
_CALLED = {
    "IdempotencyRecords": LEDGER,
    "SharedIdempotencyRecords": LEDGER,
    "Clock": MERCHANT_SETTINGS,
    "BalanceJournal": MERCHANT_FUNDS,
    "Platforms": STRIPE_OBJECTS,
    "suspects": "deliveries",
}


def _granted(grant: Grant) -> str:
    """Return the resource of a grant, as `_resources` names it."""
    name = _CALLED.get(grant.resource.name, grant.resource.name)
    return f"{name}/{grant.index.name}" if grant.index else name


def _rights(call: Sent) -> list[tuple[str, str]]:
    """Return what a call needs: the resource and the action. A transaction needs those of its operations."""
    if call.operation == "TransactWriteItems":
        parts = [part for each in call.parameters["TransactItems"] for part in each.items()]
        return [(write["TableName"].removeprefix("paysandbox-test-"), f"{name}Item") for name, write in parts]
    return [(place, call.operation) for place in _resources(call)]


def _resources(call: Sent) -> list[str]:
    """Return the tables of a call or its index, or that it went to a queue."""
    if "QueueUrl" in call.parameters:
        return ["deliveries"]
    called = call.parameters.get("RequestItems") or [call.parameters["TableName"]]
    names = [table.removeprefix("paysandbox-test-") for table in called]
    index = call.parameters.get("IndexName")
    return [f"{name}/{index}" if index else name for name in names]


@pytest.mark.full
def test_number_of_calls_does_not_depend_on_history(demo: Merchant, wire: Wire) -> None:
    auth_id = demo.authorized(100_00)
    for _ in range(20):
        demo.captured(1_00, of=auth_id)
    hashing_keys()
    with wire.record() as sent:
        assert demo.capture(auth_id, amount=1_00).status == 200
        assert demo.payment(auth_id).status == 200
    assert [call.operation for call in sent] == ["PutItem", "UpdateItem", "GetItem"]


def test_a_third_use_of_a_key_takes_three_calls(demo: Merchant, clock: Clock, wire: Wire) -> None:
    """Each later use goes through the first payment to the idempotency record and from there to its own payment."""
    for _ in range(2):
        demo.authorize("the-key")
        clock.advance(timedelta(hours=25))
    with wire.record() as sent:
        assert not demo.authorize("the-key").replayed
    assert [call.operation for call in sent] == ["PutItem"] * 3
    assert send(GET_HEALTH).status == 200
