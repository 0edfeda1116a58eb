"""GET /v1/payment_methods/{method}: one that was made by itself, or the card of an intent."""

from tests.support.stripe_shop import CARD, Sdk, opened, paid, refused


def test_one_that_was_made_by_itself(sdk: Sdk, other: Sdk) -> None:
    made = sdk.v1.payment_methods.create({"type": "card", "card": CARD})
    assert sdk.v1.payment_methods.retrieve(made.id).to_dict() == made.to_dict()
    assert refused(lambda: other.v1.payment_methods.retrieve(made.id)).http_status == 404


def test_the_card_of_an_intent(sdk: Sdk, other: Sdk) -> None:
    for intent in (opened(sdk, payment_method="pm_card_amex"), paid(sdk, payment_method="pm_card_amex")):
        assert sdk.v1.payment_methods.retrieve(intent.payment_method).card.brand == "amex"
        assert (
            refused(lambda intent=intent: other.v1.payment_methods.retrieve(intent.payment_method)).http_status == 404
        )


def test_what_is_none(sdk: Sdk) -> None:
    intent = paid(sdk)
    for name in ("pm_nothing", f"pm_{'a' * 26}", f"{intent.payment_method[:-10]}{'b' * 10}", "pm_card_visa"):
        assert refused(lambda name=name: sdk.v1.payment_methods.retrieve(name)).code == "resource_missing"
    expanding = {"expand": ["customer"]}
    assert refused(lambda: sdk.v1.payment_methods.retrieve(intent.payment_method, expanding)).param == "expand"
