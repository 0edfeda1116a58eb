"""Disputes of payments in the ledger, as requests and the simulation make them, and requests of their routes."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from paysandbox.aws import runtime
from paysandbox.core import ids
from paysandbox.disputes import tables
from paysandbox.disputes.disputes_table import dispute_row, store_disputes
from paysandbox.disputes.routes import ACCEPT_DISPUTE, GET_DISPUTE, LIST_DISPUTES, SUBMIT_EVIDENCE
from paysandbox.payments.ledger.store import get_payment, step_payment
from paysandbox.payments.payment import CONTRACT, SIMULATED, Payment, state_of
from paysandbox.payments.simulated_action import Stamp
from paysandbox.payments.simulation import simulation
from tests.support.builders import build
from tests.support.builders.disputes import FEES
from tests.support.clients.call import Merchant, Reply, Values, send
from tests.support.worlds import table_snapshot
from tests.support.worlds.tables import DISPUTED


def simulate(object_id: str, name: str, *, at: datetime | None = None, **arguments: Any) -> Payment:
    """Make something happen to a payment or dispute in the ledger."""
    payment_id = ids.payment_of(object_id)
    assert payment_id is not None
    stamp = Stamp(
        key=runtime.random_suffix(),
        request_id="request-simulated",
        at=at or runtime.now(),
        contract=CONTRACT,
        validity_s=0,
        source=SIMULATED,
        dispute_fees=FEES,
    )
    return step_payment(
        runtime.ledger(), payment_id, lambda payment: simulation.step(payment, object_id, name, arguments, stamp)
    )


def disputed(demo: Merchant, *, stored: bool = True, of: str | None = None, **arguments: Any) -> str:
    """Capture 10.00 and dispute it, or dispute a payment again. Returns the dispute's id.

    `stored`: the stream's reader has written the dispute's row.
    """
    payment_id = of or ids.payment_of(demo.captured(10_00))
    assert payment_id is not None
    payment = simulate(payment_id, "dispute", **arguments)
    dispute_id = [*state_of(payment).disputes][-1]
    if stored:
        store(payment)
    return dispute_id


def store(payment: Payment) -> None:
    """Write the rows of a payment's disputes, as the stream's reader does."""
    rows = [dispute_row(payment, one, tables.disputes().retention_s) for one in state_of(payment).disputes]
    store_disputes(tables.disputes(), rows)


def row(dispute_id: str) -> dict[str, Any]:
    """Return the row of a dispute as stored."""
    found = table_snapshot.item_at(DISPUTED, {"dispute_id": {"S": dispute_id}})
    assert found is not None
    return found


def payment_of(dispute_id: str) -> Payment:
    """Return the payment of a dispute."""
    payment = get_payment(runtime.ledger(), ids.payment_of(dispute_id) or "")
    assert payment is not None
    return payment


def steps_of(dispute_id: str) -> list[str]:
    """Return the kinds of a payment's operations after its capture, such as `dop` and `dev`."""
    return [str(ids.kind_of(operation.id)) for operation in payment_of(dispute_id).operations[2:]]


def evidence(
    dispute_id: str,
    texts: Mapping[str, Any] | None = None,
    *,
    submit: bool | None = None,
    key: str | None = None,
    merchant: str = build.MERCHANT,
    now: datetime | None = None,
) -> Reply:
    """Save evidence, or submit it."""
    body: dict[str, Any] = {} if texts is None else {"evidence": dict(texts)}
    body |= {} if submit is None else {"submit": submit}
    key = key or f"fresh-{runtime.random_suffix()}"
    api_key = build.api_key(merchant)
    return send(SUBMIT_EVIDENCE, path={"dispute_id": dispute_id}, body=body, key=key, api_key=api_key, now=now)


def accept(dispute_id: str, *, key: str | None = None, merchant: str = build.MERCHANT) -> Reply:
    """Accept a dispute."""
    key = key or f"fresh-{runtime.random_suffix()}"
    return send(ACCEPT_DISPUTE, path={"dispute_id": dispute_id}, key=key, api_key=build.api_key(merchant))


def show(dispute_id: str, *, merchant: str = build.MERCHANT) -> Reply:
    """Get a dispute."""
    return send(GET_DISPUTE, path={"dispute_id": dispute_id}, api_key=build.api_key(merchant))


def listed(merchant: str = build.MERCHANT, **query: Values) -> Reply:
    """List disputes."""
    return send(LIST_DISPUTES, query=query, api_key=build.api_key(merchant))
