"""A Django project with aa-stripe and one charge of 37.50 USD. aa-stripe's own command charges it.

python shop.py migrate FILE    writes an empty database
python shop.py reset FILE      begins with a copy of it: a customer with a card, and the charge
python shop.py charge          runs aa-stripe's `charge_stripe`, which charges what is not charged yet
python shop.py books           prints aa-stripe's own view of the charge
"""

import json
import os
import shutil
import sys
from pathlib import Path

import django
from django.conf import settings
from django.core.management import call_command

COMMAND = sys.argv[1]
HERE = Path(sys.argv[2]) if COMMAND == "migrate" else Path(os.environ["PAYSANDBOX_TMP"]) / "shop.sqlite3"

settings.configure(
    DATABASES={"default": {"ENGINE": "django.db.backends.sqlite3", "NAME": str(HERE)}},
    DEFAULT_AUTO_FIELD="django.db.models.AutoField",
    INSTALLED_APPS=["django.contrib.auth", "django.contrib.contenttypes", "aa_stripe"],
    SECRET_KEY="not secret",
    STRIPE_API_KEY=os.environ.get("STRIPE_API_KEY", ""),
    USE_TZ=True,
)
django.setup()

import stripe  # noqa: E402 - after Django has its settings
from aa_stripe.models import StripeCharge, StripeCustomer  # noqa: E402 - the same
from django.contrib.auth.models import User  # noqa: E402 - the same
from django.contrib.contenttypes.models import ContentType  # noqa: E402 - the same

stripe.api_base = os.environ.get("STRIPE_API_BASE", "")


def reset() -> None:
    """Create the customer at Stripe, and the charge of a record, which is the user's own."""
    shutil.copy(sys.argv[2], HERE)
    user = User.objects.create(username="jenny")
    stripe.api_key = os.environ["STRIPE_API_KEY"]
    # Not by `create_at_stripe`, which reads `sources`: the sandbox has no version from before 2020, which listed them.
    customer = stripe.Customer.create(source="tok_visa")
    StripeCustomer.objects.create(
        user=user, stripe_js_response={}, stripe_customer_id=customer["id"], is_created_at_stripe=True
    )
    kind = ContentType.objects.get_for_model(User)
    StripeCharge.objects.create(user=user, amount=3750, description="Order", content_type=kind, object_id=user.pk)


def books() -> None:
    """Print the charges."""
    orders = [
        {"reference": str(charge.object_id), "currency": "usd", "paid": charge.amount if charge.is_charged else 0}
        for charge in StripeCharge.objects.all()
    ]
    sys.stdout.write(json.dumps({"orders": orders}))


if COMMAND == "migrate":
    call_command("migrate", verbosity=0)
elif COMMAND == "reset":
    reset()
elif COMMAND == "books":
    books()
else:
    call_command("charge_stripe")
