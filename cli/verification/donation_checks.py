"""The checks of donations: authentication, public data, and a complete donation."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from cli.verification.client import Client
from cli.verification.response import INDEXED_S, PRESENT
from cli.verification.suite import Suite
from paysandbox.core.errors import Code
from paysandbox.donations.donation import DonationStatus, Receipt
from paysandbox.donations.routes import (
    CREATE_DONATION_INTENT,
    GET_DONATION_PAGE_FILE,
    GET_DONATION_TOTAL,
    LIST_DONATIONS,
    LIST_MY_DONATIONS,
    LIST_RECENT_DONATIONS,
    RECEIVE_STRIPE_EVENT,
    SHOW_DONATION_PAGE,
)
from paysandbox.stripe_api.routes import CONFIRM_PAYMENT_INTENT, CREATE_REFUND

if TYPE_CHECKING:
    from cli.verification.response import Response
    from paysandbox.http.route import Route

# From Stripe through webhook, queue and worker to the table; a second queue and worker send the receipt. On a busy
# machine each of these functions may first have to start.
_RECEIVED_S: Final = 120.0
_STRIPE_S: Final = 30.0
"""How long a donation is retried while Stripe does not respond, as its error says."""

_GIFT: Final = {"amount": 50_00, "currency": "USD", "message": "For the roof"}


class Donor(Client):
    """A new donor who makes one donation."""

    @property
    def account(self) -> dict[str, str]:
        """The API key of the merchant that takes donations, for the native API."""
        return {"X-Api-Key": self.run.stripe_account.removeprefix("Bearer ")}

    def send_to_stripe(self, route: Route, key: str, form: Any, of: str | None = None) -> Response:
        """Send a request with the API key of the donations' Stripe account."""
        account = {"Authorization": self.run.stripe_account}
        return self.send(route, key, form, of=of, headers=account, anonymous=True)


def public_donations(donor: Donor) -> None:
    """The latest donations and their totals are public, and cached for seconds."""
    cached = {"Cache-Control": "public, max-age=5", "ETag": PRESENT}
    assert donor.send(LIST_RECENT_DONATIONS).has({"#": PRESENT}, headers=cached), "the latest donations are public"
    totals = donor.send(GET_DONATION_TOTAL)
    assert totals.has({"total_amount_dollars": PRESENT, "totals": PRESENT}, headers=cached), "the totals are public"


def page_for_donors(donor: Donor) -> None:
    """The page for donors is served, with its script, and nobody may frame it."""
    page = donor.send(SHOW_DONATION_PAGE)
    assert page.has(contains=["Donate Now", "data-client"], headers={"X-Content-Type-Options": "nosniff"}), "a page"
    assert donor.send(GET_DONATION_PAGE_FILE, of="donate.js").has(contains=["Donate Now"]), "its script is served"


def donors(donor: Donor) -> None:
    """Only a donor who signed in can donate, and starts without donations."""
    donor.credentials.create_donor()
    unsigned = donor.send(CREATE_DONATION_INTENT, body=_GIFT, anonymous=True)
    assert unsigned.is_refused(401, Code.TOKEN_INVALID), "a donation without a token is rejected"
    listed = donor.send(LIST_MY_DONATIONS)
    assert listed.has({"data.#": 0, "next_cursor": None}), "a new donor has no donations"


def merchants_donations(donor: Donor) -> None:
    """Donations are listed for their merchant only."""
    assert donor.send(LIST_DONATIONS, anonymous=True).is_refused(401, Code.API_KEY_INVALID), "a key is needed"
    donor.credentials.create_key()
    assert donor.key_is_accepted(LIST_DONATIONS), "another merchant has no donations"


def smallest_donation(donor: Donor) -> None:
    """A donation below the minimum is rejected."""
    too_little = donor.send(CREATE_DONATION_INTENT, body={"amount": 1})
    assert too_little.is_refused(400, Code.AMOUNT_TOO_SMALL, param="amount"), "an amount of 1 is too small"


def stripe_signature(donor: Donor) -> None:
    """A Stripe event with an invalid signature is rejected."""
    event = donor.send(RECEIVE_STRIPE_EVENT, body={"id": "evt_1"})
    assert event.is_refused(400, Code.SIGNATURE_INVALID), "an event without a signature is rejected"


def whole_donation(donor: Donor) -> None:
    """A donation is created once, paid, confirmed by a receipt, and refunded."""
    donation = donor.send(CREATE_DONATION_INTENT, "gift 1", _GIFT)
    created = {"client_secret": PRESENT, "donation_id": PRESENT}
    assert donation.has(created, within_s=_STRIPE_S), "a donation is created"
    intent, donation_id = donation["client_secret"].partition("_secret_")[0], donation["donation_id"]
    repeated = donor.send(CREATE_DONATION_INTENT, "gift 1", _GIFT)
    same = {"client_secret": donation["client_secret"], "donation_id": donation_id}
    assert repeated.has(same), "the same idempotency key returns the same donation"

    paid = donor.send_to_stripe(CONFIRM_PAYMENT_INTENT, "gift 1", {"payment_method": "pm_card_visa"}, intent)
    succeeded = {"status": "succeeded", "amount": 50_00, "metadata.donation_id": donation_id}
    assert paid.has(succeeded), "the donation's PaymentIntent is confirmed"
    listed = donor.send(LIST_MY_DONATIONS)
    became = {"data.0.status": str(DonationStatus.SUCCEEDED), "data.0.receipt": str(Receipt.SENT)}
    only = {"data.#": 1, "data.0.donation_id": donation_id, "data.0.amount": 50_00, "data.0.created_at": PRESENT}
    assert listed.has({**only, **became}, within_s=_RECEIVED_S), "the donation succeeds and its receipt is sent"

    refunded = donor.send_to_stripe(CREATE_REFUND, "gift back", {"payment_intent": intent})
    assert refunded.has({"status": "succeeded", "amount": 50_00}), "the donation's PaymentIntent is refunded"
    became = {"data.0.status": str(DonationStatus.REFUNDED), "data.0.refunded": 50_00}
    assert donor.send(LIST_MY_DONATIONS).has(became, within_s=_RECEIVED_S), "the donation is refunded"

    filters = {"status": str(DonationStatus.REFUNDED), "created_from": listed["data.0.created_at"], "order": "asc"}
    of_merchant = donor.send(LIST_DONATIONS, query=filters, headers=donor.account, anonymous=True)
    same = {"data.0.donation_id": donation_id, "data.0.payment_intent": intent, "data.0.refunded": 50_00}
    assert of_merchant.has(same, within_s=INDEXED_S), "its merchant's list has the donation and its PaymentIntent"


DONATIONS_SUITE: Final = Suite(
    "donations",
    Donor,
    (public_donations, page_for_donors, donors, merchants_donations, smallest_donation, stripe_signature),
)
WHOLE_DONATION_SUITE: Final = Suite("donations", Donor, (*DONATIONS_SUITE.checks, whole_donation))
"""The suite with a complete donation, for a sandbox that plays Stripe itself."""
