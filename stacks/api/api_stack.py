"""The native REST API: one method per route, usage plans, and gateway responses in our problem format.

The OpenAPI document defines the API. This stack adds the gateway responses, the plans and the domain.
"""

from collections.abc import Sequence
from typing import Any, Final

import aws_cdk as cdk
from aws_cdk import aws_apigateway as apigateway, aws_apigatewayv2 as apigatewayv2
from constructs import Construct

from api_reference.openapi import DONOR_HEADER, DONOR_SCHEME, gateway_document, native_schemes
from paysandbox import VERSION
from paysandbox.aws.schema import API_KEYS, MERCHANT_SETTINGS
from paysandbox.core.errors import PROBLEM_CONTENT_TYPE, PROBLEMS, Code, problem
from paysandbox.donations.routes import RECEIVE_STRIPE_EVENT
from paysandbox.http.body_shape import WRONG_SHAPE
from paysandbox.http.native_paths import NATIVE_BELOW_V1
from stacks import nag_reasons
from stacks.api.gateway import Gateway, cors_of_refusals, limit_of_keys, refusal
from stacks.api.native_routes import native_routes
from stacks.api.reference_stack import ReferenceStack
from stacks.data.donors_stack import DonorsStack
from stacks.environments import Environment

NAME: Final = "native"
STAGE: Final = "live"

Json = dict[str, Any]

# Our error code for each gateway response type.
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
    # API Gateway's type for an unknown path or method.
    "MISSING_AUTHENTICATION_TOKEN": Code.RESOURCE_NOT_FOUND,
    "QUOTA_EXCEEDED": Code.QUOTA_EXCEEDED,
    "REQUEST_TOO_LARGE": Code.BODY_TOO_LARGE,
    "RESOURCE_NOT_FOUND": Code.RESOURCE_NOT_FOUND,
    "THROTTLED": Code.RATE_LIMITED,
    "UNAUTHORIZED": Code.API_KEY_INVALID,
    "UNSUPPORTED_MEDIA_TYPE": Code.MEDIA_TYPE_UNSUPPORTED,
    # The firewall's only rule is a rate limit.
    "WAF_FILTERED": Code.RATE_LIMITED,
}
# On this API the usage plans reject a missing key (INVALID_API_KEY). The only authorizer is the one for donors.
NATIVE_REFUSALS: Final = GATEWAY_REFUSALS | {
    "EXPIRED_TOKEN": Code.TOKEN_INVALID,
    "UNAUTHORIZED": Code.TOKEN_INVALID,
}

# As the handlers say it.
DETAILS: Final = {"BAD_REQUEST_BODY": WRONG_SHAPE}


def api_name(environment: Environment) -> str:
    """Return the native API's name, which is a dimension of its metrics."""
    return environment.named(NAME)


class ApiStack(cdk.Stack):
    """The native API. Depends on the stacks in `functions`, which contain the functions that it invokes.

    `donors` is None without donations.
    """

    def __init__(
        self,
        scope: Construct,
        environment: Environment,
        *,
        functions: Sequence[cdk.Stack],
        donors: DonorsStack | None,
        reference: ReferenceStack,
    ) -> None:
        super().__init__(
            scope,
            environment.named("api"),
            env=environment.aws,
            description="Serverless Payments Sandbox: the native REST API",
        )
        for stack in (*functions, reference):
            self.add_stack_dependency(stack)
        self._environment = environment
        routes = native_routes(environment)
        of_donors = {} if donors is None else {DONOR_SCHEME: _asks_for_donor(donors)}
        gateway = Gateway(self, environment, routes, stage=STAGE, reference=reference)
        details = DETAILS | {"THROTTLED": limit_of_keys(environment)}
        self.api = gateway.make(
            NAME,
            gateway_document(
                routes,
                title=api_name(environment),
                version=VERSION,
                schemes=native_schemes() | of_donors,
            ),
            description="Serverless Payments Sandbox: card payments",
            refusals={
                kind: gateway_response(environment, code, self._pages, details.get(kind, ""))
                for kind, code in NATIVE_REFUSALS.items()
            },
            api_key_id="$context.identity.apiKeyId",
            keeps_account_role=True,
        )
        nag_reasons.acknowledge(self.api, "IAM4 of the gateway", finding=nag_reasons.GATEWAY_LOGS)
        # Exported whether or not the firewall uses it: an export cannot be removed before the stack that imports it has
        # been updated, and that one is deployed later.
        self.export_value(self.api.rest_api_id)
        # With the stage's name as text, which never changes.
        self.stage_arn = (
            f"arn:{self.partition}:apigateway:{self.region}::/restapis/{self.api.rest_api_id}/stages/{STAGE}"
        )
        self.stage = gateway.stage
        # Exported for monitoring stacks of before, which import it until they are updated.
        self.export_value(gateway.add_plans(self.api)["sandbox"].usage_plan_id)
        if environment.domain is not None:
            self._serve_on(environment.domain)
        self._output("NativeApiId", self.api.rest_api_id, "ID of the native REST API")
        self._output("NativeStage", self.api.deployment_stage.stage_name, "Stage of the native REST API")
        may_move = str(environment.clock_may_move).lower()
        self._output("ClockMayMove", may_move, "Whether `paysandbox clock` may advance the clock")
        self._output("ApiKeysTable", environment.named(API_KEYS), "Name of the table of API key digests")
        self._output(
            "MerchantSettingsTable", environment.named(MERCHANT_SETTINGS), "Name of the table of merchants' settings"
        )
        generated = f"https://{self.api.rest_api_id}.execute-api.{self.region}.{self.url_suffix}"
        self.origin = environment.base_url or generated
        self.generated_url = f"{generated}/{STAGE}"
        self.base_url = environment.base_url or self.generated_url
        self._output("BaseUrl", self.base_url, "Base URL of the API")
        if donors is not None:
            webhook_url = f"{self.base_url}{RECEIVE_STRIPE_EVENT.path}"
            self._output("StripeWebhookUrl", webhook_url, "URL for the Stripe webhook endpoint of donations")
        if environment.left_out:
            self._output("LeftOut", ",".join(environment.left_out), "Features that this environment does not have")

    @property
    def _pages(self) -> str:
        """The base URL of the error pages, in a gateway response. The definition cannot refer to the ID of its own API,
        so without a domain, API Gateway fills in its host name.
        """
        return self._environment.base_url or f"https://$context.domainName/{STAGE}"

    def _serve_on(self, domain: str) -> None:
        name = apigateway.CfnDomainName(
            self,
            "domain",
            domain_name=domain,
            endpoint_configuration=apigateway.CfnDomainName.EndpointConfigurationProperty(types=["REGIONAL"]),
            regional_certificate_arn=self._environment.certificate_arn,
            security_policy="TLS_1_2",
            # The name of ROUTING_RULE_THEN_API_MAPPING in this resource type.
            routing_mode="ROUTING_RULE_THEN_BASE_PATH_MAPPING" if self._environment.routing_rules else None,
        )
        apigateway.CfnBasePathMapping(
            self,
            "native_mapping",
            domain_name=name.ref,
            rest_api_id=self.api.rest_api_id,
            stage=self.api.deployment_stage.stage_name,
        )
        if self._environment.routing_rules:
            self._route_below_v1(name)
        self._output("DomainTarget", name.attr_regional_domain_name, "What the domain's DNS record points at")

    def _route_below_v1(self, domain: apigateway.CfnDomainName) -> None:
        """Route native paths below `/v1` to this API, before the mapping of `v1` gives them to the other one.

        A mapping would strip its path, so that the API had other paths than without a domain.
        """
        apigatewayv2.CfnRoutingRule(
            self,
            "native_below_v1",
            domain_name_arn=domain.attr_domain_name_arn,
            priority=100,
            conditions=[
                apigatewayv2.CfnRoutingRule.ConditionProperty(
                    match_base_paths=apigatewayv2.CfnRoutingRule.MatchBasePathsProperty(any_of=[NATIVE_BELOW_V1])
                )
            ],
            actions=[
                apigatewayv2.CfnRoutingRule.ActionProperty(
                    invoke_api=apigatewayv2.CfnRoutingRule.ActionInvokeApiProperty(
                        api_id=self.api.rest_api_id,
                        stage=self.api.deployment_stage.stage_name,
                        strip_base_path=False,
                    )
                )
            ],
        )

    def _output(self, name: str, value: str, description: str) -> None:
        cdk.CfnOutput(self, name, value=value, description=description)


def _asks_for_donor(donors: DonorsStack) -> Json:
    """Return the user pool as an authorizer, which verifies a token's signature, issuer and expiry.

    The handlers check the client and that it is an ID token (`paysandbox.http.donor`).
    """
    return {
        "type": "apiKey",
        "name": DONOR_HEADER,
        "in": "header",
        "x-amazon-apigateway-authtype": "cognito_user_pools",
        "x-amazon-apigateway-authorizer": {
            "type": "cognito_user_pools",
            "providerARNs": [donors.pool.user_pool_arn],
        },
    }


def gateway_response(environment: Environment, code: Code, pages: str = "", detail: str = "") -> Json:
    """Return a gateway response in the handlers' format: status, headers and body template.

    `pages` is the base URL of the error pages. Without `detail`, the code's title is the detail.
    """
    constant = PROBLEMS[code]
    cors, variables = cors_of_refusals(environment)
    headers = {**cors, "Cache-Control": "no-store", "Content-Type": PROBLEM_CONTENT_TYPE}
    if constant.retry_after_s is not None:
        headers["Retry-After"] = str(constant.retry_after_s)
    body = problem(
        code, detail=detail, instance="$context.resourcePath", request_id="$context.requestId", base_url=pages
    )
    return refusal(constant.status, headers, body, variables=variables)
