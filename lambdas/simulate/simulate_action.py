"""POST /sandbox/simulate/{object_id}/{action}: make something happen to an object."""

from datetime import datetime

from paysandbox.aws import runtime
from paysandbox.aws.settings import AcceptanceSettings
from paysandbox.core import ids
from paysandbox.http.native import Answer, endpoint
from paysandbox.http.request import Call
from paysandbox.payments.dispute_fee_settings import dispute_fees
from paysandbox.payments.idempotency import run_idempotent
from paysandbox.payments.operation import CONTRACT, SIMULATED
from paysandbox.payments.payment import Payment
from paysandbox.payments.shown_payment import show_payment
from paysandbox.payments.simulated_action import Stamp
from paysandbox.simulate.requests import SimulationArguments
from paysandbox.simulate.routes import SIMULATE_ACTION
from paysandbox.simulate.steps import find_target, perform


@endpoint(SIMULATE_ACTION)
def handler(call: Call[SimulationArguments, None]) -> Answer:
    """Bind the idempotency key if there is one, then read the payment and record the step in a conditional update."""
    target, action = find_target(call.path.get("object_id", "")), call.path.get("action", "")

    def act(key: str, claimed_at: datetime) -> Payment:  # noqa: ARG001 - the signature of an idempotent effect
        stamp = Stamp(
            key=key,
            request_id=call.request_id,
            at=call.now,
            contract=CONTRACT,
            validity_s=runtime.settings_of(AcceptanceSettings).authorization_validity_s,
            source=SIMULATED,
            dispute_fees=dispute_fees(),
        )
        return perform(target, call.merchant, action, call.sent, stamp)

    if call.key:
        payment, bound_before = run_idempotent(call, ids.SIMULATION, act)
    else:
        payment = act(ids.effect_id(ids.SIMULATION, call.request_id, runtime.random_suffix()), call.now)
        bound_before = False
    replayed = bound_before and payment.operations[-1].request_id != call.request_id
    return Answer(show_payment(payment), replayed, target.object_id, outcome="simulated")
