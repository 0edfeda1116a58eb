"""GET /v1/api/payment/{customer_id}/{payment_id}: return a disbursement."""

from paysandbox.disbursements.answers import render_disbursement
from paysandbox.disbursements.routes import GET_DISBURSEMENT
from paysandbox.disbursements.store.lookup import existing_disbursement
from paysandbox.disbursements.store.tables import disbursements
from paysandbox.http.native import Answer, endpoint
from paysandbox.http.request import Call


@endpoint(GET_DISBURSEMENT)
def handler(call: Call[None, None]) -> Answer:
    """Make one consistent read."""
    disbursement = existing_disbursement(disbursements(), call.merchant, call.path)
    return Answer(render_disbursement(disbursement), transaction_id=disbursement.id, outcome="shown")
