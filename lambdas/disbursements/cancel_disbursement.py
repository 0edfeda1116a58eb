"""POST /v1/api/payment/{customer_id}/{payment_id}/cancel: cancel a disbursement that is pending or unclaimed."""

from paysandbox.disbursements.answers import render_disbursement
from paysandbox.disbursements.disbursement import Disbursement
from paysandbox.disbursements.routes import CANCEL_DISBURSEMENT
from paysandbox.disbursements.steps import canceled_by_merchant
from paysandbox.disbursements.store.disbursements_table import change
from paysandbox.disbursements.store.lookup import existing_disbursement
from paysandbox.disbursements.store.tables import disbursements
from paysandbox.http.native import Answer, endpoint
from paysandbox.http.request import Call


@endpoint(CANCEL_DISBURSEMENT)
def handler(call: Call[None, None]) -> Answer:
    """Read the disbursement, and record the step in a conditional write.

    A pending one is canceled in that write, which gives the money back. The provider must cancel an unclaimed one:
    the write requests it, and the worker does it.
    """
    current = existing_disbursement(disbursements(), call.merchant, call.path)

    def cancel(disbursement: Disbursement) -> Disbursement:
        return canceled_by_merchant(disbursement, call.now, request_id=call.request_id)

    after = change(disbursements(), current, cancel)
    return Answer(render_disbursement(after), transaction_id=after.id, outcome="canceled")
