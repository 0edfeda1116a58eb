"""THE way to make a function: its layers, environment, role, log group and tracing.

Every stack with functions declares layer versions of its own over the same two assets. A layer version's ARN changes
with every build, and one that another stack imports cannot be replaced on AWS.
"""

from dataclasses import fields
from pathlib import Path
from typing import Final

import aws_cdk as cdk
from aws_cdk import aws_iam as iam, aws_lambda as lambda_, aws_logs as logs

from layers.build import LAMBDA_ARCHITECTURE, LAMBDA_PYTHON, shared_layer
from paysandbox.counts import namespace
from paysandbox.settings import Settings
from stacks import nag_reasons
from stacks.environments import Environment

ROOT: Final = Path(__file__).resolve().parent.parent
HANDLERS: Final = ROOT / "lambdas"

# The newest Python that aws-cdk-lib names. The local engine runs handlers in a Python of its own.
RUNTIME: Final = lambda_.Runtime(f"python{LAMBDA_PYTHON}", lambda_.RuntimeFamily.PYTHON)
ARCHITECTURE: Final = {"arm64": lambda_.Architecture.ARM_64, "x86_64": lambda_.Architecture.X86_64}[LAMBDA_ARCHITECTURE]

TIMEOUT_S: Final = 10
MEMORY_MB: Final = 512

_LOG_RETENTION: Final = {
    1: logs.RetentionDays.ONE_DAY,
    3: logs.RetentionDays.THREE_DAYS,
    5: logs.RetentionDays.FIVE_DAYS,
    7: logs.RetentionDays.ONE_WEEK,
    14: logs.RetentionDays.TWO_WEEKS,
    30: logs.RetentionDays.ONE_MONTH,
    60: logs.RetentionDays.TWO_MONTHS,
    90: logs.RetentionDays.THREE_MONTHS,
    180: logs.RetentionDays.SIX_MONTHS,
    365: logs.RetentionDays.ONE_YEAR,
    731: logs.RetentionDays.TWO_YEARS,
}


def log_retention(environment: Environment) -> logs.RetentionDays:
    """For how long an environment keeps its logs."""
    return _LOG_RETENTION[environment.log_retention_days]


def function_name(environment: Environment, name: str) -> str:
    """A function's physical name: the stack of an API formats ARNs from it, so that none crosses stacks."""
    return environment.named(name)


class Functions:
    """Makes the functions of one stack. `packages` is the folder of the vendor layer."""

    def __init__(self, stack: cdk.Stack, environment: Environment, *, packages: Path) -> None:
        self._stack = stack
        self._environment = environment
        self._layers = [
            lambda_.LayerVersion(
                stack,
                name,
                code=code,
                description=description,
                compatible_runtimes=[RUNTIME],
                compatible_architectures=[ARCHITECTURE],
            )
            for name, description, code in (
                ("SharedLayer", "paysandbox", lambda_.Code.from_asset(str(shared_layer(environment.vendor)))),
                ("VendorLayer", "third-party packages", lambda_.Code.from_asset(str(packages))),
            )
        ]

    def make(
        self,
        name: str,
        *,
        group: str,
        needs: tuple[type[Settings], ...] = (),
        facts: dict[str, object] | None = None,
        timeout_s: int = TIMEOUT_S,
    ) -> lambda_.Function:
        """A function that runs `<group>.<name>.handler`, is told its needs, and may write its log and its traces.

        `facts` are values that only the stack knows (a table's name), under the names of the settings' fields.
        Everything else that the function may do is granted to its role by the stack.
        """
        known = self._environment.facts | (facts or {})
        physical_name = function_name(self._environment, name)
        log_group = logs.LogGroup(
            self._stack,
            f"{name}_log",
            log_group_name=None if self._environment.keep_data else f"/aws/lambda/{physical_name}",
            retention=log_retention(self._environment),
            removal_policy=self._environment.removal_policy,
        )
        role = iam.Role(
            self._stack,
            f"{name}_role",
            description=f"Runs {physical_name}",
            assumed_by=iam.ServicePrincipal("lambda.amazonaws.com"),  # pyright: ignore[reportArgumentType] - see below
        )
        log_group.grant_write(role)
        nag_reasons.acknowledge(role, "IAM5 of X-Ray", finding="Resource::*")
        return lambda_.Function(
            self._stack,
            name,
            function_name=physical_name,
            runtime=RUNTIME,
            architecture=ARCHITECTURE,
            handler=f"{group}.{name}.handler",
            code=_group_code(group),
            layers=self._layers,
            environment=self._variables(group, needs, known),
            # jsii's class and its own interface differ in the name of a parameter.
            role=role,  # pyright: ignore[reportArgumentType]
            timeout=cdk.Duration.seconds(timeout_s),
            memory_size=MEMORY_MB,
            tracing=lambda_.Tracing.ACTIVE,
            log_group=log_group,
            # Powertools prints JSON; Lambda's own JSON format would wrap it once more.
            logging_format=lambda_.LoggingFormat.TEXT,
        )

    def _variables(self, group: str, needs: tuple[type[Settings], ...], known: dict[str, object]) -> dict[str, str]:
        variables = {
            "POWERTOOLS_SERVICE_NAME": group,
            "POWERTOOLS_LOG_LEVEL": self._environment.log_level,
            "POWERTOOLS_METRICS_NAMESPACE": namespace(self._environment.name),
        }
        for need in needs:
            settings = need(**{field.name: known[field.name] for field in fields(need)})  # pyright: ignore[reportArgumentType]
            variables |= settings.to_env()
        return variables


def _group_code(group: str) -> lambda_.Code:
    """A group's folder, under its own name, so that a module is called the same here and in tests."""
    return lambda_.Code.from_asset(
        str(HANDLERS), exclude=["*", f"!{group}", f"!{group}/**", "__pycache__"], ignore_mode=cdk.IgnoreMode.GIT
    )
