# pyright: standard
"""Code common to the dispute routes: find a dispute, keep a refusal, render a page of disputes."""

from collections.abc import Callable, Sequence
from typing import Final, TypeVar

from paysandbox.aws.runtime import ledger
from paysandbox.core.errors import PROBLEMS, Refused
from paysandbox.disputes import tables
from paysandbox.disputes.disputes_table import read_dispute, stored_evidence
from paysandbox.disputes.evidence import NO_EVIDENCE, Evidence
from paysandbox.disputes.lists import ListedDispute
from paysandbox.http.answer import Body
from paysandbox.payments.change import Change
from paysandbox.payments.ledger.refusals import RequestedOperation, read_refusal
from paysandbox.payments.ledger.store import ReadPayment, change_payment_storing_refusals
from paysandbox.payments.payment import Payment
from paysandbox.stripe_api.call import AnyStripeCall
from paysandbox.stripe_api.client_secrets import secrets_of
from paysandbox.stripe_api.errors import no_such
from paysandbox.stripe_api.objects.render import render_dispute

T = TypeVar("T")

PATH: Final = "dispute"


def find_dispute(call: AnyStripeCall) -> tuple[Payment, Evidence]:
    """Return the payment of the caller's dispute in the path, and its evidence. Raises Refused(resource_not_found)."""
    name = call.path.get(PATH, "")
    found = read_dispute(ledger(), tables.disputes(), name)
    if found is None or found[0].merchant != call.merchant:
        raise no_such("dispute", name, PATH)
    return found


def answer_storing_refusals(call: AnyStripeCall, read: Payment, operation_id: str, answer: Callable[[], T]) -> T:
    """Return what `answer` returns, or raise the refusal that a request under the same key got.

    `operation_id` is that of the operation that the answer may record, after writes of other items: so its refusal is
    stored when it is raised. It is stored only if the operation is not recorded, and then the answer is that of whoever
    recorded it. What a retry may mend (service_unavailable) is not stored.
    """
    requested = RequestedOperation(operation_id=operation_id, request_id=call.request_id)
    if (stored := read_refusal(ledger(), read.id, requested)) is not None:
        raise stored
    try:
        return answer()
    except Refused as refused:
        if PROBLEMS[refused.code].retryable:
            raise
        again = refused

        def refuse(_: Payment | None) -> Change:
            raise again

        change_payment_storing_refusals(ledger(), refuse, known=ReadPayment(read, requested))
    return answer()


def render_page(call: AnyStripeCall, listed: Sequence[ListedDispute], expand: Sequence[str]) -> list[Body]:
    """Return these disputes with their evidence."""
    stored = stored_evidence(tables.disputes(), [listed_dispute.dispute.id for listed_dispute in listed])
    return [
        render_dispute(
            listed_dispute.payment,
            listed_dispute.dispute.id,
            stored.get(listed_dispute.dispute.id, NO_EVIDENCE).texts,
            private=secrets_of(listed_dispute.payment.id),
            expand=expand,
            version=call.stripe_version,
        )
        for listed_dispute in listed
    ]
