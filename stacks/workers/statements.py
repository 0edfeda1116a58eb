"""The nightly statement of PayPal. It is made in the stack that has the bucket of reports."""

from typing import Final

import aws_cdk as cdk

from paysandbox.aws.resources import DISBURSEMENTS, PAYPAL_CREDENTIALS, REPORTS, Grant
from paysandbox.aws.settings import ClockSettings
from paysandbox.http.route import Function
from stacks.environments import Environment
from stacks.functions import Functions
from stacks.workers.sweeps import REPORT_FAILED_RUN, nightly

WRITE_PAYPAL_STATEMENT: Final = "write_paypal_statement"

# A table is read, and PayPal is asked about each batch of two days, eight at a time.
STATEMENT_TIMEOUT_S: Final = 900

_STATEMENT: Final = Function(
    name=WRITE_PAYPAL_STATEMENT,
    group="disbursements",
    grants=(
        # PayPal's token, which the workers share, is in the same table.
        Grant(DISBURSEMENTS, ("GetItem", "PutItem", "Scan")),
        Grant(PAYPAL_CREDENTIALS, ("GetParameter",)),
        Grant(REPORTS, ("PutObject",)),
        REPORT_FAILED_RUN,
    ),
    needs=(ClockSettings,),
    timeout_s=STATEMENT_TIMEOUT_S,
)


def make_statements(stack: cdk.Stack, environment: Environment, functions: Functions) -> None:
    """Create the function, and run it every night."""
    nightly(stack, environment, functions.make(_STATEMENT), WRITE_PAYPAL_STATEMENT)
