"""The functions of the payment routes, each with exactly the rights that its row names."""

from pathlib import Path

import aws_cdk as cdk
from constructs import Construct

from paysandbox.routes import payments
from paysandbox.routes.route import Access
from paysandbox.settings import PepperSettings
from stacks.data_stack import DataStack
from stacks.environments import Environment
from stacks.functions import Functions
from stacks.requests_stack import RequestsStack
from stacks.rollout import Rollouts
from stacks.secrets_stack import SecretsStack


class PaymentsStack(cdk.Stack):
    """One function per payment route."""

    def __init__(
        self,
        scope: Construct,
        environment: Environment,
        *,
        packages: Path,
        data: DataStack,
        secrets: SecretsStack,
        requests: RequestsStack,
    ) -> None:
        super().__init__(
            scope,
            environment.named("payments"),
            env=environment.aws,
            description="Serverless Payments Sandbox: the functions of the payment routes",
        )
        # The pepper is there before the first function that may be called.
        self.add_stack_dependency(secrets)
        functions = Functions(self, environment, packages=packages)
        facts: dict[str, object] = {
            "ledger_table": data.ledger.table_name,
            "pepper_parameter": secrets.pepper_parameter,
        }
        rollouts = Rollouts(self, environment) if environment.gradual_rollout else None
        for route in payments.ROUTES:
            function = functions.make(route.name, group=route.group, needs=route.needs, facts=facts)
            data.allow(function, actions=route.ledger, indexes=route.indexes)
            if PepperSettings in route.needs:
                secrets.allow_reading_pepper(function)
            if route.access is Access.API_KEY:  # a request of nobody is shown to nobody
                requests.follow(function, route.name)
            if rollouts:
                rollouts.roll_out(function, route.name)
