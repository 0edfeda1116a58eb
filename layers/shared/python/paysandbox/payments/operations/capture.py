"""A capture."""

from paysandbox.core.record import record
from paysandbox.payments.operation import Operation
from paysandbox.payments.terms import IntentTerms


@record(kw_only=True)
class Capture(Operation):
    """Captures part of the authorization. A `final` capture releases the rest.

    `terms` are the intent's terms without the method, if the capture changed any.
    """

    final: bool = False
    terms: IntentTerms | None = None
