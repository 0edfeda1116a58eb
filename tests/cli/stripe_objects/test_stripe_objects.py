"""`paysandbox customers` and the like: the requests, the table, and that the commands are those of the routes."""

import json

import pytest

from cli.stripe_objects.kinds import KINDS
from paysandbox.stripe_api.routes import ROUTES
from tests.support.clients.program import KEY_FROM_STDIN, paysandbox
from tests.support.fakes.wire import Reply, served

KEY = "sk_test_demo_" + "a" * 32
ADA = {"id": "cus_1", "object": "customer", "created": 1893456000, "name": None, "email": "ada@example.com"}
INTENT = {"id": "pi_1", "created": 1893456000, "status": "succeeded", "amount": 1250, "currency": "usd"}
YEN = {"id": "price_1", "created": 1893456000, "active": False, "unit_amount": 500, "currency": "jpy"}
WITHOUT_COMMAND = {
    "apple_pay/domains": "older, in place of payment_method_domains",
    "webhook_endpoints": "`paysandbox endpoints`",
}


def run(*words, reply=None):
    with served(lambda _: reply or Reply(body={"id": "cus_1"})) as wire:
        ran = paysandbox(*words, "--base-url", wire.base_url, *KEY_FROM_STDIN, piped=KEY)
    return ran, wire.requests


def test_each_kind_that_clients_create_list_and_retrieve_has_a_command():
    sent = {(route.method, route.path.partition("/{")[0], route.path.count("/{")) for route in ROUTES}
    exact = {
        (route.method, route.path.partition("/{")[0], "{" in route.path)
        for route in ROUTES
        if "{" not in route.path or route.path.endswith("}")
    }
    whole = {
        path
        for _, path, _ in sent
        if {("POST", path, False), ("GET", path, False), ("GET", path, True), ("POST", path, True)} <= exact
    }
    paths = {kind.path.removeprefix("/v1") for kind in KINDS.values()}
    assert whole - {f"/{path}" for path in WITHOUT_COMMAND} == paths
    assert {kind.path.removeprefix("/v1") for kind in KINDS.values() if kind.deletes} == {
        path for path in paths if ("DELETE", path, True) in exact
    }


@pytest.mark.parametrize("words, method, path, body", [
    (["show", "cus_1"], "GET", "/v1/customers/cus_1", None),
    (["show", "a/b"], "GET", "/v1/customers/a%2Fb", None),
    (["create", "name=Ada B", "metadata[a]=b"], "POST", "/v1/customers", {"name": "Ada B", "metadata[a]": "b"}),
    (["create"], "POST", "/v1/customers", None),
    (["update", "cus_1", "name=Ada"], "POST", "/v1/customers/cus_1", {"name": "Ada"}),
    (["delete", "cus_1"], "DELETE", "/v1/customers/cus_1", None),
])  # fmt: skip
def test_what_is_sent(words, method, path, body):
    ran, [request] = run("customers", *words)
    assert (request.method, request.path, request.body) == (method, path, body)
    assert request.headers["authorization"] == f"Bearer {KEY}"
    assert ("idempotency-key" in request.headers) is (method == "POST")
    assert (ran.exit_code, json.loads(ran.stdout)) == (0, {"id": "cus_1"})


def test_a_page_is_a_table_and_says_how_to_go_on():
    page = Reply(body={"object": "list", "data": [ADA, INTENT, YEN], "has_more": True})
    ran, [request] = run("customers", "list", "--limit", "2", "-d", "email=ada@example.com", reply=page)
    assert request.query == {"email": "ada@example.com", "limit": "2"}
    assert [line.rstrip() for line in ran.stdout.splitlines()] == [
        "WHEN (UTC)           ID       STATUS     AMOUNT     NAME",
        "2030-01-01 00:00:00  cus_1                          ada@example.com",
        "2030-01-01 00:00:00  pi_1     succeeded  12.50 USD",
        "2030-01-01 00:00:00  price_1  inactive   500 JPY",
    ]
    assert ran.stderr.startswith("Next page: paysandbox customers list --starting-after price_1")


def test_a_column_that_no_row_has_is_left_out():
    named = {**ADA, "name": "Ada Lovelace"}
    ran, _ = run("customers", "list", reply=Reply(body={"object": "list", "data": [named, ADA], "has_more": False}))
    assert [line.rstrip() for line in ran.stdout.splitlines()] == [
        "WHEN (UTC)           ID     NAME             EMAIL",
        "2030-01-01 00:00:00  cus_1  Ada Lovelace     ada@example.com",
        "2030-01-01 00:00:00  cus_1  ada@example.com",
    ]


def test_a_page_of_nothing_and_one_as_json():
    empty = Reply(body={"object": "list", "data": [], "has_more": False})
    assert run("checkout", "list", reply=empty)[0].stdout == "No Checkout sessions.\n"
    ran, [request] = run("tax-rates", "list", "--starting-after", "txr_1", "--json", reply=empty)
    assert json.loads(ran.stdout)["data"] == []
    assert request.query == {"limit": "10", "starting_after": "txr_1"}


def test_a_refusal_ends_with_1():
    refused = Reply(status=404, body={"error": {"message": "No such customer"}})
    for words in (["show", "cus_9"], ["list"], ["update", "cus_9", "name=Ada"]):
        ran, _ = run("customers", *words, reply=refused)
        assert (ran.exit_code, json.loads(ran.stdout)["error"]["message"]) == (1, "No such customer")
