"""Any input is answered or rejected: never a 500, no effect of a rejected request, no card data in the log.

Runs two hundred bodies here, the same in every run; `make soak` sends ten thousand, different in each run.
"""

import base64
import json
import re
from collections import Counter
from collections.abc import Callable
from typing import Any, Final

import pytest
from hypothesis import HealthCheck, given, settings, strategies as st

from api_reference.openapi import refusals_of
from api_reference.routes import ROUTES
from paysandbox.aws.schema import PARTITION_KEY
from paysandbox.core.errors import PROBLEM_CONTENT_TYPE, PROBLEMS, Code
from paysandbox.disbursements.routes import RECEIVE_PAYPAL_EVENT
from paysandbox.http.route import Route
from paysandbox.payments.routes import (
    AUTHORIZE_PAYMENT,
    CAPTURE_PAYMENT,
    INCREMENT_PAYMENT,
    REFUND_PAYMENT,
    VOID_PAYMENT,
)
from tests.support.builders import build
from tests.support.clients.call import Merchant, event, send_event
from tests.support.tools.card_numbers import found_in
from tests.support.worlds import table_snapshot
from tests.support.worlds.handlers import Lines

# Other tests run every line that this file runs; tracing would double its time.
pytestmark = pytest.mark.untraced

FEW: Final = settings(
    max_examples=200,
    deadline=None,
    derandomize=True,
    database=None,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large],
)
FEWEST: Final = settings(FEW, max_examples=60)
MANY: Final = settings(FEW, max_examples=10_000, derandomize=False)

Event = dict[str, Any]
Sent = tuple[Route, Event]

# --- input ------------------------------------------------------------------------------------------------------------

NUMBER: Final = "4242424242424242"
KEY: Final = "known-key"
"""Bound to an authorization, a capture and a refund; another body is rejected under it."""

_LONGER: Final = re.compile(r"(?<!\d)(?:\d{17,18}|(?!4)\d{19})(?!\d)")
"""A run of digits that is no card number even if it contains one (docs/reference/cards.md). A longer one is masked."""

# Includes lone surrogates, which JSON can write and UTF-8 cannot.
odd_text = st.text(st.characters(), max_size=40) | st.sampled_from(["\ud800", "\x00", "\u2028", "\uff14\uff12" * 8])
numbers = st.sampled_from([NUMBER, "4242 4242 4242 4242", "4242-4242-4242-4242", int(NUMBER), f"x{NUMBER}=2512"])
scalars = st.one_of(
    st.none(),
    st.booleans(),
    st.integers() | st.sampled_from([0, -1, 10**30]),
    st.floats(allow_nan=False, allow_infinity=False),
    odd_text,
    numbers,
)
values = st.recursive(
    scalars,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(odd_text | numbers.map(str), inner, max_size=4),
    max_leaves=6,
)
names = st.sampled_from(
    ["amount", "auth_id", "transaction_id", "card", "currency", "metadata", "reason", "reference", "final", "number"]
)
# Input on which JSON parsers disagree or fail.
pieces = st.one_of(
    st.sampled_from(["", '"', "'", "{", "}", ",", "//", "[" * 5_000, "\\ud800", "\\u0000", "\\x"]),
    st.sampled_from(["9" * 5_000, "1e400", "-0", "+1", "01", ".5", "NaN", "-Infinity", "null", NUMBER]),
    st.sampled_from(["\x00", "\n", "\x85", "\u2028", "\ufeff"]),
    odd_text,
)


@st.composite
def changed(draw: st.DrawFn, body: dict[str, Any]) -> str:
    """Generate a valid body with up to three of its parts left out, replaced or added."""
    parts = [{**body}]
    if "card" in body:
        parts.append({**body["card"]})
        parts[0]["card"] = parts[1]
    for _ in range(draw(st.sampled_from([0, 0, 1, 1, 2, 3]))):
        part = draw(st.sampled_from(parts))
        name = draw(st.sampled_from([*part]) if part and draw(st.booleans()) else names | odd_text)
        part[name] = draw(values)
        if draw(st.booleans()):
            del part[name]
    return json.dumps(parts[0], ensure_ascii=draw(st.booleans()))


@st.composite
def torn(draw: st.DrawFn, text: str) -> str:
    """Generate a text with a piece missing or moved over another."""
    start = draw(st.integers(0, len(text)))
    end = draw(st.integers(start, min(start + 20, len(text))))
    return text[:start] + draw(pieces) + text[end:]


@st.composite
def bodies(draw: st.DrawFn, good: dict[str, Any]) -> str:
    """Generate texts from valid bodies to nonsense."""
    match draw(st.sampled_from(["changed"] * 6 + ["torn", "deep", "any value", "nonsense"])):
        case "changed":
            return draw(changed(good))
        case "deep":
            levels = draw(st.sampled_from([31, 32, 900, 5_000, 100_000]))
            return f'{json.dumps(good)[:-1]}, "odd": {"[" * levels}{"]" * levels}}}'
        case "torn":
            return draw(torn(draw(changed(good))))
        case "any value":
            return json.dumps(draw(values))
        case _:
            return "".join(draw(st.lists(pieces, max_size=6)))


def in_base64(text: str) -> st.SearchStrategy[str]:
    """Generate the text as the gateway encodes binary bodies, and bodies that are not text or not Base64."""
    encoded = text.encode(errors="surrogatepass")
    return st.sampled_from(
        [base64.b64encode(encoded).decode()] * 3
        + [base64.b64encode(b"\xff\xfe" + encoded).decode(), base64.b64encode(encoded).decode()[:-1], text]
    )


several = st.lists(odd_text, max_size=3)
pairs = st.dictionaries(names | odd_text, st.lists(odd_text, min_size=1, max_size=3), max_size=3)
fresh_keys = st.uuids().map(str)
content_types = st.sampled_from(["text/plain", "Application/JSON ; charset=x", "", NUMBER]) | several


@st.composite
def requests(draw: st.DrawFn, route: Route, good: dict[str, Any] | None) -> Sent:
    """Generate a request of the route with an odd body or query, and perhaps one more oddity."""
    text = draw(bodies(good)) if good is not None else None
    path = {name: draw(odd_text | numbers.map(str)) for name in re.findall(r"{(\w+)}", route.path)}
    known = st.sampled_from([*route.query_shape.model_fields] if route.query_shape else ["x"])
    odd = draw(st.sampled_from(["nothing more"] * 8 + ["key", "API key", "content type", "header", "query", "Base64"]))
    sent = event(
        route,
        body=text,
        key=draw(several if odd == "key" else st.just(KEY) | fresh_keys),
        api_key=draw(several if odd == "API key" else st.just(build.api_key())),
        content_type=draw(content_types if odd == "content type" else st.just("application/json")),
        headers=draw(pairs if odd == "header" else st.none()),
        path=path or None,
        query=draw(pairs if odd == "query" else st.dictionaries(known, odd_text | numbers.map(str), max_size=2)),
        gateway=draw(st.sampled_from(["aws", "engine"])),
        multi=draw(st.sampled_from(["both", "only", "never"])),
    )
    if odd == "Base64" and text is not None:
        sent |= {"body": draw(in_base64(text)), "isBase64Encoded": True}
    return route, sent


# --- invariants -------------------------------------------------------------------------------------------------------


Good = list[tuple[Route, dict[str, Any]]]
Hold = Callable[[Sent], str]


@pytest.fixture
def good(demo: Merchant) -> Good:
    """Return valid bodies to start from, on a ledger with two payments."""
    auth_id = demo.authorized()
    paid = demo.authorize(KEY).json["auth_id"]
    demo.capture(paid, KEY, amount=5_00)
    demo.refund(paid, KEY, amount=1_00)
    return [
        (AUTHORIZE_PAYMENT, build.authorize_body(currency="EUR", reference="order-7", metadata={"cart": "9"})),
        (CAPTURE_PAYMENT, build.capture_body(auth_id, amount=1_00, final=False, currency="USD")),
        (CAPTURE_PAYMENT, build.capture_body(build.PAYMENT_ID)),
        (INCREMENT_PAYMENT, build.increment_body(auth_id, currency="USD")),
        (VOID_PAYMENT, build.void_body(auth_id)),
        (REFUND_PAYMENT, build.refund_body(paid, amount=1_00, reason="broken", currency="USD")),
        (REFUND_PAYMENT, build.refund_body(paid, amount=9_00)),
    ]


@pytest.fixture
def hold(good: Good, lines: Lines) -> Hold:
    """Send one request to that ledger, check everything it left behind and return the code, or `200`."""
    before = table_snapshot.take()
    everything, payments = _items(), _payments()
    lines()

    def send(request: Sent) -> str:
        route, sent = request
        reply = send_event(route, sent)
        (line,) = lines()
        assert line["status"] == reply.status
        assert line["request_id"] == reply.headers["Request-Id"] == sent["requestContext"]["requestId"]
        logged = _LONGER.sub(" ", json.dumps(line, ensure_ascii=False))
        assert found_in(logged.encode(), [NUMBER]) == set(), line
        if reply.status == 200:
            table_snapshot.put_back(before)
            return "200"
        code = Code(reply.json["code"])
        assert reply.status == PROBLEMS[code].status < 500, line
        assert code in refusals_of(route)
        assert reply.json["request_id"] == line["request_id"]
        assert reply.headers["Content-Type"] == PROBLEM_CONTENT_TYPE
        assert found_in(reply.text.encode(), [NUMBER]) == set()
        if reply.status in {404, 409, 422}:
            # The key may be bound by now without an operation under it.
            assert _payments() == payments
            table_snapshot.put_back(before)
        assert _items() == everything
        return str(code)

    return send


def _items() -> dict[str, Any]:
    return {item[PARTITION_KEY]["S"]: item for item in table_snapshot.items()}


def _payments() -> dict[str, Any]:
    return {name: item for name, item in _items().items() if not name.startswith("clm_")}


amounts = pytest.mark.parametrize(
    "amount",
    [FEWEST, pytest.param(FEW, marks=pytest.mark.full), pytest.param(MANY, marks=pytest.mark.soak)],
    ids=["fewest", "few", "many"],
)


@amounts
def test_any_body(amount: settings, good: Good, hold: Hold) -> None:
    current: Counter[str] = Counter()
    strategy = st.sampled_from(good).flatmap(lambda known: requests(*known))
    amount(given(strategy)(lambda request: current.update([hold(request)])))()
    assert current.total() >= amount.max_examples
    # Deep enough: some requests succeeded, some were rejected by the ledger, and some were not JSON at all.
    assert {"200", "idempotency_key_reused", "request_invalid"} <= current.keys(), current


@amounts
def test_any_path_and_query(amount: settings, hold: Hold) -> None:
    current: Counter[str] = Counter()
    # PayPal's webhook needs an account: tests/disbursements/handlers/test_receive_paypal_event.py. The scripts of the
    # browser library are one route with several paths.
    without_body = st.sampled_from(
        [
            route
            for route in ROUTES
            if route.body is None and route is not RECEIVE_PAYPAL_EVENT and route.handler_name is None
        ]
    )
    strategy = without_body.flatmap(lambda route: requests(route, None))
    amount(given(strategy)(lambda request: current.update([hold(request)])))()
    assert current.total() >= amount.max_examples
    assert {"200", "resource_not_found", "parameter_unknown"} <= current.keys(), current
