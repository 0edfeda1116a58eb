"""The custom resources that change an API's stage after its own resource, on moto's API Gateway."""

import json
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import boto3
import pytest
from botocore.awsrequest import AWSResponse
from botocore.compat import HTTPHeaders
from botocore.exceptions import ClientError

from provisioning import custom_resource, update_stage
from tests.support.fakes.cloudformation import CloudFormation

if TYPE_CHECKING:
    from types_boto3_apigateway import APIGatewayClient

STAGE = "live"
ROUTES = [
    f"{verb} /payments/{{payment_id}}/part{number}" for number in range(50) for verb in ("GET", "POST", "PUT", "DELETE")
]
DEFAULT = {"rate": 5, "burst": 20}
KEYED = {"rate": 10_000, "burst": 5_000}


@pytest.fixture
def gateway(aws: None, monkeypatch: pytest.MonkeyPatch) -> "APIGatewayClient":
    monkeypatch.setattr(custom_resource, "PAUSE_S", 0)
    return boto3.client("apigateway")


@pytest.fixture
def api(gateway: "APIGatewayClient") -> str:
    """Create an API with the stage."""
    api = gateway.create_rest_api(name="native")["id"]
    root = gateway.get_resources(restApiId=api)["items"][0].get("id", "")
    gateway.put_method(restApiId=api, resourceId=root, httpMethod="GET", authorizationType="NONE")
    gateway.put_integration(restApiId=api, resourceId=root, httpMethod="GET", type="MOCK")
    deployment = gateway.create_deployment(restApiId=api)["id"]
    gateway.create_stage(
        restApiId=api, stageName=STAGE, deploymentId=deployment, variables={"cors_origins": "https://a"}
    )
    return api


class Updates:
    """Requests of CloudFormation for one resource, and the sizes of the updates that they caused."""

    def __init__(self, stack: CloudFormation, api: str) -> None:
        self._stack = stack
        self._of_stage = {"RestApiId": api, "StageName": STAGE}
        self.before: dict[str, str] = {}

    def __call__(self, kind: str, **properties: object) -> dict[str, Any]:
        self._stack.answers.clear()
        wanted = {name: json.dumps(value) for name, value in properties.items()} | self._of_stage
        event = {
            "RequestType": kind,
            "ResponseURL": self._stack.url,
            "StackId": "stack",
            "RequestId": "request",
            "LogicalResourceId": "limits",
            "ResourceProperties": wanted,
        } | ({"OldResourceProperties": self.before, "PhysicalResourceId": "x"} if kind == "Update" else {})
        update_stage.handler(event, None)
        self.before = wanted
        return self._stack.answer


@pytest.fixture
def ask(cloudformation: CloudFormation, api: str) -> Updates:
    return Updates(cloudformation, api)


def limits_of(gateway: "APIGatewayClient", api: str) -> dict[str, tuple[float, int]]:
    settings = gateway.get_stage(restApiId=api, stageName=STAGE)["methodSettings"]
    return {
        key: (one.get("throttlingRateLimit", 0), one.get("throttlingBurstLimit", 0)) for key, one in settings.items()
    }


def variables_of(gateway: "APIGatewayClient", api: str) -> dict[str, str]:
    return gateway.get_stage(restApiId=api, stageName=STAGE).get("variables", {})


def test_two_hundred_methods_are_limited_in_calls_that_a_stage_takes(
    gateway: "APIGatewayClient", api: str, ask: Updates, monkeypatch: pytest.MonkeyPatch
) -> None:
    sizes = sizes_of_updates(monkeypatch)
    answer = ask("Create", Limits=[{**KEYED, "methods": ROUTES}], Default=DEFAULT)
    assert (answer["Status"], answer["PhysicalResourceId"]) == ("SUCCESS", f"{api}/{STAGE}")
    found = limits_of(gateway, api)
    assert len(found) == len(ROUTES) == 200
    assert set(found.values()) == {(10_000.0, 5_000)}
    assert "~1payments~1{payment_id}~1part0/GET" in found
    assert (sum(sizes), max(sizes)) == (400, 80)


def test_a_method_that_loses_its_limit_gets_the_default(gateway: "APIGatewayClient", api: str, ask: Updates) -> None:
    ask("Create", Limits=[{**KEYED, "methods": ["GET /a", "GET /b"]}], Default=DEFAULT)
    ask(
        "Update",
        Limits=[{**KEYED, "methods": ["GET /b"]}, {"rate": 50, "burst": 100, "methods": ["GET /"]}],
        Default=DEFAULT,
    )
    assert limits_of(gateway, api) == {"~1a/GET": (5.0, 20), "~1b/GET": (10_000.0, 5_000), "~1/GET": (50.0, 100)}


def test_variables_join_those_of_the_template(gateway: "APIGatewayClient", api: str, ask: Updates) -> None:
    ask("Create", Variables={"dashboard_origin": "https://d1", "dashboard_url": "https://d1/dashboard"})
    ask("Update", Variables={"dashboard_origin": "https://d2"})
    assert variables_of(gateway, api) == {"cors_origins": "https://a", "dashboard_origin": "https://d2"}
    answer = ask("Delete", Variables={"dashboard_origin": "https://d2"})
    assert answer["Status"] == "SUCCESS"
    assert variables_of(gateway, api) == {"cors_origins": "https://a"}


@pytest.mark.parametrize(
    "properties", [{"Variables": {"dashboard_origin": "https://d1"}}, {"Limits": [], "Default": DEFAULT}]
)
def test_a_stage_that_is_gone_can_be_left(
    gateway: "APIGatewayClient", api: str, ask: Updates, properties: dict[str, object]
) -> None:
    gateway.delete_rest_api(restApiId=api)
    assert ask("Delete", **properties)["Status"] == "SUCCESS"
    assert ask("Create", **properties)["Status"] == "FAILED"


def test_the_stage_is_read_back(
    gateway: "APIGatewayClient", api: str, ask: Updates, monkeypatch: pytest.MonkeyPatch
) -> None:
    """An update that API Gateway accepts and does not apply fails the deployment."""
    ignore_updates(monkeypatch)
    for properties in ({"Limits": [{**KEYED, "methods": ["GET /a"]}], "Default": DEFAULT}, {"Variables": {"x": "1"}}):
        answer = ask("Create", **properties)
        assert (answer["Status"], answer["Reason"]) == ("FAILED", f"{api}: StageDiffersError")


@pytest.mark.parametrize(
    "code, succeeds",
    [
        ("AccessDeniedException", True),  # the policy is not effective yet
        ("ConflictException", True),
        ("BadRequestException", False),
    ],
)
def test_what_passes_is_repeated(
    gateway: "APIGatewayClient", api: str, ask: Updates, monkeypatch: pytest.MonkeyPatch, code: str, succeeds: bool
) -> None:
    refused = refused_once(monkeypatch, code)
    answer = ask("Create", Variables={"dashboard_origin": "https://d1"})
    assert refused == [code]
    assert answer["Status"] == ("SUCCESS" if succeeds else "FAILED")
    assert answer["Reason"] == ("" if succeeds else f"{api}: UpdateStage: {code}")


def test_a_refusal_that_stays_ends_the_repetition(api: str, ask: Updates, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(custom_resource, "RETRIED_FOR_S", 0)
    refused_once(monkeypatch, "ConflictException", times=100)
    assert ask("Create", Variables={"x": "1"})["Reason"] == f"{api}: UpdateStage: ConflictException"


@pytest.mark.parametrize("key", ["~1payments~1{id}/GET", "payments~1{id}/GET"])
def test_settings_are_read_with_and_without_their_first_slash(key: str) -> None:
    assert update_stage.method_of(key) == "GET /payments/{id}"


def heard(monkeypatch: pytest.MonkeyPatch, event: str, listener: Callable[..., object]) -> None:
    """Let the function's clients tell a listener of their calls of UpdateStage."""
    make = boto3.client

    def client(*arguments: Any, **options: Any) -> Any:
        made = make(*arguments, **options)
        made.meta.events.register(f"{event}.api-gateway.UpdateStage", listener)
        return made

    monkeypatch.setattr(update_stage.boto3, "client", client)


def sizes_of_updates(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """Return a list that grows by the number of operations of each update."""
    sizes: list[int] = []
    heard(monkeypatch, "provide-client-params", lambda params, **_: sizes.append(len(params["patchOperations"])))
    return sizes


def ignore_updates(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let API Gateway accept updates and do nothing."""
    heard(monkeypatch, "before-call", lambda **_: (AWSResponse("", 200, HTTPHeaders(), None), {}))


def refused_once(monkeypatch: pytest.MonkeyPatch, code: str, *, times: int = 1) -> list[str]:
    """Let API Gateway refuse the first updates. Return a list of the refusals so far."""
    refused: list[str] = []

    def refuse(**_: Any) -> None:
        if len(refused) < times:
            refused.append(code)
            raise ClientError({"Error": {"Code": code, "Message": ""}}, "UpdateStage")

    heard(monkeypatch, "before-call", refuse)
    return refused
