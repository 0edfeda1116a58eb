"""What sends money to a connected account needs one of three capabilities of it, which may be lost before."""

from collections.abc import Callable
from typing import Any

import pytest

from paysandbox.stripe_api.routes import CREATE_CHARGE, CREATE_PAYMENT_INTENT, RESOURCE_ROUTE as RESOURCE
from tests.stripe_api.handlers.checkout import sessions
from tests.support.clients.stripe_call import StripeReply
from tests.support.clients.stripe_merchant import done, wrong
from tests.support.clients.transfers import PLATFORM, connected, destination, funded

INVALID = "invalid_request_error"


def requested(*names: str) -> dict[str, Any]:
    return {"type": "express", "capabilities": {name: {"requested": True} for name in names}}


NOT_CAPABLE = [
    {"type": "express"},
    requested("card_payments"),
    {**requested("transfers"), "metadata": {"sandbox_outcome": "transfers=pending"}},
    {**requested("transfers"), "metadata": {"sandbox_outcome": "onboarding"}},
]
CAPABLE = [{}, requested("transfers"), requested("legacy_payments"), requested("card_payments", "transfers")]
WORDS = (
    "Your destination account needs to have at least one of the following capabilities enabled: transfers, "
    "crypto_transfers, legacy_payments"
)
"""worknenjoy/gitpay, tests of tasks: a recorded response of a transfer."""
SENDING: dict[str, Callable[[str], StripeReply]] = {
    "intent": lambda account: PLATFORM.post(CREATE_PAYMENT_INTENT, **destination(account, confirm=False)),
    "confirmed intent": lambda account: PLATFORM.post(CREATE_PAYMENT_INTENT, **destination(account)),
    "charge": lambda account: PLATFORM.post(
        CREATE_CHARGE, amount=50_00, currency="usd", source="tok_visa", transfer_data={"destination": account}
    ),
    "session": lambda account: sessions.create(payment_intent_data={"transfer_data": {"destination": account}}),
    "transfer": lambda account: PLATFORM.post(
        RESOURCE["create_transfer"], amount=1, currency="usd", destination=account
    ),
}


@pytest.mark.parametrize("send", SENDING.values(), ids=[*SENDING])
def test_an_account_receives_with_one_of_these_capabilities(
    send: Callable[[str], StripeReply], subtests: pytest.Subtests
) -> None:
    funded()
    for params in NOT_CAPABLE:
        with subtests.test(str(params)):
            error = (refused := send(connected(**params))).error
            assert (refused.status, error["code"]) == (400, "insufficient_capabilities_for_transfer")
            assert error["message"] == WORDS
    for params in CAPABLE:
        with subtests.test(str(params)):
            assert send(connected(**params)).status == 200


def test_a_capability_that_is_lost_before_the_confirmation() -> None:
    account = connected(**requested("card_payments", "transfers"))
    first, second = (done(PLATFORM.post(CREATE_PAYMENT_INTENT, **destination(account, confirm=False))) for _ in "12")
    paid = PLATFORM.confirm(first["id"], key="first")

    def request(**params: Any) -> None:
        done(PLATFORM.post(RESOURCE["update_capability"], (account, "transfers"), **params))

    request(requested=False)
    refused = PLATFORM.confirm(second["id"], key="second")
    assert wrong(refused) == (400, INVALID, "insufficient_capabilities_for_transfer", "transfer_data[destination]")
    assert PLATFORM.shown(second["id"])["status"] == "requires_confirmation"
    assert PLATFORM.confirm(first["id"], key="first").text == paid.text, "although the capability is lost"
    request(requested=True)
    assert done(PLATFORM.confirm(second["id"], key="second"))["status"] == "succeeded"
