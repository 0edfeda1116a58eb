"""A stage of API Gateway, as far as `update_stage` needs it, and how CloudFormation updates it.

- Operations of one call are applied all or not at all, and there are at most 40. AWS documents no number.
- `remove` of a method's whole setting, and BadRequestException if it has none: the error that Terraform's provider
  handles in aws_api_gateway_method_settings. A new setting has -1 for what was not set.
- A stage variable can be replaced whether it exists or not. That the removal of a missing one is refused is a guess.
- GetStage may return an earlier state: for how many reads after an update is `stale_reads`.
- A refusal (TooManyRequestsException, ConflictException) changes nothing.
- CloudFormation "creates new variable, but doesn't delete old variable" (aws-cdk issue 23438), or it does
  (`keeps_removed_variables`). It leaves variables and settings alone that no template had.
"""

import copy
from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Any, Final

from botocore.exceptions import ClientError

OPERATIONS_MAX: Final = 40


class GatewayStage:
    """The stage, and a client for it.

    `methods` are those of its API, or None if API Gateway does not compare settings with them. `before_call` runs
    before each call.
    """

    def __init__(
        self,
        *,
        variables: Mapping[str, str] | None = None,
        stale_reads: int = 0,
        refusals: Iterable[str] = (),
    ) -> None:
        self._now: dict[str, Any] = {"methodSettings": {}, "variables": dict(variables or {})}
        self._earlier = copy.deepcopy(self._now)
        self._stale_reads = stale_reads
        self._reads_left = 0
        self._refusals: Iterator[str] = iter(refusals)
        self.methods: set[str] | None = None
        self.before_call: Callable[[], None] = lambda: None
        self.is_deleted = False
        self.calls: list[str] = []

    @property
    def limits(self) -> dict[str, tuple[float, int]]:
        """Rate and burst by the key of the setting (`~1payments/GET`)."""
        return {
            key: (setting["throttlingRateLimit"], setting["throttlingBurstLimit"])
            for key, setting in self._now["methodSettings"].items()
        }

    @property
    def variables(self) -> dict[str, str]:
        return dict(self._now["variables"])

    def refuse(self, codes: Iterable[str]) -> None:
        """Refuse the next calls with these codes; an empty one is no refusal."""
        self._refusals = iter(codes)

    def get_stage(self, restApiId: str, stageName: str) -> dict[str, Any]:  # noqa: ARG002, N803 - boto3's names
        self._called("GetStage")
        self._reads_left -= 1
        return copy.deepcopy(self._earlier if self._reads_left >= 0 else self._now)

    def update_stage(self, restApiId: str, stageName: str, patchOperations: list[dict[str, str]]) -> None:  # noqa: ARG002, N803 - boto3's names
        self._called("UpdateStage")
        if len(patchOperations) > OPERATIONS_MAX:
            raise refusal("BadRequestException", "UpdateStage")
        after = copy.deepcopy(self._now)
        for operation in patchOperations:
            self._apply(after, **operation)
        self._become(after)

    def update_template(
        self, before: Mapping[str, str], after: Mapping[str, str], *, keeps_removed_variables: bool
    ) -> None:
        """Update the stage's own resource from one template's variables to another's."""
        state = copy.deepcopy(self._now)
        for name in () if keeps_removed_variables else before.keys() - after.keys():
            state["variables"].pop(name, None)
        state["variables"].update({name: value for name, value in after.items() if before.get(name) != value})
        self._become(state)

    def _become(self, state: dict[str, Any]) -> None:
        if self._reads_left <= 0:
            self._earlier = self._now
        self._now, self._reads_left = state, self._stale_reads

    def _called(self, operation: str) -> None:
        self.calls.append(operation)
        self.before_call()
        if self.is_deleted:
            raise refusal("NotFoundException", operation)
        if code := next(self._refusals, ""):
            raise refusal(code, operation)

    def _apply(self, state: dict[str, Any], op: str, path: str, value: str = "") -> None:
        of_variables, name = path.startswith("/variables/"), path.removeprefix("/variables/")
        where, key, field = (
            (state["variables"], name, "")
            if of_variables
            else (state["methodSettings"], *_parts(path.removeprefix("/"), is_whole=op == "remove"))
        )
        if not of_variables and self.methods is not None and _method(key) not in self.methods:
            raise refusal("BadRequestException", "UpdateStage")
        if op == "remove":
            if where.pop(key, None) is None:
                raise refusal("BadRequestException", "UpdateStage")
        elif of_variables:
            where[key] = value
        else:
            setting = where.setdefault(key, {"throttlingRateLimit": -1.0, "throttlingBurstLimit": -1})
            if field == "rateLimit":
                setting["throttlingRateLimit"] = float(value)
            else:
                setting["throttlingBurstLimit"] = int(value)


def refusal(code: str, operation: str) -> ClientError:
    return ClientError({"Error": {"Code": code, "Message": ""}}, operation)


def _parts(path: str, *, is_whole: bool) -> tuple[str, str]:
    """Return the key of a setting, and the field of its throttling."""
    if is_whole:
        return path, ""
    key, _, field = path.partition("/throttling/")
    return key, field


def _method(key: str) -> str:
    path, _, verb = key.rpartition("/")
    return f"{verb} {path.replace('~1', '/')}"
