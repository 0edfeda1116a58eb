"""Bodies of the answers of customers' routes, as `schemas` has their shapes."""

from paysandbox.core.timestamps import format_timestamp
from paysandbox.customers.customer import Customer
from paysandbox.http.answer import Body


def render_customer(customer: Customer) -> Body:
    """Render a customer."""
    body: Body = {
        "customer_id": customer.id,
        "email": customer.email,
        "created_at": format_timestamp(customer.created_at),
        "updated_at": format_timestamp(customer.updated_at),
    }
    return body | ({"name": customer.name} if customer.name is not None else {})
