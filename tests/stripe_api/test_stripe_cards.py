"""Cards by Stripe's names: each maps to the number that Stripe publishes for it, and none to a number of its own."""

import pytest

from paysandbox.payments.bank.acquirer import AuthorizationRequest, answer
from paysandbox.payments.bank.test_cards import STRIPE, TEST_CARDS
from paysandbox.stripe_api.payment_methods.cards import CARDS_BY_NAME, number_of_method, number_of_token


def test_every_name_is_of_a_card_in_the_one_table(subtests: pytest.Subtests) -> None:
    for name, number in CARDS_BY_NAME.items():
        with subtests.test(f"{name} {number}"):
            assert STRIPE in TEST_CARDS[number].publishers
            assert number_of_method(f"pm_card_{name}") == number_of_token(f"tok_{name}") == number
            assert number_of_token(f"pm_card_{name}") is number_of_method(f"tok_{name}") is None


# From Stripe's "Testing" page: a name, and the outcome of a charge of 10.00.
@pytest.mark.parametrize(
    "name, decline_code",
    [
        ("pm_card_visa", None),
        ("tok_visa", None),
        ("pm_card_amex", None),
        ("pm_card_de", None),
        ("pm_card_cvcCheckFail", None),
        ("pm_card_riskLevelHighest", None),
        ("pm_card_visa_chargeDeclined", "generic_decline"),
        ("pm_card_visa_chargeDeclinedInsufficientFunds", "insufficient_funds"),
        ("pm_card_visa_chargeDeclinedLostCard", "lost_card"),
        ("pm_card_visa_chargeDeclinedStolenCard", "stolen_card"),
        ("pm_card_chargeDeclinedExpiredCard", "expired_card"),
        ("tok_chargeDeclinedIncorrectCvc", "incorrect_cvc"),
        ("tok_chargeDeclinedProcessingError", "processing_error"),
        ("pm_card_visa_chargeDeclinedVelocityLimitExceeded", "card_velocity_exceeded"),
        ("pm_card_chargeCustomerFail", "generic_decline"),
        ("pm_card_radarBlock", "fraudulent"),
    ],
)
def test_the_banks_answer_to_a_published_name(name: str, decline_code: str | None) -> None:
    number = number_of_method(name) or number_of_token(name)
    assert number is not None
    said = answer(AuthorizationRequest(number=number, amount=10_00), accept_any_card=False).response

    assert (said.decline.decline_code if said.decline else None) == decline_code


@pytest.mark.parametrize(
    "name, plan",
    [
        ("pm_card_createMultipleDisputes", "dispute=several"),
        ("pm_card_createCe3EligibleDispute", "dispute=compelling_evidence"),
        ("tok_createComplianceDispute", "dispute=compliance"),
        ("pm_card_createMastercardComplianceDispute", "dispute=compliance"),
        ("pm_card_bypassPending", "funds=available"),
        ("tok_bypassPendingInternational", "funds=available"),
    ],
)
def test_a_name_with_delayed_behavior_maps_to_its_card(name: str, plan: str) -> None:
    number = number_of_method(name) or number_of_token(name)
    assert number is not None
    assert answer(AuthorizationRequest(number=number, amount=10_00), accept_any_card=True).plan == plan


@pytest.mark.parametrize(
    "name",
    [
        "",
        "pm_card_",
        "pm_card_nobody",
        "pm_visa",
        "visa",
        "tok_",
        "tok_pm_card_visa",
        "PM_CARD_VISA",
        "pm_card_visa ",
        "4242424242424242",
        "pm_" + "a" * 26,
    ],
)
def test_an_unpublished_name_has_no_card(name: str) -> None:
    assert number_of_method(name) is number_of_token(name) is None
