"""The calls of the donation routes to AWS and Stripe, and the permissions they need. Each call also fails."""

import importlib
from collections import Counter
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from typing import Any

import pytest

from donations import create_donation_intent, receive_stripe_event
from paysandbox.aws import runtime
from paysandbox.aws.resources import STRIPE_SECRET_KEY
from paysandbox.donations import stripe_secrets
from paysandbox.donations.routes import (
    CREATE_DONATION_INTENT,
    GET_DONATION_TOTAL,
    LIST_DONATIONS,
    LIST_MY_DONATIONS,
    LIST_RECENT_DONATIONS,
    RECEIVE_STRIPE_EVENT,
    ROUTES,
)
from paysandbox.http.middleware import warm_up
from paysandbox.http.route import Route
from tests.support.clients.call import Reply
from tests.support.clients.donation_requests import (
    ADA,
    Account,
    donation_rows,
    forget_secrets,
    kept,
    listed,
    paid,
    post_event,
    recent,
    rows,
    total,
)
from tests.support.tools.tiers import full_but
from tests.support.worlds import aws_transport as on_the_wire, tables
from tests.support.worlds.aws_transport import Fault, Killed, Sent, Wire

BEGIN = ("PutItem", "PutItem", "PutItem", "UpdateItem")
"""The writes of the single transaction: claim, donation, owner, profile."""


@dataclass(frozen=True)
class Case:
    """A request after some setup, and its expected calls: to AWS, and the number of calls to Stripe."""

    name: str
    route: Route
    calls: tuple[str, ...]
    rights: tuple[str, ...]
    asks_stripe: int
    ask: Callable[[], Reply]
    given: Callable[[], Any] = lambda: None

    def __str__(self) -> str:
        return f"{self.route.name}: {self.name}"


def three_paid() -> None:
    for amount in (50_00, 51_00, 52_00):
        paid(amount)


CASES = (
    Case("begun", CREATE_DONATION_INTENT, ("TransactWriteItems", "UpdateItem"), (*BEGIN, "UpdateItem"), 1, ADA.give),
    Case(
        "begun under a key",
        CREATE_DONATION_INTENT,
        ("TransactWriteItems", "UpdateItem"),
        (*BEGIN, "UpdateItem"),
        1,
        lambda: ADA.give(key="a-key"),
    ),
    Case(
        "again",
        CREATE_DONATION_INTENT,
        ("TransactWriteItems", "GetItem"),
        (*BEGIN, "GetItem"),
        1,
        lambda: ADA.give(key="a-key"),
        lambda: ADA.give(key="a-key"),
    ),
    Case(
        "again without a key",
        CREATE_DONATION_INTENT,
        ("TransactWriteItems", "GetItem"),
        (*BEGIN, "GetItem"),
        1,
        ADA.give,
        ADA.give,
    ),
    Case(
        "again without a key, with another message",
        CREATE_DONATION_INTENT,
        ("TransactWriteItems", "GetItem", "UpdateItem"),
        (*BEGIN, "GetItem", "UpdateItem"),
        1,
        lambda: ADA.give(message="For the roof"),
        ADA.give,
    ),
    Case(
        "again without a key, after the first was paid",
        CREATE_DONATION_INTENT,
        ("TransactWriteItems", "GetItem", "TransactWriteItems", "UpdateItem"),
        (*BEGIN, "GetItem", *BEGIN, "UpdateItem"),
        1,
        ADA.give,
        paid,
    ),
    Case("of three", GET_DONATION_TOTAL, ("Query",), ("Query",), 0, total, three_paid),
    Case("of three", LIST_RECENT_DONATIONS, ("Query",), ("Query",), 0, recent, three_paid),
    Case("of three", LIST_DONATIONS, ("Query",), ("Query",), 0, listed, three_paid),
    Case("a page", LIST_MY_DONATIONS, ("Query",), ("Query",), 0, ADA.mine, three_paid),
    Case("an event", RECEIVE_STRIPE_EVENT, ("SendMessage",), ("SendMessage",), 0, post_event),
)


def of_donations(sent: Sent) -> bool:
    """Return whether a donation function made the call, rather than the Stripe account, which is ours too."""
    asked = sent.parameters
    parts = [one for part in asked.get("TransactItems", []) for one in part.values()]
    return tables.GIVEN in {one.get("TableName") for one in (asked, *parts)} or "QueueUrl" in asked


def rights_for(sent: Sent) -> tuple[str, ...]:
    """Return the permissions for a call; a transaction needs those of its parts."""
    if sent.operation != "TransactWriteItems":
        return (sent.operation,)
    return tuple(f"{kind}Item" for part in sent.parameters["TransactItems"] for kind in part)


@pytest.fixture(autouse=True)
def secrets_are_known(secrets_at_first: None) -> None:
    stripe_secrets.secret_key().value()
    stripe_secrets.webhook_secret().value()


@pytest.mark.parametrize("case", CASES, ids=str)
def test_calls_of_an_operation(case: Case, stripe: Account, wire: Wire, queue: Any) -> None:
    case.given()
    stripe.asked.clear()
    with wire.record() as sent:
        assert case.ask().status == 200
    mine = [one for one in sent if of_donations(one)]
    assert tuple(one.operation for one in mine) == case.calls
    assert tuple(right for one in mine for right in rights_for(one)) == case.rights
    assert len(stripe.asked) == case.asks_stripe


@pytest.mark.parametrize("route", ROUTES, ids=lambda route: route.name)
def test_functions_have_exactly_the_rights_they_use(route: Route) -> None:
    used = {right for case in CASES if case.route is route for right in case.rights}
    assert used == {action for grant in route.grants for action in grant.actions} - {"GetParameter"}
    assert route.may_use(STRIPE_SECRET_KEY) is any(case.asks_stripe for case in CASES if case.route is route)


# On a call's first attempt, or on all of them; and how the request ends: with a status, or without.
TROUBLES: tuple[tuple[str, Fault, bool, int | None], ...] = (
    ("connection gone", on_the_wire.never_left, False, 200),
    ("answer lost", on_the_wire.answer_lost, False, 200),
    ("every answer lost", on_the_wire.answer_lost, True, 503),
    ("failing", on_the_wire.refused_with(500, "InternalServerError"), True, 503),
    ("killed before", on_the_wire.killed_before, False, None),
    ("killed after", on_the_wire.killed_after, False, None),
)
SOME_TROUBLES = full_but(TROUBLES, keep=lambda trouble: trouble[0] == "killed after", rows=True)


def is_call(number: int, *, lasting: bool) -> Callable[[Sent], bool]:
    """Return whether it is the first attempt (or any, if `lasting`) of the functions' call of that number."""
    calls: list[int] = []

    def holds(sent: Sent) -> bool:
        if not of_donations(sent):
            return False
        if sent.call not in calls:
            calls.append(sent.call)
        return calls.index(sent.call) == number and (lasting or sent.attempt == 0)

    return holds


@pytest.mark.untraced
@pytest.mark.parametrize("call", [0, 1])
@pytest.mark.parametrize("key", ["a-key", None])
@pytest.mark.parametrize(
    "name, fault, lasting, status", SOME_TROUBLES, ids=lambda value: value if isinstance(value, str) else ""
)
def test_retries_after_any_failure_make_one_donation_and_intent(
    call: int, key: str | None, name: str, fault: Fault, lasting: bool, status: int | None, stripe: Account, wire: Wire
) -> None:
    """The client retries, and the final state is the same as without a fault."""
    with wire.broken(fault, when=is_call(call, lasting=lasting)):
        try:
            first = ADA.give(key=key)
        except Killed:
            first = None
    assert (first.status if first else None) == status, name
    again = ADA.give(key=key)
    assert again.status == 200
    if first and first.status == 200:
        assert again.text == first.text
    (row,) = donation_rows()
    donation = kept(again.json["donation_id"])
    assert (donation.version, row["status"]["S"], [donation.intent_id]) == (2, "PENDING", stripe.intents())
    assert sorted(row["SK"]["S"].partition("#")[0] for row in rows()) == ["CLAIM", "DONATION", "OWNER", "PROFILE"]
    # Each creates or gets the first answer; a retry without a key looks up the existing intent.
    assert {request.headers.get("idempotency-key") for request in stripe.asked} - {None} == {donation.id}


@pytest.mark.full
@pytest.mark.untraced
@pytest.mark.parametrize("is_paid", [False, True])
@pytest.mark.parametrize("call", range(4))
@pytest.mark.parametrize(
    "name, fault, lasting, status", SOME_TROUBLES, ids=lambda value: value if isinstance(value, str) else ""
)
def test_retries_without_a_key_reuse_the_unpaid_donation(
    is_paid: bool, call: int, name: str, fault: Fault, lasting: bool, status: int | None, stripe: Account, wire: Wire
) -> None:
    """Of the existing unpaid donation, or else of one new one; a paid donation stays as it was."""
    first = paid(50_00, anonymous=True) if is_paid else ADA.given(50_00, anonymous=True)
    with wire.broken(fault, when=is_call(call, lasting=lasting)), suppress(Killed):
        ADA.give(message="For the roof")
    again = ADA.give(message="For the roof")
    assert again.status == 200
    latest = kept(again.json["donation_id"])
    assert (latest.id != first.id) is is_paid
    assert (latest.message, latest.anonymous, latest.status) == ("For the roof", False, "PENDING")
    if is_paid:
        assert kept(first.id) == first
    assert {first.intent_id, latest.intent_id} == set(stripe.intents())
    assert len(donation_rows()) == len(stripe.intents()) == 1 + is_paid
    assert Counter(row["SK"]["S"].partition("#")[0] for row in rows())["CLAIM"] == 1


@pytest.mark.parametrize(
    "fault, status",
    [
        (on_the_wire.refused_with(500, "InternalServerError"), 503),
        (on_the_wire.refused_with(400, "AWS.SimpleQueueService.NonExistentQueue"), 500),
    ],
)
def test_an_event_that_was_not_queued_is_not_received(fault: Fault, status: int, queue: Any, wire: Wire) -> None:
    """Stripe then sends it again."""
    with wire.broken(fault, when=lambda sent: sent.operation == "SendMessage"):
        assert post_event().status == status
    assert queue() == []
    assert post_event().status == 200


@pytest.mark.parametrize("case", [CASES[0], CASES[-1]], ids=str)
def test_clients_are_created_at_initialization(
    case: Case, stripe: Account, wire: Wire, queue: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The secret, and the modules that Stripe's SDK loads on first use."""
    module = importlib.import_module(case.route.module)
    forget_secrets()
    with monkeypatch.context() as lambda_, wire.record() as before:
        lambda_.setenv("AWS_LAMBDA_FUNCTION_NAME", f"paysandbox-test-{case.route.name}")
        importlib.reload(module)
    importlib.reload(module)
    assert [one.operation for one in before] == ["GetParameter"]
    with wire.record() as sent:
        assert case.ask().status == 200
    assert [one for one in sent if "STRIPE" in one.parameters.get("Name", "")] == []


def test_a_function_starts_without_secrets(stripe: Account, monkeypatch: pytest.MonkeyPatch) -> None:
    """They may be set later."""
    for name in (tables.STRIPE_KEY_PARAMETER, tables.STRIPE_WEBHOOK_PARAMETER):
        runtime.ssm().delete_parameter(Name=name)
    forget_secrets()
    with monkeypatch.context() as lambda_:
        lambda_.setenv("AWS_LAMBDA_FUNCTION_NAME", "paysandbox-test")
        for route, module in (
            (CREATE_DONATION_INTENT, create_donation_intent),
            (RECEIVE_STRIPE_EVENT, receive_stripe_event),
        ):
            warm_up(route, module.prepare)
    assert {ADA.give().code, post_event().code} == {"stripe_not_configured"}
