"""Any body to the routes that take one: an answer or a refusal, never a failure, and the books are right."""

import json
from collections import Counter
from typing import Any

import pytest
from hypothesis import given, settings, strategies as st

from paysandbox.customers.routes import CREATE_CUSTOMER, UPDATE_CUSTOMER
from paysandbox.disbursements.routes import CREATE_DISBURSEMENT
from paysandbox.funds.routes import FUND_MERCHANT
from tests.support.builders.disbursements import BANK_ACCOUNT, CUSTOMER_ID, EMAIL
from tests.support.clients.call import send
from tests.support.clients.disbursement_requests import Payer, books

pytestmark = [pytest.mark.full, pytest.mark.untraced]

NUMBERS = st.one_of(
    st.integers(-(10**9), 10**9).map(str),
    st.decimals(-100, 10**6, places=3, allow_nan=False).map(str),
    st.floats(allow_nan=False, allow_infinity=False).map(repr),
    st.builds("{}e{}".format, st.integers(-99, 99), st.integers(-(10**6), 10**6)),
    st.sampled_from(["1", "12.50", "0.01", "1e2", "-0", "NaN", "1e99999999999999999999", "9" * 1_000, "01"]),
)
TEXTS = st.one_of(
    st.sampled_from([CUSTOMER_ID, EMAIL, "USD", "JPY", "paypal", "", "x" * 200, "a#b"]), st.text(max_size=20)
)
VALUES = st.one_of(
    NUMBERS,
    TEXTS.map(json.dumps),
    st.sampled_from(["null", "true", "[]", "{}", "[1.5]", '{"a": 1e400}']),
)
LIKELY = {
    "customer_id": f'"{CUSTOMER_ID}"',
    "email": f'"{EMAIL}"',
    "currency": '"USD"',
    "amount": "1250",
    "name": '"Jane"',
    "payment_method": '"paypal"',
    "bank_account": json.dumps(BANK_ACCOUNT),
    "stripe_account": '"acct_1"',
}
OTHERS = {
    "customer_id": ['"nobody"', '"other"'],
    "email": ['"other@example.com"'],
    "currency": ['"EUR"', '"jpy"'],
    "payment_method": ['"ach"', '"stripe"', "null"],
    "amount": ["1", "0.01", "12.505", "99999", "1e400", "100000000"],
    "stripe_account": ['"acct_2"', '"acct_"', '"acct-1"'],
    "bank_account": [
        json.dumps(BANK_ACCOUNT | {name: value})
        for name in (*BANK_ACCOUNT, "unknown")
        for value in (None, "", 0, [], "000111111116", "110000001", "9" * 17, "\ud800", "\u0661" * 9)
    ],
}
"""Other values that are well-formed, or nearly so."""
FIELDS = {
    CREATE_CUSTOMER: ("customer_id", "email", "name", "bank_account", "stripe_account"),
    UPDATE_CUSTOMER: ("email", "name", "bank_account", "stripe_account"),
    FUND_MERCHANT: ("amount", "currency"),
    CREATE_DISBURSEMENT: ("customer_id", "email", "amount", "currency", "payment_method"),
}


@st.composite
def requests(draw: st.DrawFn) -> tuple[Any, str, str | None]:
    """Draw a route, a body of which a field or two are not as they should be, and perhaps one of a few keys."""
    route = draw(st.sampled_from(list(FIELDS)))
    fields = {name: LIKELY[name] for name in FIELDS[route]}
    for _ in range(draw(st.sampled_from([0, 1, 1, 2]))):
        name = draw(st.sampled_from([*fields, "unknown"]))
        fields[name] = draw(st.sampled_from(OTHERS[name]) if name in OTHERS and draw(st.booleans()) else VALUES)
    body = "{" + ",".join(f'"{name}":{text}' for name, text in fields.items()) + "}"
    return route, body, draw(st.sampled_from([None, None, "k", "l"]))


def test_any_body(payer: Payer) -> None:
    payer.ready(500_00)
    current: Counter[int] = Counter()

    @settings(max_examples=600)
    @given(requests())
    def ask(request: tuple[Any, str, str | None]) -> None:
        route, body, key = request
        path = {"customer_id": CUSTOMER_ID} if "{" in route.path else None
        reply = send(route, body=body, key=key, path=path)
        current.update([reply.status])
        assert reply.status < 500, (route.name, body, reply.text)

    ask()
    books()
    assert {200, 202, 400, 402, 404, 409, 422} <= current.keys(), current
