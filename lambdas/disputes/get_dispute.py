"""GET /disputes/{dispute_id}: return a dispute with its evidence and operations."""

from paysandbox.disputes.answers import render_details
from paysandbox.disputes.respond import find_dispute
from paysandbox.disputes.routes import GET_DISPUTE
from paysandbox.http.native import Answer, endpoint
from paysandbox.http.request import Call


@endpoint(GET_DISPUTE)
def handler(call: Call[None, None]) -> Answer:
    """Read the payment and the evidence consistently, in one call."""
    dispute_id = call.path.get("dispute_id", "")
    payment, evidence = find_dispute(dispute_id, call.merchant)
    body = render_details(payment, dispute_id, evidence, call.now)
    return Answer(body, transaction_id=dispute_id, outcome="shown")
