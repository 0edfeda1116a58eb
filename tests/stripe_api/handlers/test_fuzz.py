"""Fuzzing of the Stripe-compatible API: any request gets an answer or an error envelope, no 500, no card in a log.

This file sends two hundred requests, the same in every run; `make soak` sends ten thousand, different in each run.
"""

import json
import re
from collections import Counter
from typing import Any, Final
from urllib.parse import quote, urlencode

import pytest
from hypothesis import HealthCheck, given, settings, strategies as st

from paysandbox.aws.dynamodb.conditional_write import Ledger
from paysandbox.http.dispatch import load_handler
from paysandbox.http.route import Route
from paysandbox.stripe_api.routes import ROUTES
from tests.stripe_api.handlers.disputes.stripe_disputes import disputed
from tests.support.builders import build
from tests.support.clients.call import Context
from tests.support.clients.stripe_sdk import event, sdk_here, wrong_with
from tests.support.clients.stripe_sdk_calls import Sdk, held, paid
from tests.support.tools.card_numbers import found_in
from tests.support.tools.ledger_audit import audit
from tests.support.worlds import table_snapshot
from tests.support.worlds.handlers import Lines

# Other tests cover every line that this one runs; tracing would double its time.
pytestmark = pytest.mark.untraced

FEW: Final = settings(
    max_examples=200,
    deadline=None,
    derandomize=True,
    database=None,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large],
)
MANY: Final = settings(FEW, max_examples=10_000, derandomize=False)

NUMBER: Final = "4242424242424242"
SECRET: Final = build.api_key()
PUBLISHABLE: Final = SECRET.replace("sk_", "pk_", 1)

odd_text = st.text(st.characters(codec="utf-8"), max_size=20) | st.sampled_from(["\x00", "\u2028", NUMBER, "-1", "1e9"])
# fmt: off
words = [
    "1", "12", "100", "1000", "2040", "99999999", "usd", "eur", "true", "false", "manual", "card",
    "pm_card_visa", "pm_card_chargeDeclined", "tok_visa", "*",
    "charge.refunded", "http://127.0.0.1:9/hooks", "latest_charge", "data.", "metadata[a]",
]
# fmt: on
values = odd_text | st.sampled_from(["", *words])
brackets = st.sampled_from(
    ["", "", "[]", "[0]", "[1]", "[a]", "[number]", "[gte]", "[a][b][c][d][e][f][g][h]", "[", "]", "[[]]"]
)
raw = st.sampled_from(["%", "%zz", "%ff", "&&", "=", "a=1&a=2", "a[]=1&a[b]=2", "[" * 2_000, "a" * 5_000, "{}", NUMBER])

Pairs = list[tuple[str, str]]


def good_parameters(route: Route) -> Pairs:
    """Return the route's parameters with valid values."""
    return {
        "create_payment_intent": [("amount", "1000"), ("currency", "usd"), ("payment_method", "pm_card_visa")],
        "confirm_payment_intent": [("payment_method", "pm_card_visa")],
        "create_payment_method": [
            ("type", "card"),
            ("card[number]", NUMBER),
            ("card[exp_month]", "12"),
            ("card[exp_year]", "2040"),
        ],
        "create_token": [("card[number]", NUMBER), ("card[exp_month]", "12"), ("card[exp_year]", "2040")],
        "create_confirmation_token": [("payment_method", "pm_card_visa"), ("return_url", "https://shop.example/")],
        "create_confirmation_token_of_page": [
            ("payment_method_data[type]", "card"),
            ("payment_method_data[card][token]", "tok_visa"),
        ],
        "create_granted_token": [
            ("payment_method", "pm_card_visa"),
            ("usage_limits[currency]", "usd"),
            ("usage_limits[max_amount]", "1000"),
        ],
        "create_charge": [("amount", "1000"), ("currency", "usd"), ("source", "tok_visa")],
        "create_webhook_endpoint": [("url", "http://127.0.0.1:9/hooks"), ("enabled_events[]", "*")],
        "update_stripe_dispute": [("evidence[customer_name]", "Rosa"), ("submit", "false")],
    }.get(route.name, [])


@st.composite
def parameters(draw: st.DrawFn, route: Route) -> str:
    """Draw a form or query: valid, corrupted or nonsensical."""
    pairs = good_parameters(route)
    shape = route.body_shape or route.query_shape
    names = st.sampled_from([*shape.model_fields]) if shape else odd_text
    for _ in range(draw(st.sampled_from([0, 0, 1, 1, 2, 3]))):
        pairs.append((draw(names | odd_text) + draw(brackets), draw(values)))
        if draw(st.booleans()):
            pairs.pop(draw(st.integers(0, len(pairs) - 1)))
    text = urlencode(pairs)
    return text if draw(st.integers(0, 9)) else f"{text}&{draw(raw)}"


@st.composite
def requests(draw: st.DrawFn, ids: list[str]) -> tuple[Route, dict[str, Any]]:
    """Draw a request to any route about any object, under a key of either kind."""
    route = draw(st.sampled_from(ROUTES))
    text = draw(parameters(route))
    known = st.sampled_from(ids)
    path = {name: quote(draw(known | odd_text), safe="") for name in re.findall(r"{(\w+)}", route.path)}
    key = draw(st.sampled_from([SECRET, SECRET, SECRET, PUBLISHABLE]))
    headers = {
        "Authorization": f"Bearer {key}",
        "Content-Type": draw(st.sampled_from(["application/x-www-form-urlencoded"] * 8 + ["application/json", ""])),
    }
    if draw(st.booleans()):
        headers["Idempotency-Key"] = draw(st.sampled_from(["known", "known", NUMBER, "", "x" * 300]) | odd_text)
    return route, event(route, text, path=path, headers=headers)


amounts = pytest.mark.parametrize("amount", [FEW, pytest.param(MANY, marks=pytest.mark.soak)], ids=["few", "many"])


@pytest.mark.full
@amounts
def test_any_request(amount: settings, ledger: Ledger, lines: Lines) -> None:
    sdk: Sdk = sdk_here()
    first, second = held(sdk), paid(sdk)
    refund = sdk.v1.refunds.create({"payment_intent": second.id, "amount": 1}, {"idempotency_key": "known"})
    dispute = disputed()["id"]
    ids = [dispute, first.id, second.id, first.latest_charge, second.latest_charge, refund.id, second.payment_method]
    # Almost such an id: an intent's first operation is neither a charge nor a refund.
    ids += [dispute[:-10], first.latest_charge[:-10], refund.id[:-10], second.payment_method[:-10]]
    ids += ["pi_nothing", "pm_card_visa", NUMBER]
    before = table_snapshot.take()
    lines()
    current: Counter[int] = Counter()

    def hold(request: tuple[Route, dict[str, Any]]) -> None:
        route, sent = request
        table_snapshot.put_back(before)
        response = load_handler(route)(sent, Context())
        (line,) = lines()
        status, text = response["statusCode"], response["body"]
        assert status < 500, (route.name, sent, line)
        assert line["status"] == status
        assert wrong_with(status, json.loads(text)) == [], (route.name, sent)
        assert found_in(json.dumps(line, ensure_ascii=False).encode(), [NUMBER]) == set(), line
        assert found_in(text.encode(), [NUMBER]) == set(), text
        audit()
        current[status] += 1

    amount(given(requests(ids))(hold))()
    assert current.total() >= amount.max_examples
    # Enough coverage: some requests succeeded, and some were refused as invalid, forbidden and unknown.
    assert {200, 400, 403, 404} <= current.keys(), current
