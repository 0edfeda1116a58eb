"""The fee of a chargeback is a setting, whoever opens the dispute: a request, or the time that was planned for it."""

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta

import pytest

from paysandbox.aws import runtime
from paysandbox.payments.ledger.store import get_payment
from paysandbox.payments.payment import Payment, Timer, state_of
from paysandbox.payments.timers.due_timers import fire_due
from paysandbox.simulate.routes import SIMULATE_ACTION
from tests.support.builders import build
from tests.support.builders.disputes import latest
from tests.support.builders.timed_payments import put
from tests.support.clients.call import send
from tests.support.worlds.handlers import Told


def captured(currency: str, *due: Timer) -> Payment:
    now = (runtime.now() - timedelta(hours=1)).replace(microsecond=0)
    payment = build.lived(100_00, captures=[100_00], currency=currency, now=now)
    authorization, capture = payment.operations
    planned = tuple(replace(timer, of=payment.id, at=now) for timer in due)
    until = now if due else None
    return replace(payment, operations=(authorization, replace(capture, timers=planned)), open_until=until)


def opened_by_request(currency: str) -> Payment:
    payment = captured(currency)
    put(payment)
    assert send(SIMULATE_ACTION, path={"object_id": payment.id, "action": "dispute"}).status == 200
    return _held(payment)


def opened_by_timer(currency: str) -> Payment:
    payment = captured(currency, Timer(step="dispute", at=runtime.now()))
    put(payment)
    assert fire_due(lambda: True).performed == 1
    return _held(payment)


def _held(payment: Payment) -> Payment:
    held = get_payment(runtime.ledger(), payment.id)
    assert held is not None
    return held


@pytest.mark.parametrize("opened", [opened_by_request, opened_by_timer])
@pytest.mark.parametrize("currency, fee", [("USD", 25_00), ("JPY", 1300)])
@pytest.mark.parametrize("returned", [True, False])
def test_the_fee_is_a_setting(
    opened: Callable[[str], Payment], currency: str, fee: int, returned: bool, told: Told
) -> None:
    told(dispute_fee="default=2500,jpy=1300", dispute_fee_returned=returned)
    dispute = latest(opened(currency))
    assert (dispute.fee, dispute.fee_charged, dispute.returns_fee) == (fee, fee, returned)


@pytest.mark.parametrize("opened", [opened_by_request, opened_by_timer])
def test_by_default_it_is_1500_minor_units(opened: Callable[[str], Payment]) -> None:
    assert state_of(opened("EUR")).dispute_fees == 15_00
