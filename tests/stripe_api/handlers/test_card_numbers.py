"""No card number sent in the form of Stripe's SDK outlives its request: not in a table, a log or an answer."""

import json
from collections.abc import Callable
from contextlib import suppress
from typing import Any

import pytest
import stripe

from paysandbox.request_log import tables as request_log_table
from request_log import store_requests
from tests.support.builders import build
from tests.support.clients.saved_cards import customer
from tests.support.clients.stripe_merchant import StripeMerchant
from tests.support.clients.stripe_sdk import InThisProcess
from tests.support.clients.stripe_sdk_calls import Sdk, opened, paid
from tests.support.fakes.deliveries import delivery
from tests.support.tools.card_numbers import found_in
from tests.support.worlds import table_snapshot, tables

NUMBERS = ["4242424242424242", "378282246310005", "36227206271667", "4000000000009995", "4242424242424241"]


class Overheard(InThisProcess):
    """Record every answer."""

    def __init__(self) -> None:
        super().__init__()
        self.answers: list[str] = []

    def request(self, *sent: Any, **more: Any) -> Any:
        answer = super().request(*sent, **more)
        self.answers.append(f"{answer[0]} {dict(answer[2])}")
        return answer


def card(number: str, **more: Any) -> dict[str, Any]:
    """Return the parameters of a typed card."""
    return {"number": number, "exp_month": 12, "exp_year": 2040, "cvc": "1234" if number[0] == "3" else "123"} | more


def spaced(number: str) -> str:
    """Return the number in groups of four digits."""
    return " ".join(number[place : place + 4] for place in range(0, len(number), 4))


PLACES: dict[str, Callable[[Sdk, str], Any]] = {
    "by itself": lambda sdk, n: sdk.v1.payment_methods.create({"type": "card", "card": card(n)}),
    "for one intent": lambda sdk, n: paid(
        sdk, payment_method=None, payment_method_data={"type": "card", "card": card(n)}
    ),
    "spaced": lambda sdk, n: sdk.v1.payment_methods.create({"type": "card", "card": card(spaced(n))}),
    "expired": lambda sdk, n: sdk.v1.payment_methods.create({"type": "card", "card": card(n, exp_year=2020)}),
    "as the security code": lambda sdk, n: sdk.v1.payment_methods.create({"type": "card", "card": card(n, cvc=n)}),
    "as the card": lambda sdk, n: sdk.v1.payment_methods.create({"type": "card", "card": n}),
    "as a token": lambda sdk, n: sdk.v1.payment_methods.create({"type": "card", "card": {"token": n}}),
    "as a payment method": lambda sdk, n: paid(sdk, payment_method=n),
    "as an intent": lambda sdk, n: sdk.v1.payment_intents.retrieve(n, {"expand": [n]}),
    "as a charge": lambda sdk, n: sdk.v1.refunds.create({"charge": n}),
    "in a parameter that nobody knows": lambda sdk, n: opened(sdk, pan=n),
    "as a customer's card": lambda sdk, n: sdk.v1.customers.payment_sources.create(
        customer(StripeMerchant()), {"source": card(n) | {"object": "card"}}
    ),
    "as the name of one": lambda sdk, n: opened(sdk, **{n: "1"}),
    "as an amount": opened,
    "as a page's neighbor": lambda sdk, n: sdk.v1.charges.list({"starting_after": n}),
    "to be expanded": lambda sdk, n: opened(sdk, expand=[n]),
    "as an idempotency key": lambda sdk, n: opened(sdk, options={"idempotency_key": n}),
}


@pytest.mark.full
@pytest.mark.parametrize("place", PLACES)
def test_a_number_in_any_place(place: str, capsys: pytest.CaptureFixture[str]) -> None:
    wire = Overheard()
    sdk: Sdk = stripe.StripeClient(build.api_key(), max_network_retries=0, http_client=wire)
    for number in NUMBERS:
        with suppress(stripe.StripeError):
            PLACES[place](sdk, number)
    printed = capsys.readouterr().out
    store_requests.handler(delivery(*printed.splitlines()), None)
    log = request_log_table.request_log()
    kept = [
        *table_snapshot.everything(),
        *table_snapshot.items_of(tables.STRIPE_OBJECTS),
        *log.client.scan(TableName=log.table)["Items"],
    ]
    assert len(wire.answers) == len(NUMBERS)
    assert printed.count('"outcome"') + printed.count('"code"') >= len(NUMBERS)
    # The idempotency key's header is returned unchanged, as Stripe does.
    answers = [] if place == "as an idempotency key" else wire.answers
    left = "\n".join([json.dumps(kept, ensure_ascii=False), printed, *answers]).encode()
    assert found_in(left, NUMBERS) == set()


OWN_TEXTS: dict[str, tuple[Callable[[Sdk, str], Any], str]] = {
    "description": (lambda sdk, n: opened(sdk, description=f"paid with {n}"), "description"),
    "name of metadata": (lambda sdk, n: opened(sdk, metadata={f"a {n}": "x"}), "metadata.a [number]"),
    "value of metadata": (lambda sdk, n: opened(sdk, metadata={"number": n}), "metadata[number]"),
    "suffix of the statement": (
        lambda sdk, n: opened(sdk, statement_descriptor_suffix=n),
        "statement_descriptor_suffix",
    ),
    "name on the card": (
        lambda sdk, n: sdk.v1.payment_methods.create(
            {"type": "card", "card": card("4242424242424242"), "billing_details": {"name": n}}
        ),
        "billing_details[name]",
    ),
    "endpoint's description": (
        lambda sdk, n: sdk.v1.webhook_endpoints.create(
            {"url": "https://example.com/hooks", "enabled_events": ["*"], "description": n}
        ),
        "description",
    ),
}


@pytest.mark.parametrize("place", OWN_TEXTS)
def test_a_text_with_a_card_number_is_refused(place: str, capsys: pytest.CaptureFixture[str]) -> None:
    """The refusal is for an invalid parameter, so that it is not mistaken for a decline."""
    ask, param = OWN_TEXTS[place]
    sdk: Sdk = stripe.StripeClient(build.api_key(), max_network_retries=0, http_client=InThisProcess())
    numbers = [*NUMBERS[:4], "4539578763621486"]  # the last is not a published test card
    for number in numbers:
        with pytest.raises(stripe.InvalidRequestError) as refused:
            ask(sdk, number)
        assert (refused.value.http_status, refused.value.param) == (400, param)
        assert found_in(json.dumps(refused.value.json_body).encode(), [number]) == set()
    printed = capsys.readouterr().out
    assert printed.count('"code":"live_card_in_sandbox"') == len(numbers)
    assert found_in(printed.encode(), numbers) == set()
    assert table_snapshot.everything() == []
