"""GET /v1/api/customer/{customer_id}: return a customer."""

from paysandbox.customers.answers import render_customer
from paysandbox.customers.lookup import customer_id_in, existing_customer
from paysandbox.customers.routes import GET_CUSTOMER
from paysandbox.customers.tables import customers
from paysandbox.http.native import Answer, endpoint
from paysandbox.http.request import Call


@endpoint(GET_CUSTOMER)
def handler(call: Call[None, None]) -> Answer:
    """Make one consistent read."""
    customer = existing_customer(customers(), call.merchant, customer_id_in(call.path))
    return Answer(render_customer(customer), outcome="shown")
