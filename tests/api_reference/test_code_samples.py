"""The code samples of both documents: every route has them, and they are programs whose methods exist.

tests/e2e/docs/test_code_samples.py runs some of them.
"""

import json
import shlex
import subprocess
import sys
from collections.abc import Mapping, Sequence
from functools import cache
from pathlib import Path
from typing import Any, Final

import pytest
import stripe

from api_reference.code_samples import EXTENSION, StripeRequest, nested, python_literal, sdk_call, stripe_samples
from api_reference.openapi import document
from api_reference.routes import ROUTES
from api_reference.stripe_openapi import stripe_document, stripe_request
from cli.deploy.installation import ROOT
from paysandbox.stripe_api.routes import ROUTES as STRIPE_ROUTES

NODE: Final = Path(sys.executable).with_name("node")
CALLS: Final = {request.call for route in STRIPE_ROUTES if (request := stripe_request(route)).call is not None}

# Prints the programs that are no modules, and the methods that Stripe's SDK does not have.
CHECK: Final = """
import { readFileSync } from "node:fs";
import { SourceTextModule } from "node:vm";
import Stripe from "stripe";

const { programs, methods } = JSON.parse(readFileSync(0));
const wrong = [];
for (const [name, source] of Object.entries(programs)) {
  try { new SourceTextModule(source); } catch (error) { wrong.push(`${name}: ${error}`); }
}
const stripe = new Stripe("sk_test_1");
for (const method of methods) {
  const found = method.split(".").reduce((within, name) => within?.[name], stripe);
  if (typeof found !== "function") wrong.push(method);
}
console.log(JSON.stringify(wrong));
"""


@cache
def documents() -> Sequence[Mapping[str, Any]]:
    return (
        document(ROUTES, title="T", version="1", server="."),
        stripe_document(STRIPE_ROUTES, title="T", version="1", server="../v1"),
    )


def sources(language: str) -> dict[str, str]:
    """The samples in a language, by the names of their routes."""
    return {
        operation["operationId"]: sample["source"]
        for whole in documents()
        for methods in whole["paths"].values()
        for operation in methods.values()
        for sample in operation[EXTENSION]
        if sample.get("label", sample["lang"]) == language
    }


@pytest.mark.parametrize("language", ["Python", "Node", "curl"])
def test_every_route_has_a_sample(language: str) -> None:
    assert sources(language).keys() == {route.name for route in (*ROUTES, *STRIPE_ROUTES)}
    assert all(
        len(line) < 250 for source in sources(language).values() for line in source.splitlines() if "-d " not in line
    )


def test_python_samples_are_programs() -> None:
    for name, source in sources("Python").items():
        compile(source, name, "exec")


def test_curl_samples_are_single_commands() -> None:
    for name, source in sources("curl").items():
        assert shlex.split(source)[:2] == ["curl", "-sS"], name


def test_python_sdk_has_every_method() -> None:
    client = stripe.StripeClient("sk_test_1")
    for call in CALLS:
        found: Any = client.v1
        for name in call.python.split("."):
            found = getattr(found, name)
        assert callable(found), call


def test_node_samples_are_modules_and_their_methods_exist() -> None:
    given = json.dumps({"programs": sources("Node"), "methods": [call.node for call in CALLS]})
    words = [NODE, "--no-warnings", "--experimental-vm-modules", "--input-type=module", "-e", CHECK]
    done = subprocess.run(words, input=given, text=True, capture_output=True, timeout=60, check=True, cwd=ROOT)
    assert json.loads(done.stdout) == []


@pytest.mark.parametrize(
    "name, python, node",
    [
        ("create_payment_intent", "payment_intents.create", "paymentIntents.create"),
        ("capture_payment_intent", "payment_intents.capture", "paymentIntents.capture"),
        ("search_charges", "charges.search", "charges.search"),
        ("delete_coupon", "coupons.delete", "coupons.del"),
        ("list_customer_tax_ids", "customers.tax_ids.list", "customers.listTaxIds"),
        ("get_customer_source", "customers.payment_sources.retrieve", "customers.retrieveSource"),
        ("expire_checkout_session", "checkout.sessions.expire", "checkout.sessions.expire"),
        ("list_checkout_line_items", "checkout.sessions.line_items.list", "checkout.sessions.listLineItems"),
        ("expire_refund", "test_helpers.refunds.expire", "testHelpers.refunds.expire"),
    ],
)
def test_names_in_the_sdks(name: str, python: str, node: str) -> None:
    (route,) = (route for route in STRIPE_ROUTES if route.name == name)
    call = sdk_call(route, route.path)
    assert call is not None
    assert (call.python, call.node) == (python, node)


def test_a_route_without_a_method_is_called_by_its_path() -> None:
    request = StripeRequest(method="POST", path="/v1/charges/ch_1/refund", fields={"amount": "5"})
    python, node, _ = (sample["source"] for sample in stripe_samples(request))
    assert 'client.raw_request("post", "/v1/charges/ch_1/refund", amount=5)' in python
    assert 'stripe.rawRequest("POST", "/v1/charges/ch_1/refund", {' in node


@pytest.mark.parametrize(
    "fields, whole",
    [
        ({"amount": "2000", "confirm": "true"}, {"amount": 2000, "confirm": True}),
        ({"currency": "usd", "code": "007"}, {"currency": "usd", "code": "007"}),
        ({"card[token]": "tok_visa"}, {"card": {"token": "tok_visa"}}),
        ({"expand[]": "customer"}, {"expand": ["customer"]}),
        (
            {"items[0][price]": "p", "items[0][of][name]": "Gold"},
            {"items": [{"price": "p", "of": {"name": "Gold"}}]},
        ),
    ],
)
def test_fields_of_a_form_as_objects(fields: dict[str, str], whole: dict[str, Any]) -> None:
    assert nested(fields) == whole


@pytest.mark.parametrize("value", [None, True, 1, "a'\n\"…", [], {}, [1, {"a": [False]}], {"a": {"b": None}, "c": "d"}])
def test_literals_in_python(value: Any) -> None:
    assert eval(python_literal(value)) == value  # noqa: S307 - its own output
