"""The only way to create a function: its layers, environment, role, log and tracing.

Every stack with functions declares its own layer versions from the same two assets. A layer version's ARN changes with
every build, and CloudFormation cannot replace a layer version that another stack imports.
"""

from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from typing import Any, Final, Protocol

import aws_cdk as cdk
from aws_cdk import aws_iam as iam, aws_lambda as lambda_, aws_logs as logs
from constructs import Construct

from layers.build import LAMBDA_ARCHITECTURE, LAMBDA_PYTHON, TRACING_PACKAGES, has_byte_code
from paysandbox.aws.resources import LEDGER
from paysandbox.aws.settings import FULL_TRACING, TracingSettings
from paysandbox.core.metrics import namespace
from paysandbox.http.route import Function, Route, functions_of
from paysandbox.metrics.usage_cost import MEMORY_MB, PAYMENT_MEMORY_MB
from stacks import nag_reasons
from stacks.api.aliases import has_alias
from stacks.environments import Environment
from stacks.resources import Resources
from stacks.workers.clock import clock_grants
from stacks.workers.faults import fault_grants

ROOT: Final = Path(__file__).resolve().parent.parent
HANDLERS: Final = ROOT / "lambdas"

# The newest Python in aws-cdk-lib. The local engine runs handlers in its own Python.
RUNTIME: Final = lambda_.Runtime(f"python{LAMBDA_PYTHON}", lambda_.RuntimeFamily.PYTHON, supports_snap_start=True)
ARCHITECTURE: Final = {"arm64": lambda_.Architecture.ARM_64, "x86_64": lambda_.Architecture.X86_64}[LAMBDA_ARCHITECTURE]

_WRITES: Final = frozenset({"PutItem", "UpdateItem"})

# Of Powertools' Tracer, for its decorators: they would put responses and texts of exceptions into traces.
_NO_TEXTS: Final = {"POWERTOOLS_TRACER_CAPTURE_RESPONSE": "false", "POWERTOOLS_TRACER_CAPTURE_ERROR": "false"}

# Lambda's names. Without one, Lambda would drop what is below INFO, whatever Powertools prints.
_LOG_LEVELS: Final = {"DEBUG": lambda_.ApplicationLogLevel.DEBUG, "INFO": lambda_.ApplicationLogLevel.INFO}

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
    """Return the retention of an environment's logs."""
    return _LOG_RETENTION[environment.log_retention_days]


def memory_mb(row: Function) -> int:
    """Return a function's memory."""
    pays = row.routes and any(grant.resource == LEDGER and _WRITES & {*grant.actions} for grant in row.grants)
    return PAYMENT_MEMORY_MB if pays else MEMORY_MB


def function_name(environment: Environment, name: str) -> str:
    """Return a function's physical name. API stacks format ARNs from it, so that stacks share no references."""
    return environment.named(name)


class RequestStore(Protocol):
    """What stores the requests that functions log (`stacks.workers.requests_stack`)."""

    def stores(self, row: Function) -> bool:
        """Return whether requests of this function's routes are stored."""
        ...

    def follow(self, log: logs.LogGroup) -> None:
        """Store what is logged there."""
        ...


class WholeRole(iam.Role):
    """A role with its rights inside: one resource instead of two, and none before the other."""

    def __init__(
        self, scope: Construct, construct_id: str, *, description: str, assumed_by: iam.ServicePrincipal
    ) -> None:
        self._rights = iam.PolicyDocument()
        super().__init__(
            scope,
            construct_id,
            description=description,
            assumed_by=assumed_by,  # pyright: ignore[reportArgumentType] - jsii's class and its own interface differ
            inline_policies={"rights": self._rights},
        )

    def add_to_principal_policy(self, statement: iam.PolicyStatement) -> iam.AddToPrincipalPolicyResult:
        """Add a right. The CDK calls this for every grant, and would make a resource of its own."""
        self._rights.add_statements(statement)
        return iam.AddToPrincipalPolicyResult(statement_added=True, policy_dependable=self)


class FunctionRole(WholeRole):
    """The role of a function."""

    def __init__(self, scope: Construct, construct_id: str, *, description: str) -> None:
        principal = iam.ServicePrincipal("lambda.amazonaws.com")
        super().__init__(scope, construct_id, description=description, assumed_by=principal)


class Functions:
    """A factory for the functions of one stack.

    `packages` is the folder of the vendor layer. `facts` are settings that come neither from the environment nor from a
    resource, keyed by the names of the settings' fields. `requests` follows the logs of functions whose requests it
    stores; None: it follows none.

    A stack has one log group for the functions that are followed, and one for the others. Locally each function has
    its own.
    """

    def __init__(
        self,
        stack: cdk.Stack,
        environment: Environment,
        *,
        packages: Path,
        resources: Resources,
        facts: Mapping[str, object] | None = None,
        requests: RequestStore | None = None,
    ) -> None:
        self._stack = stack
        self._requests = requests
        self._logs: dict[str, logs.LogGroup] = {}
        self._environment = environment
        self._resources = resources
        self._facts = {**environment.facts, **(facts or {})}
        shared = resources.shared_layer(environment.vendor)
        if not environment.layers_without_byte_code and not (has_byte_code(shared) and has_byte_code(packages)):
            _refuse_deployment_without_byte_code(stack)
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
                ("SharedLayer", "paysandbox", lambda_.Code.from_asset(str(shared))),
                ("VendorLayer", "third-party packages", _packages_code(environment, packages)),
            )
        ]

    def make_routes(self, routes: Iterable[Route], *then: Callable[[lambda_.Function, Function], None]) -> None:
        """Create the functions of these routes, and pass each to the callbacks in `then`."""
        for row in functions_of(routes):
            function = self.make(row, followed=self._requests is not None and self._requests.stores(row))
            for follow in then:
                follow(function, row)

    def make(
        self, row: Function, *, memory: int | None = None, by_api: bool = False, followed: bool = False
    ) -> lambda_.Function:
        """Create a function with its settings and grants, and permission to write its log and, if any, its traces.

        `memory` is in MB; None: as its routes need. `by_api`: an API calls it, although it has no routes. `followed`:
        what it logs is stored.
        """
        name = row.name
        physical_name = function_name(self._environment, name)
        log_group = self._log(name, followed=followed)
        role = FunctionRole(self._stack, f"{name}_role", description=f"Runs {physical_name}")
        self._permit_log(role, log_group, physical_name)
        is_traced = self._is_traced(by_api=by_api or bool(row.routes))
        if is_traced:
            nag_reasons.acknowledge(role, "IAM5 of X-Ray", finding="Resource::*")
        function = lambda_.Function(
            self._stack,
            name,
            function_name=physical_name,
            runtime=RUNTIME,
            architecture=ARCHITECTURE,
            handler=row.handler,
            code=_group_code(row.group),
            layers=self._layers,
            environment=self._variables(row),
            # jsii's class and its own interface name a parameter differently.
            role=role,  # pyright: ignore[reportArgumentType] - jsii's class and its own interface differ
            timeout=cdk.Duration.seconds(row.timeout_s),
            tracing=lambda_.Tracing.ACTIVE if is_traced else lambda_.Tracing.DISABLED,
            memory_size=memory or memory_mb(row),
            snap_start=lambda_.SnapStartConf.ON_PUBLISHED_VERSIONS if self._has_snapshots(row) else None,
            log_group=log_group,
            **_logging(self._environment),
        )
        self._resources.grant(function, [*row.grants, *clock_grants(row), *fault_grants(row)])
        return function

    def _log(self, name: str, *, followed: bool) -> logs.LogGroup:
        """Return the log group of a function."""
        environment = self._environment
        if environment.shared_logs:
            log_id, log_name = ("requests_log", "requests") if followed else ("functions_log", "functions")
            of_stack = f"{self._stack.stack_name.removeprefix(environment.named(''))}-{log_name}"
            log_name = environment.replaceable_name(of_stack)
        else:
            log_id, log_name = f"{name}_log", f"/aws/lambda/{function_name(environment, name)}"
        if log_id not in self._logs:
            self._logs[log_id] = logs.LogGroup(
                self._stack,
                log_id,
                log_group_name=log_name,
                retention=log_retention(environment),
                removal_policy=environment.removal_policy,
            )
            if followed and self._requests is not None:
                self._requests.follow(self._logs[log_id])
        return self._logs[log_id]

    def _permit_log(self, role: iam.Role, log: logs.LogGroup, function: str) -> None:
        """Let a function write to its log: in one that functions share, to its own streams only.

        Their names are `YYYY/MM/DD/function[version]` and an ID: AWS Lambda developer guide, "Configuring CloudWatch
        log groups". An empty stream is no harm, and IAM does not promise that its creation is checked by its name.
        """
        if not self._environment.shared_logs:
            log.grant_write(role)
            return
        streams = f"log-stream:*/{function}[*"
        arn = self._stack.format_arn(
            service="logs",
            resource="log-group",
            resource_name=f"{log.log_group_name}:{streams}",
            arn_format=cdk.ArnFormat.COLON_RESOURCE_NAME,
        )
        for action, resource in (("logs:CreateLogStream", log.log_group_arn), ("logs:PutLogEvents", arn)):
            role.add_to_policy(iam.PolicyStatement(actions=[action], resources=[resource]))
        log_id = self._stack.resolve(log.log_group_name)["Ref"]
        finding = nag_reasons.written_arn(self._stack, "logs", f"log-group:<{log_id}>:{streams}")
        nag_reasons.acknowledge(role, "IAM5 of logs", finding=f"Resource::{finding}")

    def _is_traced(self, *, by_api: bool) -> bool:
        # No sampling rule holds for a worker's own traces: of each function, the first run of each second and 5% of the
        # others. Without the SDK they would have a duration, which the log has, and nothing of the request before it.
        return self._environment.tracing == FULL_TRACING or (self._environment.is_traced and by_api)

    def _has_snapshots(self, row: Function) -> bool:
        # Versions are published of functions with an alias, and of nothing else.
        return self._environment.snap_start and any(has_alias(self._environment, route) for route in row.routes)

    def _variables(self, row: Function) -> dict[str, str]:
        variables = {
            "POWERTOOLS_SERVICE_NAME": row.group,
            "POWERTOOLS_LOG_LEVEL": self._environment.log_level,
            "POWERTOOLS_METRICS_NAMESPACE": namespace(self._environment.name),
        }
        if self._environment.tracing == FULL_TRACING:
            variables |= TracingSettings(FULL_TRACING).to_env() | _NO_TEXTS
        known = self._facts | self._resources.facts(row.grants, self._stack)
        variables |= {name: str(known[name]) for name in row.table_variables}
        for kind in row.settings:
            variables |= kind(**{name: known[name] for name in kind.types}).to_env()
        return variables


def _logging(environment: Environment) -> dict[str, Any]:
    """Return the log format and levels. On AWS no line of Lambda's own is written about a run that succeeded.

    Levels need the JSON format, which leaves lines that are JSON already as they are: AWS Lambda developer guide,
    "Configuring JSON and plain text log formats". The engine knows one format, plain lines.
    """
    if environment.name == "local":
        return {"logging_format": lambda_.LoggingFormat.TEXT}
    return {
        "logging_format": lambda_.LoggingFormat.JSON,
        "system_log_level_v2": lambda_.SystemLogLevel.WARN,
        "application_log_level_v2": _LOG_LEVELS[environment.log_level],
    }


def _refuse_deployment_without_byte_code(stack: cdk.Stack) -> None:
    """Let CloudFormation refuse the template: of the CDK's commands, only a deployment evaluates its rules."""
    parameter = cdk.CfnParameter(
        stack, "ByteCode", default="missing", description="accepted: deploy layers without byte code"
    )
    cdk.CfnRule(
        stack,
        "LayersHaveByteCode",
        assertions=[
            cdk.CfnRuleAssertion(
                assert_=cdk.Fn.condition_equals(parameter.value_as_string, "accepted"),
                assert_description=f"The layers have no byte code: python{LAMBDA_PYTHON} was not on the PATH. Install "
                "it and deploy again, or accept slower cold starts with -c layers_without_byte_code=true.",
            )
        ],
    )


def _packages_code(environment: Environment, packages: Path) -> lambda_.Code:
    """Return the code of the vendor layer, without the X-Ray SDK where functions do not import it."""
    without = [] if environment.tracing == FULL_TRACING else [f"python/{name}*" for name in TRACING_PACKAGES]
    return lambda_.Code.from_asset(str(packages), exclude=without, ignore_mode=cdk.IgnoreMode.GIT)


def _group_code(group: str) -> lambda_.Code:
    """Return the code of a group's folder under its own name, so that modules have the same names here and in tests."""
    return lambda_.Code.from_asset(
        str(HANDLERS), exclude=["*", f"!{group}", f"!{group}/**", "__pycache__"], ignore_mode=cdk.IgnoreMode.GIT
    )
