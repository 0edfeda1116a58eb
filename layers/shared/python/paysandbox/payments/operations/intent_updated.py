"""An update of an intent's terms."""

from paysandbox.core.record import record
from paysandbox.payments.operation import Operation
from paysandbox.payments.terms import IntentTerms


@record(kw_only=True)
class IntentUpdated(Operation):
    """Replaces the terms of an intent. The amount and the card can change until the bank approves."""

    terms: IntentTerms
