"""Which class an operation is stored from. It loads a class when a payment has such an operation."""

from typing import Final, Literal, assert_never, get_args

from paysandbox.payments.payment import Operation

Kind = Literal[
    "open",
    "revise",
    "authorize",
    "capture",
    "void",
    "expire",
    "refund",
    "settle",
    "note",
    "challenge",
    "pend",
    "authenticate",
    "refund_update",
    "capture_fail",
    "delay",
    "reverse",
    "increment",
    "warn",
    "dispute",
    "evidence",
    "dispute_decision",
    "dispute_withdrawal",
    "dispute_escalation",
    "fee_refund",
    "transfer",
    "transfer_reversal",
]
"""What an operation is stored as."""

KINDS: Final = frozenset[str](get_args(Kind))


def operation_class(kind: Kind) -> type[Operation]:  # noqa: C901 - one arm for each kind
    """Return the class of a kind, and load no other."""
    match kind:
        case "open":
            from paysandbox.payments.operations.intent_created import IntentCreated

            return IntentCreated
        case "revise":
            from paysandbox.payments.operations.intent_updated import IntentUpdated

            return IntentUpdated
        case "authorize":
            from paysandbox.payments.operations.authorization import Authorization

            return Authorization
        case "capture":
            from paysandbox.payments.operations.capture import Capture

            return Capture
        case "void":
            from paysandbox.payments.operations.void import Void

            return Void
        case "expire":
            from paysandbox.payments.operations.expiry import Expiry

            return Expiry
        case "refund":
            from paysandbox.payments.operations.refund import Refund

            return Refund
        case "settle":
            from paysandbox.payments.operations.settlement import Settlement

            return Settlement
        case "note":
            from paysandbox.payments.operations.notes_updated import NotesUpdated

            return NotesUpdated
        case "challenge":
            from paysandbox.payments.operations.challenge_requested import ChallengeRequested

            return ChallengeRequested
        case "pend":
            from paysandbox.payments.operations.authorization_pending import AuthorizationPending

            return AuthorizationPending
        case "authenticate":
            from paysandbox.payments.operations.authentication import Authentication

            return Authentication
        case "refund_update":
            from paysandbox.payments.operations.refund_updated import RefundUpdated

            return RefundUpdated
        case "capture_fail":
            from paysandbox.payments.operations.capture_failed import CaptureFailed

            return CaptureFailed
        case "delay":
            from paysandbox.payments.operations.presentment_delayed import PresentmentDelayed

            return PresentmentDelayed
        case "reverse":
            from paysandbox.payments.operations.reversal import Reversal

            return Reversal
        case "increment":
            from paysandbox.payments.operations.increment import Increment

            return Increment
        case "warn":
            from paysandbox.payments.operations.fraud_warning import FraudWarning

            return FraudWarning
        case "dispute":
            from paysandbox.payments.operations.dispute_opened import DisputeOpened

            return DisputeOpened
        case "evidence":
            from paysandbox.payments.operations.evidence_submitted import EvidenceSubmitted

            return EvidenceSubmitted
        case "dispute_decision":
            from paysandbox.payments.operations.dispute_decided import DisputeDecided

            return DisputeDecided
        case "dispute_withdrawal":
            from paysandbox.payments.operations.dispute_withdrawn import DisputeWithdrawn

            return DisputeWithdrawn
        case "dispute_escalation":
            from paysandbox.payments.operations.dispute_escalated import DisputeEscalated

            return DisputeEscalated
        case "fee_refund":
            from paysandbox.payments.connect.fee_refunded import FeeRefunded

            return FeeRefunded
        case "transfer":
            from paysandbox.payments.connect.transferred import Transferred

            return Transferred
        case "transfer_reversal":
            from paysandbox.payments.connect.transfer_reversed import TransferReversed

            return TransferReversed
        case _:
            assert_never(kind)
