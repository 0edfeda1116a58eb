"""django-payments: its provider for Stripe makes a session, which the buyer would pay. Django has no database."""

from types import SimpleNamespace

from django.conf import settings

settings.configure(PAYMENT_HOST="shop.example", PAYMENT_USES_SSL=True)

from payments.stripe import StripeProviderV3  # noqa: E402
from shop import SECRET_KEY, expect, worked  # noqa: E402

from payments import PaymentError, PaymentStatus  # noqa: E402 - Django needs its settings first

PAYMENT = SimpleNamespace(
    transaction_id="",
    token="order-6735",  # noqa: S106 - no secret
    pk=1,
    currency="USD",
    total=20,
    status=PaymentStatus.WAITING,
    billing_email="jenny@example.com",
    billing_first_name="Jenny",
    billing_last_name="Rosen",
    get_success_url=lambda: "https://shop.example/paid",
    get_failure_url=lambda: "https://shop.example/failed",
)

provider = StripeProviderV3(api_key=SECRET_KEY)
try:
    session = provider.create_session(PAYMENT)
except PaymentError as error:
    raise SystemExit(str(error)) from None
expect(session["client_reference_id"], "order-6735", "the session's reference")
worked("create_session")
PAYMENT.transaction_id = session["id"]
provider.status(PAYMENT)
worked("status")
provider.cancel(PAYMENT)
worked("cancel")
