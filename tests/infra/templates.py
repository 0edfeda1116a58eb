"""Templates as the CDK CLI would get them, of every environment: no Docker, no network, account and region fixed."""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import aws_cdk as cdk

from app import build
from stacks.environments import ENVIRONMENTS, Environment, environment_of

ROOT = Path(__file__).resolve().parents[2]
FLAGS: dict[str, Any] = json.loads((ROOT / "cdk.json").read_text())["context"]

ACCOUNT = "123456789012"
REGION = "eu-west-1"

Json = dict[str, Any]


@dataclass(frozen=True, repr=False)
class Resource:
    """One resource of one template. As text it is what a failing sentence should name."""

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
    """The stacks that the CDK CLI deploys first."""

    def __repr__(self) -> str:
        return self.environment.name

    def all(self, *types: str) -> list[Resource]:
        """Every resource of these types, or of any type."""
        return [resource for resource in self._resources() if not types or resource.type in types]

    def one(self, of_type: str) -> Resource:
        """The only resource of a type."""
        (resource,) = self.all(of_type)
        return resource

    def in_stack(self, concern: str, of_type: str) -> Resource:
        """The only resource of a type in a stack."""
        (resource,) = (found for found in self.all(of_type) if found.stack.endswith(f"-{concern}"))
        return resource

    def template(self, concern: str) -> Json:
        return self.templates[f"paysandbox-{self.environment.name}-{concern}"]

    def _resources(self) -> Iterator[Resource]:
        for stack, template in self.templates.items():
            for name, whole in template.get("Resources", {}).items():
                yield Resource(stack, name, whole["Type"], whole.get("Properties", {}), whole)


def app_of(folder: Path, **context: str) -> tuple[cdk.App, Environment]:
    """The app of `cdk synth -c name=value …`. The vendor layer is a stand-in: what it holds is the build's test."""
    packages = folder / "vendor"
    (packages / "python").mkdir(parents=True, exist_ok=True)
    (packages / "python" / "stand_in.py").touch()
    asked = {"account": ACCOUNT, "region": REGION, **context}
    app = cdk.App(context={**FLAGS, **asked}, outdir=str(folder / "cdk.out"))
    environment = environment_of(asked)
    build(app, environment, packages=packages)
    return app, environment


def synthesize(folder: Path, **context: str) -> Synthesized:
    """What that command makes."""
    app, environment = app_of(folder, **context)
    stacks = app.synth().stacks
    return Synthesized(
        environment,
        {stack.stack_name: stack.template for stack in stacks},
        {stack.stack_name: bool(stack.termination_protection) for stack in stacks},
        {stack.stack_name: {other.id for other in stack.dependencies} & {s.id for s in stacks} for stack in stacks},
    )


def names() -> list[str]:
    return list(ENVIRONMENTS)


def statements(policy: Resource) -> list[Json]:
    """The statements of a role's or key's policy."""
    document: Json = policy.properties.get("PolicyDocument") or policy.properties["KeyPolicy"]
    return document["Statement"]


def listed(value: Any) -> list[Any]:
    """IAM's one-or-many."""
    return value if isinstance(value, list) else [value]


def text(value: Any) -> str:
    """A template's value as text, intrinsic functions spelled out."""
    return value if isinstance(value, str) else json.dumps(value)
