"""Deploys the CDK app to the local engine: writes its cloud assembly, then deploys what changed.

Two records make a rerun fast. The sources of the cloud assembly are recorded beside the assembly; the sources of the
deployment are recorded in the engine, so that both are lost together.
"""

from __future__ import annotations

import json
import time
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from cli.connection.target import Target, stack_name
from cli.deploy import cloudformation, template_diff
from cli.deploy.assembly import Assembly
from cli.deploy.cloudformation import STANDING, DeploymentFailedError
from cli.deploy.sources import sources
from cli.sandbox import engine
from cli.state.state_dir import StateDir, read_json, write_json
from cli.terminal.failure import Failure
from cli.terminal.steps import Step
from engine.lock import now

# The engine's CloudFormation waits up to a minute for the response of a custom resource.
SETTLE_S = 75.0


@dataclass(frozen=True)
class Deployed:
    """The sources and stacks of the current deployment."""

    fingerprint: str
    stacks: tuple[str, ...]


class Deployment:
    """The deployment of one home's app to its engine."""

    def __init__(self, home: StateDir, target: Target, held: int | None = None) -> None:
        self._home = home
        self._target = target
        self._held = held
        self._port = target.base_url.rpartition(":")[2]
        self._sources = sources().fingerprint(target.environment)
        self._cloudformation: Any = target.client("cloudformation")

    # Queries

    def is_current(self) -> bool:
        """Return whether exactly these sources are deployed, and all their stacks exist."""
        deployed = self._deployed()
        if deployed is None or deployed.fingerprint != self._sources.whole:
            return False
        standing = self._stacks()
        return all(_is_deployed(standing.get(stack)) for stack in deployed.stacks)

    # Steps

    def synthesize(self) -> bool:
        """Write the cloud assembly into the home, unless it is current and whole. Return whether it was written."""
        made = read_json(self._home.assembly_record)
        is_current = (made.get("fingerprint"), made.get("port")) == (self._sources.whole, self._port)
        if is_current and Assembly.read(self._home.cloud_assembly).is_whole():
            return False
        self._home.assembly_record.unlink(missing_ok=True)
        sources().assemble(self._home, self._target, self._held)
        record = {
            "fingerprint": self._sources.whole,
            "port": self._port,
            "at": now(),
            "files": dict(self._sources.files),
        }
        write_json(self._home.assembly_record, record)
        return True

    def changed_files(self) -> Sequence[str]:
        """Return the sources that changed since the deployment, or none if they are unknown.

        The assembly's record lists the files, so this must be called before the next synth.
        """
        deployed, made = self._deployed(), read_json(self._home.assembly_record)
        if deployed is None or made.get("fingerprint") != deployed.fingerprint or "files" not in made:
            return []
        return self._sources.changed_since(made["files"])

    def changes(self) -> dict[str, str]:
        """Return the changes between the deployment and the assembly, by stack."""
        standing = self._stacks()
        found = {}
        for name in self._assembled():
            after = read_json(self._home.cloud_assembly / f"{name}.template.json")
            before = self._template(name) if _is_deployed(standing.get(name)) else None
            words = template_diff.in_stack(before, after)
            if words is not None:
                found[name.removeprefix(self._prefix)] = words
        return found

    def deploy(self, step: Step, changed: Collection[str]) -> None:
        """Deploy the changed stacks, then record these sources as deployed."""
        assembly = Assembly.read(self._home.cloud_assembly)
        self._home.deploying.touch()
        step.say("uploading the functions' code")
        try:
            cloudformation.publish(assembly, self._target)
            names = {f"{self._prefix}{stack}" for stack in changed}
            cloudformation.deploy(assembly, self._target, only=names, say=lambda detail: step.say(detail, passing=True))
        except DeploymentFailedError as error:
            if engine.running(self._home) is not None:  # otherwise stacks may be half deployed
                self._home.deploying.unlink(missing_ok=True)
            raise self._failure(error) from None
        self._home.deploying.unlink(missing_ok=True)
        self._remember()

    def settle(self) -> None:
        """Wait until no stack is being deployed: a stack would stay in progress if the engine stopped now."""
        deadline = time.monotonic() + SETTLE_S
        while time.monotonic() < deadline and self._on_their_way():
            time.sleep(0.25)
        self._home.deploying.unlink(missing_ok=True)

    def clear_abandoned(self) -> None:
        """Handle stacks that were in progress when the engine stopped, and which cannot continue.

        A stack that was being created is empty and is deleted. A stack that was being updated may contain payments.
        """
        for stack, status in self._on_their_way().items():
            if status.startswith("UPDATE"):
                raise Failure(
                    f"The engine stopped during an update of {stack} and cannot resume it.",
                    "Start again with an empty sandbox: paysandbox up --fresh. This deletes its payments.",
                )
            self._cloudformation.delete_stack(StackName=stack)

    # The two facts

    def _deployed(self) -> Deployed | None:
        ssm = self._target.client("ssm")
        try:
            value = json.loads(ssm.get_parameter(Name=self._parameter)["Parameter"]["Value"])
        except ssm.exceptions.ParameterNotFound:
            return None
        return Deployed(value["fingerprint"], tuple(value["stacks"]))

    def _remember(self) -> None:
        value = json.dumps({"fingerprint": self._sources.whole, "stacks": self._assembled(), "at": now()})
        self._target.client("ssm").put_parameter(Name=self._parameter, Value=value, Type="String", Overwrite=True)

    @property
    def _parameter(self) -> str:
        return f"/paysandbox-cli/{self._target.environment}/deployed"

    # Stacks

    @property
    def _prefix(self) -> str:
        return stack_name(self._target.environment, "")

    def _assembled(self) -> list[str]:
        return [*Assembly.read(self._home.cloud_assembly).stacks()]

    def _template(self, stack: str) -> Mapping[str, Any]:
        return self._cloudformation.get_template(StackName=stack)["TemplateBody"]

    def _stacks(self) -> dict[str, str]:
        pages = self._cloudformation.get_paginator("describe_stacks").paginate()
        return {stack["StackName"]: stack["StackStatus"] for page in pages for stack in page["Stacks"]}

    def _on_their_way(self) -> dict[str, str]:
        return {name: status for name, status in self._stacks().items() if status.endswith("_IN_PROGRESS")}

    def _failure(self, error: DeploymentFailedError) -> Failure:
        causes = [*error.args]
        engine_says = engine.errors(self._home)
        if engine_says:
            causes = [*causes, "Engine log:", *engine_says]
        return Failure(
            ["The deployment failed:", *(f"  {cause}" for cause in causes)],
            [
                f"Engine log: {self._home.engine_log}.",
                "Fix the cause and run `paysandbox up` again. It continues where it stopped.",
            ],
        )


def _is_deployed(status: str | None) -> bool:
    return status in STANDING
