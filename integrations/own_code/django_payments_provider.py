"""django-payments: its provider for Stripe makes sessions, and a buyer pays one. Django has no database.

A refund fails before any call: the package writes the SDK's object as JSON, which the pinned SDK does not allow.
"""

from types import SimpleNamespace

from django.conf import settings
from shop import SECRET_KEY, check_out, expect, worked

settings.configure(PAYMENT_HOST="shop.example", PAYMENT_USES_SSL=True)

from payments.stripe import StripeProviderV3  # noqa: E402 - Django needs its settings first

from payments import PaymentError, PaymentStatus  # noqa: E402 - the same


class Payment(SimpleNamespace):
    """What the host application stores of a payment."""

    def change_status(self, status: str) -> None:
        """Store the status."""
        self.status = status

    def save(self) -> None:
        """Store nothing else."""


def payment() -> Payment:
    """Return a payment that waits for its buyer."""
    return Payment(
        transaction_id="",
        token="order-6735",  # noqa: S106 - no secret
        pk=1,
        currency="USD",
        total=20,
        status=PaymentStatus.WAITING,
        attrs=SimpleNamespace(),
        billing_email="jenny@example.com",
        billing_first_name="Jenny",
        billing_last_name="Rosen",
        get_success_url=lambda: "https://shop.example/paid",
        get_failure_url=lambda: "https://shop.example/failed",
    )


provider = StripeProviderV3(api_key=SECRET_KEY)
canceled, paid = payment(), payment()
try:
    for one in (canceled, paid):
        session = provider.create_session(one)
        expect(session["client_reference_id"], "order-6735", "the session's reference")
        one.transaction_id = session["id"]
    worked("create_session")
    provider.cancel(canceled)
    worked("cancel")
    check_out(session["url"])
    provider.status(paid)
    expect(paid.status, PaymentStatus.CONFIRMED, "the status of a payment whose session is paid")
    worked("status", "checkout")
except PaymentError as error:
    raise SystemExit(str(error)) from None
