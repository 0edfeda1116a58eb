"""Exceptions that the official Python SDK raises for refusals, with their types, codes and params."""

from collections.abc import Callable
from typing import Any

import httpx
import pytest
import stripe

from tests.support.clients.api import Api
from tests.support.clients.stripe_sdk_calls import CARD, UNEXPECTED, Sdk, held, opened, refused
from tests.support.tools.waiting import until

# The request, then the refusal's status, code and param.
REFUSALS: dict[str, tuple[Callable[[Sdk], Any], int, str | None, str | None]] = {
    "no amount": (lambda sdk: sdk.v1.payment_intents.create({"currency": "usd"}), 400, "parameter_missing", "amount"),
    "an amount that is none": (lambda sdk: opened(sdk, amount="ten"), 400, "parameter_invalid_integer", "amount"),
    "an amount of nothing": (lambda sdk: opened(sdk, 0), 400, "parameter_invalid_integer", "amount"),
    "too much": (lambda sdk: opened(sdk, 100_000_000), 400, "amount_too_large", "amount"),
    "a currency that is none": (lambda sdk: opened(sdk, currency="usdollar"), 400, None, "currency"),
    "a parameter that nobody knows": (lambda sdk: opened(sdk, wings=2), 400, "parameter_unknown", "wings"),
    "customer": (lambda sdk: opened(sdk, customer="cus_1"), 400, "resource_missing", "customer"),
    "a mandate": (
        lambda sdk: opened(sdk, payment_method="pm_card_visa", confirm=True, mandate="mandate_1"),
        400, "parameter_unknown", "mandate",
    ),
    "a nested parameter": (
        lambda sdk: opened(sdk, payment_method_data={"type": "card", "card": {**CARD, "colour": "red"}}),
        400, "parameter_unknown", "payment_method_data[card][colour]",
    ),
    "another kind of method": (
        lambda sdk: opened(sdk, allowed_payment_method_types=["barter"]), 400, None, "allowed_payment_method_types[0]",
    ),
    "a method that is not there": (
        lambda sdk: opened(sdk, payment_method="pm_card_nobodys"), 400, "resource_missing", "payment_method",
    ),
    "an intent that is not there": (
        lambda sdk: sdk.v1.payment_intents.retrieve("pi_nothing"), 404, "resource_missing", "intent",
    ),
    "a charge that is not there": (
        lambda sdk: sdk.v1.charges.retrieve("ch_nothing"), 404, "resource_missing", None,
    ),
    "a refund of nothing": (lambda sdk: sdk.v1.refunds.create({"amount": 1}), 400, None, None),
    "confirming with nothing": (
        lambda sdk: sdk.v1.payment_intents.confirm(opened(sdk).id), 400, UNEXPECTED, "payment_method",
    ),
    "capturing what is not held": (
        lambda sdk: sdk.v1.payment_intents.capture(opened(sdk).id), 400, UNEXPECTED, None,
    ),
    "refunding what is held": (
        lambda sdk: sdk.v1.refunds.create({"payment_intent": held(sdk).id}), 400, UNEXPECTED, None,
    ),
    "a page beside nothing": (
        lambda sdk: sdk.v1.payment_intents.list({"starting_after": "pi_nothing"}),
        400, "resource_missing", "starting_after",
    ),
    "a page of too many": (lambda sdk: sdk.v1.charges.list({"limit": 101}), 400, "parameter_invalid_integer", "limit"),
}  # fmt: skip


@pytest.mark.parametrize("case", REFUSALS)
def test_refusals(case: str, sdk: Sdk) -> None:
    call, status, code, param = REFUSALS[case]
    error = refused(lambda: call(sdk))
    assert (error.http_status, error.code) == (status, code)
    assert param is None or error.param == param
    assert error.error is not None
    assert error.error.type == "invalid_request_error"
    assert error.user_message
    assert error.request_id is not None
    assert error.request_id.startswith("req_")
    assert (error.headers or {})["Stripe-Should-Retry"] == "false"


@pytest.mark.parametrize(
    "card, code, param",
    [
        ({"number": "4242424242424241"}, "incorrect_number", "card[number]"),
        ({"exp_month": 12, "exp_year": 2020}, "invalid_expiry_year", "card[exp_year]"),
        ({"cvc": "12345678"[:4]}, "invalid_cvc", "card[cvc]"),
    ],
)
def test_an_impossible_card(card: dict[str, Any], code: str, param: str, sdk: Sdk) -> None:
    with pytest.raises(stripe.CardError) as wrong:
        sdk.v1.payment_methods.create({"type": "card", "card": CARD | card})
    assert (wrong.value.http_status, wrong.value.code, wrong.value.param) == (402, code, param)


def test_an_error_leads_to_its_request_in_the_log(sdk: Sdk, api: Api) -> None:
    error = refused(lambda: sdk.v1.payment_intents.retrieve("pi_nothing"))
    body: Any = error.json_body
    url = httpx.URL(body["error"]["request_log_url"])
    assert httpx.get(url).headers["Content-Type"].startswith("text/html")

    def logged() -> dict[str, Any] | None:
        answer = api.http.get(f"/requests/{url.params['id']}")
        return answer.json() if answer.status_code == 200 else None

    assert until(logged, "the request is in the log")["path"] == "/v1/payment_intents/pi_nothing"


@pytest.mark.parametrize(
    "method, path, says",
    [
        ("post", "/v1/plans", "(POST: /v1/plans). Stripe has it, and this sandbox does not simulate it yet"),
        (
            "get",
            "/v1/country_specs",
            "(GET: /v1/country_specs). Stripe has it, and this sandbox does not simulate it yet",
        ),
        ("delete", "/v1/payment_intents/pi_1", "(DELETE: /v1/payment_intents/pi_1). Please see"),
        ("get", "/v1/payment_intents/", "(GET: /v1/payment_intents/). If you are trying to list objects, remove the"),
        ("post", "/v1/payment_intents//capture", "(POST: /v1/payment_intents//capture). Please see"),
        ("get", "/v1/refunds/search", "(GET: /v1/refunds/search). Please see"),
        ("get", "/v1/foo", "(GET: /v1/foo). Please see"),
    ],
)
def test_a_url_that_is_not_simulated(method: Any, path: str, says: str, sdk: Sdk) -> None:
    error = refused(lambda: sdk.raw_request(method, path))
    assert error.http_status == 404
    assert str(error.user_message).startswith(f"Unrecognized request URL {says}")
    assert str(error.request_id).startswith("req_")


@pytest.mark.parametrize(
    "options, status, message",
    [
        ({"stripe_account": "acct_1"}, 403, "The provided key does not have access to account 'acct_1'"),
        ({"stripe_context": "acct_1"}, 403, "The provided key does not have access to account 'acct_1'"),
        ({"stripe_version": "latest"}, 400, "Invalid Stripe API version: latest"),
    ],
)
def test_requested_outcomes_are_never_ignored(options: Any, status: int, message: str, sdk: Sdk) -> None:
    with pytest.raises(stripe.StripeError) as caught:
        sdk.v1.payment_intents.list({}, options)
    assert caught.value.http_status == status
    assert str(caught.value.user_message).startswith(message)
