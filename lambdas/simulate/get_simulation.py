"""GET /sandbox/simulate/{object_id}: return what can happen to an object now, and what is due when."""

from paysandbox.aws.runtime import ledger
from paysandbox.core import ids
from paysandbox.http.native import Answer, endpoint
from paysandbox.http.request import Call
from paysandbox.payments.ledger import store
from paysandbox.payments.refusals import not_found
from paysandbox.simulate.answers import render_disbursement_simulation, render_simulation
from paysandbox.simulate.disbursement_steps import find_disbursement
from paysandbox.simulate.routes import GET_SIMULATION
from paysandbox.simulate.steps import check_owner, find_target


@endpoint(GET_SIMULATION)
def handler(call: Call[None, None]) -> Answer:
    """Make one consistent read of a payment; find a disbursement by its ID alone, and read it."""
    object_id = call.path.get("object_id", "")
    if ids.is_disbursement_id(object_id):
        disbursement = find_disbursement(call.merchant, object_id)
        return Answer(render_disbursement_simulation(disbursement), transaction_id=object_id, outcome="shown")
    target = find_target(object_id)
    payment = store.get_payment(ledger(), target.payment_id)
    if payment is None:
        raise not_found()
    check_owner(payment, target, call.merchant)
    return Answer(render_simulation(payment, target.object_id), transaction_id=target.object_id, outcome="shown")
