"""A request with a `traceparent`: its log line has it, and the operations that it makes are in the caller's trace."""

import pytest

from paysandbox.aws.dynamodb.conditional_write import Ledger
from paysandbox.aws.trace_context import Trace, trace_in
from paysandbox.core.errors import Code
from paysandbox.payments.ledger.store import get_payment
from paysandbox.payments.routes import AUTHORIZE_PAYMENT, CAPTURE_PAYMENT
from tests.support.builders import build
from tests.support.clients.call import Reply, Values, send
from tests.support.worlds.handlers import Lines

TRACE = "4bf92f3577b34da6a3ce929d0e0e4736"
SENT = f"00-{TRACE}-00f067aa0ba902b7-01"


def authorize(traceparent: Values, key: str = "key-1") -> Reply:
    headers = {} if traceparent is None else {"traceparent": traceparent}
    return send(AUTHORIZE_PAYMENT, body=build.authorize_body(), key=key, headers=headers)


@pytest.mark.parametrize(
    "sent, logged, trace",
    [
        (SENT, SENT, Trace(TRACE)),
        (f"{SENT[:-1]}0", f"{SENT[:-1]}0", Trace(TRACE, is_sampled=False)),
        (None, None, None),
        ("00-not-a-trace", None, None),
        ([SENT, SENT], None, None),
    ],
)
def test_operations_are_stored_with_the_callers_trace(
    sent: Values, logged: str | None, trace: Trace | None, ledger: Ledger, lines: Lines
) -> None:
    reply = authorize(sent)
    assert reply.status == 200
    (line,) = lines()
    assert line.get("traceparent") == logged
    payment = get_payment(ledger, reply.json["auth_id"])
    assert payment is not None
    assert [trace_in(operation.trace) for operation in payment.operations] == [trace]


def test_the_next_request_is_in_no_trace(ledger: Ledger, lines: Lines) -> None:
    """An execution environment serves one request after the other."""
    authorized = authorize(SENT).json["auth_id"]
    send(CAPTURE_PAYMENT, body=build.capture_body(authorized), key="key-2")
    payment = get_payment(ledger, authorized)
    assert payment is not None
    assert [trace_in(operation.trace) for operation in payment.operations] == [Trace(TRACE), None]
    assert "traceparent" not in lines()[-1]


def test_a_repeated_request_changes_no_trace(ledger: Ledger) -> None:
    authorized = authorize(SENT).json["auth_id"]
    assert authorize(f"00-{'a' * 32}-{'b' * 16}-01").replayed
    payment = get_payment(ledger, authorized)
    assert payment is not None
    assert [trace_in(operation.trace) for operation in payment.operations] == [Trace(TRACE)]


def test_a_refused_request_is_logged_with_its_trace(lines: Lines) -> None:
    reply = send(AUTHORIZE_PAYMENT, body=build.authorize_body(amount=0), key="key-1", headers={"traceparent": SENT})
    assert reply.json["code"] == Code.AMOUNT_TOO_SMALL
    (line,) = lines()
    assert line["traceparent"] == SENT
