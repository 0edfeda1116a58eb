"""List a merchant's customers, in either order. The index says which there are; each is then read consistently."""

from datetime import datetime
from typing import Final

from paysandbox.aws.dynamodb.sharded_index import ListPage, ShardedIndex, index_page
from paysandbox.aws.schema import CUSTOMERS_BY_MERCHANT, CUSTOMERS_KEY
from paysandbox.core.record import record
from paysandbox.core.timestamps import format_timestamp
from paysandbox.customers.customer import Customer
from paysandbox.customers.customers_table import CustomersTable, customer_from


@record(kw_only=True)
class Filter:
    """Filters for a list of customers, and its order; None means any.

    `created_from` is inclusive and `created_to` exclusive.
    """

    email: str | None = None
    created_from: datetime | None = None
    created_to: datetime | None = None
    oldest_first: bool = False


EVERY: Final = Filter()


def list_customers(
    table: CustomersTable, merchant: str, filters: Filter = EVERY, *, limit: int, cursor: str | None
) -> ListPage[Customer]:
    """Return a page of a merchant's customers, newest first, or `oldest_first`.

    A new customer is in the index after a moment. Times use the index. The e-mail address is compared with the current
    customers, up to the bound of `index_page`. Raises Refused(cursor_invalid) for a cursor that this list did not
    issue with these filters.
    """
    email = filters.email
    wanted = None if email is None else lambda customer: has_email(customer, email)
    return index_page(customers_of(table, merchant, filters), limit=limit, cursor=cursor, wanted=wanted)


def customers_of(table: CustomersTable, merchant: str, filters: Filter = EVERY) -> ShardedIndex[Customer]:
    """Return the list of a merchant's customers within the times of the filters, to which cursors are bound."""
    since = format_timestamp(filters.created_from) if filters.created_from else None
    until = format_timestamp(filters.created_to) if filters.created_to else None
    return ShardedIndex(
        client=table.client,
        table=table.table,
        id_attribute=CUSTOMERS_KEY,
        index=CUSTOMERS_BY_MERCHANT,
        of=merchant,
        tied_to=("customers", merchant, filters.email, since, until),
        mine=lambda customer: customer.merchant == merchant,
        read=customer_from,
        since=since,
        until=until,
        oldest_first=filters.oldest_first,
    )


def has_email(customer: Customer, email: str) -> bool:
    """Whether a customer has this e-mail address, in upper or lower case."""
    return customer.email.lower() == email.lower()
