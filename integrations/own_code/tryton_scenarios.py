"""trytond-account-payment-stripe: the scenarios that the package brings, in a Tryton with an SQLite of its own.

They are the maintainers' own tests against Stripe. They wait for events as Tryton's cron does.
"""

import doctest
import os
import sys
import unittest
from pathlib import Path

os.environ["STRIPE_SECRET_KEY"] = os.environ["SECRET_KEY"]
os.environ["STRIPE_PUBLISHABLE_KEY"] = os.environ["PUBLISHABLE_KEY"]
os.environ.setdefault("DB_NAME", ":memory:")

from shop import worked
from trytond.modules.account_payment_stripe import tests
from trytond.tests.test_tryton import doctest_checker, doctest_setup, doctest_teardown

LEFT_OUT = {"scenario_account_payment_stripe_dispute"}
"""It reads `charge.dispute`, which no version of Stripe's since 2023-08-16 has."""

DOES = {
    "scenario_account_payment_stripe": ("pay", "capture", "refund"),
    "scenario_account_payment_stripe_intent": ("saved card",),
}
"""The steps of the flow that are done with a scenario."""

FLAGS = doctest.FAIL_FAST | doctest.ELLIPSIS | doctest.IGNORE_EXCEPTION_DETAIL

for scenario in sorted(Path(tests.__file__).parent.glob("scenario_*.rst")):
    if scenario.stem in LEFT_OUT:
        continue
    suite = doctest.DocFileSuite(
        str(scenario),
        module_relative=False,
        setUp=doctest_setup,
        tearDown=doctest_teardown,
        checker=doctest_checker,
        optionflags=FLAGS,
        encoding="utf-8",
    )
    if not unittest.TextTestRunner(stream=sys.stderr, failfast=True).run(suite).wasSuccessful():
        sys.exit(f"{scenario.stem} fails")
    worked(scenario.stem)
    for step in DOES.get(scenario.stem, ()):
        worked(f"{step} in it", step)
