"""The shape of a simulated action's answer: for documents and tests. No function loads it."""

from pydantic import RootModel

from paysandbox.disbursements.schemas import DisbursementBody
from paysandbox.payments.schemas import PaymentBody


class SimulatedObject(RootModel[PaymentBody | DisbursementBody]):
    """The payment or disbursement, as GET returns it."""
