"""POST /v1/disputes/{dispute}: save evidence of a dispute, submit it, and change the metadata."""

from datetime import datetime

from paysandbox.aws.runtime import ledger
from paysandbox.core import ids
from paysandbox.disputes.evidence import Evidence, draft_of
from paysandbox.disputes.respond import save_draft, stamp_of, submit_evidence
from paysandbox.http.request import Call
from paysandbox.payments.change import Change
from paysandbox.payments.dispute_rules import check_evidence, dispute_of
from paysandbox.payments.idempotency import run_idempotent
from paysandbox.payments.operation import Notes, NotesUpdated
from paysandbox.payments.payment import Payment
from paysandbox.payments.store import change_payment
from paysandbox.stripe_api.client_secrets import secrets_of
from paysandbox.stripe_api.dispute import dispute_notes, opening_of
from paysandbox.stripe_api.disputes import PATH, find_dispute
from paysandbox.stripe_api.intent_rules import update_notes
from paysandbox.stripe_api.intent_terms import merged_metadata
from paysandbox.stripe_api.intents import operation_fields
from paysandbox.stripe_api.objects import check_expand, render_dispute
from paysandbox.stripe_api.payment_snapshot import snapshot_of
from paysandbox.stripe_api.protocol import StripeAnswer, stripe_endpoint
from paysandbox.stripe_api.requests import UpdateDispute
from paysandbox.stripe_api.routes import UPDATE_STRIPE_DISPUTE


@stripe_endpoint(UPDATE_STRIPE_DISPUTE)
def handler(call: Call[UpdateDispute, None]) -> StripeAnswer:
    """A read and an idempotency record, then one write each for metadata, evidence and its submission."""
    body, name = call.body, call.path.get(PATH, "")
    check_expand("dispute", body.expand)
    find_dispute(call)
    submits = _submits(body)

    def update(effect_id: str, claimed_at: datetime) -> tuple[Payment, Evidence]:
        payment, evidence = find_dispute(call)
        if body.metadata is not None:
            payment = _with_metadata(call, payment, effect_id, answers=submits or body.evidence is not None)
        texts = body.evidence.model_dump(exclude_none=True) if body.evidence else {}
        draft = draft_of(texts, effect_id, claimed_at)
        if submits:
            return submit_evidence(name, call.merchant, draft, stamp_of(call, effect_id))
        return save_draft(name, call.merchant, draft, call.now) if texts else (payment, evidence)

    (payment, evidence), bound_before = run_idempotent(call, ids.EVIDENCE, update)
    secret, version = secrets_of(payment.id), call.stripe_version
    first = payment.operations[-1].request_id if submits else None
    return StripeAnswer(
        body=render_dispute(payment, name, evidence.texts, private=secret, expand=body.expand, version=version),
        replayed=first != call.request_id if first else bound_before,
        first_request=first,
        transaction_id=name,
        outcome="submitted" if submits else "revised",
    )


def _submits(body: UpdateDispute) -> bool:
    """Whether to submit the evidence: by default, except if the request changes nothing but the metadata."""
    if body.submit is not None:
        return body.submit
    return body.evidence is not None or body.metadata is None


def _with_metadata(call: Call[UpdateDispute, None], read: Payment, effect_id: str, *, answers: bool) -> Payment:
    """Change the metadata, once per request. Returns the payment right after that, or as read if it was done before.

    `answers`: the request also has evidence. Raises Refused before it changes anything if that cannot be saved now:
    dispute_state_unexpected, evidence_past_due. Also raises too_many_changes.
    """
    name = call.path[PATH]
    update_id = ids.step_id(ids.REVISION, read.id, f"metadata {effect_id}")

    def decide(current: Payment | None) -> Change:
        seen = current or read
        stored = dispute_notes(snapshot_of(seen), name).metadata
        notes = Notes(metadata=merged_metadata(stored, call.body.metadata) or "")
        fields = operation_fields(call, update_id)
        return update_notes(seen, NotesUpdated(**fields, of=opening_of(seen, name).id, notes=notes))

    if update_id in {one.id for one in read.operations}:
        return read
    if answers:
        check_evidence(dispute_of(read, name), call.now)
    return change_payment(ledger(), decide, current=read)
