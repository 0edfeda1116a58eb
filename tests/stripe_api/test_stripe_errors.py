"""Refusals in Stripe's envelope: every code is mapped, and the official SDK raises the expected exception."""

import json

import pytest
import stripe
from stripe._api_requestor import _APIRequestor
from stripe._api_version import _ApiVersion

from paysandbox.core.errors import PROBLEMS, Code, Refused
from paysandbox.stripe_api.errors import STRIPE_ERRORS, bracketed, render_error
from paysandbox.stripe_api.version import STRIPE_VERSION

TYPES = {"invalid_request_error", "card_error", "idempotency_error", "api_error"}


def test_every_refusal_has_a_place_in_the_envelope(subtests: pytest.Subtests) -> None:
    for code in Code:
        with subtests.test(str(code)):
            status, body = render_error(Refused(code))
            error = body["error"]
            assert status == STRIPE_ERRORS[code].status
            assert error["type"] in TYPES
            assert error["message"] == PROBLEMS[code].title + "."
            assert None not in error.values()
            # Server errors stay server errors, and no client error becomes one.
            assert (status >= 500) == (PROBLEMS[code].status >= 500) == (error["type"] == "api_error")
            assert (status == 402) == (error["type"] == "card_error")


@pytest.mark.parametrize(
    "code, raised, stripe_code",
    [
        (Code.PARAMETER_MISSING, stripe.InvalidRequestError, "parameter_missing"),
        (Code.PARAMETER_UNKNOWN, stripe.InvalidRequestError, "parameter_unknown"),
        (Code.AMOUNT_INVALID, stripe.InvalidRequestError, "parameter_invalid_integer"),
        (Code.RESOURCE_NOT_FOUND, stripe.InvalidRequestError, "resource_missing"),
        (Code.INTENT_STATE_UNEXPECTED, stripe.InvalidRequestError, "payment_intent_unexpected_state"),
        (Code.ALREADY_REFUNDED, stripe.InvalidRequestError, "charge_already_refunded"),
        (Code.IDEMPOTENCY_KEY_REUSED, stripe.IdempotencyError, None),
        (Code.API_KEY_INVALID, stripe.AuthenticationError, None),
        (Code.FORBIDDEN, stripe.PermissionError, None),
        (Code.CARD_NUMBER_INCORRECT, stripe.CardError, "incorrect_number"),
        (Code.CARD_EXPIRY_INVALID, stripe.CardError, "invalid_expiry_year"),
        (Code.CVC_INVALID, stripe.CardError, "invalid_cvc"),
        (Code.LIVE_CARD_IN_SANDBOX, stripe.CardError, "card_declined"),
        (Code.RATE_LIMITED, stripe.RateLimitError, None),
        (Code.SERVICE_UNAVAILABLE, stripe.APIError, None),
        (Code.INTERNAL_ERROR, stripe.APIError, None),
    ],
)
def test_the_sdk_raises(code: Code, raised: type[stripe.StripeError], stripe_code: str | None) -> None:
    status, body = render_error(Refused(code, "Why.", "card.number"))
    error = _APIRequestor._global_instance().specific_v1_api_error(json.dumps(body), status, body, {}, body["error"])
    assert type(error) is raised
    assert error.user_message == "Why."
    if stripe_code is not None:
        assert error.code == stripe_code  # the SDK exposes the code of these only


@pytest.mark.parametrize(
    "param, status",
    [
        (None, 402),
        ("payment_method", 402),
        ("card[number]", 402),
        ("payment_method_data[card][number]", 402),
        ("description", 400),
        ("metadata.number", 400),
        ("metadata.[number]", 400),
        ("payment_method_data.billing_details.name", 400),
    ],
)
def test_a_card_number_in_another_text_is_no_decline(param: str | None, status: int) -> None:
    answered, body = render_error(Refused(Code.LIVE_CARD_IN_SANDBOX, param=param))
    assert answered == status
    assert body["error"]["type"] == ("card_error" if status == 402 else "invalid_request_error")


@pytest.mark.parametrize(
    "param, code",
    [
        ("card.exp_month", "invalid_expiry_month"),
        ("card.exp_year", "invalid_expiry_year"),
        (None, "invalid_expiry_year"),
    ],
)
def test_errors_in_expiry_dates_have_a_code(param: str | None, code: str) -> None:
    _, body = render_error(Refused(Code.CARD_EXPIRY_INVALID, param=param))
    assert body["error"]["code"] == code


@pytest.mark.parametrize(
    "param, shown",
    [
        ("amount", "amount"),
        ("card.number", "card[number]"),
        ("payment_method_data.card.cvc", "payment_method_data[card][cvc]"),
        ("expand.0", "expand[0]"),
        ("metadata[a.b]", "metadata[a.b]"),
    ],
)
def test_a_parameter_is_named_as_it_was_sent(param: str, shown: str) -> None:
    assert bracketed(param) == shown


def test_doc_url_is_included_if_the_host_is_known() -> None:
    _, body = render_error(Refused(Code.ALREADY_REFUNDED), pages="https://pay.example")
    assert body["error"]["doc_url"] == "https://pay.example/docs/errors/already_refunded"
    assert not {"doc_url", "request_log_url"} & render_error(Refused(Code.ALREADY_REFUNDED))[1]["error"].keys()


def test_our_version_is_the_locked_sdks() -> None:
    assert STRIPE_VERSION == _ApiVersion.CURRENT
