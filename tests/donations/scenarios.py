"""Each route's requests with their calls, and those that it refuses (`tests/support/builders/scenario.py`)."""

from paysandbox.aws import runtime
from paysandbox.core.errors import Code
from paysandbox.donations.routes import (
    CREATE_DONATION_INTENT,
    GET_DONATION_PAGE_FILE,
    GET_DONATION_TOTAL,
    LIST_DONATIONS,
    LIST_MY_DONATIONS,
    LIST_RECENT_DONATIONS,
    RECEIVE_STRIPE_EVENT,
    SHOW_DONATION_PAGE,
)
from tests.support.builders import build
from tests.support.builders.scenario import Parts, Refusal, Scenario, sending, with_key
from tests.support.clients import donation_requests


def _signed() -> Parts:
    runtime.sqs().create_queue(QueueName="donation-payments")
    event = donation_requests.event_body()
    return {"body": event, "headers": {"Stripe-Signature": donation_requests.signature_of(event)}}


SCENARIOS = (
    Scenario("begun", CREATE_DONATION_INTENT, (), lambda *_: with_key(build.donation_body()), counted=False),
    Scenario("none", GET_DONATION_TOTAL, (), lambda *_: {}, counted=False),
    Scenario("none of another merchant", LIST_DONATIONS, (), lambda *_: {}, counted=False),
    Scenario("none", LIST_RECENT_DONATIONS, (), lambda *_: {}, counted=False),
    Scenario("none", LIST_MY_DONATIONS, (), lambda *_: {}, counted=False),
    Scenario("shown", SHOW_DONATION_PAGE, (), lambda *_: {}, counted=False),
    Scenario("the script", GET_DONATION_PAGE_FILE, (), lambda *_: {"path": {"file": "donate.js"}}, counted=False),
    Scenario("an event", RECEIVE_STRIPE_EVENT, (), lambda *_: _signed(), counted=False),
)


REFUSALS = (
    Refusal(
        CREATE_DONATION_INTENT,
        Code.AMOUNT_NOT_WHOLE,
        sending(body=build.donation_body(5_50, currency="MGA")),
        "amount",
    ),
    Refusal(CREATE_DONATION_INTENT, Code.AMOUNT_TOO_SMALL, sending(body=build.donation_body(49)), "amount"),
    Refusal(LIST_DONATIONS, Code.CURSOR_INVALID, sending(query={"cursor": "x"}), "cursor"),
    Refusal(LIST_DONATIONS, Code.PARAMETER_INVALID, sending(query={"order": "oldest"}), "order"),
    Refusal(LIST_MY_DONATIONS, Code.CURSOR_INVALID, sending(query={"cursor": "x"}), "cursor"),
    Refusal(GET_DONATION_PAGE_FILE, Code.RESOURCE_NOT_FOUND, sending(path={"file": "licenses.txt"})),
    Refusal(RECEIVE_STRIPE_EVENT, Code.SIGNATURE_INVALID, sending(body="{}")),
)
