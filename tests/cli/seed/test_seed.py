"""`paysandbox seed`: what a file means, what it refuses, and the requests that it sends."""

import json
from pathlib import Path
from typing import Any

import pytest

from cli.seed.seed_file import Entry, form, idempotency_key, read_seed
from cli.terminal.failure import Failure
from tests.support.clients.program import KEY_FROM_STDIN, paysandbox
from tests.support.fakes.wire import Reply, Request, Wire, served

KEY = "sk_test_demo_" + "a" * 32

SHOP = """
[payments.paid]
amount = 1250
customer = "ada"
metadata = {order = "7"}

[payments.declined]
amount = 999
card = "4000000000009995"
outcome = "decline:lost_card"

[refunds.half]
payment_intent = "paid"
amount = 625

[customers.ada]
email = "ada@example.com"

[prices.tea]
product = "tea"
unit_amount = 1250
currency = "usd"

[products.tea]
name = "Tea"

[webhook_endpoints.hooks]
url = "https://shop.example/hooks"
enabled_events = ["*"]
"""

PREFIXES = {
    "/v1/customers": "cus",
    "/v1/products": "prod",
    "/v1/prices": "price",
    "/v1/payment_intents": "pi",
    "/v1/refunds": "re",
    "/v1/webhook_endpoints": "we",
    "/v1/subscriptions": "sub",
}


def api(request: Request) -> Reply:
    """Answer as the API does: an object, or a decline with its payment intent."""
    made = {"id": f"{PREFIXES[request.path]}_{request.headers['idempotency-key'][-8:]}"}
    if request.path == "/v1/webhook_endpoints":
        return Reply(body={**made, "secret": "whsec_1", "status": "enabled"})
    if "payment_method_data[card][number]" in request.body:
        return Reply(
            402, {"error": {"message": "Declined.", "payment_intent": {**made, "status": "requires_payment_method"}}}
        )
    return Reply(body=made)


def run(tmp_path: Path, text: str, *words: str, answer: Any = api) -> tuple[Any, Wire]:
    file = tmp_path / "shop.toml"
    file.write_text(text)
    with served(answer) as wire:
        said = paysandbox("seed", str(file), *words, "--base-url", wire.base_url, *KEY_FROM_STDIN, piped=KEY)
    return said, wire


def test_objects_are_created_in_the_order_in_which_they_need_each_other(tmp_path: Path) -> None:
    said, wire = run(tmp_path, SHOP, "--json")

    assert said.exit_code == 0, said.stderr
    made = json.loads(said.stdout)
    endpoint, customer, _, price, paid, declined, refund = wire.requests
    assert endpoint.body == {"url": "https://shop.example/hooks", "enabled_events[0]": "*"}
    assert customer.body == {"email": "ada@example.com"}
    assert price.body["product"] == made["products"]["tea"]["id"]
    assert paid.body == {
        "currency": "usd",
        "confirm": "true",
        "amount": "1250",
        "customer": made["customers"]["ada"]["id"],
        "metadata[order]": "7",
        "payment_method": "pm_card_visa",
    }
    assert declined.body["payment_method_data[card][number]"] == "4000000000009995"
    assert declined.body["metadata[sandbox_outcome]"] == "decline:lost_card"
    assert refund.body["payment_intent"] == made["payments"]["paid"]["id"]
    assert {request.headers["authorization"] for request in wire.requests} == {f"Bearer {KEY}"}
    assert made["webhook_endpoints"]["hooks"]["secret"] == "whsec_1"
    assert made["payments"]["declined"]["status"] == "requires_payment_method"


def test_a_subscription_names_its_customer_and_its_prices(tmp_path: Path) -> None:
    text = """
    [subscriptions.ada]
    customer = "ada"
    items = [{price = "box", quantity = 2}, {price = "price_1"}, {plan = "box"}]
    [customers.ada]
    [prices.box]
    """
    said, wire = run(tmp_path, text, "--json")
    made = json.loads(said.stdout)
    assert wire.requests[-1].body == {
        "customer": made["customers"]["ada"]["id"],
        "items[0][price]": made["prices"]["box"]["id"],
        "items[0][quantity]": "2",
        "items[1][price]": "price_1",
        "items[2][plan]": "box",
    }


def test_the_same_file_is_sent_under_the_same_keys(tmp_path: Path) -> None:
    first, second = (
        [request.headers["idempotency-key"] for request in run(tmp_path, SHOP)[1].requests] for _ in range(2)
    )
    assert first == second
    assert len({*first}) == len(first)


@pytest.mark.parametrize(
    "kind, name, params, is_same",
    [
        ("customers", "ada", {"email": "a@example.com", "name": "Ada"}, True),
        ("customers", "ada", {"name": "Ada", "email": "b@example.com"}, False),
        ("customers", "eve", {"name": "Ada", "email": "a@example.com"}, False),
        ("products", "ada", {"name": "Ada", "email": "a@example.com"}, False),
    ],
)
def test_a_key_belongs_to_a_table_and_its_parameters(
    kind: str, name: str, params: dict[str, Any], is_same: bool
) -> None:
    ada = {"name": "Ada", "email": "a@example.com"}
    given, other = (
        idempotency_key(Entry("customers", "ada", ada), ada),
        idempotency_key(Entry(kind, name, params), params),
    )
    assert (given == other) is is_same


def test_what_existed_already_is_said(tmp_path: Path) -> None:
    said, _ = run(
        tmp_path,
        "[customers.ada]\n",
        answer=lambda _: Reply(body={"id": "cus_1"}, headers={"Idempotent-Replayed": "true"}),
    )
    assert said.stdout.split() == ["[customers.ada]", "cus_1", "unchanged"]
    assert said.stderr == "Everything existed already.\n"


def test_a_refusal_names_the_table_and_the_parameter(tmp_path: Path) -> None:
    def refuse(request: Request) -> Reply:
        if request.path == "/v1/payment_intents":
            return Reply(
                400, {"error": {"message": "Invalid integer: x", "param": "amount", "type": "invalid_request_error"}}
            )
        return api(request)

    said, wire = run(tmp_path, SHOP, answer=refuse)
    assert said.exit_code == 1
    assert said.stderr.startswith("[payments.paid] amount: Invalid integer: x\n")
    assert wire.requests[-1].path == "/v1/payment_intents", "nothing is sent after it"


@pytest.mark.parametrize("text, message", [
    ("[customers.ada]\nname = Ada\n", "(at line 2, column 8)"),
    ("[customers]\nname = 'Ada'\n", "[customers] name: this is not a table."),
    ("customers = 1\n", "customers: this is not a table."),
    ("[customer.ada]\n", "[customer]: there is no such kind. Did you mean customers?"),
    ("[refunds.a]\npayment_intent = 'payd'\n[payments.paid]\namount = 1\n",
     "[refunds.a] payment_intent: there is no [payments.payd] in the file. Did you mean paid?"),
    ("[subscriptions.a]\nitems = [{price = 'price_1'}, {price = 'bx'}]\n[prices.box]\n",
     "[subscriptions.a] items.price: there is no [prices.bx] in the file. Did you mean box?"),
    ("[customers.ada]\ncreated = 2026-01-01T00:00:00Z\n",
     "[customers.ada] created: 2026-01-01 00:00:00+00:00 is a time of TOML."),
    ("[payments.a]\namount = 1\ncard = 4242424242424242\n", "[payments.a] card: 4242424242424242 is not a text."),
    ("clock = 2026-01-01T00:00:00\n", "clock: 2026-01-01 00:00:00 is not a time with a zone."),
    ("clock = 'tomorrow'\n", "clock: tomorrow is not a time with a zone."),
])  # fmt: skip
def test_a_wrong_file_is_refused_before_anything_is_sent(text: str, message: str, tmp_path: Path) -> None:
    with pytest.raises(Failure) as refused:
        read_seed(text)
    assert message in refused.value.message

    said, wire = run(tmp_path, text)
    assert (said.exit_code, wire.requests) == (1, [])


def test_an_id_of_an_object_that_exists_needs_no_table() -> None:
    [entry] = read_seed("[refunds.a]\npayment_intent = 'pi_1'\n").entries
    assert entry.resolved({}) == {"payment_intent": "pi_1"}


def test_a_file_that_cannot_be_read_is_a_usage_error(tmp_path: Path) -> None:
    (tmp_path / "latin.toml").write_bytes(b"[customers.\xe4]\n")
    for name in ("missing.toml", "latin.toml"):
        assert paysandbox("seed", str(tmp_path / name)).exit_code == 2


def test_the_clock_of_an_unknown_environment_is_not_moved(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PAYSANDBOX_HOME", str(tmp_path / "home"))
    said, wire = run(tmp_path, "clock = 2026-01-01T00:00:00Z\n[customers.ada]\n")
    assert (said.exit_code, wire.requests) == (1, [])


def test_forms_have_tables_lists_and_flags_as_stripe_does() -> None:
    params = {"a": {"b": [1, {"c": True}]}, "d": "x y"}
    assert form(params) == "a%5Bb%5D%5B0%5D=1&a%5Bb%5D%5B1%5D%5Bc%5D=true&d=x+y"
