"""Races on the Stripe-compatible API: of several requests for the same money, one succeeds.

The wire holds back the first writes until each request has made its own, as in `test_races.py`. The handlers are called
without the log line, since a Lambda process writes one at a time.
"""

import inspect
import itertools
from collections import Counter
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from botocore.awsrequest import AWSPreparedRequest, AWSResponse

from paysandbox.aws import runtime
from paysandbox.aws.hashing_keys import hashing_keys
from paysandbox.core.errors import Refused
from paysandbox.http.dispatch import load_handler
from paysandbox.http.request import headers_of
from paysandbox.http.route import Route
from paysandbox.payments.ledger.items import payment_from
from paysandbox.payments.operations.notes_updated import NotesUpdated
from paysandbox.stripe_api import protocol as stripe_http
from paysandbox.stripe_api.declared import RESOURCES
from paysandbox.stripe_api.resource_kit.handlers import answering
from paysandbox.stripe_api.routes import (
    CANCEL_PAYMENT_INTENT,
    CAPTURE_PAYMENT_INTENT,
    CONFIRM_PAYMENT_INTENT,
    CREATE_CHARGE,
    CREATE_CUSTOMER_SOURCE,
    CREATE_PAYMENT_INTENT,
    CREATE_PAYMENT_METHOD,
    CREATE_REFUND,
    CREATE_SOURCE,
    GET_CHARGE,
    GET_REFUND,
    LIST_CHARGES,
    LIST_PAYMENT_INTENTS,
    RESOURCE_ROUTES,
    UPDATE_CHARGE,
    UPDATE_REFUND,
    UPDATE_SOURCE,
)
from tests.stripe_api.handlers.pages import listed
from tests.stripe_api.scenarios import RESOURCE
from tests.support.builders.build import DAY
from tests.support.clients.call import Context
from tests.support.clients.challenges import complete
from tests.support.clients.stripe_call import stripe_event
from tests.support.clients.stripe_merchant import DECLINED, TYPED, VISA, StripeMerchant, done
from tests.support.worlds import table_snapshot
from tests.support.worlds.aws_transport import Deliver, Wire
from tests.support.worlds.handlers import Clock

# Other tests cover every line that this one runs; tracing would double its time.
pytestmark = pytest.mark.untraced

MANY = 20
INTENT = {"amount": 10_00, "currency": "usd"}

Said = tuple[str, dict[str, Any] | None]
Ask = Callable[[], Said]


def at_once(wire: Wire, route: Route, asks: Sequence[dict[str, Any]], *operations: str) -> list[Said]:
    """Send all requests to a route at once. Return `done`, `declined` or a refusal's code, and the answer, of each."""
    return of_any(wire, [(route, parts) for parts in asks], *operations)


def of_any(wire: Wire, asks: Sequence[tuple[Route, dict[str, Any]]], *operations: str) -> list[Said]:
    """Do the same for requests to several routes."""
    hashing_keys()
    with wire.meeting(len(asks), *operations), ThreadPoolExecutor(len(asks)) as pool:
        return [said.result() for said in [pool.submit(request(route, **parts)) for route, parts in asks]]


def overtaken(wire: Wire, ask: Ask, other: Ask, update: int) -> list[Said]:
    """Ask, and ask the other just before this update of the first is delivered. Return both answers."""
    updates, said = itertools.count(1), list[Said]()

    def overtake(_: AWSPreparedRequest, deliver: Deliver) -> AWSResponse:
        said.append(other())
        return deliver()

    with wire.broken(overtake, when=lambda sent: sent.operation == "UpdateItem" and next(updates) == update):
        return [ask(), *said]


def request(route: Route, **parts: Any) -> Ask:
    """Send a request to a route."""

    def ask() -> Said:
        handler = load_handler(route)
        of_resource = next((each for each in RESOURCE_ROUTES if each.route is route), None)
        answers = answering(of_resource, RESOURCES) if of_resource else inspect.unwrap(handler)
        event = stripe_event(route, **parts)
        call = stripe_http._call(route, event, headers_of(event), Context(), "demo")
        try:
            answer = answers(call)
        except Refused as refused:
            return str(refused.code), None
        return "declined" if answer.declined else "done", dict(answer.body)

    return ask


def page(intent: dict[str, Any]) -> Ask:
    """Authenticate on the page of an intent's challenge."""
    url, now = intent["next_action"]["redirect_to_url"]["url"], runtime.now()

    def ask() -> Said:
        reply = complete(url, now=now)
        return ("done" if reply.status == 200 else str(reply.code)), None

    return ask


def outcomes(said: Sequence[Said]) -> Counter[str]:
    return Counter(outcome for outcome, _ in said)


@pytest.mark.full
@pytest.mark.parametrize("capture_method", ["automatic", "manual"])
def test_of_twenty_confirms_one_is_approved(capture_method: str, wire: Wire) -> None:
    intent = StripeMerchant().opened(capture_method=capture_method)["id"]
    asks = [{"path": {"intent": intent}, "key": f"k{n}"} for n in range(MANY)]
    said = at_once(wire, CONFIRM_PAYMENT_INTENT, asks, "PutItem", "UpdateItem")
    assert outcomes(said) == {"done": 1, "intent_state_unexpected": MANY - 1}
    assert len(listed(LIST_CHARGES, payment_intent=intent)) == 1
    shown = StripeMerchant().shown(intent)
    assert shown["amount_received"] + shown["amount_capturable"] == 10_00


def source() -> str:
    return done(StripeMerchant().post(CREATE_SOURCE, type="card", card=TYPED))["id"]


@pytest.mark.full
def test_of_twenty_charges_of_one_source_one_is_paid(wire: Wire) -> None:
    params = {**INTENT, "source": source()}
    said = at_once(wire, CREATE_CHARGE, [{"params": params, "key": f"k{n}"} for n in range(MANY)], "UpdateItem")
    assert Counter(outcome for outcome, _ in said) == {"done": 1, "parameter_invalid": MANY - 1}


def test_a_source_is_charged_or_attached(wire: Wire) -> None:
    shop, name = StripeMerchant(), source()
    jenny = done(shop.post(RESOURCE["create_stripe_customer"]))["id"]
    charge = CREATE_CHARGE, {"params": {**INTENT, "source": name}}
    attach = CREATE_CUSTOMER_SOURCE, {"params": {"source": name}, "path": {"id": jenny}}
    said = of_any(wire, [charge, attach], "GetItem")
    assert sorted(outcome for outcome, _ in said) == ["done", "parameter_invalid"]


def test_a_source_that_is_updated_meanwhile_is_charged(wire: Wire) -> None:
    name = source()
    charge = request(CREATE_CHARGE, params={**INTENT, "source": name}, key="k")
    update = request(UPDATE_SOURCE, params={"metadata": {"a": "b"}}, path={"id": name}, key="u")
    assert [outcome for outcome, _ in overtaken(wire, charge, update, 1)] == ["done", "done"]


@pytest.mark.full
@pytest.mark.parametrize("confirm", [False, True], ids=["confirm", "create"])
def test_of_twenty_intents_that_use_one_method_one_is_paid(confirm: bool, wire: Wire) -> None:
    method = StripeMerchant().card()["id"]
    if confirm:
        params = {**INTENT, "payment_method": method, "confirm": True}
        asks = [{"params": params, "key": f"k{n}"} for n in range(MANY)]
        said = at_once(wire, CREATE_PAYMENT_INTENT, asks, "UpdateItem")
    else:
        intents = [done(StripeMerchant().create())["id"] for _ in range(MANY)]
        asks = [
            {"params": {"payment_method": method}, "path": {"intent": intent}, "key": f"k{n}"}
            for n, intent in enumerate(intents)
        ]
        said = at_once(wire, CONFIRM_PAYMENT_INTENT, asks, "UpdateItem")
    assert outcomes(said) == {"done": 1, "parameter_invalid": MANY - 1}
    assert [one["amount"] for one in listed(LIST_CHARGES)] == [10_00]


@pytest.mark.full
def test_a_card_without_a_customer_is_cloned_once_or_pays_once(wire: Wire) -> None:
    """Half of the requests clone it to an account, the others pay with it."""
    account = done(StripeMerchant().post(RESOURCE["create_account"]))["id"]
    method, headers = StripeMerchant().card()["id"], {"Stripe-Account": account}
    asks = [
        (CREATE_PAYMENT_METHOD, {"params": {"payment_method": method}, "headers": headers, "key": f"k{n}"})
        if n % 2
        else (CREATE_PAYMENT_INTENT, {"params": {**INTENT, "payment_method": method, "confirm": True}, "key": f"k{n}"})
        for n in range(MANY)
    ]
    said = of_any(wire, asks, "UpdateItem")
    assert outcomes(said) == {"done": 1, "parameter_invalid": MANY - 1}


@pytest.mark.full
def test_twenty_confirms_under_one_key_are_one(wire: Wire) -> None:
    intent = StripeMerchant().opened()["id"]
    said = at_once(wire, CONFIRM_PAYMENT_INTENT, [{"path": {"intent": intent}, "key": "k"}] * MANY, "PutItem")
    assert outcomes(said) == {"done": MANY}
    assert all(body == said[0][1] for _, body in said)
    assert len(listed(LIST_CHARGES)) == 1


@pytest.mark.full
@pytest.mark.parametrize("confirm", [False, True])
def test_twenty_creates_under_one_key_make_one_intent(confirm: bool, wire: Wire) -> None:
    params = {"amount": 10_00, "currency": "usd", "payment_method": VISA, "confirm": confirm}
    said = at_once(wire, CREATE_PAYMENT_INTENT, [{"params": params, "key": "k"}] * MANY, "PutItem")
    assert outcomes(said) == {"done": MANY}
    assert [body for _, body in said] == [StripeMerchant().shown(listed(LIST_PAYMENT_INTENTS)[0]["id"])] * MANY
    assert len(listed(LIST_PAYMENT_INTENTS)) == 1


@pytest.mark.full
@pytest.mark.parametrize("current", [CREATE_PAYMENT_INTENT, CREATE_PAYMENT_METHOD])
def test_twenty_creates_under_a_key_that_is_free_again_make_one_intent(
    current: Route, wire: Wire, clock: Clock
) -> None:
    """The key's item of a day ago, a payment or a claim, occupies the place of the new intent."""
    before = {CREATE_PAYMENT_INTENT: INTENT, CREATE_PAYMENT_METHOD: {"type": "card", "card": TYPED}}
    done(StripeMerchant().post(current, key="k", **before[current]))
    clock.advance(DAY)
    held = {one["id"] for one in listed(LIST_PAYMENT_INTENTS)}
    said = at_once(wire, CREATE_PAYMENT_INTENT, [{"params": INTENT, "key": "k"}] * MANY, "PutItem")
    assert outcomes(said) == {"done": MANY}
    (made,) = {one["id"] for one in listed(LIST_PAYMENT_INTENTS)} - held
    assert [body for _, body in said] == [StripeMerchant().shown(made)] * MANY


@pytest.mark.full
@pytest.mark.parametrize("used", [False, True], ids=["new", "free again"])
def test_of_creates_and_confirms_under_one_key_only_creates_or_only_confirms_are_done(
    used: bool, wire: Wire, clock: Clock
) -> None:
    if used:
        StripeMerchant().create(key="k")
        clock.advance(DAY)
    opened = StripeMerchant().opened()["id"]
    before = len(listed(LIST_PAYMENT_INTENTS))
    create = CREATE_PAYMENT_INTENT, {"params": INTENT, "key": "k"}
    confirm = CONFIRM_PAYMENT_INTENT, {"path": {"intent": opened}, "key": "k"}
    said = of_any(wire, [create, confirm] * (MANY // 2), "PutItem")
    created, confirmed = outcomes(said[::2]), outcomes(said[1::2])
    all_done, all_refused = {"done": MANY // 2}, {"idempotency_key_reused": MANY // 2}
    assert (created, confirmed) in ((all_done, all_refused), (all_refused, all_done))
    assert len(listed(LIST_PAYMENT_INTENTS)) - before == (created == all_done)
    assert len(listed(LIST_CHARGES, payment_intent=opened)) == (confirmed == all_done)


@pytest.mark.full
def test_of_twenty_refunds_of_a_third_three_are_done(wire: Wire) -> None:
    intent = StripeMerchant().paid(amount=9_00)["id"]
    asks = [{"params": {"payment_intent": intent, "amount": 3_00}, "key": f"k{n}"} for n in range(MANY)]
    said = at_once(wire, CREATE_REFUND, asks, "PutItem", "UpdateItem")
    assert outcomes(said)["done"] == 3
    assert set(outcomes(said)) <= {"done", "already_refunded", "refund_exceeds_captured"}
    assert StripeMerchant().shown(intent, expand=["latest_charge"])["latest_charge"]["amount_refunded"] == 9_00


def test_a_token_is_used_by_one_of_many(wire: Wire) -> None:
    card = {"type": "card", "card": {"token": StripeMerchant().token()}}
    said = at_once(wire, CREATE_PAYMENT_METHOD, [{"params": card, "key": f"k{n}"} for n in range(MANY)], "UpdateItem")
    assert Counter(outcome for outcome, _ in said) == {"done": 1, "parameter_invalid": MANY - 1}


def test_a_confirmation_token_is_used_by_one_of_many_intents(wire: Wire) -> None:
    shop = StripeMerchant()
    token = done(shop.post(RESOURCE["create_confirmation_token"], payment_method=VISA))["id"]
    params = {**INTENT, "confirmation_token": token, "confirm": True}
    paid = [(CREATE_PAYMENT_INTENT, {"params": params, "key": f"k{n}"}) for n in range(MANY // 2)]
    setups = {"confirmation_token": token, "confirm": True}
    set_up = [(RESOURCE["create_setup_intent"], {"params": setups, "key": f"s{n}"}) for n in range(MANY // 2)]
    said = of_any(wire, [*paid, *set_up], "GetItem")
    assert Counter(outcome for outcome, _ in said) == {"done": 1, "parameter_invalid": MANY - 1}


@pytest.mark.parametrize("many, enough_for", [(MANY, 1), (6, 4)])
def test_a_shared_payment_token_pays_up_to_its_limit(wire: Wire, many: int, enough_for: int) -> None:
    """Each payment takes its amount under the version of the token that it read, or reads it again."""
    limits = {"currency": "usd", "max_amount": enough_for * INTENT["amount"]}
    token = done(StripeMerchant().post(RESOURCE["create_granted_token"], payment_method=VISA, usage_limits=limits))[
        "id"
    ]
    params = {**INTENT, "shared_payment_granted_token": token, "confirm": True}
    said = at_once(wire, CREATE_PAYMENT_INTENT, [{"params": params, "key": f"k{n}"} for n in range(many)], "GetItem")
    assert outcomes(said) == {"done": enough_for, "parameter_invalid": many - enough_for}
    shown = done(StripeMerchant().get(RESOURCE["get_shared_payment_granted_token"], token))
    assert shown["usage_details"]["amount_captured"]["value"] == limits["max_amount"]
    assert len(listed(LIST_PAYMENT_INTENTS)) == enough_for


def test_one_request_takes_its_amount_of_a_shared_payment_token_once(wire: Wire) -> None:
    limits = {"currency": "usd", "max_amount": 10 * INTENT["amount"]}
    token = done(StripeMerchant().post(RESOURCE["create_granted_token"], payment_method=VISA, usage_limits=limits))[
        "id"
    ]
    params = {**INTENT, "shared_payment_granted_token": token, "confirm": True}
    at_once(wire, CREATE_PAYMENT_INTENT, [{"params": params, "key": "k"}] * MANY, "GetItem")
    shown = done(StripeMerchant().get(RESOURCE["get_shared_payment_granted_token"], token))
    assert shown["usage_details"]["amount_captured"]["value"] == INTENT["amount"]
    assert len(listed(LIST_PAYMENT_INTENTS)) == 1


@pytest.mark.parametrize("route, of", [(UPDATE_REFUND, "refund"), (UPDATE_CHARGE, "charge")])
def test_updates_at_once_are_all_kept(route: Route, of: str, wire: Wire) -> None:
    """Each reads the notes, adds its own entry and writes under the version that it read."""
    few = 4  # each loses to the others, and tries four times
    refund = done(StripeMerchant().refund(StripeMerchant().paid()["id"], amount=1_00))
    name = refund["id"] if of == "refund" else refund["charge"]
    asks = [{"path": {of: name}, "params": {"metadata": {f"k{n}": "v"}}, "key": f"k{n}"} for n in range(few)]
    said = at_once(wire, route, asks, "PutItem", "UpdateItem")
    assert outcomes(said) == {"done": few}
    shown = done(StripeMerchant().get(GET_REFUND if of == "refund" else GET_CHARGE, name))
    assert shown["metadata"] == {f"k{n}": "v" for n in range(few)}


@pytest.mark.full
def test_twenty_updates_under_one_key_are_one(wire: Wire) -> None:
    refund = done(StripeMerchant().refund(StripeMerchant().paid()["id"], amount=1_00))["id"]
    asks = [{"path": {"refund": refund}, "params": {"metadata": {"a": "b"}}, "key": "k"}] * MANY
    said = at_once(wire, UPDATE_REFUND, asks, "PutItem")
    assert outcomes(said) == {"done": MANY}
    assert all(body == said[0][1] for _, body in said)
    (payment,) = [payment_from(item) for item in table_snapshot.items() if "operations" in item]
    assert sum(isinstance(one, NotesUpdated) for one in payment.operations) == 1


@pytest.mark.full
def test_of_twenty_captures_of_a_third_three_are_done(wire: Wire) -> None:
    intent = StripeMerchant().held(amount=9_00)["id"]
    params = {"amount_to_capture": 3_00, "final_capture": False}
    asks = [{"path": {"intent": intent}, "params": params, "key": f"k{n}"} for n in range(MANY)]
    said = at_once(wire, CAPTURE_PAYMENT_INTENT, asks, "PutItem", "UpdateItem")
    assert outcomes(said)["done"] == 3
    assert StripeMerchant().shown(intent)["amount_received"] == 9_00


# --- challenges -------------------------------------------------------------------------------------------------------

REQUIRED = "pm_card_authenticationRequired"
ENDED = "simulation_not_allowed"
"""What the page of a challenge that has ended answers."""


def charges_of(intent: dict[str, Any]) -> list[str]:
    return [one["status"] for one in listed(LIST_CHARGES, payment_intent=intent["id"])]


def test_of_the_challenges_of_two_confirms_the_last_can_be_answered(wire: Wire) -> None:
    """Each confirmation ends the challenge before it."""
    intent = StripeMerchant().opened(payment_method=REQUIRED)
    asks = [{"path": {"intent": intent["id"]}, "key": f"k{n}"} for n in range(2)]
    said = at_once(wire, CONFIRM_PAYMENT_INTENT, asks, "PutItem", "UpdateItem")
    waiting = [body for _, body in said if body]
    assert StripeMerchant().shown(intent["id"]) in waiting
    assert Counter(page(one)()[0] for one in waiting) == {"done": 1, ENDED: 1}
    assert (StripeMerchant().shown(intent["id"])["amount_received"], charges_of(intent)) == (10_00, ["succeeded"])


@pytest.mark.full
@pytest.mark.parametrize(
    "route, card, update, refusal, ended",
    [
        (CANCEL_PAYMENT_INTENT, None, 2, "already_captured", ("done", "canceled", [])),
        (CONFIRM_PAYMENT_INTENT, VISA, 1, "intent_state_unexpected", ("done", "succeeded", ["succeeded"])),
        (
            CONFIRM_PAYMENT_INTENT,
            DECLINED,
            1,
            "intent_state_unexpected",
            ("declined", "requires_payment_method", ["failed"]),
        ),
    ],
    ids=["cancel", "confirm", "confirm and decline"],
)
@pytest.mark.parametrize("first", ["page", "request"])
def test_of_the_page_and_a_request_that_ends_the_challenge_the_first_counts(
    first: str, route: Route, card: str | None, update: int, refusal: str, ended: tuple[str, str, list[str]], wire: Wire
) -> None:
    """The other has decided to end it too, and is about to write. A cancellation knows the intent at its second try."""
    intent = StripeMerchant().paid(payment_method=REQUIRED)
    params = {"payment_method": card} if card else {}
    by_page, by_request = page(intent), request(route, path={"intent": intent["id"]}, params=params, key="k")
    if first == "page":
        said = overtaken(wire, by_request, by_page, update)
        expected = [refusal, "done"], "succeeded", ["succeeded"]
    else:
        said = overtaken(wire, by_page, by_request, 1)
        expected = [ENDED, ended[0]], *ended[1:]
    status = StripeMerchant().shown(intent["id"])["status"]
    assert ([outcome for outcome, _ in said], status, charges_of(intent)) == expected
