"""GET /health: whether the service can answer, and the checks behind that."""

import pytest

from paysandbox import VERSION
from paysandbox.payments.routes import GET_HEALTH
from tests.support.clients.call import Merchant, send
from tests.support.worlds import aws_transport as on_the_wire
from tests.support.worlds.aws_transport import Wire


def test_healthy() -> None:
    assert send(GET_HEALTH).json == {
        "status": "ok",
        "version": VERSION,
        "environment": "test",
        "checks": {"ledger": "ok", "pepper": "ok"},
    }


@pytest.mark.parametrize("headers", [{}, {"X-Api-Key": "sk_test_demo_wrong"}, {"X-Idempotency-Key": ""}])
def test_no_key_is_needed(headers: dict[str, str]) -> None:
    """No API key is needed."""
    assert send(GET_HEALTH, headers=headers).status == 200


def test_response_does_not_depend_on_the_merchant(demo: Merchant) -> None:
    assert demo.health().text == send(GET_HEALTH).text


@pytest.mark.parametrize("operation", ["GetItem", "GetSecretValue"])
def test_an_unreadable_ledger_is_unavailable(operation: str, wire: Wire) -> None:
    with wire.broken(on_the_wire.never_left, when=lambda sent: sent.operation == operation):
        reply = send(GET_HEALTH)
    assert (reply.status, reply.code, reply.headers["Retry-After"]) == (503, "service_unavailable", "1")
    assert send(GET_HEALTH).status == 200


def test_denied_access_is_an_internal_error(wire: Wire) -> None:
    refused = on_the_wire.refused_with(400, "AccessDeniedException")
    with wire.broken(refused, when=lambda sent: sent.operation == "GetItem"):
        assert send(GET_HEALTH).code == "internal_error"


def test_warm_requests_are_fast(wire: Wire) -> None:
    """One read, because the pepper is cached."""
    send(GET_HEALTH)
    with wire.record() as sent:
        send(GET_HEALTH)
    assert [call.operation for call in sent] == ["GetItem"]
