"""The Stripe-compatible API as API Gateway would import it."""

import json
import re

import pytest
from openapi_spec_validator import OpenAPIV30SpecValidator

from paysandbox.core.errors import PROBLEMS
from paysandbox.http.cors import EXPOSED
from paysandbox.stripe_api.routes import DEPLOYED
from stacks.api.aliases import called_name
from stacks.api.api_stack import GATEWAY_REFUSALS
from stacks.api.gateway import ACCOUNT_LIMITS
from stacks.api.stripe_stack import AUTHORIZE_V1
from stacks.api.v1_stack import STRIPE_ERRORS
from stacks.environments import SettingError, environment_of
from tests.infra.api.test_api import is_for_allowed_origin
from tests.infra.rights import rights
from tests.infra.templates import (
    CHANGED,
    DOMAINS,
    EVERY_TYPE,
    OTHER_LOCAL,
    Json,
    Synthesized,
    method_limits,
    templates_for,
    text,
)

REST_API = "AWS::ApiGateway::RestApi"
STAGE = "AWS::ApiGateway::Stage"
CERTIFICATE = "arn:aws:acm:eu-west-1:123456789012:certificate/1"


def definition(synthesized: Synthesized) -> Json:
    return synthesized.in_stack("v1", REST_API).properties["Body"]


def test_imported_definition_is_openapi_3_0(synthesized: Synthesized) -> None:
    """API Gateway does not support OpenAPI 3.1."""
    # A parameter for all that is left of a path is API Gateway's own, written with a plus sign.
    imported = json.loads(json.dumps(definition(synthesized)).replace("{proxy+}", "{proxy}"))
    assert imported["openapi"] == "3.0.1"
    OpenAPIV30SpecValidator(imported).validate()


def test_each_operation_calls_its_function(synthesized: Synthesized) -> None:
    operations = {
        f"{method.upper()} {path}": operation
        for path, methods in definition(synthesized)["paths"].items()
        for method, operation in methods.items()
    }
    environment = synthesized.environment
    by_route = {f"{route.method} {route.path}": called_name(environment, route) for route in DEPLOYED}
    heads = {f"HEAD {route.path}": called_name(environment, route) for route in DEPLOYED if route.method == "GET"}
    preflights = {f"OPTIONS {route.path}" for route in DEPLOYED}
    assert set(operations) == by_route.keys() | heads.keys() | preflights
    for address, name in (by_route | heads).items():
        integration = operations[address]["x-amazon-apigateway-integration"]
        assert f":function:{name}/invocations" in text(integration["uri"]), address


@pytest.mark.parametrize("method", ["delete", "get", "head", "patch", "post", "put"])
def test_any_other_url_is_refused_by_a_function_that_knows_stripes(synthesized: Synthesized, method: str) -> None:
    """API Gateway falls through to it for an unknown path, and for a method that a known path does not have."""
    operation = definition(synthesized)["paths"]["/{proxy+}"][method]
    assert "manage_stripe_objects" in text(operation["x-amazon-apigateway-integration"]["uri"])
    sources = [
        json.dumps(p.properties["SourceArn"])
        for p in synthesized.all("AWS::Lambda::Permission")
        if text(p.properties["FunctionName"]).rstrip('"]}').endswith("manage_stripe_objects")
    ]
    assert any('/v1/*/*"' in source for source in sources)


def test_stage_is_the_sdks_path_prefix(synthesized: Synthesized) -> None:
    """This makes the host alone the complete address, even without a custom domain."""
    stage = synthesized.in_stack("v1", STAGE)
    assert stage.properties["StageName"] == "v1"
    assert not any(route.path.startswith("/v1") for route in DEPLOYED)


def test_every_method_except_preflights_requires_the_authorizer_and_a_key(synthesized: Synthesized) -> None:
    """API Gateway requires everything in the list, which SAM writes likewise for an authorizer and an API key."""
    schemes = definition(synthesized)["components"]["securitySchemes"]
    assert schemes.keys() == {"Key", "ApiKey"}
    for methods in definition(synthesized)["paths"].values():
        for method, operation in methods.items():
            assert operation["security"] == ([] if method == "options" else [{"Key": []}, {"ApiKey": []}])
    scheme = schemes["Key"]
    assert (scheme["in"], scheme["name"]) == ("header", "Authorization")
    authorizer = scheme["x-amazon-apigateway-authorizer"]
    assert authorizer["type"] == "request"
    assert authorizer["identitySource"] == "method.request.header.Authorization"
    assert f"-{AUTHORIZE_V1}/invocations" in text(authorizer["authorizerUri"])


def test_usage_plans_meter_by_the_authorizers_key(synthesized: Synthesized) -> None:
    assert definition(synthesized)["x-amazon-apigateway-api-key-source"] == "AUTHORIZER"
    # Without this name, the import takes it for no API key, and the methods would require none.
    key = definition(synthesized)["components"]["securitySchemes"]["ApiKey"]
    assert key == {"type": "apiKey", "name": "x-api-key", "in": "header"}


@pytest.mark.full
def test_revoked_keys_work_for_at_most_a_minute(synthesized: Synthesized) -> None:
    assert kept_for(synthesized) == (5 if synthesized.environment.name == "local" else 60)
    assert kept_for(templates_for(**CHANGED)) == 0
    with pytest.raises(SettingError, match="at most 3600"):
        environment_of({"env": "dev", "key_cache_s": "3601"})


def kept_for(synthesized: Synthesized) -> int:
    scheme = definition(synthesized)["components"]["securitySchemes"]["Key"]
    return scheme["x-amazon-apigateway-authorizer"]["authorizerResultTtlInSeconds"]


def test_only_a_laptop_accepts_keys_at_first_sight(synthesized: Synthesized) -> None:
    """No other environment has the setting, or an authorizer that could store a key."""
    is_local = synthesized.environment.name == "local"
    having = [
        function.properties["FunctionName"]
        for function in synthesized.all("AWS::Lambda::Function")
        if "PAYSANDBOX_ACCEPT_UNKNOWN_KEYS" in function.properties.get("Environment", {}).get("Variables", {})
    ]
    assert having == ([synthesized.environment.named(AUTHORIZE_V1)] if is_local else [])
    mine = rights(synthesized)[AUTHORIZE_V1]
    actions = {action for actions in mine.values() for action in actions if action.startswith("dynamodb:")}
    writes = {"dynamodb:PutItem", "dynamodb:UpdateItem"} if is_local else set()
    assert actions == {"dynamodb:GetItem"} | writes


@pytest.mark.parametrize("name", ["dev", "staging", "prod"])
def test_no_setting_makes_another_environment_accept_them(name: str) -> None:
    with pytest.raises(SettingError, match=r"for the local environment alone.*keys import"):
        environment_of({"env": name, "accept_unknown_keys": "true"})


@pytest.mark.full
def test_a_local_sandbox_can_refuse_unknown_keys() -> None:
    made = templates_for(**OTHER_LOCAL)
    (authorizer,) = (
        function.properties
        for function in made.all("AWS::Lambda::Function")
        if function.properties["FunctionName"] == made.environment.named(AUTHORIZE_V1)
    )
    assert "PAYSANDBOX_ACCEPT_UNKNOWN_KEYS" not in authorizer["Environment"]["Variables"]


def test_a_live_key_is_refused_with_an_explanation(synthesized: Synthesized) -> None:
    response = definition(synthesized)["x-amazon-apigateway-gateway-responses"]["INVALID_API_KEY"]
    message = body_of(response)["error"]["message"]
    assert "A live key (sk_live_, rk_live_, pk_live_) is refused" in message
    assert "this is a sandbox" in message


def body_of(response: Json) -> Json:
    """Return the body of a gateway response, in which the ID of the native API is a reference."""
    written = response["responseTemplates"]["application/json"]
    parts = [written] if isinstance(written, str) else written["Fn::Join"][1]
    return json.loads("".join(part if isinstance(part, str) else "…" for part in parts))


def test_gateway_errors_have_stripes_envelope(synthesized: Synthesized) -> None:
    responses = definition(synthesized)["x-amazon-apigateway-gateway-responses"]
    assert set(responses) == set(GATEWAY_REFUSALS)
    for kind, response in responses.items():
        code = GATEWAY_REFUSALS[kind]
        body = body_of(response)
        assert body.keys() == {"error"}, kind
        assert {"type", "message", "doc_url"} <= body["error"].keys() <= {"type", "message", "code", "doc_url"}, kind
        assert re.fullmatch(rf"https?://\S+/docs/errors/{code}", body["error"]["doc_url"]), kind
        assert response["statusCode"] == str(PROBLEMS[code].status), kind
        assert (body["error"]["type"] == "api_error") is (response["statusCode"] >= "500"), kind
        headers = {k.removeprefix("gatewayresponse.header."): v for k, v in response["responseParameters"].items()}
        assert headers["Content-Type"] == "'application/json'", kind
        assert is_for_allowed_origin(headers["Access-Control-Allow-Origin"], synthesized), kind
        assert all(headers[name] == f"'{value}'" for name, value in EXPOSED.items()), kind
        assert headers["Request-Id"] == "context.requestId", kind
        after_s = PROBLEMS[code].retry_after_s
        assert headers.get("Retry-After") == (None if after_s is None else f"'{after_s}'"), kind


@pytest.mark.parametrize(
    "kind, status, type_, code, says",
    [
        (
            "UNAUTHORIZED",
            "401",
            "invalid_request_error",
            None,
            "You did not provide an API key. You need to provide your",
        ),
        (
            "INVALID_API_KEY",
            "401",
            "invalid_request_error",
            None,
            "Invalid API Key provided: $context.authorizer.wrong_key. ",
        ),
        ("INVALID_API_KEY", "401", "invalid_request_error", None, "paysandbox keys sync"),
        (
            "ACCESS_DENIED",
            "403",
            "invalid_request_error",
            "secret_key_required",
            "This API call cannot be made with a publish",
        ),
        ("MISSING_AUTHENTICATION_TOKEN", "404", "invalid_request_error", None, "docs/reference/stripe-coverage.md"),
        ("RESOURCE_NOT_FOUND", "404", "invalid_request_error", None, "Unrecognized request URL"),
        ("THROTTLED", "429", "invalid_request_error", "rate_limit", "keys create --plan load"),
        ("WAF_FILTERED", "429", "invalid_request_error", "rate_limit", "rate limit"),
        ("AUTHORIZER_FAILURE", "500", "api_error", None, "unexpected"),
        ("INTEGRATION_FAILURE", "502", "api_error", None, "unexpected"),
        ("INTEGRATION_TIMEOUT", "504", "api_error", None, "unexpected"),
    ],
)
def test_bodies_of_gateway_errors(
    synthesized: Synthesized, kind: str, status: str, type_: str, code: str | None, says: str
) -> None:
    response = definition(synthesized)["x-amazon-apigateway-gateway-responses"][kind]
    error = body_of(response)["error"]
    assert (response["statusCode"], error["type"], error.get("code")) == (status, type_, code)
    assert says in error["message"]


def test_every_gateway_error_has_a_message() -> None:
    assert set(STRIPE_ERRORS) == set(GATEWAY_REFUSALS.values())


def test_gateway_responses_are_resources_locally(synthesized: Synthesized) -> None:
    resources = {
        resource.properties["ResponseType"]: resource.properties
        for resource in synthesized.all("AWS::ApiGateway::GatewayResponse")
        if resource.stack.endswith("-v1")
    }
    defined = definition(synthesized)["x-amazon-apigateway-gateway-responses"]
    assert set(resources) == (set(defined) if synthesized.environment.name == "local" else set())
    for kind, resource in resources.items():
        assert resource["StatusCode"] == defined[kind]["statusCode"]
        assert resource["ResponseTemplates"] == defined[kind]["responseTemplates"]


def test_stage_throttles_preflights_and_plans_throttle_keys(synthesized: Synthesized) -> None:
    environment = synthesized.environment
    default = {"* /*": (environment.preflight_requests_per_s, environment.preflight_burst)}
    wanted = {f"{route.method} {route.path}": ACCOUNT_LIMITS for route in DEPLOYED}
    assert method_limits(synthesized, "v1") == ({} if environment.name == "local" else default | wanted)


def test_access_log_has_the_key_id_only(synthesized: Synthesized) -> None:
    line = synthesized.in_stack("v1", STAGE).properties["AccessLogSetting"]["Format"]
    assert line.endswith(" $context.authorizer.principalId")
    assert "Authorization" not in line


@pytest.mark.full
def test_a_domain_serves_it_under_the_base_path() -> None:
    made = templates_for(**EVERY_TYPE)
    mapping = made.in_stack("v1", "AWS::ApiGateway::BasePathMapping")
    assert (mapping.properties["BasePath"], mapping.properties["DomainName"]) == ("v1", "pay.example.com")
    assert "paysandbox-prod-api" in made.after["paysandbox-prod-v1"], "which makes the domain"


def test_no_base_path_mapping_without_a_domain() -> None:
    made = templates_for(env="dev")
    assert made.all("AWS::ApiGateway::BasePathMapping") == []


@pytest.mark.parametrize(
    "context, url",
    [
        ({"env": "local"}, ""),
        (DOMAINS, ""),
        ({"env": "dev"}, ".execute-api.eu-west-1."),
    ],
)
def test_an_api_with_a_host_of_its_own_knows_the_native_apis(context: dict[str, str], url: str) -> None:
    """The page of a challenge is there."""
    variables = templates_for(**context).in_stack("v1", STAGE).properties.get("Variables", {})
    told = text(variables.get("native_base_url", ""))
    assert url in told
    assert bool(told) is bool(url)
    assert ("/live" in told) is bool(url)


@pytest.mark.parametrize(
    "context, base",
    [
        ({"env": "local"}, "http://127.0.0.1:4610"),
        (DOMAINS, "https://pay.example.com"),
        ({"env": "dev"}, ".execute-api.eu-west-1."),
    ],
)
def test_sdk_base_url_has_no_path(context: dict[str, str], base: str) -> None:
    made = templates_for(**context)
    outputs = made.template("v1")["Outputs"]
    assert {name for name, output in outputs.items() if "Export" not in output} == {
        "StripeApiBase", "UsagePlanSandboxId", "UsagePlanLoadId", "UsagePlanDashboardId",
    }  # fmt: skip
    said = text(outputs["StripeApiBase"]["Value"])
    assert base in said
    assert "/v1" not in said
