"""The payment methods of disbursements: every place that lists them lists the same."""

from typing import get_args, get_type_hints

import pytest

from paysandbox.core.errors import Code, Refused
from paysandbox.disbursements.methods import AVAILABLE, Method, chosen_method
from paysandbox.disbursements.rails import RAILS
from paysandbox.disbursements.requests import CreateDisbursement
from paysandbox.disbursements.schemas import DisbursementBody
from stacks.environments import Environment


@pytest.mark.parametrize(
    "requested, default, chosen",
    [
        (None, "paypal", "paypal"),
        ("paypal", "ach", "paypal"),
        ("ach", "paypal", "ach"),
        (None, "ach", "ach"),
        ("stripe", "ach", "stripe"),
        (None, "stripe", "stripe"),
    ],
)
def test_the_method_of_a_request(requested: str | None, default: str, chosen: str) -> None:
    assert chosen_method(requested, default, "USD") == chosen


def test_currencies() -> None:
    assert chosen_method("paypal", "ach", "EUR") is Method.PAYPAL
    assert chosen_method(None, "stripe", "EUR") is Method.STRIPE
    with pytest.raises(Refused) as caught:
        chosen_method(None, "ach", "EUR")
    assert (caught.value.code, caught.value.param) == (Code.CURRENCY_UNSUPPORTED, "currency")


def test_what_is_available_has_a_rail_and_can_be_the_default() -> None:
    assert tuple(RAILS) == AVAILABLE
    assert get_args(get_type_hints(Environment)["disbursement_method"]) == AVAILABLE
    assert get_args(get_type_hints(DisbursementBody)["payment_method"]) == AVAILABLE


def test_a_request_may_name_each_that_is_declared() -> None:
    [words, _] = get_args(get_type_hints(CreateDisbursement)["payment_method"])
    assert get_args(words) == tuple(Method) == AVAILABLE
