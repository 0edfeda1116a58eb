"""The bank's response to an attempt."""

from paysandbox.core.record import record
from paysandbox.payments.bank.authentication_result import AuthenticationResult
from paysandbox.payments.bank.card import Card
from paysandbox.payments.bank.response import Decline, Response
from paysandbox.payments.operation import Operation
from paysandbox.payments.terms import IntentTerms


@record(kw_only=True)
class Authorization(Operation):
    """The bank's response: an approval or a decline. `requested` is the requested amount, for a partial approval.

    The first operation of a payment has the payment's ID; later attempts have their own. `method_id` is the ID of the
    payment method, if the card was created as one. `terms` are the intent's terms without the method, if the
    confirmation changed any. `authentication` is the 3-D Secure result that was sent with it.
    """

    card: Card
    response: Response
    requested: int | None = None
    method_id: str | None = None
    terms: IntentTerms | None = None
    authentication: AuthenticationResult | None = None

    @property
    def decline(self) -> Decline | None:
        """The decline, or None for an approval."""
        return self.response.decline
