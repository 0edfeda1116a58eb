"""The functions of the Stripe-compatible routes, each with the grants of its routes, and the authorizer.

The tables are the native API's: an object created through one API exists in the other.
"""

from dataclasses import replace
from pathlib import Path
from typing import Final

import aws_cdk as cdk
from constructs import Construct

from paysandbox.aws.resources import API_KEYS, EPHEMERAL_KEYS, READ_HASHING_KEYS, Grant
from paysandbox.aws.settings import UnknownKeySettings
from paysandbox.http.route import Function
from paysandbox.stripe_api import routes as stripe_api
from stacks.data.secrets_stack import SecretsStack
from stacks.environments import Environment
from stacks.functions import Functions
from stacks.resources import Resources
from stacks.workers.requests_stack import RequestsStack

AUTHORIZE_V1: Final = "authorize_v1"

# The secret of an ephemeral key is a hash of its ID.
_FIND_EPHEMERAL_KEY: Final = (Grant(EPHEMERAL_KEYS, ("GetItem",)), READ_HASHING_KEYS)
# Reads one key at a time, by its digest. Permission to list keys would also reveal how many there are.
_AUTHORIZE: Final = Function(
    name=AUTHORIZE_V1, group="stripe_api", grants=(Grant(API_KEYS, ("GetItem",)), *_FIND_EPHEMERAL_KEY)
)
# On a laptop also stores keys that were issued elsewhere, at first sight.
_AUTHORIZE_ANY: Final = replace(
    _AUTHORIZE,
    grants=(Grant(API_KEYS, ("GetItem", "PutItem", "UpdateItem")), *_FIND_EPHEMERAL_KEY),
    needs=(UnknownKeySettings,),
)


class StripeStack(cdk.Stack):
    """The functions of the routes, and the authorizer."""

    def __init__(
        self,
        scope: Construct,
        environment: Environment,
        *,
        packages: Path,
        resources: Resources,
        secrets: SecretsStack,
        requests: RequestsStack,
    ) -> None:
        super().__init__(
            scope,
            environment.named("stripe"),
            env=environment.aws,
            description="Serverless Payments Sandbox: the functions of the Stripe-compatible routes",
        )
        # The secrets must exist before a function can be invoked.
        self.add_stack_dependency(secrets)
        functions = Functions(self, environment, packages=packages, resources=resources, requests=requests)
        functions.make_routes((*stripe_api.DEPLOYED, *stripe_api.NATIVE_ROUTES))
        functions.make(_AUTHORIZE_ANY if environment.accept_unknown_keys else _AUTHORIZE, by_api=True)
