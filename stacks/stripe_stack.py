"""The functions of the Stripe-compatible routes, each with exactly the rights that its row names, and the authorizer.

The tables are the native API's: what is made through one API is there for the other.
"""

from pathlib import Path
from typing import Final

import aws_cdk as cdk
from constructs import Construct

from paysandbox.routes import stripe_api
from paysandbox.settings import ApiKeySettings, PepperSettings, WebhookSecretSettings
from stacks.data_stack import DataStack
from stacks.environments import Environment
from stacks.functions import Functions
from stacks.requests_stack import RequestsStack
from stacks.secrets_stack import SecretsStack
from stacks.webhooks_stack import WebhooksStack

AUTHORIZE_V1: Final = "authorize_v1"


class StripeStack(cdk.Stack):
    """One function per route, and the authorizer."""

    def __init__(
        self,
        scope: Construct,
        environment: Environment,
        *,
        packages: Path,
        data: DataStack,
        secrets: SecretsStack,
        requests: RequestsStack,
        webhooks: WebhooksStack,
    ) -> None:
        super().__init__(
            scope,
            environment.named("stripe"),
            env=environment.aws,
            description="Serverless Payments Sandbox: the functions of the Stripe-compatible routes",
        )
        # The secrets are there before the first function that may be called.
        self.add_stack_dependency(secrets)
        functions = Functions(self, environment, packages=packages)
        facts = webhooks.facts | {
            "payment_methods_table": data.payment_methods.table_name,
            "api_keys_table": data.api_keys.table_name,
        }
        for route in stripe_api.ROUTES:
            function = functions.make(route.name, group=route.group, needs=route.needs, facts=facts)
            data.allow(function, actions=() if route.claims else route.ledger, indexes=route.indexes)
            if route.claims:
                data.allow_claiming(function, of_all_routes=True)
            if route.payment_methods:
                data.allow_payment_methods(function, actions=route.payment_methods)
            for resource, actions in route.webhook_tables.items():
                webhooks.allow(function, resource, *actions)
            if PepperSettings in route.needs:
                secrets.allow_reading_pepper(function)
            if WebhookSecretSettings in route.needs:
                secrets.allow_reading_webhook_secret(function)
            requests.follow(function, route.name)
        authorize = functions.make(AUTHORIZE_V1, group="access", needs=(ApiKeySettings,), facts=facts)
        data.allow_reading_keys(authorize)
