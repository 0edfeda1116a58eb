"""GET /v1/api/customer: list the merchant's customers, newest or oldest first."""

from paysandbox.customers.answers import render_customer
from paysandbox.customers.lists import Filter, list_customers
from paysandbox.customers.requests import ListCustomers
from paysandbox.customers.routes import LIST_CUSTOMERS
from paysandbox.customers.tables import customers
from paysandbox.http.native import Answer, endpoint
from paysandbox.http.page_size import render_page
from paysandbox.http.request import Call


@endpoint(LIST_CUSTOMERS)
def handler(call: Call[None, ListCustomers]) -> Answer:
    """Query every shard of the index, then read the customers consistently."""
    query = call.query
    filters = Filter(
        email=query.email, created_from=query.created_from, created_to=query.created_to, oldest_first=query.oldest_first
    )
    page = list_customers(customers(), call.merchant, filters, limit=query.limit, cursor=query.cursor)
    return Answer(render_page(page, render_customer), outcome="listed")
