"""The CDK app: every stack of one environment, and the order in which they are deployed.

`cdk deploy --all -c env=dev` (or `local`, `staging`, `prod`; the default is dev). `stacks/environments.py` lists the
settings of an environment. Change them in `environments/<name>.toml`, or for one deployment with `-c name=value`.
"""

import sys
from collections.abc import Sequence
from itertools import pairwise, product
from pathlib import Path
from typing import Any

import aws_cdk as cdk

from layers.build import missing_byte_code, vendor_layer
from layers.reference import reference_files
from stacks.api.api_stack import ApiStack
from stacks.api.payments_stack import PaymentsStack
from stacks.api.reference_stack import ReferenceStack
from stacks.api.stripe_stack import StripeStack
from stacks.api.v1_stack import V1Stack
from stacks.data.data_stack import DataStack
from stacks.data.donors_stack import DonorsStack
from stacks.data.secrets_stack import SecretsStack
from stacks.environments import Environment, deployed_environment
from stacks.operations.dashboard_stack import BUILT, DashboardStack, HostingStack, is_built
from stacks.operations.monitoring_stack import MonitoringStack
from stacks.operations.pipeline_stack import PipelineStack
from stacks.operations.removals_stack import RemovalsStack
from stacks.regions import DISTRIBUTION, has
from stacks.resources import Resources
from stacks.workers.clock import register_clock
from stacks.workers.disbursements_stack import DisbursementsStack
from stacks.workers.donations_stack import DonationsStack
from stacks.workers.events_stack import EventsStack
from stacks.workers.faults import register_faults
from stacks.workers.requests_stack import RequestsStack
from stacks.workers.settlement_stack import SettlementStack
from stacks.workers.webhooks_stack import WebhooksStack


def build(app: cdk.App, environment: Environment, *, packages: Path, dashboard: Path = BUILT) -> None:
    """Create the stacks.

    `packages` is the folder of the vendor layer, which contains `python/`; `dashboard` is that of the dashboard's
    build. Locally, the sandbox's port serves the build.
    """
    resources = Resources()
    register_clock(environment, resources)
    register_faults(environment, resources)
    data = DataStack(app, environment, resources=resources)
    secrets = SecretsStack(app, environment, packages=packages, resources=resources)
    requests = RequestsStack(app, environment, packages=packages, resources=resources)
    made: dict[str, Any] = {"packages": packages, "resources": resources}
    events = EventsStack(app, environment, **made, data=data)
    payments = PaymentsStack(app, environment, **made, secrets=secrets, requests=requests, events=events)
    webhooks = WebhooksStack(app, environment, **made, secrets=secrets, requests=requests, events=events)
    reference = ReferenceStack(app, environment, **made)
    settlement = SettlementStack(app, environment, **made, payments=payments, events=events, requests=requests)
    functions: list[cdk.Stack] = [payments, webhooks, settlement, requests]
    donors = DonorsStack(app, environment, data=data, resources=resources) if environment.donations else None
    if donors is not None:
        functions.append(DonationsStack(app, environment, **made, donors=donors, events=events, requests=requests))
    if environment.disbursements:
        functions.append(
            DisbursementsStack(app, environment, **made, data=data, secrets=secrets, events=events, requests=requests)
        )
    api = ApiStack(app, environment, functions=functions, donors=donors, reference=reference)
    stripe = StripeStack(app, environment, **made, secrets=secrets, requests=requests)
    v1 = V1Stack(app, environment, api=api, stripe=stripe, reference=reference)
    monitoring = MonitoringStack(app, environment, **made, data=data, api=api)
    last: list[cdk.Stack] = []
    is_hosted = environment.dashboard and is_built(dashboard) and has(data, DISTRIBUTION, "a dashboard")
    if is_hosted:
        hosting = HostingStack(app, environment)
        DashboardStack(app, environment, **made, hosting=hosting, built=dashboard, api=api, v1=v1, reference=reference)
        last.append(hosting)
    if environment.name != "local":
        after = [stack for stack in app.node.children if isinstance(stack, cdk.Stack)]
        RemovalsStack(app, environment, **made, is_hosted=is_hosted).precede(after)
    if environment.github_repository is not None:
        last.append(PipelineStack(app, environment, repository=environment.github_repository))
    # Not locally, where it would take longer and a failure is repeated at once.
    if environment.name != "local":
        _put_in_order(
            [[webhooks], [payments], [donors, reference]],
            [[api], [stripe], [v1, monitoring], last],
        )
    for name, value in environment.tags.items():
        cdk.Tags.of(app).add(name, value)


def _put_in_order(*orders: Sequence[Sequence[cdk.Stack | None]]) -> None:
    """Let each step wait for the step before it, so that the failure of a stack leaves those that can do without it.

    When a stack fails, the CDK CLI finishes those that it has started and skips all others, whatever they need (the
    class `WorkGraph` of aws-cdk). An account that may not create distributions yet has both APIs and their alarms.
    `v1` and `monitoring` start together: deployed several at once, neither is skipped for the other. `webhooks` reads
    what `payments` writes, so it knows a new type of event first.
    """
    for steps in orders:
        for earlier, later in pairwise(steps):
            for stack, other in product(later, earlier):
                if stack is not None and other is not None:
                    stack.add_stack_dependency(other, "what it comes after is deployed although it fails")


if __name__ == "__main__":
    the_app = cdk.App()
    asked_for = deployed_environment(the_app.node.get_all_context())
    # Not an error: which command runs the app is unknown here, and `cdk destroy` needs no byte code.
    if missing := missing_byte_code(asked_for.vendor):
        sys.stderr.write(f"{missing}\n")
    # Does nothing if the CDK CLI has run the build step of cdk.json.
    reference_files()
    build(the_app, asked_for, packages=vendor_layer(asked_for.vendor))
    the_app.synth()
