"""Puts the CDK app into the local engine: bootstrap once, then synthesize and deploy whatever changed, and say what.

Two facts make a rerun quick, and each lives where it is true: which sources the cloud assembly was made from stands
beside the assembly; which sources are deployed stands in the engine itself, to be lost together with what it speaks of.
"""

from __future__ import annotations

import json
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from cli.connection.target import Target, stack_name
from cli.engine_process.lock import now
from cli.sandbox import engine, template_diff
from cli.sandbox.cdk import CdkError, cdk
from cli.sandbox.fingerprint import Fingerprint, fingerprint
from cli.sandbox.progress import Progress
from cli.sandbox.state_dir import ROOT, StateDir, read_json, write_json
from cli.terminal.failure import Failure
from cli.terminal.steps import Step

# CloudFormation in the engine gives a custom resource a minute to answer.
SETTLE_S = 75.0

_TOOLKIT = "CDKToolkit"
_ACCOUNT = "000000000000"


@dataclass(frozen=True)
class Deployed:
    """What is in the engine: from which sources, and which stacks."""

    fingerprint: str
    stacks: tuple[str, ...]


def sources(environment: str) -> Fingerprint:
    """What an environment is deployed from, as it is now.

    The port is no part of it: what is deployed is moved when it is loaded at another (cli/engine_process/stored.py).
    """
    return fingerprint({"env": environment})


class Deployment:
    """The way of one home's app into its engine."""

    def __init__(self, home: StateDir, target: Target, held: int | None = None) -> None:
        self._home = home
        self._target = target
        self._held = held
        self._port = target.base_url.rpartition(":")[2]
        self._sources = sources(target.environment)
        self._cloudformation: Any = target.client("cloudformation")

    # What is there

    def is_current(self) -> bool:
        """Whether exactly these sources are deployed, and every stack of theirs still stands."""
        deployed = self._deployed()
        if deployed is None or deployed.fingerprint != self._sources.whole:
            return False
        standing = self._stacks()
        return all(_stands(standing.get(stack)) for stack in deployed.stacks)

    def is_bootstrapped(self) -> bool:
        """Whether the engine has what CDK deploys through (its bucket and roles)."""
        return _stands(self._stacks().get(_TOOLKIT))

    # Steps

    def bootstrap(self) -> None:
        """`cdk bootstrap`, once per state of the engine."""
        # From outside the app: inside, CDK would build and synthesize it first, to learn its environments.
        with (self._home.path / "bootstrap.log").open("w", encoding="utf-8") as log:
            try:
                cdk(
                    "bootstrap",
                    f"aws://{_ACCOUNT}/{self._target.region}",
                    target=self._target,
                    home=self._home,
                    folder=self._home.tmp,
                    log=log,
                    held=self._held,
                )
            except CdkError as error:
                raise Failure([*error.said, "", "Bootstrapping failed."], "Try: paysandbox up --fresh") from None

    def synthesize(self) -> bool:
        """`cdk synth` into the home, unless the assembly there is of these sources. Says whether it had to."""
        made = read_json(self._home.assembly_record)
        if (made.get("fingerprint"), made.get("port")) == (self._sources.whole, self._port):
            return False
        self._home.assembly_record.unlink(missing_ok=True)
        context = ("-c", f"env={self._target.environment}", "-c", f"port={self._port}")
        with (self._home.path / "synth.log").open("w", encoding="utf-8") as log:
            try:
                cdk(
                    "synth",
                    "--quiet",
                    "--build=true",  # the program of that name: cdk.json's step builds the layer for AWS, not for here
                    *context,
                    "--output",
                    self._home.cloud_assembly,
                    target=self._target,
                    home=self._home,
                    folder=ROOT,
                    log=log,
                    held=self._held,
                )
            except CdkError as error:
                raise Failure(
                    [*error.said, "", "The CDK app did not synthesize."],
                    "What it says above comes from app.py and stacks/. Mend it, then run the command again.",
                ) from None
        record = {
            "fingerprint": self._sources.whole,
            "port": self._port,
            "at": now(),
            "files": dict(self._sources.files),
        }
        write_json(self._home.assembly_record, record)
        return True

    def changed_files(self) -> Sequence[str]:
        """The sources that changed since what is deployed was made. Empty where that is not known.

        The assembly's record remembers the files. So it is asked before the next synth.
        """
        deployed, made = self._deployed(), read_json(self._home.assembly_record)
        if deployed is None or made.get("fingerprint") != deployed.fingerprint or "files" not in made:
            return []
        return self._sources.changed_since(made["files"])

    def changes(self) -> dict[str, str]:
        """What the assembly changes in what is deployed, by stack."""
        standing = self._stacks()
        found = {}
        for name in self._assembled():
            after = read_json(self._home.cloud_assembly / f"{name}.template.json")
            before = self._template(name) if _stands(standing.get(name)) else None
            words = template_diff.in_stack(before, after)
            if words is not None:
                found[name.removeprefix(self._prefix)] = words
        return found

    def deploy(self, step: Step) -> None:
        """`cdk deploy --all`, with its progress; afterwards these sources are what is deployed."""
        progress = Progress(self._prefix)

        def each_line(line: str) -> None:
            news = progress.read(line)
            if news is not None:
                step.say(news.text, passing=news.passing)

        self._home.deploying.touch()
        with self._home.deploy_log.open("w", encoding="utf-8") as log:
            try:
                cdk(
                    "deploy",
                    "--all",
                    "--app",
                    self._home.cloud_assembly,
                    # A change set in which only outputs change (the port) is taken for empty by the engine.
                    "--method",
                    "direct",
                    "--require-approval",
                    "never",
                    "--progress",
                    "events",
                    "--concurrency",
                    "4",
                    "--asset-parallelism",
                    "--outputs-file",
                    self._home.outputs,
                    target=self._target,
                    home=self._home,
                    folder=self._home.tmp,
                    log=log,
                    each_line=each_line,
                    held=self._held,
                )
            except CdkError as error:
                if engine.running(self._home) is not None:  # else stacks may have been stopped on their way
                    self._home.deploying.unlink(missing_ok=True)
                raise self._failure(progress, error) from None
        self._home.deploying.unlink(missing_ok=True)
        self._remember()

    def settle(self) -> None:
        """Wait until no stack is on its way, for as long as that can take: stopped on the way, it would stay there."""
        deadline = time.monotonic() + SETTLE_S
        while time.monotonic() < deadline and self._on_their_way():
            time.sleep(0.25)
        self._home.deploying.unlink(missing_ok=True)

    def clear_abandoned(self) -> None:
        """Deal with stacks that were on their way when the engine was stopped: nobody will ever take them further.

        A stack that was being made holds nothing yet and is deleted. One that was being changed may hold payments.
        """
        for stack, status in self._on_their_way().items():
            if status.startswith("UPDATE"):
                raise Failure(
                    f"The engine was stopped while it was changing {stack}, and cannot go on with that.",
                    "Begin anew, without the payments in it: paysandbox up --fresh",
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
        artifacts = read_json(self._home.cloud_assembly / "manifest.json").get("artifacts", {})
        return [name for name, artifact in artifacts.items() if artifact["type"] == "aws:cloudformation:stack"]

    def _template(self, stack: str) -> Mapping[str, Any]:
        return self._cloudformation.get_template(StackName=stack)["TemplateBody"]

    def _stacks(self) -> dict[str, str]:
        pages = self._cloudformation.get_paginator("describe_stacks").paginate()
        return {stack["StackName"]: stack["StackStatus"] for page in pages for stack in page["Stacks"]}

    def _on_their_way(self) -> dict[str, str]:
        return {name: status for name, status in self._stacks().items() if status.endswith("_IN_PROGRESS")}

    def _failure(self, progress: Progress, error: CdkError) -> Failure:
        causes = progress.failures or [line for line in error.said if progress.read(line) is None]
        engine_says = engine.errors(self._home)
        if engine_says:
            causes = [*causes, "The engine says:", *engine_says]
        return Failure(
            ["The deployment failed:", *(f"  {cause}" for cause in causes)],
            [
                f"All that CDK said: {self._home.deploy_log}; the engine: {self._home.engine_log}.",
                "Mend the cause and run `paysandbox up` again: it goes on from what stands.",
            ],
        )


def _stands(status: str | None) -> bool:
    return status in {"CREATE_COMPLETE", "UPDATE_COMPLETE"}
