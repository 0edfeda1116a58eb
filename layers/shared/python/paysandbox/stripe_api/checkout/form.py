# pyright: standard
"""The form of a session's page, as a browser or a program sends it.

Its fields have the names that Stripe's page gives them (`cardNumber`), as suites for browsers expect. A program sends
`card` alone: a test number, or one of Stripe's names (`pm_card_visa`).
"""

from typing import Annotated, Final, Literal

from pydantic import BaseModel, ConfigDict, Field
from pydantic.alias_generators import to_camel

Entered = Annotated[str | None, Field(max_length=255, repr=False)]


_OF_CARD: Final = ("card", "card_number", "card_expiry", "card_cvc")


class CheckoutForm(BaseModel):
    """What a payer sends: a card, what the session asks for, and what they choose.

    With the action `update`, other quantities, shipping and a promotion code are applied without paying.
    """

    model_config = ConfigDict(
        extra="forbid", frozen=True, hide_input_in_errors=True, alias_generator=to_camel, populate_by_name=True
    )

    action: Literal["pay", "update"] = "pay"
    card: Entered = None
    card_number: Entered = None
    card_expiry: Entered = None
    card_cvc: Entered = None
    email: Entered = None
    billing_name: Entered = None
    billing_country: Entered = None
    billing_address_line1: Entered = None
    billing_address_line2: Entered = None
    billing_locality: Entered = None
    billing_postal_code: Entered = None
    billing_administrative_area: Entered = None
    shipping_name: Entered = None
    shipping_country: Entered = None
    shipping_address_line1: Entered = None
    shipping_address_line2: Entered = None
    shipping_locality: Entered = None
    shipping_postal_code: Entered = None
    shipping_administrative_area: Entered = None
    phone_number: Entered = None
    business_name: Entered = None
    promotion_code: Annotated[str, Field(max_length=500)] | None = None
    shipping_rate: Annotated[str, Field(max_length=64)] | None = None
    terms_of_service_consent_checkbox: Entered = None
    quantity: Annotated[dict[str, Annotated[str, Field(pattern=r"^[0-9]{0,6}$")]], Field(max_length=100)] = {}
    custom_fields: Annotated[dict[str, Annotated[str, Field(max_length=255)]], Field(max_length=3)] = {}

    def texts(self) -> dict[str, str]:
        """Return the fields that are texts, by their names on the page, but for those of the card."""
        sent = self.model_dump(by_alias=True, exclude_none=True, exclude={*_OF_CARD})
        return {name: value for name, value in sent.items() if isinstance(value, str)}
