"""The pages of the samples on which a buyer pays in Chromium, by the samples' names."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from integrations.flow import FlowStep


@dataclass(frozen=True)
class SamplePage:
    """The folder in the sample's repository with its page, the buyer's function, and the step that it does."""

    folder: str
    flow: str
    does: FlowStep


PAGES: Final[Mapping[str, SamplePage]] = {
    "accept-a-payment: custom payment flow": SamplePage("custom-payment-flow/client/html", "custom_flow", FlowStep.PAY),
    "accept-a-payment: elements with Checkout sessions": SamplePage(
        "elements-with-checkout-sessions/client/html", "session_elements", FlowStep.CHECKOUT
    ),
    "accept-a-payment: payment element": SamplePage("payment-element/client/html", "returning", FlowStep.PAY),
    "accept-a-payment: prebuilt checkout page": SamplePage(
        "prebuilt-checkout-page/client/html", "checkout", FlowStep.CHECKOUT
    ),
    "checkout-one-time-payments": SamplePage("client/html", "checkout", FlowStep.CHECKOUT),
    "placing-a-hold: using webhooks": SamplePage("using-webhooks/client", "hold", FlowStep.AUTHORIZE),
    "placing-a-hold: without webhooks": SamplePage("without-webhooks/client", "captured_hold", FlowStep.CAPTURE),
    "saving-card-without-payment": SamplePage("client", "saved_card", FlowStep.SAVE_CARD),
    "card-brand-choice": SamplePage("client", "brand_choice", FlowStep.PAY),
}
"""By the samples' names. The others' pages are React, or need what is not simulated."""

REACT_PAGES: Final[Mapping[str, SamplePage]] = {
    "accept-a-payment: custom payment flow": SamplePage(
        "custom-payment-flow/client/react-cra", "react_custom_flow", FlowStep.PAY
    ),
    "accept-a-payment: elements with Checkout sessions": SamplePage(
        "elements-with-checkout-sessions/client/react-cra", "session_elements", FlowStep.CHECKOUT
    ),
    "accept-a-payment: payment element": SamplePage(
        "payment-element/client/react-cra", "react_returning", FlowStep.PAY
    ),
    "accept-a-payment: prebuilt checkout page": SamplePage(
        "prebuilt-checkout-page/client/react-cra", "checkout", FlowStep.CHECKOUT
    ),
}
"""By the samples' names: the pages in React that are run beside those of `PAGES`."""
