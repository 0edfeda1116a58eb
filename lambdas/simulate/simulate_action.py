"""POST /sandbox/simulate/{object_id}/{action}: make something happen to an object."""

from datetime import datetime

from paysandbox.aws import runtime
from paysandbox.aws.settings import AcceptanceSettings
from paysandbox.core import ids
from paysandbox.disbursements.answers import render_disbursement
from paysandbox.disbursements.disbursement import Disbursement
from paysandbox.http.native import Answer, endpoint
from paysandbox.http.request import Call
from paysandbox.payments.disputes.fee_settings import dispute_fees
from paysandbox.payments.idempotency import run_idempotent
from paysandbox.payments.payment import CONTRACT, SIMULATED, Payment
from paysandbox.payments.shown_payment import show_payment
from paysandbox.payments.simulated_action import Stamp
from paysandbox.simulate.disbursement_steps import find_disbursement, perform as perform_on_disbursement
from paysandbox.simulate.requests import SimulationArguments
from paysandbox.simulate.routes import SIMULATE_ACTION
from paysandbox.simulate.steps import find_target, perform


@endpoint(SIMULATE_ACTION)
def handler(call: Call[SimulationArguments, None]) -> Answer:
    """Bind the idempotency key if there is one, then read the payment and record the step in a conditional update."""
    object_id, action = call.path.get("object_id", ""), call.path.get("action", "")
    if ids.is_disbursement_id(object_id):
        return _simulate_disbursement(call, object_id, action)
    target = find_target(object_id)

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
        payment, _ = run_idempotent(call, ids.SIMULATION, act)
    else:
        payment = act(ids.effect_id(ids.SIMULATION, call.request_id, runtime.random_suffix()), call.now)
    # Of two requests with one key, one may bind the key and the other record the step. The latter made it happen.
    replayed = payment.operations[-1].request_id != call.request_id
    return Answer(show_payment(payment), replayed, target.object_id, outcome="simulated")


def _simulate_disbursement(call: Call[SimulationArguments, None], disbursement_id: str, action: str) -> Answer:
    """Find the disbursement, bind the idempotency key if there is one, and record the step in a conditional write."""
    disbursement = find_disbursement(call.merchant, disbursement_id)

    def act(operation_id: str, claimed_at: datetime) -> Disbursement:  # noqa: ARG001 - of an idempotent effect
        return perform_on_disbursement(
            disbursement, action, call.sent, call.now, request_id=call.request_id, operation_id=operation_id
        )

    if call.key:
        after, _ = run_idempotent(call, ids.SIMULATION, act)
    else:
        after = act(ids.effect_id(ids.SIMULATION, call.request_id, runtime.random_suffix()), call.now)
    replayed = call.request_id not in {change.request_id for change in after.trail}
    return Answer(render_disbursement(after), replayed, disbursement_id, outcome="simulated")
