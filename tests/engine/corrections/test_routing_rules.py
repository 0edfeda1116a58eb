"""The routing rule of the domain in front of the engine's base path mappings."""

import pytest

from engine.corrections.routing_rules import rule_then_mappings


def by_mapping(host: str, path: str) -> tuple[str, str, str] | None:
    """Resolve a path as the engine does: the longest base path of a domain's mappings, which is removed."""
    if host != "127.0.0.1":
        return None
    if path == "/v1" or path.startswith("/v1/"):
        return "stripe", "v1", path.removeprefix("/v1") or "/"
    return "native", "live", path


@pytest.mark.parametrize(
    "path, resolved",
    [
        ("/v1/api/customer", ("native", "live", "/v1/api/customer")),
        ("/v1/api/payment/c-1/p-1/cancel", ("native", "live", "/v1/api/payment/c-1/p-1/cancel")),
        ("/v1/api", ("native", "live", "/v1/api")),
        ("/v1/apis", ("stripe", "v1", "/apis")),
        ("/v1/payment_intents", ("stripe", "v1", "/payment_intents")),
        ("/v1", ("stripe", "v1", "/")),
        ("/payments", ("native", "live", "/payments")),
    ],
)
def test_the_rule_comes_before_the_mappings(path: str, resolved: tuple[str, str, str]) -> None:
    assert rule_then_mappings(by_mapping)("127.0.0.1", path) == resolved


@pytest.mark.parametrize("path", ["/v1/api/customer", "/payments"])
def test_a_host_without_an_api_gets_no_api(path: str) -> None:
    assert rule_then_mappings(by_mapping)("localhost", path) is None
