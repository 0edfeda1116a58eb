"""PUT /v1/api/customer/{customer_id}: change a customer's e-mail address, name and accounts."""

from paysandbox.customers.answers import render_customer
from paysandbox.customers.customer import Customer
from paysandbox.customers.customers_table import change_customer
from paysandbox.customers.lookup import customer_id_in, customer_not_found
from paysandbox.customers.requests import UpdateCustomer
from paysandbox.customers.routes import UPDATE_CUSTOMER
from paysandbox.customers.tables import customers
from paysandbox.http.native import Answer, endpoint
from paysandbox.http.request import Call


@endpoint(UPDATE_CUSTOMER)
def handler(call: Call[UpdateCustomer, None]) -> Answer:
    """Make one conditional write. Disbursements that were accepted keep their e-mail address."""
    customer_id = customer_id_in(call.path)
    if customer_id is None:
        raise customer_not_found()
    requested = Customer(
        merchant=call.merchant,
        id=customer_id,
        email=call.body.email,
        name=call.body.name,
        bank_account=call.body.bank_account.storable() if call.body.bank_account else None,
        stripe_account=call.body.stripe_account,
        created_at=call.now,
        updated_at=call.now,
    )
    changed = change_customer(customers(), requested)
    if changed is None:
        raise customer_not_found()
    return Answer(render_customer(changed), outcome="updated")
