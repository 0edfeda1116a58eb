"""GET /v1/payment_intents/search: find payment intents by Stripe's search query language, newest first."""

from typing import Final

from paysandbox.aws.runtime import ledger
from paysandbox.http.request import Call
from paysandbox.payments.items import listed_at
from paysandbox.payments.payment import Payment
from paysandbox.payments.payment_index import payments_of
from paysandbox.stripe_api.client_secrets import client_secret_of
from paysandbox.stripe_api.ids import intent_id
from paysandbox.stripe_api.objects import check_expand, expand_of_list, render_intent
from paysandbox.stripe_api.page import Objects
from paysandbox.stripe_api.protocol import StripeAnswer, stripe_endpoint
from paysandbox.stripe_api.requests import Search
from paysandbox.stripe_api.routes import SEARCH_PAYMENT_INTENTS
from paysandbox.stripe_api.search import search_query
from paysandbox.stripe_api.search_page import TOTAL_COUNT, SearchSource, render_search_result, search_page

_RESOURCE: Final = "payment_intents"
_RESERVE_MS: Final = 3_000


@stripe_endpoint(SEARCH_PAYMENT_INTENTS)
def handler(call: Call[None, Search]) -> StripeAnswer:
    """Per 100 payments, one query per shard of the index, then consistent reads."""
    query = call.query
    expand = expand_of_list([path for path in query.expand if path != TOTAL_COUNT])
    check_expand("payment_intent", expand)
    wanted = search_query(_RESOURCE, query.query)

    def compared(payment: Payment) -> Objects:
        return [(intent_id(payment.id), render_intent(payment, client_secret=None))]

    page = search_page(
        SearchSource(
            index=payments_of(ledger(), call.merchant, None, None),
            position_of=listed_at,
            objects_of=compared,
            tied_to=(_RESOURCE, call.merchant, query.query),
        ),
        wanted,
        limit=query.limit,
        page=query.page,
        counted=TOTAL_COUNT in query.expand,
        has_time=lambda: call.context.get_remaining_time_in_millis() > _RESERVE_MS,
    )
    data = [
        render_intent(payment, client_secret=client_secret_of(payment.id), expand=expand) for payment, _ in page.found
    ]
    return StripeAnswer(body=render_search_result(f"/v1/{_RESOURCE}/search", data, page), outcome="listed")
