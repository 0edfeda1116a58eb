"""The formats of the providers' statements, by the payment method that each rail declares them for."""

from collections.abc import Mapping
from typing import Final

from paysandbox.disbursements.ach.statement import ACH_STATEMENT
from paysandbox.disbursements.methods import Method
from paysandbox.disbursements.paypal.statement import PAYPAL_STATEMENT
from paysandbox.disbursements.statement import StatementFormat
from paysandbox.disbursements.stripe.statement import STRIPE_STATEMENT

FORMATS: Final[Mapping[Method, StatementFormat]] = {
    statement.method: statement for statement in (PAYPAL_STATEMENT, ACH_STATEMENT, STRIPE_STATEMENT)
}
"""The formats of all methods that pay (`methods.AVAILABLE`)."""
