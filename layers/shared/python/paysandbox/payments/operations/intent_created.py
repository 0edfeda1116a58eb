"""The creation of an intent."""

from paysandbox.core.record import record
from paysandbox.payments.operation import Operation
from paysandbox.payments.terms import IntentTerms


@record(kw_only=True)
class IntentCreated(Operation):
    """Creates an intent. Nothing is sent to the bank yet."""

    terms: IntentTerms
