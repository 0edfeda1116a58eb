"""PATCH /sandbox/settings: a merchant sets how its simulation runs."""

from typing import Any

import pytest

from paysandbox.payments.simulation.settings import manual_merchants
from paysandbox.simulate.routes import GET_SETTINGS, UPDATE_SETTINGS
from tests.support.builders import build
from tests.support.clients.call import send


@pytest.mark.parametrize("mode", ["manual", "automatic"])
def test_a_setting_is_answered_and_kept(mode: str) -> None:
    expected = {"merchant": "demo", "simulation": mode, "payout_destination": "bank"}
    assert send(UPDATE_SETTINGS, body={"simulation": mode}).json == expected
    assert send(GET_SETTINGS).json == expected
    assert manual_merchants(["demo"]) == ({"demo"} if mode == "manual" else set())


def test_omitted_fields_stay_unchanged() -> None:
    send(UPDATE_SETTINGS, body={"simulation": "manual"})
    send(UPDATE_SETTINGS, body={"payout_destination": "balance"})
    expected = {"merchant": "demo", "simulation": "manual", "payout_destination": "balance"}
    assert send(UPDATE_SETTINGS, body={}).json == expected


@pytest.mark.parametrize("destination", ["balance", "bank"])
def test_the_destination_of_payouts_is_answered_and_kept(destination: str) -> None:
    expected = {"merchant": "demo", "simulation": "automatic", "payout_destination": destination}
    assert send(UPDATE_SETTINGS, body={"payout_destination": destination}).json == expected
    assert send(GET_SETTINGS).json == expected


def test_a_setting_is_of_one_merchant() -> None:
    send(UPDATE_SETTINGS, body={"simulation": "manual"})
    assert send(GET_SETTINGS, api_key=build.api_key("globex")).json["simulation"] == "automatic"


@pytest.mark.parametrize(
    "body, code, param",
    [
        ({"simulation": "sometimes"}, "parameter_invalid", "simulation"),
        ({"simulation": True}, "parameter_invalid", "simulation"),
        ({"payout_destination": "cash"}, "parameter_invalid", "payout_destination"),
        ({"speed": 2}, "parameter_unknown", "speed"),
    ],
)
def test_other_values_are_refused(body: Any, code: str, param: str) -> None:
    reply = send(UPDATE_SETTINGS, body=body)
    assert (reply.status, reply.code, reply.json["param"]) == (400, code, param)
    assert send(GET_SETTINGS).json["simulation"] == "automatic"
