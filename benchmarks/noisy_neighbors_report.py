"""The section of docs/explanation/performance.md about noisy neighbors."""

from collections.abc import Iterator, Mapping
from typing import Any, Final

from paysandbox.webhooks.deliveries.fair_share import SHARE

_SLOTS: Final = 70
"""At most seven workers with ten slots each: stacks/webhook_workers.py."""


def section(found: Mapping[str, Any]) -> Iterator[str]:
    """Yield the lines of the section, from the results of `noisy_neighbors.measure`."""
    yield ""
    yield "### Noisy neighbors"
    yield ""
    yield f"A noisy merchant has {found['endpoints']} endpoints that answer after {found['answers_after_s']} s, and"
    yield f"makes {found['noisy_per_s'] * 60:.0f} payments per minute, the rate of the ordinary plan. A quiet merchant"
    yield f"makes {found['quiet_per_s']:.0f} per second and has one endpoint that answers at once. The table shows"
    yield "the quiet merchant's time from the response to the receipt: with the same traffic to endpoints that all"
    yield "answer at once, and then, on the same sandbox, with noise. The last column is the p95 of each fifth of the"
    yield "noisy time: the first one includes the seconds until the noisy endpoints are found to be slow."
    yield ""
    yield "| noisy | calm, s | p95 ms | noisy, s | p50 ms | p95 ms | p99 ms | ratio of p95 | missing | load | fifths |"
    yield "|---:|---:|---:|---:|---:|---:|---:|---:|---:|---:|---|"
    for case in found["cases"]:
        noisy = case["noisy"]
        before = f"{case['noisy_merchants']} | {case['calm_seconds']:.0f} | {case['calm']['p95_ms']:,.0f}"
        shares = " | ".join(f"{noisy[name]:,.0f}" for name in ("p50_ms", "p95_ms", "p99_ms"))
        parts = ", ".join("–" if part is None else f"{part:,.0f}" for part in noisy["parts_p95_ms"])
        after = f"{case['ratio']:.2f} | {noisy['missing']} | {case['load']} | {parts}"
        yield f"| {before} | {case['seconds']:.0f} | {shares} | {after} |"
    yield ""
    yield f"Target: a p95 of at most {found['ratio_max']:.0f} × the calm one and {found['p95_ms_max']:,} ms, of which"
    yield f"the last fifth is not slower than the first, and at most {SHARE:.0%} of the slots for one merchant:"
    yield f"{_verdict(found)}. No noisy merchant had more than {max(case['most_slots'] for case in found['cases'])}"
    yield f"deliveries in progress at once, of {_SLOTS} slots."
    busy = [case["noisy_merchants"] for case in found["cases"] if case["calm"]["p95_ms"] > found["p95_ms_max"]]
    if busy:
        yield f"With {', '.join(map(str, busy))} noisy merchants, the calm traffic alone occupied this machine, so the"
        yield "ratio says little there, and the time in ms counts."
    yield ""


def _verdict(found: Mapping[str, Any]) -> str:
    if not all(_is_met(found, case) for case in found["cases"]):
        return "**missed**"
    wanted = found["wanted"]
    whole = [case["noisy_merchants"] for case in found["cases"] if case["seconds"] >= wanted["seconds"]]
    left = [str(count) for count in wanted["noisy_merchants"] if count not in whole]
    if left:
        return (
            f"**not shown yet**, since {wanted['seconds']} s with {', '.join(left)} noisy merchants were not measured"
        )
    return "**met**"


def _is_met(found: Mapping[str, Any], case: Mapping[str, Any]) -> bool:
    noisy = case["noisy"]
    quick = case["ratio"] <= found["ratio_max"] and noisy["p95_ms"] <= found["p95_ms_max"]
    first, *_, last = noisy["parts_p95_ms"]
    grew = last is None or first is None or last > first
    return quick and noisy["missing"] == 0 and not grew and case["most_slots"] <= SHARE * _SLOTS
