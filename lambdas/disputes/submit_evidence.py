"""POST /disputes/{dispute_id}/evidence: save evidence as a draft, or submit it."""

from datetime import datetime

from paysandbox.core import ids
from paysandbox.core.errors import Code, Refused
from paysandbox.disputes.answers import render_draft, render_submission
from paysandbox.disputes.evidence import EVIDENCE, draft_of
from paysandbox.disputes.requests import SubmitEvidence
from paysandbox.disputes.respond import save_draft, stamp_of, submit_evidence
from paysandbox.disputes.routes import SUBMIT_EVIDENCE
from paysandbox.http.answer import Body
from paysandbox.http.native import Answer, endpoint
from paysandbox.http.request import Call
from paysandbox.payments.idempotency import run_idempotent


@endpoint(SUBMIT_EVIDENCE)
def handler(call: Call[SubmitEvidence, None]) -> Answer:
    """Bind the idempotency key, read the payment and the evidence in one call, and save the evidence in a conditional
    update. A submission is one more, of the payment."""
    dispute_id, texts = call.path.get("dispute_id", ""), call.body.texts()
    if not texts and not call.body.submit:
        raise Refused(
            Code.PARAMETER_INVALID, "Send at least one evidence field, or submit the saved evidence.", EVIDENCE
        )

    def save(key: str, first_made_at: datetime) -> Body:
        draft = draft_of(texts, key, first_made_at)
        if not call.body.submit:
            payment, _ = save_draft(dispute_id, call.merchant, draft, call.now)
            return render_draft(payment, dispute_id, texts, first_made_at)
        payment, _ = submit_evidence(dispute_id, call.merchant, draft, stamp_of(call, key))
        return render_submission(payment, dispute_id, texts, first_made_at)

    body, replayed = run_idempotent(call, ids.EVIDENCE, save)
    outcome = "submitted" if call.body.submit else "saved"
    return Answer(body, replayed, transaction_id=dispute_id, outcome=outcome)
