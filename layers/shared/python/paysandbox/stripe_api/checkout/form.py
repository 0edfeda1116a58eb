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
    """What a payer sends: a card, what the session asks for, and what they choose."""

    model_config = ConfigDict(
        extra="forbid", frozen=True, hide_input_in_errors=True, alias_generator=to_camel, populate_by_name=True
    )

    action: Annotated[
        Literal["pay", "update"],
        Field(description="`update` applies quantities, shipping and a promotion code without paying."),
    ] = "pay"
    card: Entered = Field(default=None, description="A program's card: a test number, or a name (`pm_card_visa`).")
    card_number: Entered = Field(default=None, description="The card number, with or without spaces.")
    card_expiry: Entered = Field(default=None, description="The expiration date: `12 / 40`.")
    card_cvc: Entered = Field(default=None, description="The security code.")
    email: Entered = Field(default=None, description="The payer's e-mail address.")
    billing_name: Entered = Field(default=None, description="The name on the card.")
    billing_country: Entered = Field(default=None, description="The country of the billing address: two letters.")
    billing_address_line1: Entered = Field(default=None, description="The billing address.")
    billing_address_line2: Entered = Field(default=None, description="The second line of the billing address.")
    billing_locality: Entered = Field(default=None, description="The city of the billing address.")
    billing_postal_code: Entered = Field(default=None, description="The postal code of the billing address.")
    billing_administrative_area: Entered = Field(
        default=None, description="The state or region of the billing address."
    )
    shipping_name: Entered = Field(default=None, description="To whom to ship.")
    shipping_country: Entered = Field(default=None, description="The country to ship to: two letters.")
    shipping_address_line1: Entered = Field(default=None, description="The address to ship to.")
    shipping_address_line2: Entered = Field(default=None, description="The second line of the address to ship to.")
    shipping_locality: Entered = Field(default=None, description="The city to ship to.")
    shipping_postal_code: Entered = Field(default=None, description="The postal code to ship to.")
    shipping_administrative_area: Entered = Field(default=None, description="The state or region to ship to.")
    phone_number: Entered = Field(default=None, description="The payer's phone number.")
    business_name: Entered = Field(default=None, description="The name of the payer's business.")
    promotion_code: Entered = Field(default=None, description="A promotion code. An empty one removes it.")
    shipping_rate: Entered = Field(default=None, description="The shipping rate that the payer chooses, by its ID.")
    terms_of_service_consent_checkbox: Entered = Field(
        default=None, description="`true`, if the payer agrees to the terms of service."
    )
    quantity: Annotated[
        dict[str, Annotated[str, Field(pattern=r"^[0-9]{0,6}$")]],
        Field(max_length=100, description="Quantities by the IDs of items whose quantity is adjustable."),
    ] = {}
    custom_fields: Annotated[
        dict[str, Annotated[str, Field(max_length=255)]],
        Field(max_length=3, description="The merchant's own fields by their keys."),
    ] = {}

    def texts(self) -> dict[str, str]:
        """Return the fields that are texts, by their names on the page, but for those of the card."""
        sent = self.model_dump(by_alias=True, exclude_none=True, exclude={*_OF_CARD})
        return {name: value for name, value in sent.items() if isinstance(value, str)}
