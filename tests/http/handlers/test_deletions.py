"""Every DELETE, repeated: Stripe deletes an object once, whatever the key, and the native API deletes for good.

Stripe: keys have no effect on DELETE ("Idempotent requests", API reference), and a deleted customer is not there to be
deleted (pinax-stripe-light#7).
"""

from concurrent.futures import ThreadPoolExecutor
from typing import Final

import pytest

from api_reference.routes import ROUTES as NATIVE_ROUTES
from paysandbox.http.route import Route
from paysandbox.stripe_api.routes import CREATE_TOKEN, ROUTES
from tests.support.builders.scenario import READS, Parts
from tests.support.builders.scenarios import first_of
from tests.support.clients.call import Merchant, Reply
from tests.support.clients.stripe_merchant import TYPED, StripeMerchant
from tests.support.tools.tiers import full_but
from tests.support.worlds import aws_transport as on_the_wire
from tests.support.worlds.aws_transport import Fault, Killed, Wire
from tests.support.worlds.handlers import Clock

OF_STRIPE: Final = [route for route in ROUTES if route.method == "DELETE"]
NATIVE: Final = [route for route in NATIVE_ROUTES if route.method == "DELETE"]
_ONE: Final = "delete_stripe_customer"

GONE: Final = (404, "resource_missing")
NO_ACCESS: Final = (403, "account_invalid")
"""Of accounts. Ours: no recording of Stripe's answer was found."""


def refusal_of(route: Route) -> tuple[int, str]:
    return NO_ACCESS if route.path == "/accounts/{id}" else GONE


def answered(reply: Reply) -> tuple[int, str]:
    error = reply.json.get("error", {})
    return reply.status, error.get("code", "")


def sent(route: Route, parts: Parts, key: str | None = None) -> Reply:
    return first_of(route).ask(parts if key is None else {**parts, "key": key})


@pytest.mark.parametrize("route", OF_STRIPE, ids=lambda route: route.name)
def test_stripe_deletes_once_under_any_key(route: Route, demo: Merchant, clock: Clock) -> None:
    parts = first_of(route).given(demo, clock)
    StripeMerchant().post(CREATE_TOKEN, key="used before", card=TYPED)
    replies = [sent(route, parts, key) for key in ("used before", "used before", "another", None)]
    assert [answered(reply) for reply in replies] == [(200, ""), *[refusal_of(route)] * 3]
    assert not any("Idempotent-Replayed" in reply.headers for reply in replies)


@pytest.mark.parametrize("route", full_but(OF_STRIPE, keep=lambda route: route.name == _ONE), ids=lambda it: it.name)
def test_of_two_at_once_one_deletes(route: Route, demo: Merchant, clock: Clock) -> None:
    parts = first_of(route).given(demo, clock)
    with ThreadPoolExecutor(2) as pool:
        both = [pool.submit(sent, route, parts) for _ in range(2)]
    assert sorted(answered(each.result()) for each in both) == sorted([(200, ""), refusal_of(route)])


@pytest.mark.parametrize("route", [*OF_STRIPE, *NATIVE], ids=lambda route: route.name)
def test_a_repeated_write_finds_its_own_deletion(route: Route, demo: Merchant, clock: Clock, wire: Wire) -> None:
    """boto3 sends the write again, since its answer was lost, and the caller gets the answer to a deletion."""
    parts = first_of(route).given(demo, clock)
    with wire.broken(on_the_wire.answer_lost, when=lambda one: one.attempt == 0 and one.operation not in READS):
        assert sent(route, parts).status == 200


@pytest.mark.parametrize("fault", [on_the_wire.killed_before, on_the_wire.killed_after], ids=lambda it: it.__name__)
@pytest.mark.parametrize("route", full_but(OF_STRIPE, keep=lambda route: route.name == _ONE), ids=lambda it: it.name)
def test_one_that_is_killed_has_deleted_or_not(
    route: Route, fault: Fault, demo: Merchant, clock: Clock, wire: Wire
) -> None:
    parts = first_of(route).given(demo, clock)
    with wire.broken(fault, when=lambda one: one.operation not in READS), pytest.raises(Killed):
        sent(route, parts)
    is_deleted = fault is on_the_wire.killed_after
    assert [answered(sent(route, parts)) for _ in range(2)] == [
        refusal_of(route) if is_deleted else (200, ""),
        refusal_of(route),
    ]


@pytest.mark.parametrize("route", NATIVE, ids=lambda route: route.name)
def test_a_native_deletion_can_be_repeated(route: Route, demo: Merchant, clock: Clock) -> None:
    """As the docs of each promise: "Webhooks" (reference), "Receive webhooks" and "Inject faults"."""
    parts = first_of(route).given(demo, clock)
    first = sent(route, parts)
    assert (first.status, sent(route, parts).text) == (200, first.text)
