"""The custom resources that change an API's stage after its own resource, on a model of the stage and on moto's."""

import json
import math
from collections.abc import Callable, Iterator, Mapping
from typing import TYPE_CHECKING, Any

import boto3
import pytest
from botocore.exceptions import ReadTimeoutError
from hypothesis import HealthCheck, given, settings, strategies as st

from provisioning import custom_resource, update_stage
from stacks.api.stage_updates import UPDATE_STAGE
from tests.support.fakes.cloudformation import CloudFormation
from tests.support.fakes.gateway_stage import GatewayStage

if TYPE_CHECKING:
    from types_boto3_apigateway import APIGatewayClient

STAGE = "live"
ROUTES = [
    f"{verb} /payments/{{payment_id}}/part{number}" for number in range(50) for verb in ("GET", "POST", "PUT", "DELETE")
]
DEFAULT = {"rate": 5, "burst": 20}
KEYED = {"rate": 10_000, "burst": 5_000}
# The response to CloudFormation, three attempts.
RESPONSE_S = 15

Limits = Mapping[str, tuple[int, int]]


class Clock:
    """Time that passes when somebody waits."""

    def __init__(self) -> None:
        self.now = 0.0

    def monotonic_ns(self) -> int:
        return int(self.now * 10**9)

    def sleep(self, seconds: float) -> None:
        self.now += seconds


class Updates:
    """Requests of CloudFormation for one resource."""

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
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    clock = Clock()
    monkeypatch.setattr(custom_resource, "time", clock)
    return clock


@pytest.fixture
def on(cloudformation: CloudFormation, clock: Clock, monkeypatch: pytest.MonkeyPatch) -> Callable[..., Updates]:
    """Return a function that makes a stage's model the one that the function changes."""

    def on(stage: GatewayStage) -> Updates:
        monkeypatch.setattr(update_stage.boto3, "client", lambda *_, **__: stage)
        return Updates(cloudformation, "api")

    return on


def in_groups(limits: Limits) -> list[dict[str, Any]]:
    return [
        {"rate": rate, "burst": burst, "methods": [m for m, limit in limits.items() if limit == (rate, burst)]}
        for rate, burst in sorted(set(limits.values()))
    ]


def by_setting(limits: Limits) -> dict[str, tuple[float, int]]:
    return {update_stage.setting_of(method): limit for method, limit in limits.items()}


# --- limits -----------------------------------------------------------------------------------------------------------


@pytest.fixture
def gateway(aws: None) -> "APIGatewayClient":
    return boto3.client("apigateway")


@pytest.fixture
def api(gateway: "APIGatewayClient") -> str:
    """Create an API with the stage, in moto."""
    api = gateway.create_rest_api(name="native")["id"]
    root = gateway.get_resources(restApiId=api)["items"][0].get("id", "")
    gateway.put_method(restApiId=api, resourceId=root, httpMethod="GET", authorizationType="NONE")
    gateway.put_integration(restApiId=api, resourceId=root, httpMethod="GET", type="MOCK")
    deployment = gateway.create_deployment(restApiId=api)["id"]
    gateway.create_stage(restApiId=api, stageName=STAGE, deploymentId=deployment, variables={"cors_origins": "x"})
    return api


def test_two_hundred_methods_are_limited_in_calls_that_a_stage_takes(on: Callable[[GatewayStage], Updates]) -> None:
    """And lose their limits in such calls."""
    stage = GatewayStage()
    ask = on(stage)
    assert ask("Create", Limits=[{**KEYED, "methods": ROUTES}], Default=DEFAULT)["Status"] == "SUCCESS"
    assert stage.limits == by_setting(dict.fromkeys(ROUTES, (10_000, 5_000)))
    assert stage.calls == ["UpdateStage"] * 10 + ["GetStage"]
    stage.calls.clear()
    assert ask("Update", Limits=[], Default=DEFAULT)["Status"] == "SUCCESS"
    assert stage.limits == {}
    assert stage.calls == ["UpdateStage"] * 5 + ["GetStage"]


def test_every_operation_is_one_that_boto3_sends(
    gateway: "APIGatewayClient", api: str, cloudformation: CloudFormation
) -> None:
    answer = Updates(cloudformation, api)("Create", Limits=[{**KEYED, "methods": ROUTES}], Default=DEFAULT)
    assert (answer["Status"], answer["PhysicalResourceId"]) == ("SUCCESS", f"{api}/{STAGE}")
    settings = gateway.get_stage(restApiId=api, stageName=STAGE)["methodSettings"]
    assert {(one.get("throttlingRateLimit"), one.get("throttlingBurstLimit")) for one in settings.values()} == {
        (10_000.0, 5_000)
    }
    assert len(settings) == len(ROUTES) == 200
    assert "~1payments~1{payment_id}~1part0/GET" in settings


limits_of_some = st.dictionaries(
    st.sampled_from(["GET /", "HEAD /docs", *ROUTES[:60]]), st.sampled_from([(1, 10), (50, 100), (10_000, 5_000)])
)
passing_refusals = st.lists(
    st.sampled_from(["", "", "TooManyRequestsException", "ConflictException", "AccessDeniedException"]), max_size=10
)


@given(old=limits_of_some, new=limits_of_some, stale_reads=st.integers(0, 8), refusals=passing_refusals)
@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_any_limits_become_any_others(
    on: Callable[[GatewayStage], Updates], old: Limits, new: Limits, stale_reads: int, refusals: list[str]
) -> None:
    """Whatever the stage refuses or shows for a while. Settings that somebody else made stay."""
    stage = GatewayStage(stale_reads=stale_reads)
    stage.update_stage("api", STAGE, [{"op": "replace", "path": "/~1other/GET/throttling/rateLimit", "value": "7"}])
    other, ask = stage.limits, on(stage)
    assert ask("Create", Limits=in_groups(old), Default=DEFAULT)["Status"] == "SUCCESS"
    assert stage.limits == by_setting(old) | other
    stage.calls.clear()
    stage.refuse(refusals)
    assert ask("Update", Limits=in_groups(new), Default=DEFAULT)["Status"] == "SUCCESS"
    assert stage.limits == by_setting(new) | other
    removed = old.keys() - new.keys()
    assert len(stage.calls) <= sum(
        (
            math.ceil(2 * len(new) / update_stage.OPERATIONS_MAX),
            math.ceil(len(removed) / update_stage.OPERATIONS_MAX),
            1 + stale_reads,
            len(refusals),
        )
    )


@pytest.mark.parametrize("remaining", [("GET /a", "GET /b", "GET /c"), ("GET /a",)], ids=["kept", "left the API"])
def test_a_method_that_loses_its_limit_gets_the_default(
    on: Callable[[GatewayStage], Updates], remaining: tuple[str, ...]
) -> None:
    """Also if its method left the API, and API Gateway compares settings with the API's methods."""
    stage = GatewayStage()
    ask = on(stage)
    ask("Create", Limits=in_groups(dict.fromkeys(("GET /a", "GET /b", "GET /c"), (50, 100))))
    stage.update_stage("api", STAGE, [{"op": "remove", "path": "/~1c/GET"}])
    stage.methods = {*remaining}
    assert ask("Update", Limits=in_groups({"GET /a": (50, 100)}))["Status"] == "SUCCESS"
    assert {key for key in stage.limits if update_stage.method_of(key) in remaining} == {"~1a/GET"}


@pytest.mark.parametrize("key", ["~1payments~1{id}/GET", "payments~1{id}/GET"])
def test_settings_are_read_with_and_without_their_first_slash(key: str) -> None:
    assert update_stage.method_of(key) == "GET /payments/{id}"


# --- variables --------------------------------------------------------------------------------------------------------

OTHERS = {"dashboard_origin": "https://d1", "by_hand": "1"}


class Deployment:
    """A stack with the stage and the resource after it. Its template's variables are those of the environment."""

    def __init__(self, stage: GatewayStage, ask: Updates, *, keeps_removed_variables: bool) -> None:
        self._stage = stage
        self._ask = ask
        self._keeps = keeps_removed_variables
        self._template: dict[str, str] = {}
        self._kind = "Create"

    def update_stage(self, template: dict[str, str]) -> None:
        self._stage.update_template(self._template, template, keeps_removed_variables=self._keeps)
        self._template = template

    def update_resource(self) -> None:
        absent = [name for name in ("cors_origins", "native_base_url") if name not in self._template]
        assert self._ask(self._kind, Absent=absent)["Status"] == "SUCCESS"
        self._kind = "Update"

    def __call__(self, template: dict[str, str]) -> None:
        self.update_stage(template)
        self.update_resource()


@pytest.fixture(params=[True, False], ids=["CloudFormation keeps them", "CloudFormation deletes them"])
def keeps_removed_variables(request: pytest.FixtureRequest) -> bool:
    return request.param


@pytest.fixture(params=[0, 8], ids=["consistent", "stale"])
def stage(request: pytest.FixtureRequest) -> GatewayStage:
    """A stage of today's template, which has an origin; the dashboard's is not in a template."""
    return GatewayStage(variables={"cors_origins": "https://a"} | OTHERS, stale_reads=request.param)


@pytest.fixture
def deploy(on: Callable[[GatewayStage], Updates], stage: GatewayStage, keeps_removed_variables: bool) -> Deployment:
    deployment = Deployment(stage, on(stage), keeps_removed_variables=keeps_removed_variables)
    deployment._template = {"cors_origins": "https://a"}
    return deployment


def test_a_removed_origin_is_removed(deploy: Deployment, stage: GatewayStage) -> None:
    deploy({"cors_origins": "https://a"})
    deploy({})
    assert stage.variables == OTHERS


def test_an_origin_that_is_removed_with_the_first_such_deployment_is_removed(
    deploy: Deployment, stage: GatewayStage
) -> None:
    deploy({})
    assert stage.variables == OTHERS


def test_an_origin_that_stays_is_allowed_at_every_moment(deploy: Deployment, stage: GatewayStage) -> None:
    for origins in ("https://a", "https://a,https://b", "https://b,https://a"):
        deploy.update_stage({"cors_origins": origins})
        assert "https://a" in stage.variables["cors_origins"]
        deploy.update_resource()
        assert stage.variables == OTHERS | {"cors_origins": origins}


@pytest.mark.parametrize("before", [{}, {"cors_origins": "https://a"}], ids=["added", "removed"])
@pytest.mark.parametrize("stage_first", [True, False])
def test_a_rollback_restores_the_origins(
    before: dict[str, str], stage_first: bool, deploy: Deployment, stage: GatewayStage
) -> None:
    """CloudFormation updates both resources to the old properties, in either order."""
    deploy(before)
    deploy({} if before else {"cors_origins": "https://b"})
    if stage_first:
        deploy(before)
    else:
        absent = [name for name in ("cors_origins", "native_base_url") if name not in before]
        deploy._ask("Update", Absent=absent)
        deploy.update_stage(before)
    assert stage.variables == OTHERS | before


def test_a_rollback_to_a_template_without_the_resource_keeps_the_origins(
    deploy: Deployment, stage: GatewayStage
) -> None:
    """CloudFormation deletes it at the end of the rollback, when the stage has its variables again."""
    deploy({})
    deploy.update_stage({"cors_origins": "https://a"})
    assert deploy._ask("Delete", Absent=["cors_origins", "native_base_url"])["Status"] == "SUCCESS"
    assert stage.variables == OTHERS | {"cors_origins": "https://a"}


@pytest.mark.parametrize("stale_reads", [0, 8])
def test_variables_join_those_of_the_template(on: Callable[[GatewayStage], Updates], stale_reads: int) -> None:
    stage = GatewayStage(variables={"cors_origins": "https://a"}, stale_reads=stale_reads)
    ask = on(stage)
    ask("Create", Variables={"dashboard_origin": "https://d1", "dashboard_url": "https://d1/dashboard"})
    ask("Update", Variables={"dashboard_origin": "https://d2"})
    assert stage.variables == {"cors_origins": "https://a", "dashboard_origin": "https://d2"}
    assert ask("Delete", Variables={"dashboard_origin": "https://d2"})["Status"] == "SUCCESS"
    assert stage.variables == {"cors_origins": "https://a"}


# --- failures ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "properties",
    [{"Variables": {"dashboard_origin": "https://d1"}}, {"Limits": [], "Default": DEFAULT}, {"Absent": ["x"]}],
)
def test_a_stage_that_is_gone_can_be_left(on: Callable[[GatewayStage], Updates], properties: dict[str, object]) -> None:
    stage = GatewayStage()
    stage.is_deleted = True
    ask = on(stage)
    assert ask("Delete", **properties)["Status"] == "SUCCESS"
    assert ask("Create", **properties)["Status"] == "FAILED"


class Ignoring(GatewayStage):
    """A stage that accepts updates and does not apply them."""

    def update_stage(self, **_: Any) -> None:  # pyright: ignore[reportIncompatibleMethodOverride] - ignores them
        pass


@pytest.mark.parametrize(
    "properties",
    [{"Limits": [{**KEYED, "methods": ["GET /a"]}]}, {"Variables": {"x": "1"}}, {"Absent": ["cors_origins"]}],
)
def test_the_stage_is_read_back(on: Callable[[GatewayStage], Updates], properties: dict[str, object]) -> None:
    """An update that API Gateway accepts and does not apply fails the deployment."""
    answer = on(Ignoring(variables={"cors_origins": "https://a"}))("Create", **properties)
    assert (answer["Status"], answer["Reason"]) == ("FAILED", "api: StageDiffersError")


@pytest.mark.parametrize("place", range(3), ids=["write", "removal", "comparison"])
@pytest.mark.parametrize(
    "code, succeeds",
    [
        ("AccessDeniedException", True),  # the policy is not effective yet
        ("ConflictException", True),
        ("TooManyRequestsException", True),
        ("ServiceUnavailableException", True),
        ("UnauthorizedException", False),
    ],
)
def test_what_passes_is_repeated(on: Callable[[GatewayStage], Updates], place: int, code: str, succeeds: bool) -> None:
    stage = GatewayStage()
    ask = on(stage)
    ask("Create", Variables={"a": "1", "b": "1"})
    stage.refuse([*[""] * place, code])
    answer = ask("Update", Variables={"a": "2"})
    assert answer["Status"] == ("SUCCESS" if succeeds else "FAILED")
    assert answer["Reason"].endswith("" if succeeds else f"Stage: {code}")


@pytest.mark.parametrize("calls", [1, 40], ids=["one call", "many calls"])
@pytest.mark.parametrize("refused", ["", "ConflictException"], ids=["slow", "refused"])
@pytest.mark.parametrize("stale_reads", [0, 1_000])
def test_every_request_is_answered_in_time(
    on: Callable[[GatewayStage], Updates], clock: Clock, calls: int, refused: str, stale_reads: int
) -> None:
    """With every call as slow as its timeouts allow, and a stage that refuses or is read as it was."""
    config = update_stage._AWS
    call_s = config.connect_timeout + config.read_timeout  # pyright: ignore[reportAttributeAccessIssue] - made at run time
    stage = GatewayStage(stale_reads=stale_reads, refusals=[refused] * 1_000)
    stage.before_call = lambda: clock.sleep(call_s)
    on(stage)("Create", Limits=[{**KEYED, "methods": ROUTES[: calls * update_stage.OPERATIONS_MAX // 2]}])
    assert clock.now + RESPONSE_S <= UPDATE_STAGE.timeout_s


def test_a_call_without_a_response_is_repeated(on: Callable[[GatewayStage], Updates]) -> None:
    stage = GatewayStage()
    timeouts: Iterator[Exception] = iter([ReadTimeoutError(endpoint_url="https://apigateway")])

    def before_call() -> None:
        for error in timeouts:
            raise error

    stage.before_call = before_call
    assert on(stage)("Create", Variables={"a": "1"})["Status"] == "SUCCESS"
    assert stage.variables == {"a": "1"}


def test_a_refusal_that_stays_ends_the_repetition(on: Callable[[GatewayStage], Updates]) -> None:
    answer = on(GatewayStage(refusals=["ConflictException"] * 100))("Create", Variables={"x": "1"})
    assert answer["Reason"] == "api: UpdateStage: ConflictException"
