"""Shared by both REST APIs: import, stage, access log, integrations, authorizers and gateway responses.

An OpenAPI definition is the API. It refers to functions by formatted ARNs, so that nothing is imported.
"""

import hashlib
import json
import re
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Final

import aws_cdk as cdk
from aws_cdk import aws_apigateway as apigateway, aws_lambda as lambda_, aws_logs as logs

from paysandbox.core.errors import PROBLEMS, Code
from paysandbox.core.metrics import namespace
from paysandbox.http.cors import ALLOW_ORIGIN, ANY_ORIGIN, CORS_ORIGINS, EXPOSED
from paysandbox.http.route import Access, Route, Traffic, functions_of
from stacks import nag_reasons
from stacks.api.aliases import called_name
from stacks.api.preflight import preflight_integration, preflight_responses
from stacks.api.reference_stack import ReferenceStack
from stacks.api.stage_updates import Limit, Stage, StageUpdater, allow_updates, limit_methods, remove_variables
from stacks.environments import Environment
from stacks.functions import log_retention

COMPRESS_FROM_KIB: Final = 16

KEYED_SERVER_ERRORS: Final = "KeyedServerErrors"
"""A metric of the access logs of both APIs: 5xx responses to callers with a key, including those that no function saw.

Without a dimension, so both logs count into one metric, which is billed only in hours with such a response.
"""

# The default limits of an account and region (title: "Amazon API Gateway quotas"). A method with these has no limit of
# its own.
ACCOUNT_LIMITS: Final = Limit(10_000, 5_000)

# Of public routes that are called seldom. What strangers can cost grows with each public route.
SELDOM_LIMIT: Final = Limit(1, 10)

# Of each page of documentation, which has as few readers in prod as elsewhere.
DOCUMENT_LIMIT: Final = Limit(10, 20)

# Each move of the clock updates every function of the environment.
OPERATOR_LIMITS: Final = apigateway.ThrottleSettings(rate_limit=1, burst_limit=10)

Json = dict[str, Any]

# One line per request, including requests that reach no function. Contains the key's ID, never the key. API Gateway has
# one format for all requests and cannot sample them, so the line is short for everybody: strangers pay nothing for
# theirs. Values are separated by spaces, which none of them contains; one without a value is a hyphen.
ACCESS_LOG: Final = {
    "request_id": "$context.requestId",
    "method": "$context.httpMethod",
    "route": "$context.resourcePath",
    "status": "$context.status",
    "refused_as": "$context.error.responseType",
    "integration_status": "$context.integration.status",
    "latency_ms": "$context.responseLatency",
}
KEY_ID: Final = "api_key_id"
"""The last value of a line of the access log: the ID of the key."""
# Amazon CloudWatch Logs user guide, "Filter pattern syntax for metric filters": space-delimited log events.
_KEYED_SERVER_ERROR: Final = (
    '[request_id, method, route, status = 5*, refused_as, integration_status, latency_ms, api_key_id != "-"]'
)

_REFUSALS: Final = "x-amazon-apigateway-gateway-responses"
_MINIMUM_COMPRESSION_SIZE: Final = "x-amazon-apigateway-minimum-compression-size"


class Gateway:
    """A factory for the REST API of one stack. The function of `reference` sets the limits of its methods."""

    def __init__(
        self,
        stack: cdk.Stack,
        environment: Environment,
        routes: Iterable[Route],
        *,
        stage: str,
        reference: ReferenceStack,
    ) -> None:
        self._stack = stack
        self._environment = environment
        self._routes = tuple(routes)
        self._stage = stage
        self._reference = reference

    def make(
        self,
        name: str,
        definition: Json,
        *,
        description: str,
        refusals: Mapping[str, Json],
        api_key_id: str,
        keeps_account_role: bool,
        variables: Mapping[str, str] | None = None,
    ) -> apigateway.SpecRestApi:
        """Create the API `name` of the environment with its stage, and permission to invoke its functions.

        `refusals` are the gateway responses (`refusal`) by type. `api_key_id` is the access log's variable for the ID
        of the key. `keeps_account_role` is set for the one API of an account that retains the account's logging role.
        `variables` come with each event. One whose value is empty is removed from the stage.
        """
        self._answer_by_functions(definition)
        self._answer_preflights(definition)
        # Part of the definition, because an import drops gateway responses that are separate resources (aws-cdk issue
        # 28652).
        definition[_REFUSALS] = dict(refusals)
        definition[_MINIMUM_COMPRESSION_SIZE] = COMPRESS_FROM_KIB * 1_024
        definition["info"] |= {"title": self._environment.named(name), "description": description}
        every_variable = {CORS_ORIGINS: self._environment.cors_origins} | dict(variables or {})
        stage_variables = {name: value for name, value in every_variable.items() if value}
        log = logs.LogGroup(
            self._stack,
            "access_log",
            log_group_name=self._environment.replaceable_name(f"{name}-access"),
            retention=log_retention(self._environment),
            removal_policy=self._environment.removal_policy,
        )
        logs.MetricFilter(
            self._stack,
            "server_errors",
            log_group=log,
            metric_namespace=namespace(self._environment.name),
            metric_name=KEYED_SERVER_ERRORS,
            filter_pattern=logs.FilterPattern.literal(_KEYED_SERVER_ERROR),
            metric_value="1",
        )
        api = apigateway.SpecRestApi(
            self._stack,
            name,
            rest_api_name=self._environment.named(name),
            description=description,
            api_definition=apigateway.ApiDefinition.from_inline(definition),
            # Overwriting removes a route from the API when it is removed from the table. It also resets everything that
            # the definition omits, so the endpoint type is a parameter of the import, and the name, the description,
            # the key source, the compression and the gateway responses are part of the definition.
            mode=apigateway.RestApiMode.OVERWRITE,
            endpoint_types=[apigateway.EndpointType.REGIONAL],
            parameters={"endpointConfigurationTypes": "REGIONAL"},
            fail_on_warnings=True,
            # Compresses the pages' scripts. A payment is too small to be worth the time.
            min_compression_size=cdk.Size.kibibytes(COMPRESS_FROM_KIB),
            # API Gateway writes access logs with a role of the account in the region. It is retained when this stack is
            # deleted, since other APIs of the account may use it by then.
            cloud_watch_role=keeps_account_role,
            cloud_watch_role_removal_policy=cdk.RemovalPolicy.RETAIN if keeps_account_role else None,
            deploy_options=apigateway.StageOptions(
                stage_name=self._stage,
                variables=stage_variables or None,
                tracing_enabled=self._environment.is_traced,
                access_log_destination=apigateway.LogGroupLogDestination(log),
                access_log_format=apigateway.AccessLogFormat.custom(" ".join((*ACCESS_LOG.values(), api_key_id))),
            ),
        )
        stage = api.deployment_stage.node.default_child
        if not isinstance(stage, apigateway.CfnStage):
            raise TypeError("the stage has no resource")
        of_stage = (stage.variables, stage.access_log_setting, stage.tracing_enabled, self._environment.tags)
        revision = _digest(self._stack, definition, *of_stage)
        self.stage = Stage(api.rest_api_id, self._stage, revision)
        if self._reference.stage_updater is not None:
            limited = self._limit(name, stage, self._reference.stage_updater)
            removed = remove_variables(
                self._stack, self._reference.stage_updater, self.stage, every_variable.keys() - stage_variables.keys()
            )
            # A stage refuses an update during another one.
            removed.node.add_dependency(limited)
        # CDK's own output would be a second URL.
        api.node.try_remove_child("Endpoint")
        for why in ("APIG2", "APIG3", "APIG6"):
            nag_reasons.acknowledge(api, why)
        if self._environment.gateway_response_resources:
            _answer_by_resources(api, refusals)
        for row in functions_of(self._routes):
            self._permit(api, row.name, called_name(self._environment, row.routes[0]), *_permitted(row.routes))
        return api

    def add_plans(self, api: apigateway.SpecRestApi, *, prefix: str = "") -> dict[str, apigateway.UsagePlan]:
        """Create the usage plans `sandbox`, `load` and `dashboard` on the stage, with an output for the ID of each, and
        without a prefix `operator`.

        Their limits are per key and stage. Keys are created through the API after deployment, never in a template.
        """
        environment = self._environment
        sandbox = apigateway.ThrottleSettings(
            rate_limit=environment.sandbox_requests_per_minute / 60, burst_limit=environment.sandbox_burst
        )
        dashboard = apigateway.ThrottleSettings(
            rate_limit=environment.dashboard_requests_per_s, burst_limit=environment.dashboard_burst
        )
        plans = {
            name: api.add_usage_plan(
                f"{name}_plan",
                name=environment.named(prefix + name),
                throttle=throttle,
                api_stages=[apigateway.UsagePlanPerApiStage(api=api, stage=api.deployment_stage)],
            )
            for name, throttle in (("sandbox", sandbox), ("load", None), ("dashboard", dashboard))
        }
        if not prefix:
            # Operators' keys, of which the native API has one route.
            plans["operator"] = api.add_usage_plan(
                "operator_plan",
                name=environment.named("operator"),
                throttle=OPERATOR_LIMITS,
                api_stages=[apigateway.UsagePlanPerApiStage(api=api, stage=api.deployment_stage)],
            )
        for name, plan in plans.items():
            cdk.CfnOutput(
                self._stack,
                f"UsagePlan{name.title()}Id",
                value=plan.usage_plan_id,
                description=f"Usage plan {name} for API keys",
            )
        return plans

    def _answer_by_functions(self, definition: Json) -> None:
        environment, paths = self._environment, definition["paths"]
        by_route = [(paths[r.path][r.method.lower()], called_name(environment, r)) for r in self._routes]
        heads = [(paths[r.path]["head"], called_name(environment, r)) for r in self._routes if r.method == "GET"]
        # Once for each function: the CDK formats it in its own process.
        uris = {called: invocation_uri(self._stack, called) for called in dict.fromkeys(name for _, name in by_route)}
        for operation, called in [*by_route, *heads]:
            operation["x-amazon-apigateway-integration"] = {
                "type": "aws_proxy",
                "httpMethod": "POST",
                "uri": uris[called],
                "passthroughBehavior": "when_no_match",
            }

    def _permit(self, api: apigateway.SpecRestApi, name: str, called: str, method: str, path: str) -> None:
        lambda_.CfnPermission(
            self._stack,
            f"{name}_permission",
            action="lambda:InvokeFunction",
            function_name=function_arn(self._stack, called),
            principal="apigateway.amazonaws.com",
            # `*` matches the path segments of a parameter. Lambda does not support braces.
            source_arn=api.arn_for_execute_api(method, re.sub(r"{\w+\+?}", "*", path), self._stage),
        )

    def _answer_preflights(self, definition: Json) -> None:
        any_origin = self._environment.cors_origins == ANY_ORIGIN
        for operations in definition["paths"].values():
            operations["options"]["responses"] = preflight_responses(any_origin=any_origin)
            operations["options"]["x-amazon-apigateway-integration"] = preflight_integration(any_origin=any_origin)

    def _limit(self, name: str, stage: apigateway.CfnStage, updater: StageUpdater) -> cdk.CustomResource:
        """Limit the stage's methods: each has a bucket of its own, over all callers.

        The default is that of preflights and HEADs, and of a route until it has its own.
        """
        environment = self._environment
        default = Limit(environment.preflight_requests_per_s, environment.preflight_burst)
        # Not by StageOptions, which add a third field to each setting.
        stage.method_settings = [
            apigateway.CfnStage.MethodSettingProperty(
                resource_path="/*",
                http_method="*",
                throttling_rate_limit=default.per_s,
                throttling_burst_limit=default.burst,
            )
        ]
        limits = {f"{route.method} {route.path}": limit_of(environment, route) for route in self._routes}
        seldom = [route for route in self._routes if route.traffic is Traffic.SELDOM and route.method == "GET"]
        limits |= {f"HEAD {route.path}": SELDOM_LIMIT for route in seldom}
        policy = allow_updates(self._stack, updater, name, self._stage, api_id=self.stage.api_id)
        limited = limit_methods(self._stack, updater, self.stage, limits, default=default)
        limited.node.add_dependency(stage, policy)
        return limited


def _permitted(routes: Sequence[Route]) -> tuple[str, str]:
    """Return the method and the path with which the routes of one function are called, `*` and `/*` if they differ."""
    methods = {method for route in routes for method in (("GET", "HEAD") if route.method == "GET" else (route.method,))}
    paths = {route.path for route in routes}
    return (methods.pop() if len(methods) == 1 else "*", paths.pop() if len(paths) == 1 else "/*")


def limit_of(environment: Environment, route: Route) -> Limit:
    """Return the limit of a route over all callers, by its access, and of a public one by its traffic.

    Only keys of usage plans have another one.
    """
    match route.access:
        case Access.PUBLIC:
            return _limit_of_traffic(environment, route.traffic)
        case Access.DONOR:
            return Limit(environment.donor_requests_per_s, environment.donor_burst)
        case Access.API_KEY | Access.OPERATOR | Access.V1_KEY | Access.V1_KEY_OR_CLIENT | Access.V1_ANY_KEY:
            return ACCOUNT_LIMITS


def _limit_of_traffic(environment: Environment, traffic: Traffic) -> Limit:
    match traffic:
        case Traffic.CLIENTS:
            return Limit(environment.public_requests_per_s, environment.public_burst)
        case Traffic.DOCUMENTS:
            return DOCUMENT_LIMIT
        case Traffic.PAGES:
            return Limit(environment.page_requests_per_s, environment.page_burst)
        case Traffic.SCRIPTS:
            return Limit(environment.script_requests_per_s, environment.script_burst)
        case Traffic.SELDOM:
            return SELDOM_LIMIT


def _digest(stack: cdk.Stack, *parts: object) -> str:
    """Return a digest of what a template says, whatever CloudFormation fills in."""
    return hashlib.sha256(json.dumps([stack.resolve(part) for part in parts], sort_keys=True).encode()).hexdigest()


def limit_of_keys(environment: Environment) -> str:
    """Return the detail of a 429: the limit of a key, when to come back, and how a key without the limit is made.

    A gateway response is the same text for all that is throttled, which is mostly keys of the plan `sandbox`.
    """
    per_minute, at_once = environment.sandbox_requests_per_minute, environment.sandbox_burst
    elsewhere = "" if environment.name == "local" else f" --env {environment.name}"
    return (
        f"A key of the plan `sandbox` may send {per_minute} requests a minute, and {at_once} at once. Retry after "
        f"{PROBLEMS[Code.RATE_LIMITED].retry_after_s} s, or create a key without the limit: "
        f"`paysandbox keys create --plan load{elsewhere}`."
    )


def function_arn(stack: cdk.Stack, called: str) -> str:
    """Return the ARN of a function or alias, from its name."""
    return stack.format_arn(
        service="lambda",
        resource="function",
        resource_name=called,
        arn_format=cdk.ArnFormat.COLON_RESOURCE_NAME,
    )


def invocation_uri(stack: cdk.Stack, called: str) -> str:
    """Return the ARN with which API Gateway invokes a function or alias, from its name."""
    return (
        f"arn:{stack.partition}:apigateway:{stack.region}:lambda:path/2015-03-31/functions/"
        f"{function_arn(stack, called)}/invocations"
    )


def refusal(status: int, headers: Mapping[str, str], body: Json, *, variables: Mapping[str, str] | None = None) -> Json:
    """Return a gateway response. API Gateway fills in the `$context.…` variables of its body.

    `variables` are headers whose values are those of API Gateway's variables (`context.requestId`).
    """
    # API Gateway takes an unquoted value for the name of a variable, so values are in single quotes.
    values = {name: f"'{value}'" for name, value in headers.items()} | dict(variables or {})
    return {
        "statusCode": str(status),
        "responseParameters": {f"gatewayresponse.header.{name}": value for name, value in values.items()},
        "responseTemplates": {"application/json": json.dumps(body, sort_keys=True)},
    }


def cors_of_refusals(environment: Environment) -> tuple[dict[str, str], dict[str, str]]:
    """Return the CORS headers of gateway responses, and those whose values are API Gateway's variables.

    API Gateway cannot compare an origin here. It copies the caller's, which grants nothing: a request with a key is
    sent after a preflight only, which compares, and these responses are the same for every caller.
    """
    if environment.cors_origins == ANY_ORIGIN:
        return {ALLOW_ORIGIN: ANY_ORIGIN, **EXPOSED}, {}
    return dict(EXPOSED), {ALLOW_ORIGIN: "method.request.header.Origin"}


def _answer_by_resources(api: apigateway.SpecRestApi, refusals: Mapping[str, Json]) -> None:
    """Add the gateway responses as resources too, for the local engine, which ignores those of the definition."""
    for kind, response in refusals.items():
        api.add_gateway_response(
            kind,
            type=apigateway.ResponseType.of(kind),
            status_code=response["statusCode"],
            response_headers={
                name.removeprefix("gatewayresponse.header."): value
                for name, value in response["responseParameters"].items()
            },
            templates=response["responseTemplates"],
        )
    cdk.Validations.of(api).acknowledge(
        cdk.Acknowledgment(
            id="CloudFormation-Validate::W3660",
            reason="Duplicated for the local engine; on AWS, gateway responses are only in the definition.",
        )
    )
