"""dj-stripe: its models create, retrieve, list and store Stripe's objects, in a Django with an SQLite of its own."""

import django
from django.conf import settings
from shop import SECRET_KEY, expect, worked

settings.configure(
    INSTALLED_APPS=["django.contrib.auth", "django.contrib.contenttypes", "djstripe"],
    DATABASES={"default": {"ENGINE": "django.db.backends.sqlite3", "NAME": ":memory:"}},
    DEFAULT_AUTO_FIELD="django.db.models.BigAutoField",
    DJSTRIPE_FOREIGN_KEY_TO_FIELD="id",
    DJSTRIPE_WEBHOOK_VALIDATION="verify_signature",
    # Its 60 migrations take minutes; the tables are the same without.
    MIGRATION_MODULES={"djstripe": None},
    STRIPE_TEST_SECRET_KEY=SECRET_KEY,
    STRIPE_LIVE_MODE=False,
    USE_TZ=True,
)
django.setup()

from django.core.management import call_command  # noqa: E402 - Django is set up first
from djstripe import models  # noqa: E402 - the same

call_command("migrate", run_syncdb=True, verbosity=0)

# `_api_create` is how dj-stripe itself, and its documentation, create objects.
data = models.PaymentIntent._api_create(  # noqa: SLF001 - the package has no public way to create one
    amount=2000, currency="usd", payment_method_types=["card"], payment_method="pm_card_visa", confirm=True
)
expect(data["status"], "succeeded", "the status of the intent")
worked("PaymentIntent._api_create", "pay")
intent = models.PaymentIntent.sync_from_stripe_data(data)
worked("PaymentIntent.sync_from_stripe_data")
charge = models.Charge.sync_from_stripe_data(models.Charge(id=data["latest_charge"]).api_retrieve(api_key=SECRET_KEY))
expect(models.Charge.objects.get().payment_intent_id, intent.id, "the intent of the stored charge")
worked("Charge.sync_from_stripe_data")
expect(any(one.id == charge.id for one in models.Charge.api_list()), True, "whether the charge is listed")
worked("Charge.api_list")
expect(charge.refund(amount=5).amount, 500, "the amount of the refund")
worked("Charge.refund", "refund")
expect(any(True for _ in models.Event.api_list()), True, "whether there are events")
worked("Event.api_list", "sync")
models.Customer._api_create(email="jenny@example.com")  # noqa: SLF001 - the same
worked("Customer._api_create")
