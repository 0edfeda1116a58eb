"""`paysandbox find`: the text that is sent, and how what was found is shown."""

import json

import pytest

from paysandbox.search.schemas import SearchResult
from tests.support.clients.program import KEY_FROM_STDIN, paysandbox
from tests.support.fakes.wire import Reply, served

PAYMENT = {
    "object": "payment", "id": "auth_1", "path": "/payments/auth_1", "matched": "reference", "stripe_id": None,
    "type": None,
    "text": "order-1", "payment_id": "auth_1", "status": "captured", "amount": 10_00, "currency": "USD",
    "created_at": "2030-01-07T09:00:00.250000Z",
}  # fmt: skip
CUSTOMER = dict.fromkeys(PAYMENT) | {
    "object": "stripe_object", "id": "cus_1", "path": "/v1/customers/cus_1", "matched": "email", "type": "customer",
}  # fmt: skip
FOUND = {"data": [PAYMENT, CUSTOMER], "searched": 0}


def run(words, body):
    with served(lambda _: Reply(body=body)) as wire:
        said = paysandbox("find", *words, "--base-url", wire.base_url, *KEY_FROM_STDIN, piped="sk_test_demo_x")
    return said, wire.requests


def test_the_response_matches_the_contract():
    assert SearchResult.model_validate_json(json.dumps(FOUND)).model_dump(mode="json") == FOUND


def test_found_as_text_and_as_json():
    said, [request] = run(["order-1"], FOUND)
    assert (request.path, request.query) == ("/search", {"q": "order-1"})
    assert [line.split() for line in said.stdout.splitlines()] == [
        ["WHEN", "(UTC)", "WHAT", "ID", "STATUS", "AMOUNT", "TEXT"],
        ["2030-01-07", "09:00:00", "payment", "auth_1", "captured", "10.00", "USD", "order-1"],
        ["customer", "cus_1"],
    ]
    assert json.loads(run(["order-1", "--json"], FOUND)[0].stdout) == FOUND


@pytest.mark.parametrize(
    "searched, expected", [(0, "Nothing found."), (2_000, "Nothing found among the newest 2,000.")]
)
def test_nothing_found(searched, expected):
    said, _ = run(["order-1"], {"data": [], "searched": searched})
    assert (said.exit_code, said.stdout.strip()) == (0, expected)
