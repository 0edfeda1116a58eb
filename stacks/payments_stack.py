"""The functions of the payment routes, each with exactly the rights that its row names, and who expires payments."""

from pathlib import Path
from typing import Final

import aws_cdk as cdk
from constructs import Construct

from paysandbox.routes import payments
from paysandbox.routes.route import Access
from paysandbox.settings import ClockSettings, LedgerSettings, PepperSettings
from paysandbox.table import schema
from stacks.data_stack import DataStack
from stacks.environments import Environment
from stacks.functions import Functions
from stacks.requests_stack import RequestsStack
from stacks.rollout import Rollouts
from stacks.secrets_stack import SecretsStack
from stacks.sweeps import every_minute

EXPIRE_PAYMENTS: Final = "expire_payments"
# A sweep ends by itself before; what is left is due a minute later too.
EXPIRE_TIMEOUT_S: Final = 60


class PaymentsStack(cdk.Stack):
    """One function per payment route, and one that sweeps."""

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
        expire = functions.make(
            EXPIRE_PAYMENTS,
            group="payments",
            needs=(ClockSettings, LedgerSettings),
            facts=facts,
            timeout_s=EXPIRE_TIMEOUT_S,
        )
        data.allow(expire, actions=("BatchGetItem", "UpdateItem"), indexes=(schema.BY_DUE.name,))
        every_minute(self, environment, expire, EXPIRE_PAYMENTS)
