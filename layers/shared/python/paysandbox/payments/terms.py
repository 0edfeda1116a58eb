"""The terms of a payment intent, and its payment method."""

from dataclasses import field, fields
from typing import Final

from paysandbox.core.record import record
from paysandbox.payments.bank.card import Card
from paysandbox.payments.stored import FLAG, NUMBER, TEXTS, record_of


@record
class Method:
    """The payment method of an intent. `id` is None if the card was sent with the intent.

    `given` lists the data sent with the card for the bank to check: any of `cvc`, `zip` and `line1`.
    `allow_redisplay` is stored and shown as the caller sent it. `customer` is whose it was when it was named (`cus_…`).
    One that is `set_up` was authenticated for later payments without the cardholder. `billing_details` is JSON, as the
    caller sent it.
    """

    card: Card = field(metadata=record_of(Card))
    given: tuple[str, ...] = field(default=(), metadata=TEXTS)
    id: str | None = None
    allow_redisplay: str | None = None
    customer: str | None = None
    set_up: bool = field(default=False, metadata=FLAG)
    billing_details: str | None = None


@record(kw_only=True)
class ConnectTerms:
    """How a charge is shared with another merchant. Amounts are in minor units.

    `other` is that merchant: the connected account of a destination charge, whose ID is `destination` (`acct_…`), or
    the platform of a direct charge, which has none. It is None if nothing is shared. `transfer` is what the account
    gets (None: the whole charge), and `fee` what the platform takes of it, or of a direct charge. `on_behalf_of` is
    stored and shown.
    """

    other: str | None = None
    destination: str | None = None
    transfer: int | None = field(default=None, metadata=NUMBER)
    fee: int | None = field(default=None, metadata=NUMBER)
    on_behalf_of: str | None = None


@record(kw_only=True)
class IntentTerms:
    """The terms of an intent. `amount` is in minor units; all others are stored and shown as the caller sent them.

    `customer` is the ID of a customer (`cus_…`). `metadata`, `shipping`, `automatic_payment_methods`, the lists of
    payment method types and `payment_method_options` are JSON. `capture_method` is None if it is `manual` or
    `automatic` as the payment itself says, and `confirmation_method` if it is `automatic`. `checkout_session` is the ID
    of the session whose page alone confirms the intent, and `session_reference` what its merchant calls it, by which
    the payment is found. `invoice` is the ID of the invoice that the intent pays (`in_…`). `connect` is None for
    a charge that is the merchant's alone.

    For a payment that was not created as an intent, only the descriptive fields can be updated.
    """

    amount: int = field(metadata=NUMBER)
    method: Method | None = field(default=None, metadata=record_of(Method))
    description: str | None = None
    metadata: str | None = None
    receipt_email: str | None = None
    statement_descriptor_suffix: str | None = None
    statement_descriptor: str | None = None
    shipping: str | None = None
    transfer_group: str | None = None
    setup_future_usage: str | None = None
    capture_method: str | None = None
    confirmation_method: str | None = None
    automatic_payment_methods: str | None = None
    payment_method_types: str | None = None
    allowed_payment_method_types: str | None = None
    excluded_payment_method_types: str | None = None
    payment_method_options: str | None = None
    customer: str | None = None
    checkout_session: str | None = None
    session_reference: str | None = None
    invoice: str | None = None
    connect: ConnectTerms | None = field(default=None, metadata=record_of(ConnectTerms))

    @property
    def is_confirmed_manually(self) -> bool:
        """Whether only the merchant's server confirms the intent, and again after the cardholder was authenticated."""
        return self.confirmation_method is not None

    def texts(self) -> dict[str, str]:
        """Return the texts that are set, by name. Items use the same names."""
        return {name: value for name in TERM_TEXTS if (value := getattr(self, name)) is not None}


TERM_TEXTS: Final = tuple(each.name for each in fields(IntentTerms) if each.name not in ("amount", "method", "connect"))
