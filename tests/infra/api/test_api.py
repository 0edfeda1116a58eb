"""The native API as API Gateway would import it."""

import json
import re
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from openapi_spec_validator import OpenAPIV30SpecValidator

from api_reference.openapi import HEAD_OF
from api_reference.routes import ROUTES
from benchmarks.capacity import DONATION_PAGE_FILES, STRIPE_JS_FILES
from layers.stripe_js import stripe_js_files
from paysandbox.core.errors import PROBLEMS, Code, Refused, problem
from paysandbox.http.body_shape import shape_of, wrong_shape
from paysandbox.http.cors import CORS_ORIGINS, EXPOSED, REQUEST_HEADERS
from paysandbox.http.route import NATIVE_BASE_URL, Access, BodyFormat, Route, Traffic
from paysandbox.reference.routes import TRAINS, V3
from stacks.api import api_stack, native_routes
from stacks.api.aliases import called_name
from stacks.api.api_stack import DETAILS, GATEWAY_REFUSALS, NATIVE_REFUSALS
from stacks.api.gateway import ACCESS_LOG, ACCOUNT_LIMITS, DOCUMENT_LIMIT, KEY_ID, SELDOM_LIMIT, limit_of_keys
from stacks.environments import ENVIRONMENTS, SettingError, environment_of
from tests.infra.templates import (
    CHANGED,
    DOMAINS,
    EVERY_TYPE,
    FROM_GITHUB,
    OTHER_LOCAL,
    PROVIDER_MADE,
    ROOT,
    WITHOUT_DASHBOARD,
    Json,
    Resource,
    Synthesized,
    method_limits,
    synthesize,
    templates_for,
    text,
)

REST_API = "AWS::ApiGateway::RestApi"
STAGE = "AWS::ApiGateway::Stage"
CERTIFICATE = "arn:aws:acm:eu-west-1:123456789012:certificate/1"
# Of the import itself, and tags, which are no part of a definition.
NOT_IMPORTED = {"Body", "FailOnWarnings", "Mode", "Parameters", "Tags"}
# "OpenAPI extensions for API Gateway".
EXTENSIONS = {
    "ApiKeySourceType": "x-amazon-apigateway-api-key-source",
    "BinaryMediaTypes": "x-amazon-apigateway-binary-media-types",
    "MinimumCompressionSize": "x-amazon-apigateway-minimum-compression-size",
    "Policy": "x-amazon-apigateway-policy",
}
PUBLIC = [route for route in ROUTES if route.access is Access.PUBLIC]
DONORS = [route for route in ROUTES if route.access is Access.DONOR]

# https://docs.aws.amazon.com/apigateway/latest/developerguide/supported-gateway-response-types.html
EVERY_KIND = {
    "ACCESS_DENIED", "API_CONFIGURATION_ERROR", "AUTHORIZER_CONFIGURATION_ERROR", "AUTHORIZER_FAILURE",
    "BAD_REQUEST_BODY", "BAD_REQUEST_PARAMETERS", "DEFAULT_4XX", "DEFAULT_5XX", "EXPIRED_TOKEN",
    "INTEGRATION_FAILURE", "INTEGRATION_TIMEOUT", "INVALID_API_KEY", "INVALID_SIGNATURE",
    "MISSING_AUTHENTICATION_TOKEN", "QUOTA_EXCEEDED", "REQUEST_TOO_LARGE", "RESOURCE_NOT_FOUND", "THROTTLED",
    "UNAUTHORIZED", "UNSUPPORTED_MEDIA_TYPE", "WAF_FILTERED",
}  # fmt: skip


def definition(synthesized: Synthesized) -> Json:
    return api(synthesized).properties["Body"]


def api(synthesized: Synthesized) -> Resource:
    return synthesized.in_stack("api", REST_API)


def stage(synthesized: Synthesized) -> Resource:
    return synthesized.in_stack("api", STAGE)


@pytest.mark.full
def test_imported_definition_is_openapi_3_0(synthesized: Synthesized) -> None:
    """API Gateway does not support OpenAPI 3.1."""
    imported = json.loads(json.dumps(definition(synthesized)))
    assert imported["openapi"] == "3.0.1"
    OpenAPIV30SpecValidator(imported).validate()


def test_import_fails_on_warnings_and_overwrites(synthesized: Synthesized) -> None:
    for imported in synthesized.all(REST_API):
        assert imported.properties["FailOnWarnings"] is True
        assert imported.properties["Mode"] == "overwrite"


def imported_as(name: str, resource: Resource) -> Any:
    """Return what the import sets for a property of the API. Raises KeyError if it omits it, and thereby resets it."""
    body = resource.properties["Body"]
    match name:
        case "Name":
            return body["info"]["title"]
        case "Description":
            return body["info"]["description"]
        case "EndpointConfiguration":
            return {"Types": [resource.properties["Parameters"]["endpointConfigurationTypes"]]}
        case "DisableExecuteApiEndpoint":
            return body["x-amazon-apigateway-endpoint-configuration"]["disableExecuteApiEndpoint"]
        case _:
            return body[EXTENSIONS[name]]


def test_what_an_overwriting_import_resets_is_in_the_definition_too(synthesized: Synthesized) -> None:
    for imported in synthesized.all(REST_API):
        for name in imported.properties.keys() - NOT_IMPORTED:
            assert imported_as(name, imported) == imported.properties[name], f"{imported.stack}: {name}"
        assert imported_as("MinimumCompressionSize", imported) == 16 * 1_024
    assert definition(synthesized)["x-amazon-apigateway-api-key-source"] == "HEADER"


def test_each_operation_calls_its_function(synthesized: Synthesized) -> None:
    operations = {
        f"{method.upper()} {path}": operation
        for path, methods in definition(synthesized)["paths"].items()
        for method, operation in methods.items()
    }
    environment = synthesized.environment
    by_route = {f"{r.method} {r.path}": (r.name, called_name(environment, r)) for r in ROUTES}
    heads = {f"HEAD {r.path}": (HEAD_OF + r.name, called_name(environment, r)) for r in ROUTES if r.method == "GET"}
    preflights = {f"OPTIONS {route.path}" for route in ROUTES}
    assert set(operations) == by_route.keys() | heads.keys() | preflights
    for address, (name, called) in (by_route | heads).items():
        integration = operations[address]["x-amazon-apigateway-integration"]
        assert operations[address]["operationId"].startswith(name)
        assert (integration["type"], integration["httpMethod"]) == ("aws_proxy", "POST")
        assert f":function:{called}/invocations" in text(integration["uri"])


def test_every_request_passes_a_gateway_with_its_limits(synthesized: Synthesized) -> None:
    """A REST API accepts 10 MB of body and 10,240 bytes of headers, and ends a request after 29 s.

    Quotas for configuring and running a REST API in API Gateway. Function URLs and HTTP APIs have other limits.
    """
    for kind in ("AWS::Lambda::Url", "AWS::ApiGatewayV2::Api", "AWS::ElasticLoadBalancingV2::LoadBalancer"):
        assert not synthesized.all(kind)
    for imported in synthesized.all(REST_API):
        for methods in imported.properties["Body"]["paths"].values():
            for operation in methods.values():
                integration = operation["x-amazon-apigateway-integration"]
                assert integration.get("timeoutInMillis", 29_000) <= 29_000
                assert integration.get("responseTransferMode", "BUFFERED") == "BUFFERED"


def methods_of(route: Route) -> tuple[str, ...]:
    """Return the methods that a route has at the gateway."""
    return ("GET", "HEAD") if route.method == "GET" else (route.method,)


def asking(synthesized: Synthesized, security: list[Json]) -> set[str]:
    """Return the operations with exactly this security requirement."""
    return {
        f"{method.upper()} {path}"
        for path, methods in definition(synthesized)["paths"].items()
        for method, operation in methods.items()
        if operation["security"] == security
    }


def test_every_private_method_requires_a_key_or_a_donor(synthesized: Synthesized) -> None:
    asked_by_browsers = {f"OPTIONS {route.path}" for route in ROUTES}
    of_donors = {f"{method} {route.path}" for route in DONORS for method in methods_of(route)}
    keyless = {f"{method} {route.path}" for route in PUBLIC for method in methods_of(route)} | asked_by_browsers
    assert asking(synthesized, []) == keyless
    assert asking(synthesized, [{"Donor": []}]) == of_donors
    every = {f"{method} {route.path}" for route in ROUTES for method in methods_of(route)} | asked_by_browsers
    assert asking(synthesized, [{"ApiKey": []}]) == every - keyless - of_donors
    assert {route.path for route in PUBLIC} == {
        "/", "/health", "/openapi.json", "/postman.json", "/llms.txt", "/llms-full.txt",
        "/docs", "/docs/{asset}", "/docs/{asset}/{page}",
        "/docs/errors", "/docs/errors/{code}", "/donations/recent", "/donations/total", "/webhooks/stripe",
            "/webhooks/paypal", "/inbox/{token}",
        "/donate", "/donate/{file}", "/v3", "/v3/{file}", *(f"/{train}/stripe.js" for train in TRAINS if train != V3),
        "/authenticate/{challenge_id}/{token}", "/authenticate/setup/{merchant}/{challenge_id}/{token}",
        "/oauth/authorize",
        "/c/pay/{merchant}/{session}/{token}",
    }  # fmt: skip
    assert of_donors == {"POST /donations/create-intent", "GET /donations/mine", "HEAD /donations/mine"}


def test_donors_are_authorized_by_tokens_of_the_pool(synthesized: Synthesized) -> None:
    """The token's header is not one that API Gateway uses for keys, so that no key is mistaken for a token."""
    schemes = definition(synthesized)["components"]["securitySchemes"]
    assert schemes.keys() == {"ApiKey", "Donor"}
    assert schemes["ApiKey"] == {"type": "apiKey", "name": "x-api-key", "in": "header"}
    donor = schemes["Donor"]
    assert (donor["type"], donor["name"], donor["in"]) == ("apiKey", "Authorization", "header")
    assert donor["x-amazon-apigateway-authtype"] == "cognito_user_pools"
    authorizer = donor["x-amazon-apigateway-authorizer"]
    (pool,) = authorizer["providerARNs"]
    assert authorizer["type"] == "cognito_user_pools"
    assert "DonorPool" in text(pool)
    assert "Arn" in text(pool)


def test_cors_allows_the_authorization_header() -> None:
    assert "Authorization" in REQUEST_HEADERS


def test_each_method_has_the_limit_of_its_callers(synthesized: Synthesized) -> None:
    """Sign-up is open, so donors are strangers too. The stage's default is left to preflights, and to HEADs of routes
    that are not called seldom."""
    environment = synthesized.environment
    limits = {
        Access.API_KEY: ACCOUNT_LIMITS,
        Access.OPERATOR: ACCOUNT_LIMITS,
        Access.DONOR: (environment.donor_requests_per_s, environment.donor_burst),
    }
    public = {
        Traffic.CLIENTS: (environment.public_requests_per_s, environment.public_burst),
        Traffic.DOCUMENTS: DOCUMENT_LIMIT,
        Traffic.PAGES: (environment.page_requests_per_s, environment.page_burst),
        Traffic.SCRIPTS: (environment.script_requests_per_s, environment.script_burst),
        Traffic.SELDOM: SELDOM_LIMIT,
    }
    wanted = {
        f"{route.method} {route.path}": public[route.traffic] if route in PUBLIC else limits[route.access]
        for route in ROUTES
    }
    wanted |= {f"HEAD {one.path}": SELDOM_LIMIT for one in PUBLIC if one.traffic is Traffic.SELDOM}
    default = {"* /*": (environment.preflight_requests_per_s, environment.preflight_burst)}
    assert method_limits(synthesized, "api") == ({} if environment.name == "local" else default | wanted)


@pytest.mark.parametrize(
    "path, files",
    [
        pytest.param("/c/pay/{merchant}/{session}/{token}", 1, id="Checkout's page"),
        pytest.param("/docs/{asset}", 1, id="its style sheet"),
        pytest.param("/authenticate/{challenge_id}/{token}", 1, id="the bank's page"),
        pytest.param("/donate/{file}", DONATION_PAGE_FILES, id="the donors' page"),
        pytest.param("/dahlia/stripe.js", 1, id="a shop's page"),
        pytest.param("/v3/{file}", STRIPE_JS_FILES, id="the frames of a shop's page"),
    ],
)
def test_twenty_visitors_at_once_are_served(path: str, files: int) -> None:
    """Each with an empty cache, where nothing is set. A burst is what a bucket holds ("Throttle requests to your REST
    APIs for better throughput in API Gateway")."""
    _, burst = method_limits(templates_for(env="dev"), "api")[f"GET {path}"]
    assert burst >= 20 * files


def test_a_shop_with_a_payment_element_loads_this_many_files_of_frames() -> None:
    files = stripe_js_files()
    pages = ("controller.html", "elements-inner-payment.html")
    loaded = {name for page in pages for name in re.findall(r'(?:src|href)="([^":]+)"', files[f"frames/{page}"])}
    assert len({*pages, *loaded}) == STRIPE_JS_FILES


def test_limits_are_set_after_the_stage(synthesized: Synthesized) -> None:
    for limits in synthesized.all("Custom::StageLimits"):
        (stage,) = (each for each in synthesized.all(STAGE) if each.stack == limits.stack)
        assert stage.id in limits.whole["DependsOn"]
        assert limits.properties["StageName"] == stage.properties["StageName"]


def test_variables_that_left_the_template_are_removed_from_the_stage(synthesized: Synthesized) -> None:
    """After the limits: a stage refuses an update during another one. Those that have a value stay in the template."""
    known = {"api": {CORS_ORIGINS}, "v1": {CORS_ORIGINS, NATIVE_BASE_URL}}
    for stack, names in known.items() if synthesized.environment.name != "local" else ():
        given = synthesized.in_stack(stack, STAGE).properties.get("Variables", {}).keys()
        removed = synthesized.in_stack(stack, "Custom::StageVariables")
        assert sorted([*given, *json.loads(removed.properties["Absent"])]) == sorted(names)
        limits = synthesized.in_stack(stack, "Custom::StageLimits")
        assert limits.id in removed.whole["DependsOn"]
        assert limits.properties["Revision"] == removed.properties["Revision"]


@pytest.mark.parametrize(
    "env, changed, is_another",
    [
        pytest.param("dev", WITHOUT_DASHBOARD, True, id="the stage's variables"),
        pytest.param("dev", PROVIDER_MADE, True, id="a gateway response"),
        pytest.param("prod", FROM_GITHUB["prod"], True, id="tracing"),
        pytest.param("dev", FROM_GITHUB["dev"], False, id="nothing of it"),
    ],
)
@pytest.mark.full
def test_the_revision_of_limits_is_another_after_a_change(env: str, changed: dict[str, str], is_another: bool) -> None:
    """CloudFormation's update might reset them."""
    before, after = (
        {stack: made.in_stack(stack, "Custom::StageLimits").properties["Revision"] for stack in ("api", "v1")}
        for made in (templates_for(env=env), templates_for(**changed))
    )
    assert [before[stack] != after[stack] for stack in before] == [is_another] * 2


@pytest.mark.parametrize("name", ["dev", "staging", "prod"])
def test_only_a_laptop_has_no_limits(name: str) -> None:
    with pytest.raises(SettingError, match=f"limits_methods=false is for the local environment .*{name}"):
        environment_of({"env": name, "limits_methods": "false"})


def test_templates_leave_stages_few_settings(synthesized: Synthesized) -> None:
    """CloudFormation updates a stage in one call, of 80 operations by reports; the limits of its methods take more."""
    for each in synthesized.all(STAGE):
        assert len(each.properties.get("MethodSettings", [])) <= 1, each.stack


@pytest.mark.full
def test_donor_rate_limit_is_a_setting() -> None:
    assert method_limits(templates_for(**CHANGED), "api")["POST /donations/create-intent"] == (3, 4)


def is_for_allowed_origin(value: Any, synthesized: Synthesized) -> bool:
    """Return whether a header allows any origin locally, and on AWS the caller's, which grants nothing by itself."""
    if synthesized.environment.name == "local":
        return value == "'*'"
    return value == "method.request.header.Origin"


def test_gateway_errors_are_problems(synthesized: Synthesized) -> None:
    responses = definition(synthesized)["x-amazon-apigateway-gateway-responses"]
    # Without a domain, of the host that was called: the definition cannot refer to the ID of its own API.
    pages = synthesized.environment.base_url or "https://$context.domainName/live"
    details = DETAILS | {"THROTTLED": limit_of_keys(synthesized.environment)}
    assert set(responses) == EVERY_KIND
    for kind, response in responses.items():
        code = NATIVE_REFUSALS[kind]
        body = json.loads(response["responseTemplates"]["application/json"])
        told = problem(
            code,
            detail=details.get(kind, ""),
            instance="$context.resourcePath",
            request_id="$context.requestId",
            base_url=pages,
        )
        assert body == told, kind
        assert body["doc_url"] == f"{pages}/docs/errors/{code}", kind
        assert response["statusCode"] == str(body["status"]), kind
        headers = {k.removeprefix("gatewayresponse.header."): v for k, v in response["responseParameters"].items()}
        assert headers["Content-Type"] == "'application/problem+json'", kind
        # Without it a browser shows "network error" in place of the refusal.
        assert is_for_allowed_origin(headers["Access-Control-Allow-Origin"], synthesized), kind
        assert all(headers[name] == f"'{value}'" for name, value in EXPOSED.items()), kind
        after_s = PROBLEMS[code].retry_after_s
        assert headers.get("Retry-After") == (None if after_s is None else f"'{after_s}'"), kind


@pytest.mark.parametrize(
    "kind, status, code",
    [
        ("INVALID_API_KEY", "401", "api_key_invalid"),
        ("UNAUTHORIZED", "401", "token_invalid"),
        ("EXPIRED_TOKEN", "401", "token_invalid"),
        ("ACCESS_DENIED", "403", "forbidden"),
        ("MISSING_AUTHENTICATION_TOKEN", "404", "resource_not_found"),
        ("RESOURCE_NOT_FOUND", "404", "resource_not_found"),
        ("REQUEST_TOO_LARGE", "413", "body_too_large"),
        ("UNSUPPORTED_MEDIA_TYPE", "415", "media_type_unsupported"),
        ("THROTTLED", "429", "rate_limited"),
        ("QUOTA_EXCEEDED", "429", "quota_exceeded"),
        ("INTEGRATION_FAILURE", "502", "upstream_error"),
        ("INTEGRATION_TIMEOUT", "504", "upstream_timeout"),
        ("DEFAULT_4XX", "400", "request_invalid"),
        ("DEFAULT_5XX", "500", "internal_error"),
    ],
)
def test_codes_of_gateway_errors(kind: str, status: str, code: str) -> None:
    response = api_stack.gateway_response(ENVIRONMENTS["dev"], NATIVE_REFUSALS[kind])
    assert (response["statusCode"], str(NATIVE_REFUSALS[kind])) == (status, code)


def test_both_apis_have_the_same_gateway_errors_except_for_tokens() -> None:
    differ = {kind for kind, code in NATIVE_REFUSALS.items() if GATEWAY_REFUSALS[kind] is not code}
    assert NATIVE_REFUSALS.keys() == GATEWAY_REFUSALS.keys()
    assert differ == {"EXPIRED_TOKEN", "UNAUTHORIZED"}


def test_throttling_has_a_retry_after_header(synthesized: Synthesized) -> None:
    responses = definition(synthesized)["x-amazon-apigateway-gateway-responses"]
    for kind in ("THROTTLED", "QUOTA_EXCEEDED"):
        assert "gatewayresponse.header.Retry-After" in responses[kind]["responseParameters"]


@pytest.mark.parametrize("name, command", [("local", "load`."), ("staging", "load --env staging`.")])
def test_a_429_says_the_limit_and_how_to_have_none(name: str, command: str) -> None:
    environment = replace(ENVIRONMENTS[name], sandbox_requests_per_minute=60, sandbox_burst=7)
    assert limit_of_keys(environment) == (
        "A key of the plan `sandbox` may send 60 requests a minute, and 7 at once. Retry after 1 s, or create a key "
        f"without the limit: `paysandbox keys create --plan {command}"
    )


def test_gateway_responses_are_resources_only_locally(synthesized: Synthesized) -> None:
    """On AWS an import drops those resources from the second deployment on, so they must not be used there."""
    resources = {
        resource.properties["ResponseType"]: resource.properties
        for resource in synthesized.all("AWS::ApiGateway::GatewayResponse")
        if resource.stack.endswith("-api")
    }
    defined = definition(synthesized)["x-amazon-apigateway-gateway-responses"]
    assert set(resources) == (set(defined) if synthesized.environment.name == "local" else set())
    for kind, resource in resources.items():
        assert resource["StatusCode"] == defined[kind]["statusCode"]
        assert resource["ResponseParameters"] == defined[kind]["responseParameters"]
        assert resource["ResponseTemplates"] == defined[kind]["responseTemplates"]


def test_large_responses_are_compressed_and_payments_are_not(synthesized: Synthesized) -> None:
    assert api(synthesized).properties["MinimumCompressionSize"] == 16 * 1024


def test_the_stage_is_live_traced_and_logged(synthesized: Synthesized) -> None:
    assert stage(synthesized).properties["StageName"] == "live"
    assert stage(synthesized).properties["TracingEnabled"] is (synthesized.environment.tracing != "off")
    line = stage(synthesized).properties["AccessLogSetting"]["Format"]
    assert line == " ".join((*ACCESS_LOG.values(), "$context.identity.apiKeyId"))
    assert "$context.requestId" in line, "API Gateway demands it"


def test_the_runbook_reads_the_access_logs(synthesized: Synthesized) -> None:
    """The lines have values without names: Logs Insights takes the names from the query."""
    if synthesized.environment.name != "prod":
        return
    names = (*ACCESS_LOG, KEY_ID)
    runbook = (ROOT / "docs" / "runbooks" / "server-errors.md").read_text()
    assert f'parse @message "{" ".join("*" for _ in names)}" as {", ".join(names)}\n' in runbook


def test_access_log_has_no_keys_or_bodies(synthesized: Synthesized) -> None:
    for each in synthesized.all(STAGE):
        line = each.properties["AccessLogSetting"]["Format"]
        assert "identity.apiKey" not in line.replace("identity.apiKeyId", "")
        assert "header" not in line
        for setting in each.properties.get("MethodSettings", []):
            assert setting.get("DataTraceEnabled", False) is False


def test_logging_role_of_the_account_is_retained(synthesized: Synthesized) -> None:
    """One API's stack retains it; the other API is deployed after it."""
    account = synthesized.one("AWS::ApiGateway::Account")
    start = f"paysandbox-{synthesized.environment.name}-"
    for each in synthesized.all(STAGE):
        assert "AccessLogSetting" in each.properties
        if each.stack == account.stack:
            assert account.id in each.whole["DependsOn"]
        else:
            assert start + "api" in synthesized.after[each.stack]
    role_id = account.properties["CloudWatchRoleArn"]["Fn::GetAtt"][0]
    (role,) = (role for role in synthesized.all("AWS::IAM::Role") if role.id == role_id)
    for kept in (account, role):
        assert kept.whole["DeletionPolicy"] == "Retain", kept
    assert "RoleName" not in role.properties, "kept under a fixed name, it would be in the way of the next stack"


@pytest.mark.parametrize("stack, prefix", [("api", ""), ("v1", "v1-")])
def test_each_api_has_its_own_plans(synthesized: Synthesized, stack: str, prefix: str) -> None:
    """A key that is on a plan of one API alone opens nothing on the other: the publishable keys of /v1."""
    every = synthesized.all("AWS::ApiGateway::UsagePlan")
    # One more is the probe's.
    assert len(every) == (7 if synthesized.environment.probe_every_minutes is None else 8)
    plans = {plan.properties["UsagePlanName"]: plan.properties for plan in every if plan.stack.endswith(f"-{stack}")}
    name = f"paysandbox-{synthesized.environment.name}-{prefix}"
    sandbox, load, dashboard = (plans.pop(name + plan) for plan in ("sandbox", "load", "dashboard"))
    if stack == "api":
        operator = plans.pop(f"{name}operator")
        assert operator["Throttle"] == {"RateLimit": 1, "BurstLimit": 10}
        assert operator["ApiStages"] == sandbox["ApiStages"]
    assert plans == {}
    # 100 requests a minute.
    assert sandbox["Throttle"]["RateLimit"] == pytest.approx(100 / 60)
    assert sandbox["Throttle"]["BurstLimit"] == 100
    # The account's limits: a plan without limits adds none.
    assert "Throttle" not in load
    environment = synthesized.environment
    assert dashboard["Throttle"] == {
        "RateLimit": environment.dashboard_requests_per_s,
        "BurstLimit": environment.dashboard_burst,
    }
    for plan in (sandbox, load, dashboard):
        (metered,) = plan["ApiStages"]
        assert metered["ApiId"] == {"Ref": synthesized.in_stack(stack, REST_API).id}
        assert metered["Stage"] == {"Ref": synthesized.in_stack(stack, STAGE).id}


def test_outputs(synthesized: Synthesized) -> None:
    outputs = {name for name, out in synthesized.template("api")["Outputs"].items() if "Export" not in out}
    plans = {"UsagePlanSandboxId", "UsagePlanLoadId", "UsagePlanDashboardId", "UsagePlanOperatorId"}
    wanted = {
        "NativeApiId",
        "NativeStage",
        "BaseUrl",
        "ClockMayMove",
        "ApiKeysTable",
        "StripeWebhookUrl",
        "MerchantSettingsTable",
    } | plans
    domain = {"DomainTarget"} if synthesized.environment.domain else set()
    assert outputs == wanted | domain


def test_clock_is_movable_only_in_test_environments(synthesized: Synthesized) -> None:
    may_move = synthesized.template("api")["Outputs"]["ClockMayMove"]["Value"]
    assert may_move == ("true" if synthesized.environment.name in {"local", "dev"} else "false")


@pytest.mark.full
@pytest.mark.parametrize(
    "context, base_url",
    [
        ({"env": "local"}, "http://127.0.0.1:4610"),
        (OTHER_LOCAL, "http://127.0.0.1:4710"),
        (DOMAINS, "https://pay.example.com"),
        ({"env": "dev"}, ".execute-api.eu-west-1."),
    ],
)
def test_base_url(context: dict[str, str], base_url: str) -> None:
    synthesized = templates_for(**context)
    outputs = {name: text(one["Value"]).rstrip('"]}') for name, one in synthesized.template("api")["Outputs"].items()}
    assert base_url in outputs["BaseUrl"]
    assert outputs["StripeWebhookUrl"] == f"{outputs['BaseUrl']}/webhooks/stripe"


@pytest.mark.full
def test_a_domain_serves_the_api_at_its_root() -> None:
    synthesized = templates_for(**EVERY_TYPE)
    name = synthesized.one("AWS::ApiGateway::DomainName")
    mapping = synthesized.in_stack("api", "AWS::ApiGateway::BasePathMapping")
    assert name.properties["RegionalCertificateArn"] == CERTIFICATE
    assert name.properties["SecurityPolicy"] == "TLS_1_2"
    assert "BasePath" not in mapping.properties
    assert mapping.properties["DomainName"] == {"Ref": name.id}


@pytest.mark.full
def test_a_domain_routes_native_paths_below_v1_before_the_mappings() -> None:
    """The whole path: the API has the same paths with and without a domain."""
    synthesized = templates_for(**EVERY_TYPE)
    name = synthesized.one("AWS::ApiGateway::DomainName")
    rule = synthesized.one("AWS::ApiGatewayV2::RoutingRule")
    assert name.properties["RoutingMode"] == "ROUTING_RULE_THEN_BASE_PATH_MAPPING"
    assert rule.stack == name.stack
    assert rule.properties["DomainNameArn"] == {"Fn::GetAtt": [name.id, "DomainNameArn"]}
    assert rule.properties["Conditions"] == [{"MatchBasePaths": {"AnyOf": ["v1/api"]}}]
    (action,) = rule.properties["Actions"]
    assert action["InvokeApi"] == {
        "ApiId": {"Ref": api(synthesized).id},
        "Stage": {"Ref": stage(synthesized).id},
        "StripBasePath": False,
    }


def test_without_a_domain_and_locally_there_is_no_routing_rule(synthesized: Synthesized) -> None:
    """The engine refuses the type. Its launcher applies the rule: engine/corrections/routing_rules.py."""
    assert synthesized.all("AWS::ApiGatewayV2::RoutingRule") == []
    assert all("RoutingMode" not in one.properties for one in synthesized.all("AWS::ApiGateway::DomainName"))


def test_the_gateway_validates_bodies_of_the_routes_that_say_so(synthesized: Synthesized) -> None:
    defined = definition(synthesized)
    assert defined["x-amazon-apigateway-request-validators"] == {
        "body": {"validateRequestBody": True, "validateRequestParameters": False}
    }
    shapes = {
        r.body_shape.__name__: shape_of(r.body_shape)
        for r in ROUTES
        if r.body_format is BodyFormat.CHECKED_JSON and r.body_shape
    }
    assert defined["components"]["schemas"] == shapes
    for route in ROUTES:
        operation = defined["paths"][route.path][route.method.lower()]
        validator = operation.get("x-amazon-apigateway-request-validator")
        assert validator == ("body" if route.body_format is BodyFormat.CHECKED_JSON else None), route.name
        if route.body_format is BodyFormat.CHECKED_JSON and route.body_shape is not None:
            assert operation["requestBody"] == {
                "required": True,
                "content": {
                    "application/json": {"schema": {"$ref": f"#/components/schemas/{route.body_shape.__name__}"}}
                },
            }


def test_the_gateway_refuses_a_body_in_the_words_of_the_handlers() -> None:
    """Without API Gateway's own reason, which quotes values of the request and is not escaped for JSON."""
    response = api_stack.gateway_response(
        ENVIRONMENTS["dev"], NATIVE_REFUSALS["BAD_REQUEST_BODY"], "", DETAILS["BAD_REQUEST_BODY"]
    )
    body = json.loads(response["responseTemplates"]["application/json"])
    said = wrong_shape(Refused(Code.PARAMETER_MISSING, "This parameter is required.", "amount"))
    assert body == problem(
        said.code, detail=said.detail, instance="$context.resourcePath", request_id="$context.requestId"
    )
    assert "$context.error" not in json.dumps(response)


@pytest.mark.full
def test_a_route_change_makes_a_new_deployment(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """API Gateway serves a deployment; a changed definition under an old deployment would have no effect."""
    before = templates_for(env="dev").in_stack("api", "AWS::ApiGateway::Deployment").id
    opened = tuple(replace(r, access=Access.PUBLIC) if r.name == "list_payments" else r for r in ROUTES)
    monkeypatch.setattr(native_routes, "ROUTES", opened)
    assert synthesize(tmp_path, env="dev").in_stack("api", "AWS::ApiGateway::Deployment").id != before
