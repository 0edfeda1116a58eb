"""The body of an authorization, declared once: how it is read, documented and refused (`http/parameters.py`)."""

from dataclasses import field

from paysandbox.core.record import record
from paysandbox.http.parameters import Choice, Flag, Nested, Text, Whole, parameter
from paysandbox.payments.attempts.return_url import MAX_LENGTH as MAX_RETURN_URL, fault_of
from paysandbox.payments.limits import AMOUNT, CURRENCY, METADATA, TEXT_100, TEXT_500, metadata_text
from paysandbox.payments.payment import ANNOTATIONS, NO_ANNOTATIONS, Annotations


@record(kw_only=True)
class CardDetails:
    """Card details. The number, the security code, the name and the address are never stored."""

    number: str = field(
        repr=False,
        metadata=parameter(
            Text(pattern="[0-9]{12,19}"),
            "Card number, 12 to 19 digits without spaces. Only published test cards are accepted.",
            "4242424242424242",
        ),
    )
    exp_month: int = field(metadata=parameter(Whole(least=1, most=12), "Expiration month.", 12))
    exp_year: int = field(metadata=parameter(Whole(least=2000, most=2200), "Expiration year, four digits.", 2040))
    cvc: str | None = field(
        default=None, repr=False, metadata=parameter(Text(pattern="[0-9]{3,4}"), "Security code.", "123")
    )
    name: str | None = field(default=None, repr=False, metadata=parameter(TEXT_100, "Name on the card. Not checked."))
    address_line1: str | None = field(
        default=None, repr=False, metadata=parameter(TEXT_100, "First line of the billing address.")
    )
    address_zip: str | None = field(default=None, repr=False, metadata=parameter(TEXT_100, "Billing postal code."))


@record(kw_only=True)
class ThreeDSecureOptions:
    """3-D Secure options."""

    request: str = field(
        default="automatic",
        metadata=parameter(
            Choice(("automatic", "any")),
            "`any`: authenticate the cardholder whenever the card supports it. `automatic`: only when the card or the "
            "bank requires it.",
        ),
    )
    if_unavailable: str = field(
        default="proceed",
        metadata=parameter(
            Choice(("proceed", "decline")),
            "Behavior if the issuer cannot authenticate the cardholder (result `U`): `proceed` to the authorization, "
            "without a liability shift, or `decline`.",
        ),
    )


@record(kw_only=True)
class AuthorizePayment:
    """A payment to authorize with the cardholder's bank."""

    card: CardDetails = field(metadata=parameter(Nested(CardDetails), "The card to charge."))
    amount: int = field(metadata=parameter(AMOUNT))
    currency: str = field(default="USD", metadata=parameter(CURRENCY))
    capture_method: str = field(
        default="manual",
        metadata=parameter(
            Choice(("manual", "automatic")),
            "`automatic` captures the full amount together with the authorization.",
        ),
    )
    allow_partial: bool = field(
        default=False,
        metadata=parameter(
            Flag(), "Accept a partial approval. Otherwise, a partial approval is a decline (`insufficient_funds`)."
        ),
    )
    return_url: str | None = field(
        default=None,
        metadata=parameter(
            Text(most=MAX_RETURN_URL, faults=(fault_of,)),
            "Where the cardholder returns to after a 3-D Secure challenge: an `http` or `https` URL. `auth_id` and "
            "`result` are added to its query.",
            "https://shop.example/orders/1042",
        ),
    )
    three_d_secure: ThreeDSecureOptions | None = field(
        default=None, metadata=parameter(Nested(ThreeDSecureOptions), "3-D Secure options.")
    )
    description: str | None = field(
        default=None, metadata=parameter(TEXT_500, "Free text. Up to 500 characters and 1,000 bytes of UTF-8.")
    )
    reference: str | None = field(
        default=None,
        metadata=parameter(TEXT_100, "Your own reference, such as an order number. Payments can be listed by it."),
    )
    metadata: dict[str, str] | None = field(
        default=None, metadata=parameter(METADATA, "Your own key-value pairs, up to 8,192 bytes of JSON.")
    )

    @property
    def annotations(self) -> Annotations:
        """The annotations as they are stored."""
        noted = {name: value for name in ANNOTATIONS if (value := getattr(self, name)) is not None}
        if "metadata" in noted:
            noted["metadata"] = metadata_text(noted["metadata"])
        return Annotations(**noted) if noted else NO_ANNOTATIONS
