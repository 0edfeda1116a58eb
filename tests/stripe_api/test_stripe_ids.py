"""The mapping between Stripe's object ids and ours, in both directions; any other text maps to nothing."""

from collections.abc import Callable

import pytest

from paysandbox.core import ids
from paysandbox.stripe_api import ids as stripe_ids

BODY, OWN = "b" * 25 + "7", "o" * 9 + "2"


@pytest.mark.parametrize(
    "there, back, ours, theirs",
    [
        (stripe_ids.intent_id, stripe_ids.payment_of_intent, f"auth_{BODY}", f"pi_{BODY}"),
        (stripe_ids.charge_id, stripe_ids.attempt_of_charge, f"auth_{BODY}", f"ch_{BODY}"),
        (stripe_ids.charge_id, stripe_ids.attempt_of_charge, f"att_{BODY}{OWN}", f"ch_{BODY}{OWN}"),
        (stripe_ids.refund_id, stripe_ids.operation_of_refund, f"ref_{BODY}{OWN}", f"re_{BODY}{OWN}"),
        # What was released is shown as a refund.
        (stripe_ids.refund_id, stripe_ids.operation_of_refund, f"cap_{BODY}{OWN}", f"re_{BODY}{OWN}c"),
        (stripe_ids.refund_id, stripe_ids.operation_of_refund, f"void_{BODY}{OWN}", f"re_{BODY}{OWN}v"),
        (stripe_ids.refund_id, stripe_ids.operation_of_refund, f"exp_{BODY}{OWN}", f"re_{BODY}{OWN}e"),
    ],
)
def test_ids_round_trip(there: Callable[[str], str], back: Callable[[str], str | None], ours: str, theirs: str) -> None:
    assert there(ours) == theirs
    assert back(theirs) == ours
    assert ids.payment_of(ours) == f"auth_{BODY}"


@pytest.mark.parametrize("charge", [f"ch_{BODY}", f"ch_{BODY}{OWN}"])
def test_every_charge_names_its_payment(charge: str) -> None:
    assert stripe_ids.payment_of_charge(charge) == f"auth_{BODY}"


@pytest.mark.parametrize(
    "named_by, method",
    [
        (f"auth_{BODY}", f"pm_{BODY}{stripe_ids.NO_OWN}"),
        (f"rev_{BODY}{OWN}", f"pm_{BODY}{OWN}"),
        (f"att_{BODY}{OWN}", f"pm_{BODY}{OWN}"),
    ],
)
def test_the_card_of_a_payment_names_the_payment(named_by: str, method: str) -> None:
    assert stripe_ids.method_id(named_by) == method
    assert stripe_ids.payment_of_method(method) == f"auth_{BODY}"


def test_a_connected_account_is_a_merchant_and_back() -> None:
    account = stripe_ids.new_account_id("acct_operation")
    merchant = stripe_ids.merchant_of_account(account) or ""
    assert merchant == f"connected-{account.removeprefix('acct_')}"
    assert stripe_ids.account_id(merchant) == account
    for text in ("", "acct_", "acct_1032D82eZvKYlo2C", f"{account}a", account.upper(), f"{account}\n"):
        assert stripe_ids.merchant_of_account(text) is None, text


def test_one_event_of_ours_is_several_of_stripes() -> None:
    assert stripe_ids.stripe_event_id(f"evt_{BODY}", "c") == f"evt_{BODY}c"
    assert stripe_ids.event_of_stripe_event(f"evt_{BODY}c") == f"evt_{BODY}"


def test_other_texts_are_not_ids(subtests: pytest.Subtests) -> None:
    for back in [
        stripe_ids.payment_of_intent,
        stripe_ids.attempt_of_charge,
        stripe_ids.payment_of_charge,
        stripe_ids.operation_of_refund,
        stripe_ids.payment_of_method,
        stripe_ids.event_of_stripe_event,
    ]:
        for text in [
            "",
            "pi_",
            f"auth_{BODY}",
            f"pm_{BODY}",  # created separately: belongs to no payment
            f"evt_{BODY}",
            f"xx_{BODY}{OWN}",
            f"PI_{BODY}",
            *(f"{kind}_{body}" for kind in ("pi", "ch", "re", "pm", "evt") for body in (BODY[1:], BODY[1:] + "1")),
            *(f"{kind}_{BODY}{OWN}{more}" for kind in ("pi", "ch", "re", "pm", "evt") for more in ("a", "\n")),
        ]:
            with subtests.test(f"{back} {text}"):
                assert back(text) is None


def test_a_request_has_one_form_in_the_answer_and_in_its_events() -> None:
    assert (
        stripe_ids.stripe_request_id("6f2c1a1e-0001-4c4e-9d8a-5a5a5a5a5a5a") == "req_6f2c1a1e00014c4e9d8a5a5a5a5a5a5a"
    )
