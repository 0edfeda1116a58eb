"""CPU time of the Stripe-compatible API compared with the native one, with DynamoDB responding at once.

    make bench ARGS=stripe_translation

A PaymentIntent created and confirmed in one request, as the official Python SDK sends it, compared with a native
authorization of the same amount on the same card: whole handlers, from event to response. Measured with manual and
with automatic capture. Both make one write; the intent's item also has the intent and the bank's response.
"""

import itertools
import uuid
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from typing import Any, Final
from urllib.parse import urlencode

from benchmarks import stubbed_aws
from benchmarks.rounds import alternate, machine, ratios, spread
from benchmarks.warm_authorize import timer
from paysandbox.stripe_api.routes import CREATE_PAYMENT_INTENT

TARGET: Final = 1.25
"""Target, relative to the native authorization."""

CREATE: Final = "stripe_api.create_payment_intent"

HELD: Final = "manual capture"
SOLD: Final = "automatic capture"
PAIRS: Final[Mapping[str, str]] = {HELD: "manual", SOLD: "automatic"}
"""The cases, by capture method."""

_HEADERS: Final = {
    "Accept": "*/*",
    "Accept-Encoding": "gzip, deflate",
    "Authorization": f"Bearer {stubbed_aws.KEY}",
    "Content-Type": "application/x-www-form-urlencoded",
    "Stripe-Version": "2026-10-28.endive",
    "User-Agent": "Stripe/v1 PythonBindings/16.1.0",
}


def measure(rounds: int = 9, times: int = 400) -> dict[str, Any]:
    """Return the CPU microseconds per request of both APIs; `times` is the number of requests per case and round."""
    with surfaces() as (native, stripe):
        cases = {
            _case(name, surface): timer(each_time(handler, make, capture), times)
            for name, capture in PAIRS.items()
            for surface, handler, make in (("native", native, native_event), ("stripe", stripe, intent_event))
        }
        samples = alternate(cases, rounds)
    return {
        "machine": machine(),
        "unit": "CPU microseconds per request",
        "rounds": rounds,
        "calls_per_round": times,
        "target": TARGET,
        "cases": {
            name: {
                **{surface: spread(samples[_case(name, surface)]) for surface in ("native", "stripe")},
                "ratio": spread(ratios(samples, _case(name, "stripe"), _case(name, "native"))),
            }
            for name in PAIRS
        },
        "samples": samples,
    }


def meets_target(result: Mapping[str, Any]) -> bool:
    """Return whether the median of the rounds meets the target for both capture methods."""
    return all(case["ratio"]["median"] <= result["target"] for case in result["cases"].values())


@contextmanager
def surfaces() -> Iterator[tuple[Any, Any]]:
    """Provide the warm handlers of both APIs in one environment."""
    with stubbed_aws.functions(stubbed_aws.AUTHORIZE, CREATE) as (native, stripe):
        yield native, stripe


def each_time(
    handler: Callable[[Any, Any], Any], make: Callable[[str, str], dict[str, Any]], capture: str
) -> Callable[[], Any]:
    """Return a function that calls a handler, each time under a new idempotency key."""
    event, context, numbers = make("key", capture), stubbed_aws.Context(), itertools.count()
    name = next(header for header in event["headers"] if header.endswith("Idempotency-Key"))

    def call() -> Any:
        key = f"key-{next(numbers)}"
        event["headers"][name] = key
        event["multiValueHeaders"][name] = [key]
        return handler(event, context)

    return call


def native_event(key: str, capture: str) -> dict[str, Any]:
    """Return API Gateway's event for an authorization."""
    return stubbed_aws.event(key, capture_method=capture)


def intent_event(key: str, capture: str) -> dict[str, Any]:
    """Return API Gateway's event, with its authorizer context, for a PaymentIntent to create and confirm."""
    body = {"amount": 12_50, "currency": "usd", "payment_method": "pm_card_visa", "confirm": "true"}
    parameters = {"description": "order-1042", "capture_method": capture}
    authorizer = {"merchant": "demo", "kind": "secret", "principalId": str(uuid.uuid4())}
    headers = {**_HEADERS, "Idempotency-Key": key}
    context = {"identity": {"sourceIp": "192.0.2.1"}, "authorizer": authorizer}
    return stubbed_aws.gateway_event(CREATE_PAYMENT_INTENT, headers, urlencode(body | parameters), context, stage="v1")


def _case(name: str, surface: str) -> str:
    return f"{surface}, {name}"
