"""POST /donations/create-intent: create a donation for the donor's browser to pay at Stripe."""

from paysandbox.aws.runtime import random_bytes
from paysandbox.donations import stripe_account
from paysandbox.donations.creation import begin_donation
from paysandbox.donations.donation import Donation, check_amount, donation_id
from paysandbox.donations.routes import CREATE_DONATION_INTENT
from paysandbox.donations.schemas import CreateDonationIntent
from paysandbox.donations.tables import donations
from paysandbox.http.native import Answer, endpoint
from paysandbox.http.request import Call


def prepare() -> None:
    """Initialize the table and Stripe's SDK. Raises Refused(stripe_not_configured)."""
    donations()
    stripe_account.load()


@endpoint(CREATE_DONATION_INTENT, prepare=prepare)
def handler(call: Call[CreateDonationIntent, None]) -> Answer:
    """Run one transaction, one request to Stripe and one update. A retry completes the missing steps.

    A request without a key that repeats an unpaid donation updates its message and anonymity.
    """
    body = call.body
    check_amount(body.amount, body.currency)
    requested = Donation(
        id=donation_id(call.now, random_bytes()),
        donor=call.signed_in,
        amount=body.amount,
        currency=body.currency.lower(),
        message=body.message,
        anonymous=body.anonymous,
        created_at=call.now,
    )
    donation, intent = begin_donation(call, requested)
    answer = {"client_secret": intent.client_secret, "donation_id": donation.id}
    return Answer(answer, replayed=donation.id != requested.id, transaction_id=donation.id, outcome="opened")
