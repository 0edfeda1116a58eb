"""Common to both REST APIs: import, stage, access log, integrations, authorizers and gateway responses.

An OpenAPI definition is the API. It names functions by formatted ARNs, so that nothing is imported.
"""

import json
import re
from collections.abc import Iterable, Mapping
from typing import Any, Final

import aws_cdk as cdk
from aws_cdk import aws_apigateway as apigateway, aws_lambda as lambda_, aws_logs as logs

from api_reference.openapi import PREFLIGHT
from paysandbox.http.route import Access, Route
from stacks import nag_reasons
from stacks.aliases import called_name
from stacks.environments import Environment
from stacks.functions import function_name, log_retention

COMPRESS_FROM_KIB: Final = 16

Json = dict[str, Any]

# One line per request, including those that reach no function. With the key's ID, never the key.
ACCESS_LOG: Final = {
    "request_id": "$context.requestId",
    "time": "$context.requestTime",
    "method": "$context.httpMethod",
    "route": "$context.resourcePath",
    "status": "$context.status",
    "latency_ms": "$context.responseLatency",
    "integration_latency_ms": "$context.integrationLatency",
    "integration_status": "$context.integration.status",
    "refused_as": "$context.error.responseType",
    "trace_id": "$context.xrayTraceId",
}

_REFUSALS: Final = "x-amazon-apigateway-gateway-responses"


class Gateway:
    """Creates the REST API of one stack from its routes."""

    def __init__(self, stack: cdk.Stack, environment: Environment, routes: Iterable[Route], *, stage: str) -> None:
        self._stack = stack
        self._environment = environment
        self._routes = tuple(routes)
        self._stage = stage

    def make(
        self,
        name: str,
        definition: Json,
        *,
        description: str,
        refusals: Mapping[str, Json],
        api_key_id: str,
        keeps_account_role: bool,
        throttle: apigateway.ThrottleSettings | None = None,
    ) -> apigateway.SpecRestApi:
        """The API, called `name` within the environment, with its stage, and permission to call its functions.

        `refusals` are the gateway's own answers (`refusal`) by their types; `api_key_id` is where the access log finds
        the id of the key. `throttle` is of the whole stage. One API of an account keeps its logging role.
        """
        self._answer_by_functions(definition)
        # In the definition, because an import drops those that stand beside it as resources (aws-cdk issue 28652).
        definition[_REFUSALS] = dict(refusals)
        log = logs.LogGroup(
            self._stack,
            "access_log",
            log_group_name=self._environment.replaceable_name(f"{name}-access"),
            retention=log_retention(self._environment),
            removal_policy=self._environment.removal_policy,
        )
        api = apigateway.SpecRestApi(
            self._stack,
            name,
            rest_api_name=self._environment.named(name),
            description=description,
            api_definition=apigateway.ApiDefinition.from_inline(definition),
            # A route that leaves the table leaves the API. Overwriting resets what the definition does not say, hence
            # the endpoint type among the import's parameters, and key source and refusals inside the definition.
            mode=apigateway.RestApiMode.OVERWRITE,
            endpoint_types=[apigateway.EndpointType.REGIONAL],
            parameters={"endpointConfigurationTypes": "REGIONAL"},
            fail_on_warnings=True,
            # The pages' scripts; a payment is smaller than what compressing it would cost in time.
            min_compression_size=cdk.Size.kibibytes(COMPRESS_FROM_KIB),
            # Access logs are written under a role of the whole account and region. It stays when this stack goes, since
            # other APIs of the account may log under it by then.
            cloud_watch_role=keeps_account_role,
            cloud_watch_role_removal_policy=cdk.RemovalPolicy.RETAIN if keeps_account_role else None,
            deploy_options=apigateway.StageOptions(
                stage_name=self._stage,
                tracing_enabled=True,
                access_log_destination=apigateway.LogGroupLogDestination(log),
                access_log_format=apigateway.AccessLogFormat.custom(
                    json.dumps(ACCESS_LOG | {"api_key_id": api_key_id})
                ),
                throttling_rate_limit=throttle.rate_limit if throttle else None,
                throttling_burst_limit=throttle.burst_limit if throttle else None,
                # On AWS; the local engine stores these, and looks them up under paths that are not encoded (`~1`).
                method_options={
                    address: apigateway.MethodDeploymentOptions(
                        throttling_rate_limit=per_s, throttling_burst_limit=burst
                    )
                    for address, (per_s, burst) in self._without_key().items()
                },
            ),
        )
        # CDK's own output would name a second address.
        api.node.try_remove_child("Endpoint")
        for why in ("APIG2", "APIG3", "APIG6"):
            nag_reasons.acknowledge(api, why)
        if self._environment.gateway_response_resources:
            _answer_by_resources(api, refusals)
        for route in self._routes:
            self._permit(api, route.name, called_name(self._environment, route), route.method, route.path)
        self._permit(api, PREFLIGHT, function_name(self._environment, PREFLIGHT), "OPTIONS", "/*")
        return api

    def _answer_by_functions(self, definition: Json) -> None:
        environment, paths = self._environment, definition["paths"]
        preflight = function_name(environment, PREFLIGHT)
        by_preflight = [(operations["options"], preflight) for operations in paths.values()]
        by_route = [(paths[r.path][r.method.lower()], called_name(environment, r)) for r in self._routes]
        for operation, called in [*by_route, *by_preflight]:
            operation["x-amazon-apigateway-integration"] = {
                "type": "aws_proxy",
                "httpMethod": "POST",
                "uri": invocation_uri(self._stack, called),
                "passthroughBehavior": "when_no_match",
            }

    def _permit(self, api: apigateway.SpecRestApi, name: str, called: str, method: str, path: str) -> None:
        lambda_.CfnPermission(
            self._stack,
            f"{name}_permission",
            action="lambda:InvokeFunction",
            function_name=function_arn(self._stack, called),
            principal="apigateway.amazonaws.com",
            # A parameter of the path stands for any one segment; Lambda knows no braces.
            source_arn=api.arn_for_execute_api(method, re.sub(r"{\w+}", "*", path), self._stage),
        )

    def _without_key(self) -> dict[str, tuple[int, int]]:
        """What no usage plan bounds, so that the stage does: requests a second, and how many at once.

        Public routes, those of donors, and the preflight of every path.
        """
        environment = self._environment
        public = environment.public_requests_per_s, environment.public_burst
        bounds = {
            Access.PUBLIC: public,
            Access.DONOR: (environment.donor_requests_per_s, environment.donor_burst),
        }
        open_to_many = [route for route in self._routes if route.access in bounds]
        return {f"{route.path}/{route.method}": bounds[route.access] for route in open_to_many} | {
            f"{route.path}/OPTIONS": public for route in self._routes
        }


def function_arn(stack: cdk.Stack, called: str) -> str:
    """Return the ARN of a function, or of an alias of it, from its name."""
    return stack.format_arn(
        service="lambda",
        resource="function",
        resource_name=called,
        arn_format=cdk.ArnFormat.COLON_RESOURCE_NAME,
    )


def invocation_uri(stack: cdk.Stack, called: str) -> str:
    """The same as API Gateway writes it."""
    return (
        f"arn:{stack.partition}:apigateway:{stack.region}:lambda:path/2015-03-31/functions/"
        f"{function_arn(stack, called)}/invocations"
    )


def refusal(status: int, headers: Mapping[str, str], body: Json) -> Json:
    """Return a gateway response. API Gateway fills in the `$context.…` variables of its body."""
    return {
        "statusCode": str(status),
        # Quoted twice: to API Gateway an unquoted value is the name of something to look up.
        "responseParameters": {f"gatewayresponse.header.{name}": f"'{value}'" for name, value in headers.items()},
        "responseTemplates": {"application/json": json.dumps(body, sort_keys=True)},
    }


def _answer_by_resources(api: apigateway.SpecRestApi, refusals: Mapping[str, Json]) -> None:
    """The same answers as resources, for the local engine, which does not read them from the definition."""
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
            reason="Said twice on purpose where the engine needs it; on AWS the definition alone says it.",
        )
    )
