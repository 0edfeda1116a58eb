"""The native REST API: one method per route, usage plans, and the gateway's own answers in our problem shape.

The OpenAPI document is the API; this stack adds to it who answers (the integrations) and how the gateway refuses. It
names functions by formatting their ARNs, and holds the permissions to call them, so that nothing is imported.
"""

import json
import re
from collections.abc import Sequence
from typing import Any, Final

import aws_cdk as cdk
from aws_cdk import aws_apigateway as apigateway, aws_lambda as lambda_, aws_logs as logs
from constructs import Construct

from paysandbox import VERSION
from paysandbox.cors import EVERY_ANSWER
from paysandbox.errors import PROBLEM_CONTENT_TYPE, PROBLEMS, Code, problem
from paysandbox.openapi import PREFLIGHT, gateway_document
from paysandbox.routes.all import ROUTES
from paysandbox.routes.route import Access
from stacks import nag_reasons
from stacks.environments import Environment
from stacks.functions import log_retention
from stacks.rollout import called_name

STAGE: Final = "live"
COMPRESS_FROM_KIB: Final = 16

Json = dict[str, Any]

# What API Gateway answers by itself, and what that is among our refusals.
GATEWAY_REFUSALS: Final[dict[str, Code]] = {
    "ACCESS_DENIED": Code.FORBIDDEN,
    "API_CONFIGURATION_ERROR": Code.INTERNAL_ERROR,
    "AUTHORIZER_CONFIGURATION_ERROR": Code.INTERNAL_ERROR,
    "AUTHORIZER_FAILURE": Code.INTERNAL_ERROR,
    "BAD_REQUEST_BODY": Code.REQUEST_INVALID,
    "BAD_REQUEST_PARAMETERS": Code.REQUEST_INVALID,
    "DEFAULT_4XX": Code.REQUEST_INVALID,
    "DEFAULT_5XX": Code.INTERNAL_ERROR,
    "EXPIRED_TOKEN": Code.FORBIDDEN,
    "INTEGRATION_FAILURE": Code.UPSTREAM_ERROR,
    "INTEGRATION_TIMEOUT": Code.UPSTREAM_TIMEOUT,
    "INVALID_API_KEY": Code.API_KEY_INVALID,
    "INVALID_SIGNATURE": Code.FORBIDDEN,
    # The gateway's word for a path or method that does not exist.
    "MISSING_AUTHENTICATION_TOKEN": Code.RESOURCE_NOT_FOUND,
    "QUOTA_EXCEEDED": Code.QUOTA_EXCEEDED,
    "REQUEST_TOO_LARGE": Code.BODY_TOO_LARGE,
    "RESOURCE_NOT_FOUND": Code.RESOURCE_NOT_FOUND,
    "THROTTLED": Code.RATE_LIMITED,
    "UNAUTHORIZED": Code.API_KEY_INVALID,
    "UNSUPPORTED_MEDIA_TYPE": Code.MEDIA_TYPE_UNSUPPORTED,
    "WAF_FILTERED": Code.FORBIDDEN,
}

# One line per request, also for those that no function sees. The key's id, never the key.
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
    "api_key_id": "$context.identity.apiKeyId",
    "trace_id": "$context.xrayTraceId",
}


def api_name(environment: Environment) -> str:
    """The native API's name, under which its metrics are."""
    return environment.named("native")


class ApiStack(cdk.Stack):
    """The native API. `functions` are the stacks whose functions it calls: they are deployed before it."""

    def __init__(self, scope: Construct, environment: Environment, *, functions: Sequence[cdk.Stack]) -> None:
        super().__init__(
            scope,
            environment.named("api"),
            env=environment.aws,
            description="Serverless Payments Sandbox: the native REST API",
        )
        for stack in functions:
            self.add_stack_dependency(stack)
        self._environment = environment
        self.api = self._api()
        for why in ("APIG2", "APIG3", "APIG6"):
            nag_reasons.acknowledge(self.api, why)
        nag_reasons.acknowledge(self.api, "IAM4 of the gateway", finding=nag_reasons.GATEWAY_LOGS)
        if environment.gateway_response_resources:
            self._answer_by_resources()
        for route in ROUTES:
            self._permit(route.name, route.method, route.path)
        self._permit(PREFLIGHT, "OPTIONS", "/*")
        plans = {
            "Sandbox": self._plan(
                "sandbox",
                apigateway.ThrottleSettings(
                    rate_limit=environment.sandbox_requests_per_minute / 60, burst_limit=environment.sandbox_burst
                ),
            ),
            "Load": self._plan("load", None),
        }
        self.sandbox_plan = plans["Sandbox"]
        if environment.domain is not None:
            self._serve_on(environment.domain)
        for name, plan in plans.items():
            self._output(f"UsagePlan{name}Id", plan.usage_plan_id, f"Usage plan {name.lower()}: keys are made on it")
        self._output("NativeApiId", self.api.rest_api_id, "Id of the native REST API")
        self._output("NativeStage", self.api.deployment_stage.stage_name, "Its stage")
        may_move = str(environment.clock_may_move).lower()
        self._output("ClockMayMove", may_move, "Whether `paysandbox clock` may move the functions' time")
        # CDK's own output would name a second address beside BaseUrl.
        self.api.node.try_remove_child("Endpoint")
        generated = f"https://{self.api.rest_api_id}.execute-api.{self.region}.{self.url_suffix}/{STAGE}"
        self.base_url = environment.base_url or generated
        self._output("BaseUrl", self.base_url, "Where the API answers")

    def _api(self) -> apigateway.SpecRestApi:
        name = api_name(self._environment)
        log = logs.LogGroup(
            self,
            "access_log",
            log_group_name=self._environment.replaceable_name("native-access"),
            retention=log_retention(self._environment),
            removal_policy=self._environment.removal_policy,
        )
        return apigateway.SpecRestApi(
            self,
            "native",
            rest_api_name=name,
            description="Serverless Payments Sandbox: card payments",
            api_definition=apigateway.ApiDefinition.from_inline(self._definition(name)),
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
            cloud_watch_role=True,
            cloud_watch_role_removal_policy=cdk.RemovalPolicy.RETAIN,
            deploy_options=apigateway.StageOptions(
                stage_name=STAGE,
                tracing_enabled=True,
                access_log_destination=apigateway.LogGroupLogDestination(log),
                access_log_format=apigateway.AccessLogFormat.custom(json.dumps(ACCESS_LOG)),
                # On AWS; the local engine stores these, and looks them up under paths that are not encoded (`~1`).
                method_options={
                    address: apigateway.MethodDeploymentOptions(
                        throttling_rate_limit=self._environment.public_requests_per_s,
                        throttling_burst_limit=self._environment.public_burst,
                    )
                    for address in _without_key()
                },
            ),
        )

    def _definition(self, name: str) -> Json:
        definition = gateway_document(ROUTES, title=name, version=VERSION)
        by_preflight = [(operations["options"], PREFLIGHT) for operations in definition["paths"].values()]
        by_route = [(definition["paths"][route.path][route.method.lower()], route.name) for route in ROUTES]
        for operation, name in [*by_route, *by_preflight]:
            operation["x-amazon-apigateway-integration"] = {
                "type": "aws_proxy",
                "httpMethod": "POST",
                "uri": (
                    f"arn:{self.partition}:apigateway:{self.region}:lambda:path/2015-03-31/functions/"
                    f"{self._function_arn(name)}/invocations"
                ),
                "passthroughBehavior": "when_no_match",
            }
        # In the definition, because an import drops those that stand beside it as resources (aws-cdk issue 28652).
        definition["x-amazon-apigateway-gateway-responses"] = {
            kind: gateway_response(code, self._prefix) for kind, code in GATEWAY_REFUSALS.items()
        }
        return definition

    def _answer_by_resources(self) -> None:
        """The same answers as resources, for the local engine, which does not read them from the definition."""
        for kind, code in GATEWAY_REFUSALS.items():
            response = gateway_response(code, self._prefix)
            self.api.add_gateway_response(
                kind,
                type=apigateway.ResponseType.of(kind),
                status_code=response["statusCode"],
                response_headers={
                    name.removeprefix("gatewayresponse.header."): value
                    for name, value in response["responseParameters"].items()
                },
                templates=response["responseTemplates"],
            )
        cdk.Validations.of(self.api).acknowledge(
            cdk.Acknowledgment(
                id="CloudFormation-Validate::W3660",
                reason="Said twice on purpose where the engine needs it; on AWS the definition alone says it.",
            )
        )

    @property
    def _prefix(self) -> str:
        """What stands before every path: the stage, unless a domain hides it."""
        return "" if self._environment.base_url else f"/{STAGE}"

    def _permit(self, name: str, method: str, path: str) -> None:
        lambda_.CfnPermission(
            self,
            f"{name}_permission",
            action="lambda:InvokeFunction",
            function_name=self._function_arn(name),
            principal="apigateway.amazonaws.com",
            # A parameter of the path stands for any one segment; Lambda knows no braces.
            source_arn=self.api.arn_for_execute_api(method, re.sub(r"{\w+}", "*", path), STAGE),
        )

    def _function_arn(self, name: str) -> str:
        return self.format_arn(
            service="lambda",
            resource="function",
            resource_name=called_name(self._environment, name),
            arn_format=cdk.ArnFormat.COLON_RESOURCE_NAME,
        )

    def _plan(self, name: str, throttle: apigateway.ThrottleSettings | None) -> apigateway.UsagePlan:
        """A usage plan on the stage. Its keys are made through the API after the deployment: no template holds one."""
        return self.api.add_usage_plan(
            f"{name}_plan",
            name=self._environment.named(name),
            throttle=throttle,
            api_stages=[apigateway.UsagePlanPerApiStage(api=self.api, stage=self.api.deployment_stage)],
        )

    def _serve_on(self, domain: str) -> None:
        name = apigateway.CfnDomainName(
            self,
            "domain",
            domain_name=domain,
            endpoint_configuration=apigateway.CfnDomainName.EndpointConfigurationProperty(types=["REGIONAL"]),
            regional_certificate_arn=self._environment.certificate_arn,
            security_policy="TLS_1_2",
        )
        apigateway.CfnBasePathMapping(
            self,
            "native_mapping",
            domain_name=name.ref,
            rest_api_id=self.api.rest_api_id,
            stage=self.api.deployment_stage.stage_name,
        )
        self._output("DomainTarget", name.attr_regional_domain_name, "What the domain's DNS record points at")

    def _output(self, name: str, value: str, description: str) -> None:
        cdk.CfnOutput(self, name, value=value, description=description)


def _without_key() -> list[str]:
    """What anybody may call, so that the stage bounds it: public routes, and the preflight of every path."""
    public = [f"{route.path}/{route.method}" for route in ROUTES if route.access is Access.PUBLIC]
    return public + [f"{path}/OPTIONS" for path in dict.fromkeys(route.path for route in ROUTES)]


def gateway_response(code: Code, prefix: str = "") -> Json:
    """One of the gateway's own answers, as a handler would have said it: status, headers, body template."""
    constant = PROBLEMS[code]
    headers = {**EVERY_ANSWER, "Cache-Control": "no-store", "Content-Type": PROBLEM_CONTENT_TYPE}
    if constant.retry_after_s is not None:
        headers["Retry-After"] = str(constant.retry_after_s)
    body = problem(code, instance="$context.resourcePath", request_id="$context.requestId", prefix=prefix)
    return {
        "statusCode": str(constant.status),
        # Quoted twice: to API Gateway an unquoted value is the name of something to look up.
        "responseParameters": {f"gatewayresponse.header.{name}": f"'{value}'" for name, value in headers.items()},
        "responseTemplates": {"application/json": json.dumps(body, sort_keys=True)},
    }
