"""Convert the steps of disputes to and from entries of a payment's item. Loaded only for payments that have one."""

from collections.abc import Mapping
from typing import TYPE_CHECKING, Final

from paysandbox.core.timestamps import format_timestamp, parse_timestamp
from paysandbox.payments.disputes.dispute import (
    Cause,
    DisputeDecided,
    DisputeEscalated,
    DisputeOpened,
    DisputeReason,
    DisputeStatus,
    DisputeWithdrawn,
    EvidenceSubmitted,
)
from paysandbox.payments.ledger.items import number, text
from paysandbox.payments.operation import DisputeStep

if TYPE_CHECKING:
    from paysandbox.payments.ledger.items import Item, SharedFields

KINDS: Final[Mapping[type[DisputeStep], str]] = {
    DisputeOpened: "dispute",
    EvidenceSubmitted: "evidence",
    DisputeDecided: "dispute_decision",
    DisputeWithdrawn: "dispute_withdrawal",
    DisputeEscalated: "dispute_escalation",
}


def dispute_entry(step: DisputeStep) -> "Item":
    """Encode what a step has of its own."""
    entry: Item = {"kind": text(KINDS[type(step)]), "dispute_id": text(step.dispute_id)}
    match step:
        case DisputeOpened():
            entry |= {
                "reason": text(step.reason),
                "amount": number(step.amount),
                "due_by": text(format_timestamp(step.due_by)),
                "fee": number(step.fee),
            }
            entry |= {"inquiry": {"BOOL": True}} if step.inquiry else {}
            entry |= {} if step.returns_fee else {"keeps_fee": {"BOOL": True}}
        case EvidenceSubmitted():
            entry["digest"] = text(step.digest)
        case DisputeDecided():
            entry |= {"outcome": text(step.outcome), "cause": text(step.cause)}
        case DisputeEscalated():
            entry |= {"amount": number(step.amount), "due_by": text(format_timestamp(step.due_by))}
        case _:
            pass
    return entry


def dispute_step(entry: "Item", shared: "SharedFields") -> DisputeStep:
    """Parse a step. Raises AssertionError for an unknown kind."""
    dispute_id = entry["dispute_id"]["S"] if "dispute_id" in entry else ""
    match entry["kind"]["S"]:
        case "dispute":
            return DisputeOpened(
                **shared,
                dispute_id=dispute_id,
                reason=DisputeReason(entry["reason"]["S"]),
                amount=int(entry["amount"]["N"]),
                due_by=parse_timestamp(entry["due_by"]["S"]),
                inquiry="inquiry" in entry,
                fee=int(entry["fee"]["N"]),
                returns_fee="keeps_fee" not in entry,
            )
        case "evidence":
            return EvidenceSubmitted(**shared, dispute_id=dispute_id, digest=entry["digest"]["S"])
        case "dispute_decision":
            return DisputeDecided(
                **shared,
                dispute_id=dispute_id,
                outcome=DisputeStatus(entry["outcome"]["S"]),
                cause=Cause(entry["cause"]["S"]),
            )
        case "dispute_withdrawal":
            return DisputeWithdrawn(**shared, dispute_id=dispute_id)
        case "dispute_escalation":
            due_by = parse_timestamp(entry["due_by"]["S"])
            return DisputeEscalated(**shared, dispute_id=dispute_id, due_by=due_by, amount=int(entry["amount"]["N"]))
        case kind:
            raise AssertionError(f"unknown kind of operation: {kind}")
