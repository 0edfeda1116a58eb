"""trytond-account-payment-stripe: the scenarios that the package brings, in a Tryton with an SQLite of its own.

They are the maintainers' own tests against Stripe. They wait for events as Tryton's cron does.
"""

import os
import unittest

os.environ["STRIPE_SECRET_KEY"] = os.environ["SECRET_KEY"]
os.environ.setdefault("DB_NAME", ":memory:")


suite = unittest.TestSuite()
