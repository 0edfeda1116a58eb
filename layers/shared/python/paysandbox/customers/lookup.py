"""Find the customer that a path or a body names."""

from collections.abc import Mapping
from urllib.parse import unquote

from paysandbox.core.errors import Code, Refused
from paysandbox.customers.customer import Customer, is_customer_id
from paysandbox.customers.customers_table import CustomersTable, find_customer


def customer_id_in(path: Mapping[str, str]) -> str | None:
    """Return the customer ID in the parameters of a path, or None if it does not have the form of one.

    A gateway may leave it percent-encoded. No customer ID contains a percent sign.
    """
    customer_id = unquote(path.get("customer_id", ""))
    return customer_id if is_customer_id(customer_id) else None


def existing_customer(table: CustomersTable, merchant: str, customer_id: str | None) -> Customer:
    """Return a merchant's customer. Raises Refused(resource_not_found), also if `customer_id` is None."""
    customer = find_customer(table, merchant, customer_id) if customer_id is not None else None
    if customer is None:
        raise customer_not_found()
    return customer


def customer_not_found() -> Refused:
    """Return the refusal of a request about a customer that the merchant does not have."""
    return Refused(Code.RESOURCE_NOT_FOUND, "You have no customer with this ID.", "customer_id")
