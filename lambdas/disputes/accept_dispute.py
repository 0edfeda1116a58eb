"""POST /disputes/{dispute_id}/accept: accept a dispute, which is then lost."""

from datetime import datetime

from paysandbox.core import ids
from paysandbox.disputes.answers import render_answered
from paysandbox.disputes.respond import accept_dispute, find_payment, stamp_of
from paysandbox.disputes.routes import ACCEPT_DISPUTE
from paysandbox.http.native import Answer, endpoint
from paysandbox.http.request import Call
from paysandbox.payments.idempotency import run_idempotent
from paysandbox.payments.payment import Payment


@endpoint(ACCEPT_DISPUTE)
def handler(call: Call[None, None]) -> Answer:
    """Bind the idempotency key, then read the payment and record the end of the dispute in a conditional update."""
    dispute_id = call.path.get("dispute_id", "")

    def accept(key: str, first_made_at: datetime) -> Payment:  # noqa: ARG001 - the signature of an idempotent effect
        return accept_dispute(find_payment(dispute_id, call.merchant), dispute_id, stamp_of(call, key))

    payment, _ = run_idempotent(call, ids.DISPUTE_DECISION, accept)
    replayed = payment.operations[-1].request_id != call.request_id
    return Answer(render_answered(payment), replayed, transaction_id=dispute_id, outcome="accepted")
