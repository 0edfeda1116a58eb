"""Refuse the URLs that no route is at, and say whether Stripe has them."""

from paysandbox.stripe_api.catalog.paths import PATHS
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
    parts = path.split("/")
    return any(
        len(known) == len(parts)
        and all(part and name in ("{}", part) for name, part in zip(known[1:], parts[1:], strict=True))
        for known in (template.split("/") for template, methods in PATHS.items() if method in methods.split(" "))
    )
