"""The checks of donations: authentication, public data, and a complete donation."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from cli.verification.checks import PRESENT, Kept, Suite, Visit
from paysandbox.core.errors import Code
from paysandbox.donations.donation import DonationStatus, Receipt
from paysandbox.donations.routes import (
    CREATE_DONATION_INTENT,
    GET_DONATION_TOTAL,
    LIST_MY_DONATIONS,
    LIST_RECENT_DONATIONS,
    RECEIVE_STRIPE_EVENT,
)
from paysandbox.stripe_api.routes import CONFIRM_PAYMENT_INTENT, CREATE_REFUND

if TYPE_CHECKING:
    import httpx

    from paysandbox.http.route import Route

# From Stripe through webhook, queue and worker to the table; a second queue and worker send the receipt. On a busy
# machine each of these functions may first have to start.
_TOLD_S: Final = 120.0
_STRIPE_S: Final = 30.0
"""How long a donation is retried while Stripe does not respond, as its error says."""

_GIFT: Final = {"amount": 50_00, "currency": "USD", "message": "For the roof"}
_CACHED: Final = {"Cache-Control": "public, max-age=5", "ETag": PRESENT}


class Donor(Visit):
    """A new donor who makes one donation."""

    donation, paid, given_back = Kept(), Kept(), Kept()

    def at_stripe(self, route: Route, key: str, form: Any, of: str | None = None) -> httpx.Request:
        """Return a request with the API key of the donations' Stripe account."""
        account = {"Authorization": self.place.stripe_account}
        return self.request(route, key, form, of=of, headers=account, as_nobody=True)

    @property
    def intent(self) -> str:
        """The PaymentIntent's ID, which is the start of its client secret."""
        return self.donation["client_secret"].partition("_secret_")[0]


def _donations(donor: Donor) -> None:
    ask, expect = donor.request, donor.expect
    with donor.check("the latest donations are public"):
        expect(ask(LIST_RECENT_DONATIONS), {"#": PRESENT}, headers=_CACHED)
    with donor.check("the donation totals are public"):
        expect(ask(GET_DONATION_TOTAL), {"total_amount_dollars": PRESENT, "totals": PRESENT}, headers=_CACHED)
    with donor.check("a donation without a token is rejected"):
        donor.refused(ask(CREATE_DONATION_INTENT, body=_GIFT, as_nobody=True), 401, Code.TOKEN_INVALID)
    with donor.check("a donor signs in"):
        donor.signs_in()
    with donor.check("a new donor has no donations"):
        expect(ask(LIST_MY_DONATIONS), {"data.#": 0, "next_cursor": None})
    with donor.check("an amount below the minimum is rejected"):
        too_little = ask(CREATE_DONATION_INTENT, body={"amount": 1})
        donor.refused(too_little, 400, Code.AMOUNT_TOO_SMALL, param="amount")
    with donor.check("an event with an invalid signature is rejected"):
        donor.refused(ask(RECEIVE_STRIPE_EVENT, body={"id": "evt_1"}), 400, Code.SIGNATURE_INVALID)


def _a_donation(donor: Donor) -> None:
    ask, expect = donor.request, donor.expect
    with donor.check("a donation is created"):
        begun = ask(CREATE_DONATION_INTENT, "gift 1", _GIFT)
        donor.donation = expect(begun, {"client_secret": PRESENT, "donation_id": PRESENT}, within_s=_STRIPE_S)
    with donor.check("the same idempotency key returns the same donation"):
        same = {name: donor.donation[name] for name in ("client_secret", "donation_id")}
        expect(ask(CREATE_DONATION_INTENT, "gift 1", _GIFT), same)
    with donor.check("the same idempotency key with another amount is rejected"):
        other = ask(CREATE_DONATION_INTENT, "gift 1", {**_GIFT, "amount": 51_00})
        donor.refused(other, 422, Code.IDEMPOTENCY_KEY_REUSED)
    with donor.check("the donation's PaymentIntent is confirmed"):
        paid = donor.at_stripe(CONFIRM_PAYMENT_INTENT, "gift 1", {"payment_method": "pm_card_visa"}, donor.intent)
        donation = {"metadata.donation_id": donor.donation["donation_id"]}
        donor.paid = expect(paid, {"status": "succeeded", "amount": 50_00, **donation})
    with donor.check("the donation succeeds and its receipt is sent"):
        donation = {"data.0.donation_id": donor.donation["donation_id"], "data.0.amount": donor.paid["amount"]}
        became = {"data.0.status": str(DonationStatus.SUCCEEDED), "data.0.receipt": str(Receipt.SENT)}
        expect(ask(LIST_MY_DONATIONS), {"data.#": 1, **donation, **became}, within_s=_TOLD_S)
    with donor.check("the donation's PaymentIntent is refunded"):
        refunded = donor.at_stripe(CREATE_REFUND, "gift back", {"payment_intent": donor.intent})
        donor.given_back = expect(refunded, {"status": "succeeded", "amount": donor.paid["amount"]})
    with donor.check("the donation is refunded"):
        back = {"data.0.refunded": donor.given_back["amount"]}
        refunded = {"data.0.status": str(DonationStatus.REFUNDED), **back}
        expect(ask(LIST_MY_DONATIONS), refunded, within_s=_TOLD_S)


DONATIONS_SUITE: Final = Suite("donations", Donor, {"donations": _donations})
WHOLE_DONATION_SUITE: Final = Suite("donations", Donor, {"donations": _donations, "donation": _a_donation})
"""The suite with a complete donation, for a sandbox that plays Stripe itself."""
