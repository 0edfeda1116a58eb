"""POST /v1/disputes/{dispute}: save evidence of a dispute, submit it, and change the metadata."""

from datetime import datetime

from paysandbox.aws.runtime import ledger
from paysandbox.core import ids
from paysandbox.disputes.evidence import Draft, Evidence, draft_of, seal, with_draft
from paysandbox.disputes.respond import save_draft, stamp_of, submit_evidence
from paysandbox.payments.change import Change
from paysandbox.payments.disputes.rules import check_evidence, dispute_of
from paysandbox.payments.idempotency import run_idempotent
from paysandbox.payments.ledger.store import change_payment
from paysandbox.payments.operations.notes_updated import Notes, NotesUpdated
from paysandbox.payments.payment import Payment
from paysandbox.stripe_api.client_secrets import secrets_of
from paysandbox.stripe_api.disputes import PATH, answer_storing_refusals, find_dispute
from paysandbox.stripe_api.intent_rules import update_notes
from paysandbox.stripe_api.intent_terms import merged_metadata
from paysandbox.stripe_api.intents import operation_fields
from paysandbox.stripe_api.objects.dispute import dispute_notes, opening_of
from paysandbox.stripe_api.objects.payment_snapshot import snapshot_of
from paysandbox.stripe_api.objects.render import check_expand, render_dispute
from paysandbox.stripe_api.protocol import StripeAnswer, StripeCall, stripe_endpoint
from paysandbox.stripe_api.requests import UpdateDispute
from paysandbox.stripe_api.routes import UPDATE_STRIPE_DISPUTE


@stripe_endpoint(UPDATE_STRIPE_DISPUTE)
def handler(call: StripeCall[UpdateDispute, None]) -> StripeAnswer:
    """A read, an idempotency record and the refusal under it, then one write each for metadata, evidence and its
    submission."""
    body, name = call.body, call.path.get(PATH, "")
    check_expand("dispute", body.expand, call.stripe_version)
    read, evidence_read = find_dispute(call)
    submits = _submits(body)

    def update(effect_id: str, claimed_at: datetime) -> tuple[Payment, Evidence, str]:
        texts = body.evidence.model_dump(exclude_none=True) if body.evidence else {}
        draft = draft_of(texts, effect_id, claimed_at)

        def answer() -> tuple[Payment, Evidence]:
            payment = read
            if body.metadata is not None and not _has_metadata(read, effect_id):
                if submits or texts:
                    _check_evidence(call, read, evidence_read, draft, submits=submits)
                payment = _with_metadata(call, read, effect_id)
            if submits:
                return submit_evidence(name, call.merchant, draft, stamp_of(call, effect_id, call.caller_key))
            return save_draft(name, call.merchant, draft, call.now) if texts else (payment, evidence_read)

        operation_id = ids.step_id(ids.EVIDENCE, read.id, effect_id)
        return *answer_storing_refusals(call, read, operation_id, answer), effect_id

    (payment, evidence, effect_id), bound_before = run_idempotent(call, ids.EVIDENCE, update)
    first = _first_request(payment, effect_id)
    # The payment is as of right after a submission, and of right after an update of the metadata alone. Drafts have no
    # history: a repeated one shows the dispute as it is now.
    until = _metadata_id(payment, effect_id) if first and not submits and body.evidence is None else None
    secret, version = secrets_of(payment.id), call.stripe_version
    return StripeAnswer(
        body=render_dispute(
            payment, name, evidence.texts, private=secret, until=until, expand=body.expand, version=version
        ),
        replayed=bound_before if first is None else first != call.request_id,
        first_request=first,
        transaction_id=name,
        outcome="submitted" if submits else "revised",
    )


def _submits(body: UpdateDispute) -> bool:
    """Whether to submit the evidence: by default, except if the request changes nothing but the metadata."""
    if body.submit is not None:
        return body.submit
    return body.evidence is not None or body.metadata is None


def _check_evidence(
    call: StripeCall[UpdateDispute, None], read: Payment, evidence: Evidence, draft: Draft, *, submits: bool
) -> None:
    """Check that a draft can be saved, and submitted, before the metadata is changed. Raises Refused as those do."""
    dispute = dispute_of(read, call.path[PATH])
    check_evidence(dispute, call.now)
    drafted = with_draft(evidence, draft)
    if submits:
        seal(drafted, len(dispute.submissions))


def _with_metadata(call: StripeCall[UpdateDispute, None], read: Payment, effect_id: str) -> Payment:
    """Change the metadata. Returns the payment after that. Raises Refused(too_many_changes)."""
    name = call.path[PATH]

    def decide(current: Payment | None) -> Change:
        seen = current or read
        stored = dispute_notes(snapshot_of(seen), name).metadata
        notes = Notes(metadata=merged_metadata(stored, call.body.metadata) or "")
        fields = operation_fields(call, _metadata_id(read, effect_id))
        return update_notes(seen, NotesUpdated(**fields, of=opening_of(seen, name).id, notes=notes))

    return change_payment(ledger(), decide, current=read)


def _has_metadata(payment: Payment, effect_id: str) -> bool:
    return _metadata_id(payment, effect_id) in {one.id for one in payment.operations}


def _metadata_id(payment: Payment, effect_id: str) -> str:
    """Return the ID of the operation that changes the metadata. Its key is not that of the submission."""
    return ids.step_id(ids.REVISION, payment.id, f"metadata {effect_id}")


def _first_request(payment: Payment, effect_id: str) -> str | None:
    """Return the request that recorded the operations of this effect, or None: a draft is no operation."""
    mine = (_metadata_id(payment, effect_id), ids.step_id(ids.EVIDENCE, payment.id, effect_id))
    return next((one.request_id for one in payment.operations if one.id in mine), None)
