"""The direct way to a route gives the same responses as ministack's own, and sees every change at once.

Both run in the engine's Python (both_ways.py), with the same script. What the engine does is compared with ministack
without anything that the engine keeps. The statuses after a change are asserted too, since a change that both ignore
shows nothing.
"""

import json
import subprocess
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any, Final

import pytest

from cli.deploy.installation import installation
from cli.sandbox import engine
from cli.state.state_dir import StateDir

PROGRAM: Final = Path(__file__).with_name("both_ways.py")
Step = dict[str, Any]

FUNCTIONS: Final = "arn:aws:apigateway:us-east-1:lambda:path/2015-03-31/functions/arn:aws:lambda:us-east-1:000000000000"
KEY: Final = ["X-Api-Key", "key-of-acme-0123456789"]


def proxy(function: str = "pay") -> dict[str, Any]:
    """Return an operation's integration with a function."""
    uri = f"{FUNCTIONS}:function:{function}/invocations"
    return {"type": "aws_proxy", "httpMethod": "POST", "uri": uri}


def operation(*, keyed: bool = True, door: bool = False, function: str = "pay") -> dict[str, Any]:
    """Return an operation of the definition."""
    security = [{name: []} for name, is_required in (("key", keyed), ("door", door)) if is_required]
    return {"security": security, "responses": {}, "x-amazon-apigateway-integration": proxy(function)}


MOCK: Final = {
    "security": [],
    "responses": {},
    "x-amazon-apigateway-integration": {
        "type": "mock",
        "requestTemplates": {"application/json": '{"statusCode": 204}'},
        "responses": {"default": {"statusCode": "204"}},
    },
}
DEFINITION: Final = {
    "openapi": "3.0.1",
    "info": {"title": "payments", "version": "1"},
    "paths": {
        "/payments": {"get": operation(), "post": operation(), "options": MOCK},
        "/payments/authorize": {"post": operation(), "options": MOCK},
        "/payments/{payment_id}": {"get": operation(), "head": operation()},
        "/payments/{payment_id}/capture": {"post": operation()},
        "/open": {"get": operation(keyed=False), "post": operation(keyed=False)},
        "/door/{name}": {"get": operation(keyed=False, door=True)},
        "/files/{path+}": {"get": operation(keyed=False)},
    },
    "components": {
        "securitySchemes": {
            "key": {"type": "apiKey", "name": "x-api-key", "in": "header"},
            "door": {
                "type": "apiKey",
                "name": "Authorization",
                "in": "header",
                "x-amazon-apigateway-authtype": "custom",
                "x-amazon-apigateway-authorizer": {
                    "type": "token",
                    "authorizerUri": f"{FUNCTIONS}:function:door/invocations",
                    "authorizerResultTtlInSeconds": 0,
                },
            },
        }
    },
}


def call(method: str, path: str, body: Any = None, name: str | None = None, module: str = "apigateway_v1") -> Step:
    """Return a step that calls a service. What it makes is called `name`."""
    return {"call": [module, method, path, body, name]}


def send(path: str, method: str = "GET", **about: Any) -> Step:
    """Return a step that sends a request."""
    return {"send": {"path": path, "method": method, **about}}


def plan(name: str, **limits: Any) -> Step:
    stages = [{"apiId": "<api>", "stage": "live"}]
    return call("POST", "/usageplans", {"name": name, "apiStages": stages, **limits}, name)


def key(name: str, value: str, *plans: str, enabled: bool = True) -> list[Step]:
    """Return the steps that make a key on these plans."""
    made = call("POST", "/apikeys", {"name": name, "value": value, "enabled": enabled}, name)
    on = [call("POST", f"/usageplans/<{each}>/keys", {"keyId": f"<{name}>", "keyType": "API_KEY"}) for each in plans]
    return [made, *on]


def provision(kind: str, what: str, *arguments: Any, name: str | None = None) -> Step:
    """Return a step in which CloudFormation handles a resource."""
    return {"provision": [f"AWS::{kind}", what, *arguments], **({"name": name} if name else {})}


def patch(path: str, at: str, value: str, op: str = "replace") -> Step:
    """Return a step that updates something of API Gateway."""
    return call("PATCH", path, {"patchOperations": [{"op": op, "path": at, "value": value}]})


WORLD: Final[Sequence[Step]] = [
    provision("ApiGateway::RestApi", "create", "Api", {"Name": "payments", "Body": DEFINITION}, "stack", name="api"),
    {"resource": "/payments/{payment_id}", "name": "payment"},
    call("POST", "/restapis/<api>/deployments", {"stageName": "live"}),
    call("POST", "/domainnames", {"domainName": "127.0.0.1"}),
    call("POST", "/domainnames/127.0.0.1/basepathmappings", {"restApiId": "<api>", "stage": "live"}),
    plan("unlimited"),
    plan("slow", throttle={"rateLimit": 0.001, "burstLimit": 1}),
    plan("two", quota={"limit": 2, "period": "DAY"}),
    *key("acme", KEY[1], "unlimited"),
    *key("hasty", "key-of-hasty-0123456789", "slow"),
    *key("frugal", "key-of-frugal-0123456789", "two"),
    *key("planless", "key-of-nobody-0123456789"),
    *key("disabled", "key-of-disabled-0123456789", "unlimited", enabled=False),
]


def keyed(
    path: str = "/payments", method: str = "GET", *more: Sequence[str], value: str = KEY[1], **about: Any
) -> Step:
    """Return a step that sends a request with a key."""
    return send(path, method, headers=[["X-Api-Key", value], *more], **about)


REQUESTS: Final[Mapping[str, Sequence[Step]]] = {
    **{
        f"{method} {path} {label}": [send(path, method, headers=headers, body=body)]
        for method, path, body in (
            ("GET", "/payments", ""),
            ("POST", "/payments/authorize", '{"amount": 5}'),
            ("GET", "/payments/pay_1", ""),
            ("POST", "/payments/pay_1/capture", "{}"),
            ("GET", "/open", ""),
            ("OPTIONS", "/payments/authorize", ""),
            ("HEAD", "/payments/pay_1", ""),
        )
        for label, headers in (
            ("without a key", []),
            ("with a key", [KEY]),
            ("with an unknown key", [["X-Api-Key", "unknown"]]),
            ("with a disabled key", [["X-Api-Key", "key-of-disabled-0123456789"]]),
            ("with a key without a plan", [["X-Api-Key", "key-of-nobody-0123456789"]]),
            ("with a key twice", [KEY, KEY]),
        )
    },
    **{
        f"path {path}": [keyed(path, method)]
        for method, path in (
            ("GET", "/payments/"),
            ("GET", "//payments"),
            ("GET", "/payments//pay_1"),
            ("GET", "/payments/pay_1/"),
            ("GET", "/payments/authorize"),
            ("GET", "/payments/a b/"),
            ("GET", "/payments/a%20b"),
            ("GET", "/payments/für"),
            ("GET", "/payments/pay_1/nothing"),
            ("GET", "/payments/pay_1/capture"),
            ("DELETE", "/payments"),
            ("DELETE", "/payments/authorize"),
            ("TRACE", "/payments"),
            ("GET", "/files/a/b/c.js"),
            ("GET", "/files"),
            ("GET", "/open/nothing"),
            ("POST", "/open"),
            ("GET", "/v1/payments"),
            ("GET", "/"),
            ("GET", "/payments/.well-known/jwks.json"),
        )
    },
    "a repeated query": [keyed(query="limit=1&limit=2&empty=&limit=%C3%BC")],
    "a query that is not UTF-8": [keyed(query="name=%FC")],
    "a repeated header": [keyed("/payments", "GET", ["X-Many", "a, b"], ["x-many", "c"])],
    "repeated cookies": [keyed("/payments", "GET", ["Cookie", "a=1"], ["Cookie", "b=2"])],
    "a header that is not UTF-8": [keyed("/payments", "GET", ["X-Name", "f\xfcr"])],
    "a header that is UTF-8": [keyed("/payments", "GET", ["X-Name", "f\xc3\xbcr"])],
    "repeated headers that are not UTF-8": [keyed("/payments", "GET", ["X-Name", "f\xfcr"], ["X-Name", "f\xc3\xbcr"])],
    "a large header": [keyed("/payments", "GET", ["X-Large", "a" * 60_000])],
    "headers of a proxy and of AWS": [
        keyed("/payments", "GET", ["X-Forwarded-For", "192.0.2.1"], ["X-Amz-Target", "DynamoDB_20120810.PutItem"])
    ],
    "two hosts": [keyed("/payments", "GET", ["Host", "127.0.0.1:4566"])],
    "a bearer that looks like a credential": [
        keyed(
            "/payments", "GET", ["Authorization", "Bearer Credential=111111111111/20260101/eu-west-1/s3/aws4_request"]
        )
    ],
    "a body that is not UTF-8": [keyed("/payments", "POST", body="f\xfcr")],
    "a body of a GET": [keyed("/payments", "GET", body="{}")],
    "an encoded body": [keyed("/payments", "POST", ["Content-Encoding", "aws-chunked"], body="2\r\nab\r\n0\r\n\r\n")],
    "another encoding": [keyed("/payments", "POST", ["Content-Encoding", "gzip"], body="{}")],
    "an authorizer that allows": [send("/door/a", headers=[["Authorization", "good"]])],
    "an authorizer that denies": [send("/door/a", headers=[["Authorization", "bad"]])],
    "an authorizer without a token": [send("/door/a")],
    "beyond a throttle": [keyed(value="key-of-hasty-0123456789") for _ in range(3)],
    "beyond a quota": [keyed(value="key-of-frugal-0123456789") for _ in range(4)],
}


def update_plan(*stages: Mapping[str, str], **more: Any) -> Step:
    """Return a step in which CloudFormation updates the plan `unlimited`."""
    after = {"UsagePlanName": "unlimited", "ApiStages": stages, **more}
    return provision("ApiGateway::UsagePlan", "update", "<unlimited>", {}, after, "stack")


LIVE: Final = {"ApiId": "<api>", "Stage": "live"}
MAPPINGS: Final = "/domainnames/127.0.0.1/basepathmappings"
ON_PLAN: Final = {"UsagePlanId": "<unlimited>", "KeyId": "<late>", "KeyType": "API_KEY"}
VOID: Final = {"RestApiId": "<api>", "ParentId": "<payment>", "PathPart": "void"}
OTHER: Final = {"Name": "payments", "Body": {**DEFINITION, "paths": {"/payments": {"options": MOCK}}}}
RESPONSE: Final = {"statusCode": "401", "responseTemplates": {"application/json": '{"code": "no_key"}'}}
PAYMENTS: Final = {"RestApiId": "<api>", "ResourceId": "<resource>", "HttpMethod": "PUT", "AuthorizationType": "NONE"}
INTEGRATION: Final = {
    "Type": "AWS_PROXY",
    "IntegrationHttpMethod": "POST",
    "Uri": f"{FUNCTIONS}:function:pay/invocations",
}
LATE: Final = "key-of-late-0123456789"

CHANGES: Final[Mapping[str, tuple[Sequence[Step], Sequence[int]]]] = {
    "a key is made, and put on a plan": (
        [
            keyed(value=LATE),
            call("POST", "/apikeys", {"name": "late", "value": LATE, "enabled": True}, "late"),
            keyed(value=LATE),
            call("POST", "/usageplans/<unlimited>/keys", {"keyId": "<late>", "keyType": "API_KEY"}),
            keyed(value=LATE),
        ],
        [403, 403, 201],
    ),
    "a key is taken off its plan": (
        [call("DELETE", "/usageplans/<unlimited>/keys/<late>"), keyed(value=LATE)],
        [403],
    ),
    "a key is put on its plan by CloudFormation": (
        [provision("ApiGateway::UsagePlanKey", "create", "Late", ON_PLAN, "stack"), keyed(value=LATE)],
        [201],
    ),
    "a key is disabled by CloudFormation": (
        [
            provision("ApiGateway::ApiKey", "update", "<late>", {"Enabled": True}, {"Enabled": False}, "stack"),
            keyed(value=LATE),
        ],
        [403],
    ),
    "a key is deleted": ([keyed(), call("DELETE", "/apikeys/<acme>"), keyed()], [201, 403]),
    "a key is made with the value of a deleted one": ([*key("again", KEY[1], "unlimited"), keyed()], [201]),
    "a plan leaves the stage, and comes back": (
        [update_plan(), keyed(), update_plan(LIVE), keyed()],
        [403, 201],
    ),
    "a plan gets a throttle, and loses it": (
        [
            update_plan(LIVE, Throttle={"BurstLimit": 1, "RateLimit": 0}),
            keyed(),
            keyed(),
            update_plan(LIVE),
            keyed(),
        ],
        [201, 429, 201],
    ),
    "a resource is made, and a method": (
        [
            keyed("/payments/pay_1/void", "PUT"),
            provision("ApiGateway::Resource", "create", "Void", VOID, "stack", name="resource"),
            keyed("/payments/pay_1/void", "PUT"),
            provision("ApiGateway::Method", "create", "Put", {**PAYMENTS, "Integration": INTEGRATION}, "stack"),
            keyed("/payments/pay_1/void", "PUT"),
        ],
        [403, 403, 201],
    ),
    "a method requires a key": (
        [
            patch("/restapis/<api>/resources/<resource>/methods/PUT", "/apiKeyRequired", "true"),
            send("/payments/pay_1/void", "PUT"),
            keyed("/payments/pay_1/void", "PUT"),
        ],
        [403, 201],
    ),
    "a method is deleted": (
        [
            call("DELETE", "/restapis/<api>/resources/<resource>/methods/PUT"),
            keyed("/payments/pay_1/void", "PUT"),
        ],
        [403],
    ),
    "a resource is deleted": (
        [
            keyed("/payments/pay_1"),
            call("DELETE", "/restapis/<api>/resources/<payment>"),
            keyed("/payments/pay_1"),
        ],
        [201, 403],
    ),
    "a gateway response takes effect with a deployment": (
        [
            call("PUT", "/restapis/<api>/gatewayresponses/INVALID_API_KEY", RESPONSE),
            send("/payments"),
            call("POST", "/restapis/<api>/deployments", {"stageName": "live"}),
            send("/payments"),
        ],
        [403, 401],
    ),
    "a variable of the stage": (
        [patch("/restapis/<api>/stages/live", "/variables/origins", "https://shop.example"), keyed()],
        [201],
    ),
    "a throttle of the stage": (
        [
            patch("/restapis/<api>/stages/live", "/~1open/GET/throttling/burstLimit", "1"),
            patch("/restapis/<api>/stages/live", "/~1open/GET/throttling/rateLimit", "0"),
            send("/open"),
            send("/open"),
        ],
        [201, 429],
    ),
    "a path is mapped, and is no longer": (
        [
            keyed("/v1/payments"),
            call("POST", MAPPINGS, {"restApiId": "<api>", "stage": "live", "basePath": "v1"}),
            keyed("/v1/payments"),
            call("DELETE", f"{MAPPINGS}/v1"),
            keyed("/v1/payments"),
        ],
        [403, 201, 403],
    ),
    "a function gets other settings": (
        [
            keyed(),
            call("PUT", "/2015-03-31/functions/pay/configuration", {"Description": "new"}, module="lambda_svc"),
            keyed(),
        ],
        [201, 201],
    ),
    "a function is deleted": (
        [call("DELETE", "/2015-03-31/functions/pay", module="lambda_svc"), keyed()],
        [500],
    ),
    "a stage is deleted": ([call("DELETE", "/restapis/<api>/stages/live"), keyed()], [403]),
    "another API is deployed in its place": (
        [
            provision("ApiGateway::RestApi", "update", "<api>", {}, OTHER, "stack", "Api", name="api"),
            call("POST", "/restapis/<api>/deployments", {"stageName": "live"}),
            call("DELETE", f"{MAPPINGS}/(none)"),
            send("/payments", "OPTIONS"),
            call("POST", MAPPINGS, {"restApiId": "<api>", "stage": "live"}),
            send("/payments", "OPTIONS"),
            keyed(),
        ],
        [404, 204, 403],
    ),
    "the domain is deleted": ([call("DELETE", "/domainnames/127.0.0.1"), keyed()], [404]),
}
"""What changes, and the statuses of the requests between, which show that each was seen at once."""


CASES: Final[Mapping[str, Sequence[Step]]] = {**REQUESTS, **{case: steps for case, (steps, _) in CHANGES.items()}}


def answers(way: str, home: StateDir) -> dict[str, Any]:
    """Return the responses to all steps, in this way."""
    script = [*WORLD, *(step for steps in CASES.values() for step in steps)]
    done = subprocess.run(
        [installation().engine_python, "-I", PROGRAM, way],
        input=json.dumps(script),
        env=engine.environment(home, 4566),
        cwd=home.path,
        text=True,
        capture_output=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    told: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
    return told


def by_case(told: Sequence[Any]) -> dict[str, list[Any]]:
    """Return the responses by case."""
    remaining = iter(told[len(WORLD) :])
    return {case: [next(remaining) for _ in steps] for case, steps in CASES.items()}


def test_both_ways_give_the_same_responses(tmp_path: Path, subtests: pytest.Subtests) -> None:
    homes = [StateDir(tmp_path / way) for way in ("direct", "plain")]
    for home in homes:
        home.make()
    with ThreadPoolExecutor() as threads:
        direct, plain = threads.map(answers, ("direct", "plain"), homes)
    assert direct["answers"][: len(WORLD)] == plain["answers"][: len(WORLD)]
    ours, theirs = by_case(direct["answers"]), by_case(plain["answers"])
    for case in CASES:
        with subtests.test(case):
            assert ours[case] == theirs[case]
            _, statuses = CHANGES.get(case, ((), None))
            assert statuses is None or statuses == [answer[0] for answer in ours[case] if isinstance(answer, list)]
    assert plain["direct"] == 0
    left_to_the_application = (
        len([answer for answer in direct["answers"] if isinstance(answer, list)]) - direct["direct"]
    )
    assert left_to_the_application < direct["direct"]
