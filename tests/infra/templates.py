"""Every environment's templates, as the CDK CLI gets them: no Docker, no network, a fixed account and region."""

import json
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache, cached_property
from pathlib import Path
from typing import Any

import aws_cdk as cdk

from app import build
from stacks.environments import ENVIRONMENTS, Environment, environment_of
from tests.support.tools.synthesized import kept

ROOT = Path(__file__).resolve().parents[2]
FLAGS: dict[str, Any] = json.loads((ROOT / "cdk.json").read_text())["context"]

ACCOUNT = "123456789012"
REGION = "eu-west-1"

OTHER_BUS = f"arn:aws:events:eu-central-1:{ACCOUNT}:event-bus/default"
CERTIFICATE = "arn:aws:acm:eu-west-1:123456789012:certificate/1"

# A synth takes seconds, so tests of settings that do not touch each other share one.
DOMAINS = {
    "env": "dev",
    "domain": "pay.example.com",
    "certificate_arn": CERTIFICATE,
    "dashboard_domain": "dashboard.example.com",
    "dashboard_certificate_arn": "arn:aws:acm:us-east-1:123456789012:certificate/2",
}
CHANGED = {
    "env": "dev",
    "accept_any_card": "true",
    "accept_card_numbers_in_text": "true",
    "alarm_email": "operator@example.com",
    "budget_usd": "",
    "clock_offset_s": "691200",
    "dispute_percent_per_day_max": "2",
    "donor_burst": "4",
    "donor_requests_per_s": "3",
    "key_cache_s": "0",
    "log_level": "DEBUG",
    "outage_bus_arn": OTHER_BUS,
    "p95_ms_max": "80",
    "probe_every_minutes": "1",
    "retention_days": "3",
}
EVERY_TYPE = {
    "env": "prod",
    "alarm_email": "operator@example.com",
    "certificate_arn": CERTIFICATE,
    "domain": "pay.example.com",
    "github_repository": "owner/name",
    "receipts_from": "receipts@example.com",
    "retention_days": "91",
    "warm_payments_per_s": "1000",
    "waf_requests_per_5_minutes": "7000",
}
"""The settings that add types of resources, and two that add none."""

REPOSITORY = "acme/payments-sandbox"
PROVIDER = f"arn:aws:iam::{ACCOUNT}:oidc-provider/token.actions.githubusercontent.com"
FROM_GITHUB = {
    env: {"env": env, "github_repository": REPOSITORY, "github_provider_arn": PROVIDER, **others}
    for env, others in {
        "dev": {"waf_requests_per_5_minutes": "6100"},
        "staging": {"gradual_rollout": "true", "rollout_alarms": "false"},
        "prod": {"snap_start": "true", "tracing": "off"},
    }.items()
}
"""The environments that GitHub deploys by a provider that exists, each with settings of other stacks."""
PROVIDER_MADE = {
    "env": "dev",
    "github_repository": REPOSITORY,
    "probe_every_minutes": "",
    "sandbox_requests_per_minute": "7",
    "verified_by_pipeline": "true",
}
WITHOUT_DASHBOARD = {"env": "dev", "cors_origins": "https://shop.example.com", "dashboard": "false"}
OTHER_LOCAL = {"env": "local", "accept_unknown_keys": "false", "port": "4710"}

Json = dict[str, Any]


POLICY = "AWS::IAM::Policy"


@dataclass(frozen=True, repr=False)
class Resource:
    """One resource of one template. Its text form is the name for a failing assertion."""

    stack: str
    id: str
    type: str
    properties: Json
    whole: Json

    def __repr__(self) -> str:
        return f"{self.stack}/{self.id}"


@dataclass(frozen=True, repr=False)
class Synthesized:
    """The templates of one environment, by stack name."""

    environment: Environment
    templates: dict[str, Json]
    guarded: dict[str, bool]
    """Whether CloudFormation refuses to delete the stack."""
    after: dict[str, set[str]]
    """The stacks that the CDK CLI deploys first. The order is that of the manifest, in which it starts them."""
    warnings: Sequence[str] = ()
    """What `cdk deploy` warns of."""
    violations: Sequence[str] = ()
    """cdk-nag's findings without a reason, with their places. Of an environment without further settings alone."""

    def __repr__(self) -> str:
        return self.environment.name

    def all(self, *types: str) -> list[Resource]:
        """Return every resource of these types, or of any type."""
        if len(types) == 1:
            return [*self._by_type.get(types[0], ())]
        return [resource for resource in self._resources if not types or resource.type in types]

    def one(self, of_type: str) -> Resource:
        """Return the only resource of a type."""
        (resource,) = self.all(of_type)
        return resource

    def policies(self) -> list[Resource]:
        """Return every policy of a role as a resource with `Roles`, also one that is written inside of its role."""
        inside = [
            Resource(role.stack, role.id, POLICY, {**policy, "Roles": [{"Ref": role.id}]}, role.whole)
            for role in self.all("AWS::IAM::Role")
            for policy in role.properties.get("Policies", [])
        ]
        return [*self.all(POLICY), *inside]

    def in_stack(self, concern: str, of_type: str) -> Resource:
        """Return the only resource of a type in a stack."""
        (resource,) = (found for found in self.all(of_type) if found.stack.endswith(f"-{concern}"))
        return resource

    def template(self, concern: str) -> Json:
        return self.templates[f"paysandbox-{self.environment.name}-{concern}"]

    @cached_property
    def _resources(self) -> Sequence[Resource]:
        return [
            Resource(stack, name, whole["Type"], whole.get("Properties", {}), whole)
            for stack, template in self.templates.items()
            for name, whole in template.get("Resources", {}).items()
        ]

    @cached_property
    def _by_type(self) -> Mapping[str, Sequence[Resource]]:
        by_type: dict[str, list[Resource]] = {}
        for resource in self._resources:
            by_type.setdefault(resource.type, []).append(resource)
        return by_type


def app_of(folder: Path, **context: str) -> cdk.App:
    """Return the app of `cdk synth -c name=value …`, with a stub vendor layer and a stub of the dashboard's build.

    Other tests cover the content of both.
    """
    packages = folder / "vendor"
    (packages / "python").mkdir(parents=True, exist_ok=True)
    (packages / "python" / "stand_in.py").touch()
    built = folder / "dashboard" / "built"
    (built / "assets").mkdir(parents=True, exist_ok=True)
    (built / "index.html").write_text("<!doctype html><html><head></head><body></body></html>")
    (built / "assets" / "index-B1x2y3.js").touch()
    asked = _asked(context)
    app = cdk.App(
        # A stack of calls in Node.js for each resource takes a fifth of a synth, and only explains an error. Copies of
        # the assets, which nobody uploads, take a third. Neither changes a template.
        context={**FLAGS, "aws:cdk:disable-stack-trace": True, "aws:cdk:disable-asset-staging": True, **asked},
        outdir=str(folder / "cdk.out"),
        # By CloudFormation's rules: of each environment, and with the settings that add types of resources.
        builtin_cloud_formation_validation=context.keys() == {"env"} or context == EVERY_TYPE,
    )
    build(app, environment_of(asked), packages=packages, dashboard=built)
    return app


def deployed_from_github(env: str) -> Synthesized:
    return templates_for(**FROM_GITHUB[env])


def templates_for(**context: str) -> Synthesized:
    """Return that command's templates for the current sources, cached from the last time.

    All tests of this process share them: one that changes them takes a copy.
    """
    return _templates_for(tuple(sorted(context.items())))


@cache
def _templates_for(settings: tuple[tuple[str, str], ...]) -> Synthesized:
    context = dict(settings)

    def make() -> Json:
        with tempfile.TemporaryDirectory() as folder:
            return _synthesize(Path(folder), **context)

    return _read(kept(context, make, maker=Path(__file__)), context)


def synthesize(folder: Path, **context: str) -> Synthesized:
    """Synthesize the templates anew: with other packages in `folder`, or after a test replaced something."""
    return _read(_synthesize(folder, **context), context)


def _synthesize(folder: Path, **context: str) -> Json:
    app = app_of(folder, **context)
    # Before the synth, which adds names of exports to the constructs.
    violations = list(violations_in(app)) if context.keys() == {"env"} else []
    assembly = app.synth()
    stacks = assembly.stacks
    ours = {stack.id: stack for stack in stacks}
    listed = json.loads((Path(assembly.directory) / "manifest.json").read_text())["artifacts"]
    return {
        "templates": {stack.stack_name: stack.template for stack in stacks},
        "guarded": {stack.stack_name: bool(stack.termination_protection) for stack in stacks},
        "after": {
            ours[name].stack_name: sorted({other.id for other in ours[name].dependencies} & ours.keys())
            for name in listed
            if name in ours
        },
        "warnings": list(_warnings_in(Path(assembly.directory))),
        "violations": violations,
    }


def _warnings_in(assembly: Path) -> Iterator[str]:
    """Yield the warnings that `cdk deploy` prints for an assembly.

    They are read from its files: `SynthesisMessage.entry` fails where aws-cdk.cloud-assembly-schema, which has the same
    folder as aws-cdk-lib, happened to be installed after it.
    """
    for file in sorted(assembly.glob("*.metadata.json")):
        for entries in json.loads(file.read_text()).values():
            yield from (entry["data"] for entry in entries if entry["type"] == "aws:cdk:warning")


def violations_in(app: cdk.App) -> Iterator[str]:
    """Yield every violated rule of cdk-nag's AwsSolutions pack that is not acknowledged, with its place."""
    # Loading the pack takes a second, which only a synth needs.
    from cdk_nag import AwsSolutionsChecks

    for violation in AwsSolutionsChecks().validate_scope(app).violations:
        for resource in violation.violating_resources:
            yield f"{violation.rule_name} at {resource.construct_path}"


def _read(made: Json, context: Mapping[str, str]) -> Synthesized:
    after = {stack: set(others) for stack, others in made["after"].items()}
    return Synthesized(
        environment_of(_asked(context)),
        made["templates"],
        made["guarded"],
        after,
        made["warnings"],
        made["violations"],
    )


def _asked(context: Mapping[str, str]) -> dict[str, str]:
    return {"account": ACCOUNT, "region": REGION, **context}


def names() -> list[str]:
    return list(ENVIRONMENTS)


def statements(policy: Resource) -> list[Json]:
    """Return the statements of a role's or key's policy."""
    document: Json = policy.properties.get("PolicyDocument") or policy.properties["KeyPolicy"]
    return document["Statement"]


def listed(value: Any) -> list[Any]:
    """Return IAM's one-or-many value as a list."""
    return value if isinstance(value, list) else [value]


def method_limits(synthesized: Synthesized, stack: str) -> dict[str, tuple[float, int]]:
    """Return rate and burst of each method of a stage (`GET /payments`), and of all others as `* /*`."""
    settings = synthesized.in_stack(stack, "AWS::ApiGateway::Stage").properties.get("MethodSettings", [])
    limits: dict[str, tuple[float, int]] = {
        f"{one['HttpMethod']} {one['ResourcePath']}": (one["ThrottlingRateLimit"], one["ThrottlingBurstLimit"])
        for one in settings
    }
    for resource in synthesized.all("Custom::StageLimits"):
        if resource.stack.endswith(f"-{stack}"):
            for group in json.loads(resource.properties["Limits"]):
                limits |= dict.fromkeys(group["methods"], (group["rate"], group["burst"]))
    return limits


def text(value: Any) -> str:
    """Return a template's value as text, with intrinsic functions spelled out."""
    return value if isinstance(value, str) else json.dumps(value)
