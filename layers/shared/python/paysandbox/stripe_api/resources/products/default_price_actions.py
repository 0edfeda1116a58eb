# pyright: standard
"""The default price of a product: created with it, or one of its prices, which stays active meanwhile."""

from paysandbox.core.record import replace
from paysandbox.stripe_api.errors import no_such
from paysandbox.stripe_api.objects.stored_object import IN_USE, touched
from paysandbox.stripe_api.resource_kit.declaration import Draft, Stored, refused
from paysandbox.stripe_api.resources.products.price_resource import PRICE
from paysandbox.stripe_api.resources.products.product_resource import DEFAULT_PRICE


def with_default_price(product: Draft) -> Stored:
    """Return a product with its default price: a new one, or one that must stay active meanwhile."""
    stored = product.stored
    if product.before is None:
        if product.body.default_price_data is None:
            return (stored,)
        price = product.make("price", product.id_of(PRICE.prefix), product.body.default_price_data)
        named = {**stored.attributes, DEFAULT_PRICE: price.id, IN_USE: True}
        return replace(stored, attributes=named), replace(price, attributes={**price.attributes, "product": stored.id})
    name = stored.attributes.get(DEFAULT_PRICE)
    if name in (None, product.before.attributes.get(DEFAULT_PRICE)):
        return (stored,)
    price = product.read("price", name)
    if price is None or price.attributes["product"] != stored.id:
        raise no_such("price", name, DEFAULT_PRICE)
    if price.attributes.get("active") is False:
        raise refused("The price specified is inactive. This field only accepts active prices.", DEFAULT_PRICE)
    return stored, touched(price)
