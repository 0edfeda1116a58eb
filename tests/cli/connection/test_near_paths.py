"""The path that is suggested for one that no route has."""

import pytest

from cli.connection.near_paths import near_path
from tests.cli.connection.test_raw_request import run
from tests.support.fakes.wire import Reply

PROBLEM = Reply(status=404, body={"code": "resource_not_found"})


@pytest.mark.parametrize(
    "method, path, meant",
    [
        ("GET", "/paymentz", "/payments"),
        ("HEAD", "/paymentz", "/payments"),
        ("GET", "/payments/", "/payments"),
        ("GET", "/disputez/du_1?limit=3", "/disputes/du_1"),
        ("POST", "/payments/captur", "/payments/capture"),
        ("GET", "/webhook/endpoint", "/webhooks/endpoints"),
        ("GET", "/v1/payment_intentz", "/v1/payment_intents"),
        ("POST", "/v1/payment_intents/pi_1/captur", "/v1/payment_intents/pi_1/capture"),
        ("DELETE", "/v1/customer/cus_1", "/v1/customers/cus_1"),
        ("GET", "/v1/api/custome", "/v1/api/customer"),
        ("GET", "/payment_intents", "/v1/payment_intents"),
    ],
)
def test_the_nearest_path_of_a_route(method: str, path: str, meant: str) -> None:
    assert near_path(method, path) == meant


@pytest.mark.parametrize(
    "method, path",
    [
        ("GET", "/payments"),
        ("GET", "/payments/auth_1"),
        ("GET", "/v1/customers/cus_1"),
        ("POST", "/payments"),
        ("GET", "/foo/auth_aaaaaaaaaaaaaaaaaaaaaaaaaa"),
        ("GET", "/v1/terminal/readers"),
        ("GET", "/"),
        ("GET", "/" + "a" * 10_000),
    ],
)
def test_no_path_is_near_or_a_route_has_it(method: str, path: str) -> None:
    assert near_path(method, path) is None


@pytest.mark.parametrize("command, path", [("get", "/paymentz"), ("post", "/payments/captur")])
def test_a_path_that_does_not_exist_has_a_suggestion(command: str, path: str) -> None:
    said, _ = run([command, path], PROBLEM)
    meant = {"get": "/payments", "post": "/payments/capture"}[command]
    assert said.exit_code == 1
    assert said.stderr.endswith(f"There is no such path. Did you mean {meant}?\n")


def test_an_object_that_does_not_exist_has_none() -> None:
    said, _ = run(["get", "/payments/auth_1"], PROBLEM)
    assert "Did you mean" not in said.stderr
