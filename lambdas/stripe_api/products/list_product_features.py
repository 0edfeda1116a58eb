"""GET /v1/products/{id}/features: list the features of a product. It has none: entitlements are not simulated."""

from paysandbox.stripe_api.call import StripeCall
from paysandbox.stripe_api.declared import RESOURCES
from paysandbox.stripe_api.lists.answer import list_answer
from paysandbox.stripe_api.lists.page import page_of_row
from paysandbox.stripe_api.lists.parameters import around_in
from paysandbox.stripe_api.protocol import StripeAnswer, stripe_endpoint
from paysandbox.stripe_api.requests import ListProductFeatures
from paysandbox.stripe_api.resource_kit.operations import Request
from paysandbox.stripe_api.resources.products import PRODUCT
from paysandbox.stripe_api.routes import LIST_PRODUCT_FEATURES

_FEATURE = "product_feature"


@stripe_endpoint(LIST_PRODUCT_FEATURES)
def handler(call: StripeCall[None, ListProductFeatures]) -> StripeAnswer:
    """A read of the product."""
    query = call.query
    request = Request(RESOURCES, PRODUCT, call)
    product = request.named()
    if product.deleted:
        raise request.unknown(product.id)
    data, more = page_of_row((), limit=query.limit, around=around_in(query, _FEATURE, ()))
    return list_answer(f"/v1{PRODUCT.path}/{product.id}/features", query, data, more=more)
