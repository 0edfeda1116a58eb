# pyright: standard
"""What requests do with the features of a product. It has none: entitlements are not simulated."""

from typing import Final

from paysandbox.stripe_api.lists.answer import list_answer
from paysandbox.stripe_api.lists.page import page_of_row
from paysandbox.stripe_api.lists.parameters import around_in
from paysandbox.stripe_api.protocol import StripeAnswer
from paysandbox.stripe_api.resource_kit.operations import Request

FEATURE: Final = "product_feature"


def list_features(request: Request) -> StripeAnswer:
    """List the features of a product. A read of it."""
    query, product = request.call.query, request.named()
    if product.deleted:
        raise request.unknown(product.id)
    data, more = page_of_row((), limit=query.limit, around=around_in(query, FEATURE, ()))
    return list_answer(f"/v1{request.resource.path}/{product.id}/features", query, data, more=more)
