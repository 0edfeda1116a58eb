"""GET /v1/api/payment/{customer_id}: list a customer's disbursements, newest first."""

from paysandbox.customers.lookup import customer_id_in
from paysandbox.disbursements.answers import render_disbursements
from paysandbox.disbursements.requests import ListDisbursements
from paysandbox.disbursements.routes import LIST_DISBURSEMENTS
from paysandbox.disbursements.store.disbursements_table import list_of_customer
from paysandbox.disbursements.store.tables import disbursements
from paysandbox.http.native import Answer, endpoint
from paysandbox.http.request import Call


@endpoint(LIST_DISBURSEMENTS)
def handler(call: Call[None, ListDisbursements]) -> Answer:
    """Make one consistent query. An unknown customer has no disbursements."""
    customer_id = customer_id_in(call.path)
    if customer_id is None:
        return Answer(render_disbursements([], None), outcome="listed")
    page, next_cursor = list_of_customer(
        disbursements(), call.merchant, customer_id, limit=call.query.limit, cursor=call.query.cursor
    )
    return Answer(render_disbursements(page, next_cursor), outcome="listed")
