"""Successful reads with a dashboard's key write no line: the page shows the log, and must not fill it."""

from collections.abc import Mapping
from typing import Any

import pytest

from paysandbox.core.merchant import dashboard_key
from paysandbox.http.route import Route
from paysandbox.payments.routes import AUTHORIZE_PAYMENT, GET_HEALTH, GET_PAYMENT, LIST_PAYMENTS
from paysandbox.request_log.routes import LIST_REQUESTS
from tests.support.builders import build
from tests.support.clients.call import Gateway, send
from tests.support.worlds import aws_transport as on_the_wire
from tests.support.worlds.aws_transport import Wire
from tests.support.worlds.handlers import Lines

KEY = dashboard_key(build.MERCHANT, "a" * 32)


@pytest.mark.parametrize(
    "gateway, route, parts, status",
    [
        ("aws", LIST_PAYMENTS, {}, 200),
        ("engine", LIST_PAYMENTS, {}, 200),
        ("engine", LIST_REQUESTS, {}, 200),
        ("engine", GET_PAYMENT, {"path": {"transaction_id": "x"}}, 404),
        ("engine", LIST_PAYMENTS, {"query": {"limit": "0"}}, 400),
    ],
)
def test_reads_are_not_logged(
    gateway: Gateway, route: Route, parts: Mapping[str, Any], status: int, lines: Lines
) -> None:
    reply = send(route, api_key=KEY, gateway=gateway, **parts)
    assert (reply.status, lines()) == (status, [])


def test_its_operations_are_the_merchants(lines: Lines) -> None:
    send(AUTHORIZE_PAYMENT, api_key=KEY, body=build.authorize_body())
    (line,) = lines()
    assert (line["merchant"], line["outcome"]) == (build.MERCHANT, "approved")


@pytest.mark.parametrize(
    "fault, status",
    [
        (on_the_wire.refused_with(400, "AccessDeniedException"), 500),
        (on_the_wire.refused_with(503, "ServiceUnavailable"), 503),
    ],
)
def test_failures_of_the_sandbox_are_logged(fault: on_the_wire.Fault, status: int, wire: Wire, lines: Lines) -> None:
    with wire.broken(fault, when=lambda _: True):
        send(LIST_PAYMENTS, api_key=KEY)
    (line,) = lines()
    assert (line["level"], line["status"]) == ("ERROR", status)


@pytest.mark.parametrize(
    "parts",
    [
        pytest.param({"headers": {"X-Api-Key": KEY}, "identity": {"apiKey": build.api_key()}}, id="beside another key"),
        pytest.param({"api_key": [KEY, KEY], "gateway": "engine"}, id="twice"),
        pytest.param({"api_key": build.api_key(), "headers": {"Authorization": f"Bearer {KEY}"}}, id="elsewhere"),
    ],
)
def test_a_key_that_opened_nothing_hides_nothing(parts: Mapping[str, Any], lines: Lines) -> None:
    send(LIST_PAYMENTS, **parts)
    assert len(lines()) == 1


def test_an_unverified_key_hides_nothing(lines: Lines) -> None:
    """A route without a key verifies none, so the text of one may be invented."""
    send(GET_HEALTH, headers={"X-Api-Key": KEY})
    assert len(lines()) == 1
