"""The answer of a session's page to a program."""

from typing import Annotated, Any

from pydantic import Field

from paysandbox.http.answer_shape import Answer


class CheckoutState(Answer):
    """A session as its payer sees it. With an address to go to, the status is 303 and `Location` leads to it."""

    session: Annotated[str, Field(description="Id of the Checkout session.")]
    status: Annotated[str, Field(description="`open`, `complete` or `expired`.")]
    payment_status: Annotated[str, Field(description="`paid`, `unpaid` or `no_payment_required`.")]
    amount_total: Annotated[int | None, Field(description="What is due, in Stripe's units.")]
    currency: Annotated[str | None, Field(description="ISO 4217 code in lower case.")]
    payment_intent: Annotated[str | None, Field(description="Id of the payment intent, once there is one.")]
    setup_intent: Annotated[str | None, Field(description="Id of the setup intent, in the mode `setup`.")]
    error: Annotated[
        dict[str, Any] | None,
        Field(description="Why nothing was paid, as Stripe's errors say it: a decline, or a used up discount."),
    ] = None
    location: Annotated[
        str | None, Field(description="Where the payer goes: the page of 3-D Secure, or back to the merchant.")
    ] = None
