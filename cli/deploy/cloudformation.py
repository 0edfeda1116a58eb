"""Deploys a cloud assembly to the local engine with CloudFormation, as `cdk deploy --all` does on AWS.

Stacks that do not need each other are deployed at once. What `cdk bootstrap` creates on AWS is reduced to the bucket of
files and the parameter that the templates read.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Collection, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from typing import Any, Final

from botocore.exceptions import ClientError, WaiterError

from cli.connection.target import Target
from cli.deploy.assembly import Assembly, Asset, Stack

_POLL_S: Final = 0.1
# The engine's CloudFormation waits up to a minute for the response of a custom resource.
_STACK_S_MAX: Final = 240.0
_CAPABILITIES: Final = ["CAPABILITY_IAM", "CAPABILITY_NAMED_IAM", "CAPABILITY_AUTO_EXPAND"]
_UNCHANGED: Final = "No updates are to be performed"
# Its creation failed, or was never started. CloudFormation can only delete it.
_NEVER_CREATED: Final = frozenset(
    {"ROLLBACK_COMPLETE", "ROLLBACK_FAILED", "CREATE_FAILED", "DELETE_FAILED", "REVIEW_IN_PROGRESS"}
)
_UPLOADS_AT_ONCE: Final = 4

STANDING: Final = frozenset({"CREATE_COMPLETE", "UPDATE_COMPLETE"})
"""The statuses of a stack that is deployed as its template says."""


class DeploymentFailedError(Exception):
    """Stacks could not be deployed. The arguments are the causes, one line each."""


def publish(assembly: Assembly, target: Target) -> int:
    """Upload the templates, and the code that the engine does not have. Return the number of uploads."""
    _ensure_bootstrapped(assembly, target)
    s3 = target.client("s3")
    assets = assembly.assets()
    there = {
        (bucket, item["Key"])
        for bucket in {asset.bucket for asset in assets}
        for page in s3.get_paginator("list_objects_v2").paginate(Bucket=bucket)
        for item in page.get("Contents", [])
    }
    # A wheel's template has the same key at every port, so its content there may differ.
    uploads = [asset for asset in assets if not asset.is_folder or (asset.bucket, asset.key) not in there]

    def upload(asset: Asset) -> None:
        try:
            s3.put_object(Bucket=asset.bucket, Key=asset.key, Body=asset.content())
        except ClientError as error:
            raise DeploymentFailedError(f"{asset.source.name} was not uploaded: {_words(error)}") from None

    with ThreadPoolExecutor(_UPLOADS_AT_ONCE) as pool:
        list(pool.map(upload, uploads))
    return len(uploads)


def _ensure_bootstrapped(assembly: Assembly, target: Target) -> None:
    s3, ssm = target.client("s3"), target.client("ssm")
    for bucket in {asset.bucket for asset in assembly.assets()}:
        s3.create_bucket(Bucket=bucket)
    name, version = assembly.bootstrap_version()
    try:
        ssm.get_parameter(Name=name)
    except ssm.exceptions.ParameterNotFound:
        ssm.put_parameter(Name=name, Value=str(version), Type="String")


def deploy(
    assembly: Assembly, target: Target, *, only: Collection[str], say: Callable[[str], None] = lambda _: None
) -> None:
    """Create or update the stacks named in `only`, each after those that it needs. Raises DeploymentFailedError.

    After a failure, no further stack is started, and those that were started are waited for.
    """
    stacks = assembly.stacks()
    waiting = {name: stack for name, stack in stacks.items() if name in only}
    _Run(target.client("cloudformation"), str(target.aws_endpoint_url), waiting, say).run()


@dataclass
class _Run:
    """One deployment. `waiting` are the stacks that have not been started, and `started` those in progress."""

    client: Any
    s3_url: str
    waiting: dict[str, Stack]
    say: Callable[[str], None]
    started: set[str] = field(default_factory=set[str])
    causes: list[str] = field(default_factory=list[str])

    def run(self) -> None:
        total, left, deadline = len(self.waiting), -1, 0.0
        while self.started or (self.waiting and not self.causes):
            status = {stack["StackName"]: stack["StackStatus"] for stack in _described(self.client)}
            self._collect(status)
            if not self.causes:
                self._start_next(status)
            if len(self.waiting) + len(self.started) != left:
                left = len(self.waiting) + len(self.started)
                deadline = time.monotonic() + _STACK_S_MAX
                self.say(f"{total - left} of {total} stacks")
            elif time.monotonic() > deadline:
                names = ", ".join(_short(name) for name in sorted(self.started or self.waiting))
                self.causes.append(f"not finished after {_STACK_S_MAX:.0f} s: {names}")
                break
            time.sleep(_POLL_S)
        if self.causes:
            raise DeploymentFailedError(*self.causes)

    def _collect(self, status: Mapping[str, str]) -> None:
        """Take the stacks that have ended out of `started`."""
        for name in [name for name in self.started if not status[name].endswith("_IN_PROGRESS")]:
            self.started.remove(name)
            if status[name] not in STANDING:
                self.causes += self._failures(name) or [f"{_short(name)}: {status[name]}"]

    def _start_next(self, status: Mapping[str, str]) -> None:
        """Start every stack that needs none of those that are left, unless an earlier operation on it goes on."""
        left = self.waiting.keys() | self.started
        for name in [name for name, stack in self.waiting.items() if not stack.needs & left]:
            if status.get(name, "").endswith("_IN_PROGRESS") and status[name] not in _NEVER_CREATED:
                continue
            try:
                if self._start(self.waiting[name], status.get(name)):
                    self.started.add(name)
            except (ClientError, WaiterError) as error:
                self.causes.append(f"{_short(name)}: {_words(error)}")
            del self.waiting[name]

    def _start(self, stack: Stack, status: str | None) -> bool:
        """Start to create or update a stack. Return False if it has nothing to update."""
        if status in _NEVER_CREATED:
            self.client.delete_stack(StackName=stack.name)
            self.client.get_waiter("stack_delete_complete").wait(
                StackName=stack.name, WaiterConfig={"Delay": _POLL_S, "MaxAttempts": int(_STACK_S_MAX / _POLL_S)}
            )
            status = None
        request = {
            "StackName": stack.name,
            "TemplateURL": f"{self.s3_url}/{stack.bucket}/{stack.key}",
            "Capabilities": _CAPABILITIES,
        }
        if status is None:
            self.client.create_stack(**request)
            return True
        try:
            self.client.update_stack(**request)
        except ClientError as error:
            if _UNCHANGED not in _words(error):
                raise
            return False
        return True

    def _failures(self, name: str) -> list[str]:
        """Return why a stack's last operation failed: what failed in it, but not what was canceled thereby."""
        found: list[str] = []
        for event in self.client.describe_stack_events(StackName=name)["StackEvents"]:  # the newest comes first
            status, reason = event["ResourceStatus"], event.get("ResourceStatusReason", "")
            is_stack = event["LogicalResourceId"] == name
            if is_stack and status in {"CREATE_IN_PROGRESS", "UPDATE_IN_PROGRESS"}:
                break
            if status.endswith("_FAILED") and "cancelled" not in reason.lower():
                of = "" if is_stack else f"{event['LogicalResourceId']} ({event['ResourceType']}): "
                found.append(f"{_short(name)}: {of}{reason or status}")
        return found[::-1]


def _described(client: Any) -> list[dict[str, Any]]:
    pages = client.get_paginator("describe_stacks").paginate()
    return [stack for page in pages for stack in page["Stacks"]]


def _words(error: ClientError | WaiterError) -> str:
    message = "" if isinstance(error, WaiterError) else error.response.get("Error", {}).get("Message", "")
    return message or str(error)


def _short(stack: str) -> str:
    return stack.rpartition("-")[2]
