"""POST /v1/api/customer: create a customer."""

from typing import Final

from paysandbox.core.errors import Code, Refused
from paysandbox.customers.answers import render_customer
from paysandbox.customers.customer import Customer
from paysandbox.customers.customers_table import create_customer
from paysandbox.customers.requests import CreateCustomer
from paysandbox.customers.routes import CREATE_CUSTOMER
from paysandbox.customers.tables import customers
from paysandbox.http.native import Answer, endpoint
from paysandbox.http.request import Call

_SHOWN: Final = {
    "email": "e-mail address",
    "name": "name",
    "bank_account": "bank account",
    "stripe_account": "Stripe account",
}


@endpoint(CREATE_CUSTOMER)
def handler(call: Call[CreateCustomer, None]) -> Answer:
    """Make one conditional write. Creating a customer again with the same attributes returns it unchanged."""
    requested = Customer(
        merchant=call.merchant,
        id=call.body.customer_id,
        email=call.body.email,
        name=call.body.name,
        bank_account=call.body.bank_account.storable() if call.body.bank_account else None,
        stripe_account=call.body.stripe_account,
        created_at=call.now,
        updated_at=call.now,
    )
    stored = create_customer(customers(), requested)
    for attribute, shown in _SHOWN.items():
        if getattr(stored, attribute) != getattr(requested, attribute):
            raise Refused(Code.CUSTOMER_EXISTS, f"The customer has another {shown}. Change it with PUT.", attribute)
    return Answer(render_customer(stored), outcome="created")
