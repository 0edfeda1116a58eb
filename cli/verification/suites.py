"""The suites of checks for an environment."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from cli.verification.dashboard_checks import DASHBOARD_SUITE
from cli.verification.disbursement_checks import DISBURSEMENTS_SUITE, WHOLE_DISBURSEMENTS_SUITE
from cli.verification.donation_checks import DONATIONS_SUITE, WHOLE_DONATION_SUITE
from cli.verification.payment_checks import PAGES_SUITE, PAYMENTS_SUITE
from cli.verification.stripe_checks import ACCOUNTS_SUITE, BILLING_SUITE, CUSTOMERS_SUITE, STRIPE_SUITE

if TYPE_CHECKING:
    from cli.connection.target import Target
    from cli.verification.suite import Suite


_LEFT_OUT: Final = "LeftOut"
"""An output of the api stack: features that the environment does not have, by the names of their suites."""


def suites_of(target: Target) -> tuple[Suite, ...]:
    """Return the suites for an environment.

    A complete donation and a disbursement require that the sandbox plays Stripe and PayPal itself. The dashboard's
    checks are those of CloudFront.
    """
    always = (PAGES_SUITE, PAYMENTS_SUITE, STRIPE_SUITE, CUSTOMERS_SUITE, BILLING_SUITE, ACCOUNTS_SUITE)
    if target.is_local:
        return *always, WHOLE_DONATION_SUITE, WHOLE_DISBURSEMENTS_SUITE
    return *always, DONATIONS_SUITE, DISBURSEMENTS_SUITE, DASHBOARD_SUITE


def deployed_suites(target: Target) -> tuple[Suite, ...]:
    """Return the suites for an environment, without those of features that it leaves out."""
    left_out = "" if target.is_local else target.outputs("api").get(_LEFT_OUT, "")
    return tuple(suite for suite in suites_of(target) if suite.name not in left_out.split(","))
