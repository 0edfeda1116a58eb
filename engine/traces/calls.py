"""What a call of AWS does to a payment: operations that it records, and events that it publishes or stores. Pure.

Only IDs, kinds, amounts and numbers are read. An item has the data of a card, and no span does.
"""

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Final
from urllib.parse import parse_qsl

from engine.traces.observed import AwsCall
from paysandbox.aws.events.topic import MERCHANT, TRACE
from paysandbox.aws.schema import EVENTS, EVENTS_KEY, LEDGER, PARTITION_KEY
from paysandbox.aws.trace_context import Trace, trace_in, trace_of
from paysandbox.core.ids import payment_of
from paysandbox.webhooks.events.facts import event_facts

DYNAMODB_OPERATIONS: Final = frozenset({"PutItem", "UpdateItem"})
"""The operations that record something about a payment."""

UNREADABLE: Final = (ValueError, TypeError, LookupError, AttributeError)


@dataclass(frozen=True)
class Operation:
    """An operation that a write has recorded. `amount` is in minor units."""

    id: str
    kind: str
    payment_id: str
    trace: Trace
    amount: int | None = None
    currency: str | None = None


@dataclass(frozen=True)
class Event:
    """An event that was published, or stored with its plan: for as many endpoints as `planned` says.

    `operation` is the operation that it is about, None for another object, and for an event in Stripe's format.
    """

    id: str
    type: str
    merchant: str
    trace: Trace
    payment_id: str | None = None
    operation: str | None = None
    planned: int | None = None


def table_of(call: AwsCall) -> str | None:
    """Return the name of the one table that a call of DynamoDB is about, or None."""
    name = _json(call.body).get("TableName") if call.body.startswith(b"{") else None
    return name if isinstance(name, str) else None


def operations_in(call: AwsCall) -> list[Operation]:
    """Return the operations that a successful write of the ledger has recorded, in order."""
    request = _request(call)
    if call.status != 200 or not str(request.get("TableName", "")).endswith(f"-{LEDGER}"):
        return []
    match call.operation:
        case "PutItem":
            stored = request["Item"]
            entries = stored["operations"]["L"] if "operations" in stored else []
        case "UpdateItem":
            stored = _json(call.answer).get("Attributes", {})
            values = request.get("ExpressionAttributeValues", {}).values()
            entries = [entry for value in values for entry in value.get("L", ()) if "kind" in entry.get("M", {})]
        case _:
            return []
    return [_operation(entry["M"], stored) for entry in entries]


def _operation(entry: Mapping[str, Any], stored: Mapping[str, Any]) -> Operation:
    """Return an operation of an item. The first one has the ID of its payment, which is stored once."""
    payment_id = stored[PARTITION_KEY]["S"]
    operation_id = entry["id"]["S"] if "id" in entry else payment_id
    # The authorization's own amount is not among those of its payment's operations.
    of_first = stored.get("authorized") if operation_id == payment_id else None
    amount = stored.get("amounts", {}).get("M", {}).get(operation_id, of_first)
    return Operation(
        id=operation_id,
        kind=entry["kind"]["S"],
        payment_id=payment_id,
        trace=trace_in(entry["trace"]["S"] if "trace" in entry else None) or trace_of(payment_id),
        amount=None if amount is None else int(amount["N"]),
        currency=stored["currency"]["S"] if "currency" in stored else None,
    )


def published_in(call: AwsCall) -> list[Event]:
    """Return the events that a successful call of SNS has published."""
    if call.status != 200 or call.operation not in ("Publish", "PublishBatch"):
        return []
    form = dict(parse_qsl(call.body.decode(), keep_blank_values=True))
    return [*_published(form)]


def _published(form: Mapping[str, str]) -> Iterator[Event]:
    """Yield the events in the form of a call (`PublishBatchRequestEntries.member.1.Message`, …)."""
    for name, body in form.items():
        if name.rpartition(".")[2] == "Message":
            before = name.removesuffix("Message")
            attributes = {
                form[key]: form.get(f"{key.removesuffix('Name')}Value.StringValue", "")
                for key in form
                if key.startswith(f"{before}MessageAttributes.entry.") and key.endswith(".Name")
            }
            parsed = json.loads(body)
            yield _event(parsed["id"], parsed["type"], attributes[MERCHANT], body, attributes.get(TRACE))


def planned_in(call: AwsCall) -> Event | None:
    """Return the event that a successful write has stored, with the number of endpoints that it goes to."""
    request = _request(call)
    if call.status != 200 or call.operation != "PutItem" or not str(request["TableName"]).endswith(f"-{EVENTS}"):
        return None
    item = request["Item"]
    trace = item["trace"]["S"] if "trace" in item else None
    planned = len(item["planned"]["M"]) if "planned" in item else 0
    text = {name: item[name]["S"] for name in ("type", "merchant", "body")}
    return _event(item[EVENTS_KEY]["S"], text["type"], text["merchant"], text["body"], trace, planned)


def _event(
    event_id: str, event_type: str, merchant: str, body: str, trace: str | None, planned: int | None = None
) -> Event:
    facts = event_facts(body)
    payment_id, about = facts.get("payment_id"), facts.get("object_id", "")
    return Event(
        id=event_id,
        type=event_type,
        merchant=merchant,
        trace=trace_in(trace) or trace_of(payment_id or event_id),
        payment_id=payment_id,
        operation=about if payment_of(about) else None,
        planned=planned,
    )


def _request(call: AwsCall) -> dict[str, Any]:
    return _json(call.body) if call.operation in DYNAMODB_OPERATIONS else {}


def _json(body: bytes) -> dict[str, Any]:
    found = json.loads(body) if body else {}
    return found if isinstance(found, dict) else {}
