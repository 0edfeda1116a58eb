"""Refuse the URLs that no route is at, and say whether Stripe has them."""

from paysandbox.stripe_api.catalog.operations import operations
from paysandbox.stripe_api.errors import COVERAGE_PAGE, StripeRefused, unrecognized_url


def unknown_url(method: str, path: str) -> StripeRefused:
    """Return the refusal of a request. `path` begins with `/v1`."""
    refused = unrecognized_url(method, path)
    if _is_stripes(method, path):
        refused.detail = (
            f"{refused.detail.partition(' Please see')[0]} Stripe has it, and this sandbox does not simulate it yet: "
            f"{COVERAGE_PAGE}"
        )
    return refused


def _is_stripes(method: str, path: str) -> bool:
    parts = f"{method} {path}".split("/")
    return any(
        len(known) == len(parts) and all(part and name in ("{}", part) for name, part in zip(known, parts, strict=True))
        for known in (operation.split("/") for operation in operations() if operation.startswith(f"{method} "))
    )
