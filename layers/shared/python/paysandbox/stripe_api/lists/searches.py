# pyright: standard
"""Code common to the routes that search a merchant's payments: what they compare and show differs, the pages do not."""

from collections.abc import Callable, Collection

from paysandbox.aws.runtime import ledger
from paysandbox.http.answer import Body
from paysandbox.payments.ledger.items import listed_at
from paysandbox.payments.ledger.payment_index import payments_of
from paysandbox.payments.payment import Payment
from paysandbox.stripe_api.call import StripeCall
from paysandbox.stripe_api.lists.page import Objects
from paysandbox.stripe_api.lists.search import search_query
from paysandbox.stripe_api.lists.search_page import SearchSource, answer_search, search_page, time_to_search
from paysandbox.stripe_api.protocol import StripeAnswer
from paysandbox.stripe_api.requests import TOTAL_COUNT, Search


def search_payments(
    call: StripeCall[None, Search],
    resource: str,
    *,
    objects_of: Callable[[Payment, str], Objects],
    render: Callable[[Payment, str, Collection[str], str], Body],
) -> StripeAnswer:
    """Return a page of a resource's objects that match, newest first.

    `objects_of` returns a payment's objects to compare, newest first. `render` returns one that was found, by its
    payment, its ID and what is expanded. The last argument of both is the version of Stripe's API. Raises Refused as
    `search_query` and `search_page` do.
    """
    query = call.query
    expand = query.expanded_paths
    wanted, counted = search_query(resource, query.query), TOTAL_COUNT in query.expand
    page = search_page(
        SearchSource(
            index=payments_of(ledger(), call.merchant, None, None),
            position_of=listed_at,
            objects_of=lambda payment: objects_of(payment, call.stripe_version),
            tied_to=(resource, call.merchant, query.query),
        ),
        wanted,
        limit=query.limit,
        page=query.page,
        counted=counted,
        has_time=time_to_search(call.request.context, counted=counted),
    )
    data = [render(payment, name, expand, call.stripe_version) for payment, name in page.found]
    return answer_search(f"/v1/{resource}/search", data, page)
