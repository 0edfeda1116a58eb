"""The section of docs/explanation/performance.md that compares the Stripe-compatible API with the native one."""

from collections.abc import Iterator, Mapping
from typing import Any


def section(found: Mapping[str, Any]) -> Iterator[str]:
    """Yield the lines of the section."""
    yield "## The Stripe-compatible API"
    yield ""
    yield "A PaymentIntent created and confirmed in one request, as the official SDK sends it, compared with the native"
    yield f"authorization of the same card and amount: {found['rounds']} rounds of {found['calls_per_round']} requests"
    yield "each, whole handlers, with botocore's requests answered before they reach a socket"
    yield f"(`benchmarks/stripe_translation.py`). The authorizer is not included. Load {found['machine']['load']}."
    yield ""
    yield "| | native, CPU µs | Stripe's, CPU µs | ratio | min – max | target |"
    yield "|---|---:|---:|---:|---:|---|"
    for name, case in found["cases"].items():
        ratio = case["ratio"]
        verdict = "**met**" if ratio["median"] <= found["target"] else "**missed**"
        yield (
            f"| {name} | {case['native']['median']:,.0f} | {case['stripe']['median']:,.0f} "
            f"| {ratio['median']:.2f} | {ratio['least']:.2f} – {ratio['most']:.2f} | {found['target']}: {verdict} |"
        )
    yield ""
