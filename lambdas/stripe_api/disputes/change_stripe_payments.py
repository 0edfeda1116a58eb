"""Disputes: routes that answer them."""

from datetime import datetime

from paysandbox.aws.runtime import ledger
from paysandbox.core import ids
from paysandbox.core.record import record
from paysandbox.disputes.evidence import Draft, Evidence, draft_of, seal, with_draft
from paysandbox.disputes.respond import accept_dispute, save_draft, stamp_of, submit_evidence
from paysandbox.payments.change import Change
from paysandbox.payments.disputes.rules import check_evidence, dispute_of
from paysandbox.payments.idempotency import run_idempotent
from paysandbox.payments.ledger.store import change_payment
from paysandbox.payments.operations.notes_updated import Notes, NotesUpdated
from paysandbox.payments.payment import Payment
from paysandbox.stripe_api.call import StripeCall
from paysandbox.stripe_api.client_secrets import secrets_of
from paysandbox.stripe_api.disputes import PATH, answer_storing_refusals, find_dispute
from paysandbox.stripe_api.objects.dispute import dispute_notes, opening_of
from paysandbox.stripe_api.objects.payment_snapshot import snapshot_of
from paysandbox.stripe_api.objects.render import render_dispute
from paysandbox.stripe_api.operation_fields import operation_fields
from paysandbox.stripe_api.payment_intents.intent_rules import update_notes
from paysandbox.stripe_api.payment_intents.intent_terms import merged_metadata
from paysandbox.stripe_api.protocol import StripeAnswer, stripe_endpoint
from paysandbox.stripe_api.requests import CloseDispute, UpdateDispute
from paysandbox.stripe_api.routes import CLOSE_STRIPE_DISPUTE, UPDATE_STRIPE_DISPUTE


@stripe_endpoint(UPDATE_STRIPE_DISPUTE)
def update_stripe_dispute(call: StripeCall[UpdateDispute, None]) -> StripeAnswer:
    """POST /v1/disputes/{dispute}: save evidence of a dispute, submit it, and change the metadata.

    A read, an idempotency record and the refusal under it, then one write each for metadata, evidence and its
    submission.
    """
    body, name = call.body, call.path.get(PATH, "")
    read, evidence_read = find_dispute(call)

    def run(effect_id: str, claimed_at: datetime) -> tuple[Payment, Evidence, str]:
        update = _Update(call, read, evidence_read, effect_id, claimed_at)
        return *answer_storing_refusals(call, read, update.submission_id, update.record), effect_id

    (payment, evidence, effect_id), bound_before = run_idempotent(call, ids.EVIDENCE, run)
    submits = _submits(body)
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


@record
class _Update:
    """An update of a dispute as it was read, with the ID and the time that its idempotency key is bound to.

    Both of its steps, the metadata and the evidence, have operation IDs that follow from that ID, so each is recorded
    once, whichever request records it.
    """

    call: StripeCall[UpdateDispute, None]
    read: Payment
    evidence: Evidence
    effect_id: str
    claimed_at: datetime

    @property
    def submission_id(self) -> str:
        """The ID of the operation that submits the evidence."""
        return ids.step_id(ids.EVIDENCE, self.read.id, self.effect_id)

    def record(self) -> tuple[Payment, Evidence]:
        """Change the metadata, then save or submit the evidence. Returns both as they are then.

        Raises Refused: too_many_changes, and as `save_draft` and `submit_evidence` do.
        """
        call, body, name = self.call, self.call.body, self.call.path[PATH]
        texts = body.evidence.model_dump(exclude_none=True) if body.evidence else {}
        draft, submits = draft_of(texts, self.effect_id, self.claimed_at), _submits(body)
        payment = self.read
        if body.metadata is not None and not self._has_metadata():
            if submits or texts:  # refused before the metadata is changed
                self._check_evidence(draft, submits=submits)
            payment = self._with_metadata()
        if submits:
            stamp = stamp_of(call, self.effect_id, call.caller_key)
            return submit_evidence(name, call.merchant, draft, stamp)
        return save_draft(name, call.merchant, draft, call.now) if texts else (payment, self.evidence)

    def _has_metadata(self) -> bool:
        return _metadata_id(self.read, self.effect_id) in {operation.id for operation in self.read.operations}

    def _check_evidence(self, draft: Draft, *, submits: bool) -> None:
        dispute = dispute_of(self.read, self.call.path[PATH])
        check_evidence(dispute, self.call.now)
        drafted = with_draft(self.evidence, draft)
        if submits:
            seal(drafted, len(dispute.submissions))

    def _with_metadata(self) -> Payment:
        name = self.call.path[PATH]

        def decide(current: Payment | None) -> Change:
            seen = current or self.read
            stored = dispute_notes(snapshot_of(seen), name).metadata
            notes = Notes(metadata=merged_metadata(stored, self.call.body.metadata) or "")
            fields = operation_fields(self.call, _metadata_id(self.read, self.effect_id))
            return update_notes(seen, NotesUpdated(**fields, of=opening_of(seen, name).id, notes=notes))

        return change_payment(ledger(), decide, current=self.read)


def _submits(body: UpdateDispute) -> bool:
    """Whether to submit the evidence: by default, except if the request changes nothing but the metadata."""
    if body.submit is not None:
        return body.submit
    return body.evidence is not None or body.metadata is None


def _metadata_id(payment: Payment, effect_id: str) -> str:
    """Return the ID of the operation that changes the metadata. Its key is not that of the submission."""
    return ids.step_id(ids.REVISION, payment.id, f"metadata {effect_id}")


def _first_request(payment: Payment, effect_id: str) -> str | None:
    """Return the request that recorded the operations of this effect, or None: a draft is no operation."""
    mine = (_metadata_id(payment, effect_id), ids.step_id(ids.EVIDENCE, payment.id, effect_id))
    return next((operation.request_id for operation in payment.operations if operation.id in mine), None)


@stripe_endpoint(CLOSE_STRIPE_DISPUTE)
def close_stripe_dispute(call: StripeCall[CloseDispute, None]) -> StripeAnswer:
    """POST /v1/disputes/{dispute}/close: accept a dispute, which is then lost.

    A read, an idempotency record, and an update that ends the dispute once.
    """
    name, expand = call.path.get(PATH, ""), call.body.expand
    read, evidence = find_dispute(call)

    def accept(key: str, first_made_at: datetime) -> Payment:  # noqa: ARG001 - the signature of an idempotent effect
        return accept_dispute(read, name, stamp_of(call, key, call.caller_key), store_refusal=True)

    payment, _ = run_idempotent(call, ids.DISPUTE_DECISION, accept)
    end = payment.operations[-1]
    secret, version = secrets_of(payment.id), call.stripe_version
    return StripeAnswer(
        body=render_dispute(
            payment, name, evidence.texts, private=secret, until=end.id, expand=expand, version=version
        ),
        replayed=end.request_id != call.request_id,
        first_request=end.request_id,
        transaction_id=name,
        outcome="accepted",
    )
