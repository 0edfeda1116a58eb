"""The types of payment methods that an intent takes."""

import pytest

from paysandbox.core.record import replace
from paysandbox.payments.terms import IntentTerms
from paysandbox.stripe_api.objects.method_types import method_types


@pytest.mark.parametrize(
    "terms, types",
    [
        ({}, ["card"]),
        ({"payment_method_types": '["card","link"]'}, ["card", "link"]),
        ({"allowed_payment_method_types": '["klarna"]'}, ["klarna"]),
        ({"payment_method_types": '["link"]', "allowed_payment_method_types": '["klarna"]'}, ["link"]),
        ({"payment_method_types": '["card","link"]', "excluded_payment_method_types": '["link"]'}, ["card"]),
        ({"excluded_payment_method_types": '["klarna"]'}, ["card"]),
    ],
)
def test_listed_types_without_those_that_are_excluded(terms: dict[str, str], types: list[str]) -> None:
    assert method_types(replace(IntentTerms(amount=10_00), **terms)) == types
