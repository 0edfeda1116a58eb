"""The Stripe-compatible REST API: its routes, its authorizer, and gateway responses in Stripe's error format.

Its stage is named `v1`, so that an SDK needs only a host. With a domain, `v1` is the base path.
"""

from collections.abc import Mapping
from typing import Any, Final, NamedTuple

import aws_cdk as cdk
from aws_cdk import aws_apigateway as apigateway, aws_lambda as lambda_
from constructs import Construct

from api_reference.openapi import V1_KEY_HEADER, V1_KEY_SCHEME, gateway_document
from paysandbox import VERSION
from paysandbox.core.errors import PROBLEMS, Code, doc_url
from paysandbox.http.keys.credential import WRONG_KEY
from paysandbox.http.route import NATIVE_BASE_URL
from paysandbox.stripe_api.routes import BASE_PATH, DEPLOYED
from stacks.api.api_stack import GATEWAY_REFUSALS, ApiStack
from stacks.api.firewall import protect
from stacks.api.gateway import Gateway, cors_of_refusals, function_arn, invocation_uri, limit_of_keys, refusal
from stacks.api.reference_stack import ReferenceStack
from stacks.api.stripe_stack import AUTHORIZE_V1, StripeStack
from stacks.environments import Environment
from stacks.functions import function_name

NAME: Final = "v1"

Json = dict[str, Any]


class StripeError(NamedTuple):
    """An error in Stripe's format: type, message, and code if Stripe has one."""

    type: str
    message: str
    code: str | None = None


_OURS: Final = StripeError("api_error", "An unexpected error occurred. Retry with the same idempotency key.")

# Without an Authorization header, or with one that holds no key. The first two sentences are Stripe's
# (stripe-dotnet#214, stripe-node#1694).
_NO_KEY: Final = StripeError(
    "invalid_request_error",
    "You did not provide an API key. You need to provide your API key in the Authorization header, using Bearer auth "
    "(e.g. 'Authorization: Bearer YOUR_SECRET_KEY'). `paysandbox keys create` makes one.",
)

# Gateway responses in Stripe's words. Their statuses are those of the native API.
STRIPE_ERRORS: Final[Mapping[Code, StripeError]] = {
    Code.API_KEY_INVALID: StripeError(
        "invalid_request_error",
        # The first sentence is Stripe's. API Gateway fills in what the authorizer returned.
        f"Invalid API Key provided: $context.authorizer.{WRONG_KEY}. Send a secret test key as bearer token, or as the "
        "user name of Basic with an empty password: `paysandbox keys create` makes one, which AWS takes up to a minute "
        "to accept, and `paysandbox keys sync` adds keys whose creation was interrupted. A live key (sk_live_, "
        "rk_live_, pk_live_) is refused, and never stored or logged: it belongs to real money, and this is a sandbox.",
    ),
    Code.FORBIDDEN: StripeError(
        "invalid_request_error",
        # Stripe's first two sentences (lago-api#3650).
        "This API call cannot be made with a publishable API key. Please use a secret API key. A publishable key "
        "retrieves and confirms single payment intents and setup intents, and creates payment methods here. An "
        "ephemeral key opens its customer alone, with that customer's payment methods.",
        "secret_key_required",
    ),
    Code.RESOURCE_NOT_FOUND: StripeError(
        "invalid_request_error",
        "Unrecognized request URL. The sandbox's docs/reference/stripe-coverage.md lists what it simulates.",
    ),
    Code.REQUEST_INVALID: StripeError("invalid_request_error", "The request could not be read."),
    Code.BODY_TOO_LARGE: StripeError("invalid_request_error", "The request is too large."),
    Code.MEDIA_TYPE_UNSUPPORTED: StripeError(
        "invalid_request_error", "Send the body as application/x-www-form-urlencoded, as Stripe's SDKs do."
    ),
    Code.RATE_LIMITED: StripeError("invalid_request_error", "Request rate limit exceeded.", "rate_limit"),
    Code.QUOTA_EXCEEDED: StripeError("invalid_request_error", "Request quota exceeded.", "rate_limit"),
    Code.INTERNAL_ERROR: _OURS,
    Code.UPSTREAM_ERROR: _OURS,
    Code.UPSTREAM_TIMEOUT: _OURS,
}


class V1Stack(cdk.Stack):
    """The API. Depends on its functions' stacks, and on the native API's for the domain and account's logging role."""

    def __init__(
        self,
        scope: Construct,
        environment: Environment,
        *,
        api: ApiStack,
        stripe: StripeStack,
        reference: ReferenceStack,
    ) -> None:
        super().__init__(
            scope,
            environment.named(NAME),
            env=environment.aws,
            description="Serverless Payments Sandbox: the Stripe-compatible REST API",
        )
        for stack in (api, stripe, reference):
            self.add_stack_dependency(stack)
        self._environment = environment
        gateway = Gateway(self, environment, DEPLOYED, stage=BASE_PATH, reference=reference)
        throttled = STRIPE_ERRORS[Code.RATE_LIMITED]
        errors = {
            "UNAUTHORIZED": _NO_KEY,
            "THROTTLED": throttled._replace(message=f"{throttled.message} {limit_of_keys(environment)}"),
        }
        self.api = gateway.make(
            NAME,
            gateway_document(
                DEPLOYED,
                title=environment.named(NAME),
                version=VERSION,
                schemes={V1_KEY_SCHEME: self._asks_for_key()},
                metered_by_authorizer=True,
            ),
            description="Serverless Payments Sandbox: card payments for Stripe's SDKs",
            refusals={
                kind: gateway_response(environment, code, errors.get(kind), pages=api.base_url)
                for kind, code in GATEWAY_REFUSALS.items()
            },
            # The principal that the authorizer returns for the caller.
            api_key_id="$context.authorizer.principalId",
            keeps_account_role=False,
            # Without a domain, this API has a host of its own, which does not serve the pages of challenges.
            variables={NATIVE_BASE_URL: "" if environment.base_url else api.base_url},
        )
        self.stage = gateway.stage
        # Exported with a domain too, for the dashboard's files: as the native API's.
        self.export_value(self.api.rest_api_id)
        # Plans of this stage alone: a key that is on no other opens nothing on the native API.
        gateway.add_plans(self.api, prefix=f"{NAME}-")
        lambda_.CfnPermission(
            self,
            f"{AUTHORIZE_V1}_permission",
            action="lambda:InvokeFunction",
            function_name=function_arn(self, function_name(environment, AUTHORIZE_V1)),
            principal="apigateway.amazonaws.com",
            source_arn=self.format_arn(
                service="execute-api", resource=self.api.rest_api_id, resource_name="authorizers/*"
            ),
        )
        if environment.domain is not None:
            apigateway.CfnBasePathMapping(
                self,
                "v1_mapping",
                # By name: the native API's stack, which is deployed before, contains the domain.
                domain_name=environment.domain,
                base_path=BASE_PATH,
                rest_api_id=self.api.rest_api_id,
                stage=self.api.deployment_stage.stage_name,
            )
        if environment.waf_requests_per_5_minutes is not None:
            stages = {"native": api.stage_arn, NAME: self.api.deployment_stage.stage_arn}
            protect(self, environment, requests=environment.waf_requests_per_5_minutes, stages=stages)
        generated = f"https://{self.api.rest_api_id}.execute-api.{self.region}.{self.url_suffix}"
        self.origin = environment.base_url or generated
        cdk.CfnOutput(
            self,
            "StripeApiBase",
            value=self.origin,
            description="Base URL for Stripe's SDKs, without /v1",
        )

    def _asks_for_key(self) -> Json:
        return {
            "type": "apiKey",
            "name": V1_KEY_HEADER,
            "in": "header",
            "x-amazon-apigateway-authtype": "custom",
            "x-amazon-apigateway-authorizer": {
                # A request authorizer: a token authorizer would receive the key alone, in a field that may be logged.
                "type": "request",
                "identitySource": f"method.request.header.{V1_KEY_HEADER}",
                "authorizerUri": invocation_uri(self, function_name(self._environment, AUTHORIZE_V1)),
                "authorizerResultTtlInSeconds": self._environment.key_cache_s,
            },
        }


def gateway_response(
    environment: Environment, code: Code, error: StripeError | None = None, *, pages: str = ""
) -> Json:
    """Return a gateway response in Stripe's error format. `error` replaces the code's usual words.

    `pages` is the base URL of the native API's error pages.
    """
    constant, error = PROBLEMS[code], error or STRIPE_ERRORS[code]
    cors, variables = cors_of_refusals(environment)
    headers = {**cors, "Cache-Control": "no-store", "Content-Type": "application/json"}
    if constant.retry_after_s is not None:
        headers["Retry-After"] = str(constant.retry_after_s)
    body = {"type": error.type, "message": error.message, "doc_url": doc_url(code, pages)}
    body |= {"code": error.code} if error.code else {}
    variables["Request-Id"] = "context.requestId"
    return refusal(constant.status, headers, {"error": body}, variables=variables)
