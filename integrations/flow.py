"""The steps of an integration's principal flow. integrations.toml declares them, a run reports what was done."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Final


class FlowStep(StrEnum):
    """What an integration is there to do. The words are those of integrations.toml and of the page."""

    PAY = "pay"
    AUTHORIZE = "authorize"
    CAPTURE = "capture"
    CANCEL = "cancel"
    REFUND = "refund"
    CHECKOUT = "checkout"
    SAVE_CARD = "save card"
    SAVED_CARD = "saved card"
    CONNECTED_ACCOUNT = "connected account"
    TRANSFER = "transfer"
    SUBSCRIPTION = "subscription"
    PORTAL = "portal"
    SYNC = "sync"
    READER = "reader"


MEANINGS: Final = {
    FlowStep.PAY: "a buyer's payment succeeds",
    FlowStep.AUTHORIZE: "a buyer's payment is authorized, to be captured later",
    FlowStep.CAPTURE: "an authorized payment is captured",
    FlowStep.CANCEL: "a payment is canceled before its capture",
    FlowStep.REFUND: "a payment is refunded, or a part of it",
    FlowStep.CHECKOUT: "a buyer pays a Checkout session",
    FlowStep.SAVE_CARD: "a buyer's card is saved, with a payment or without one",
    FlowStep.SAVED_CARD: "a saved card is charged without the buyer",
    FlowStep.CONNECTED_ACCOUNT: "a buyer's payment for a connected account succeeds",
    FlowStep.TRANSFER: "money is transferred to a connected account",
    FlowStep.SUBSCRIPTION: "a buyer subscribes, and the first invoice is paid",
    FlowStep.PORTAL: "a customer gets a session of the customer portal",
    FlowStep.SYNC: "Stripe's objects are listed and stored",
    FlowStep.READER: "a payment is handed to a card reader",
}
"""The meaning of each step, as the page shows it."""


@dataclass(frozen=True)
class Worked:
    """What worked, in words, and the step of the flow that is done with it, if one is."""

    what: str
    does: FlowStep | None = None


def done(worked: Iterable[Worked]) -> set[FlowStep]:
    """Return the steps that were done."""
    return {one.does for one in worked if one.does is not None}


def flow_of(names: Sequence[str]) -> tuple[FlowStep, ...]:
    """Return the steps that a row declares, in its order. Raises ValueError for none, and for an unknown one."""
    if not names:
        raise ValueError("a row declares the steps of its flow")
    return tuple(map(FlowStep, names))
