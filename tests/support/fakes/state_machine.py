"""Runs a state machine's definition in this process, with the types of states that ours uses, taken from the template.

    machine = Machine(definition(), {"open_batch": handler, …})
    outcome = machine.run({}, name="2026-11-16")

A run is based on a generator (`steps`), which stops before each call of a worker, so that a test can interleave two
runs. Retries are immediate. An exception that is not an `Exception` is a kill, and ends the run.
"""

import copy
import json
import os
import subprocess
import sys
from collections import Counter
from collections.abc import Callable, Generator, Mapping
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any, Final

from tests.support.tools.synthesized import kept

ROOT: Final = Path(__file__).resolve().parents[3]

Json = dict[str, Any]
Worker = Callable[[Json, Any], Json]
Steps = Generator[str, None, "Outcome"]

# In a separate process, as in tests/support/worlds/tables.py.
_SYNTHESIZE: Final = """
import json
import aws_cdk as cdk
from aws_cdk import aws_stepfunctions as sfn
from aws_cdk.assertions import Template
from stacks.api.payments_stack import EXPIRE_PAYMENTS
from stacks.workers.settlement_machine import WORKERS, definition

stack = cdk.Stack(cdk.App(), "machine")
states = definition(stack, {name: name for name in (*WORKERS, EXPIRE_PAYMENTS)})
sfn.StateMachine(stack, "settle", definition_body=sfn.DefinitionBody.from_chainable(states))
(machine,) = Template.from_stack(stack).find_resources("AWS::StepFunctions::StateMachine").values()
print(machine["Properties"]["DefinitionString"])
"""


class StateFailedError(Exception):
    """An uncaught failure of a state: its name in Step Functions, and the cause."""

    def __init__(self, error: str, cause: str) -> None:
        super().__init__(f"{error}: {cause}")
        self.error, self.cause = error, cause


@dataclass(frozen=True, slots=True)
class Outcome:
    """An execution's status (`SUCCEEDED` or `FAILED`), its output, and the states that it entered."""

    status: str
    output: Any
    error: str = ""
    cause: str = ""


@cache
def definition() -> Json:
    """Return the template's definition of `settle`, with the names of workers."""
    return kept({}, _synthesized, maker=Path(__file__))


def _synthesized() -> Json:
    bin_folder = Path(sys.executable).parent
    done = subprocess.run(
        [sys.executable, "-c", _SYNTHESIZE],
        cwd=ROOT,
        # Without CloudFormation's rules, which tests/infra applies: they take half of the time.
        env={"PATH": os.pathsep.join([str(bin_folder), os.environ.get("PATH", os.defpath)]), "CDK_VALIDATION": "false"},
        stdout=subprocess.PIPE,
        check=True,
    )
    return json.loads(done.stdout)


@dataclass
class Machine:
    """A definition and its workers. `called` lists the calls of workers so far, in order, with their input.

    `entered` counts entered states by type: the state transitions that AWS bills.
    """

    states: Json
    workers: Mapping[str, Worker]
    context: Any
    called: list[tuple[str, Json]] = field(default_factory=list[tuple[str, Json]])
    entered: Counter[str] = field(default_factory=Counter[str])

    def run(self, asked: Json, *, name: str) -> Outcome:
        """Run an execution from start to end."""
        steps = self.steps(asked, name=name)
        while True:
            try:
                next(steps)
            except StopIteration as end:
                return end.value

    def steps(self, asked: Json, *, name: str) -> Steps:
        """Run an execution step by step. Yields the worker that is called next."""
        execution = {"Execution": {"Input": asked, "Name": name}}
        try:
            output = yield from self._play(self.states, copy.deepcopy(asked), execution)
        except StateFailedError as failed:
            return Outcome("FAILED", None, failed.error, failed.cause)
        return Outcome("SUCCEEDED", output)

    def _play(self, states: Json, data: Any, context: Json) -> Generator[str, None, Any]:
        name: str | None = states["StartAt"]
        while name is not None:
            state: Json = states["States"][name]
            self.entered[state["Type"]] += 1
            try:
                data, name = yield from self._state(state, data, context)
            except StateFailedError as failed:
                caught = next((c for c in state.get("Catch", ()) if "States.ALL" in c["ErrorEquals"]), None)
                if caught is None:
                    raise
                told = {"Error": failed.error, "Cause": failed.cause}
                data, name = _put(data, caught.get("ResultPath", "$"), told), caught["Next"]
        return data

    def _state(self, state: Json, data: Any, context: Json) -> Generator[str, None, tuple[Any, str | None]]:
        after = state.get("Next")
        match state["Type"]:
            case "Task":
                result = yield from self._task(state, _shaped(state.get("Parameters"), data, context))
            case "Map":
                result = []
                for item in _get(data, state["ItemsPath"]):
                    given = _shaped(state["ItemSelector"], data, {**context, "Map": {"Item": {"Value": item}}})
                    result.append((yield from self._play(state["ItemProcessor"], given, context)))
            case "Choice":
                chosen = (one["Next"] for one in state["Choices"] if _holds(one, data))
                return data, next(chosen, state.get("Default"))
            case "Pass":
                result = state.get("Result", data)
            case "Succeed":
                return data, None
            case "Fail":
                cause = _get(data, state["CausePath"]) if "CausePath" in state else state.get("Cause", "")
                raise StateFailedError(state["Error"], cause)
            case other:
                raise AssertionError(f"a state of type {other} is not played here")
        return _put(data, state.get("ResultPath", "$"), result), after

    def _task(self, state: Json, given: Any) -> Generator[str, None, Any]:
        worker = state["Resource"]
        (retry,) = state["Retry"]
        for left in reversed(range(retry["MaxAttempts"] + 1)):
            yield worker
            # A worker's input and output are JSON, and copies.
            sent = json.loads(json.dumps(given))
            self.called.append((worker, sent))
            try:
                return json.loads(json.dumps(self.workers[worker](sent, self.context)))
            except Exception as error:
                if not left:
                    # The local engine's name for every error of a function.
                    raise StateFailedError("Runtime.HandlerError", f"{type(error).__name__}: {error}") from error
        raise AssertionError("a task has one try at least")


def _shaped(template: Json | None, data: Any, context: Json) -> Any:
    if template is None:
        return data
    shaped: Json = {}
    for name, value in template.items():
        if name.endswith(".$"):
            shaped[name[:-2]] = _get(context, value[1:]) if value.startswith("$$") else _get(data, value)
        else:
            shaped[name] = value
    return shaped


def _get(data: Any, path: str) -> Any:
    for part in path.removeprefix("$").split(".")[1:]:
        data = data[part]
    return data


def _put(data: Any, path: str | None, result: Any) -> Any:
    if path is None:
        return data
    if path == "$":
        return result
    first, *more = path.removeprefix("$.").split(".")
    assert not more, "only names at the top are played here"
    return {**data, first: result}


def _holds(rule: Json, data: Any) -> bool:
    for comparison in ("StringEquals", "BooleanEquals"):
        if comparison in rule:
            return _get(data, rule["Variable"]) == rule[comparison]
    raise AssertionError(f"{rule} is not played here")
