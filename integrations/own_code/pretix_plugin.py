"""pretix: its Stripe plugin takes a payment and refunds it, in pretix's own models on an SQLite of its own."""

import os
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from tempfile import mkdtemp

os.environ.setdefault("PRETIX_DATABASE_BACKEND", "sqlite3")
os.environ.setdefault("DATA_DIR", mkdtemp(prefix="pretix-"))
os.environ["PRETIX_PRETIX_ALLOW_HTTP_TO_PRIVATE_NETWORKS"] = "true"
os.environ["DJANGO_SETTINGS_MODULE"] = "pretix.testutils.settings"

import django

django.setup()

from django.core.management import call_command  # noqa: E402 - Django is set up first
from django.db import transaction  # noqa: E402 - the same
from django.test import RequestFactory  # noqa: E402 - the same
from django_scopes import scopes_disabled  # noqa: E402 - the same
from pretix.base.models import Event, Order, OrderPayment, OrderRefund, Organizer  # noqa: E402 - the same
from pretix.base.payment import PaymentException  # noqa: E402 - the same
from pretix.plugins.stripe.payment import StripeCC  # noqa: E402 - the same
from shop import SECRET_KEY, expect, worked  # noqa: E402 - the same


def _paid(order: Order, card: str) -> OrderPayment:
    payment = order.payments.create(provider="stripe", amount=Decimal("23.00"))
    request = RequestFactory().get("/")
    request.session = {"payment_stripe_card_payment_method_id": card}
    StripeCC(order.event).execute_payment(request, payment)
    payment.refresh_from_db()
    return payment


def main() -> None:
    """Make an event and an order, pay it, refund it, and have a card declined."""
    call_command("migrate", "--run-syncdb", verbosity=0)
    now = datetime.now(UTC)
    organizer = Organizer.objects.create(name="Demo", slug="demo")
    event = Event.objects.create(
        organizer=organizer, name="Demo", slug="democon", date_from=now, currency="EUR", plugins="pretix.plugins.stripe"
    )
    event.settings.set("payment_stripe__enabled", True)
    event.settings.set("payment_stripe_secret_key", SECRET_KEY)
    event.settings.set("payment_stripe_method_card", True)
    with transaction.atomic():
        order = Order.objects.create(
            code=f"A{os.getpid()}",
            event=event,
            email="jenny@example.com",
            status=Order.STATUS_PENDING,
            datetime=now,
            expires=now + timedelta(days=10),
            total=Decimal("23.00"),
            sales_channel=organizer.sales_channels.get(identifier="web"),
        )
        order.create_transactions(is_new=True)
    payment = _paid(order, "pm_card_visa")
    expect(payment.state, OrderPayment.PAYMENT_STATE_CONFIRMED, "the state of the payment")
    worked("execute_payment", "pay")
    refund = order.refunds.create(provider="stripe", amount=Decimal("23.00"), payment=payment)
    StripeCC(event).execute_refund(refund)
    refund.refresh_from_db()
    expect(refund.state, OrderRefund.REFUND_STATE_DONE, "the state of the refund")
    worked("execute_refund", "refund")
    try:
        _paid(order, "pm_card_visa_chargeDeclined")
    except PaymentException:
        worked("execute_payment, declined")
    challenged = _paid(order, "pm_card_authenticationRequired")
    expect(challenged.state, OrderPayment.PAYMENT_STATE_CREATED, "the state of a payment that waits for 3-D Secure")
    worked("execute_payment, with 3-D Secure")


with scopes_disabled():
    main()
