"""POST /v1/api/payment: pay out to a customer."""

from datetime import datetime

from paysandbox.aws import runtime
from paysandbox.core import ids
from paysandbox.core.headers import OUTCOME_HEADER
from paysandbox.customers.lookup import existing_customer
from paysandbox.customers.tables import customers
from paysandbox.disbursements.acceptance import accept_requested
from paysandbox.disbursements.answers import render_disbursement
from paysandbox.disbursements.disbursement import Disbursement
from paysandbox.disbursements.fee_settings import default_method, disbursement_fee
from paysandbox.disbursements.methods import account_to_pay, chosen_method, stripe_account_to_pay
from paysandbox.disbursements.requests import CreateDisbursement
from paysandbox.disbursements.routes import CREATE_DISBURSEMENT
from paysandbox.disbursements.steps import accepted, requested_outcome
from paysandbox.disbursements.store.tables import disbursements
from paysandbox.disbursements.waiting import wait_for_result
from paysandbox.http.native import Answer, endpoint
from paysandbox.http.prefer import wait_applied
from paysandbox.http.request import Call
from paysandbox.payments.idempotency import run_idempotent


@endpoint(CREATE_DISBURSEMENT, prepare=disbursements)
def handler(call: Call[CreateDisbursement, None]) -> Answer:
    """Read the customer, bind the idempotency key if there is one, and accept the disbursement in one transaction.

    A key stays bound to the disbursement's ID. What lacked money, or an account, is accepted under it once it is there.
    """
    method = chosen_method(call.body.payment_method, default_method(), call.body.currency)
    outcome = requested_outcome(call.outcome, method, OUTCOME_HEADER)
    customer = existing_customer(customers(), call.merchant, call.body.customer_id)

    def pay(operation_id: str, first_requested_at: datetime) -> Disbursement:
        requested = accepted(
            merchant=call.merchant,
            customer_id=call.body.customer_id,
            disbursement_id=ids.disbursement_id(first_requested_at, operation_id),
            email=call.body.email,
            amount=call.body.amount,
            currency=call.body.currency,
            method=str(method),
            fee=disbursement_fee(method, call.body.currency),
            at=call.now,
            request_id=call.request_id,
            outcome=outcome,
            bank_account=account_to_pay(method, customer.bank_account),
            stripe_account=stripe_account_to_pay(method, customer.stripe_account),
        )
        return accept_requested(disbursements(), requested)

    if call.key:
        disbursement, _ = run_idempotent(call, ids.DISBURSEMENT, pay)
    else:
        disbursement = pay(ids.effect_id(ids.DISBURSEMENT, call.request_id, runtime.random_suffix()), call.now)
    replayed, headers = disbursement.trail[0].request_id != call.request_id, dict[str, str]()
    if call.request.wait_s:
        disbursement, has_waited = wait_for_result(
            disbursements(), disbursement, call.request.wait_s, call.request_id, call.request.context
        )
        headers = wait_applied(call.request.wait_s) if has_waited else {}
    return Answer(
        render_disbursement(disbursement), replayed, transaction_id=disbursement.id, outcome="accepted", headers=headers
    )
