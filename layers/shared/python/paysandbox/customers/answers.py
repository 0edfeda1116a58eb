"""Bodies of the answers of customers' routes, as `schemas` has their shapes."""

from paysandbox.core.timestamps import format_timestamp
from paysandbox.customers.bank_account import BankAccount
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
    if customer.name is not None:
        body["name"] = customer.name
    if customer.bank_account is not None:
        body["bank_account"] = render_bank_account(customer.bank_account)
    if customer.stripe_account is not None:
        body["stripe_account"] = customer.stripe_account
    return body


def render_bank_account(account: BankAccount) -> Body:
    """Render a bank account."""
    return {
        "routing_number": account.routing_number,
        "last4": account.last4,
        "account_type": str(account.account_type),
        "account_holder_name": account.account_holder_name,
    }
