"""Plays a state machine's definition in this process, as far as ours goes: the states are those of the template.

    machine = Machine(definition(), {"open_batch": handler, …})
    outcome = machine.run({}, name="2026-11-16")

A run is a generator underneath (`steps`), which stops before each call of a worker: so a test can hold two runs at once
and let them overtake each other. Retries are made at once. What is no `Exception` is a kill, and ends the run.
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

ROOT: Final = Path(__file__).resolve().parents[2]

Json = dict[str, Any]
Worker = Callable[[Json, Any], Json]
Steps = Generator[str, None, "Outcome"]

# In a process of its own, as in tests/support/tables.py.
_SYNTHESIZE: Final = """
import json
import aws_cdk as cdk
from aws_cdk import aws_stepfunctions as sfn
from aws_cdk.assertions import Template
from stacks.payments_stack import EXPIRE_PAYMENTS
from stacks.settlement_machine import WORKERS, definition

stack = cdk.Stack(cdk.App(), "machine")
states = definition(stack, {name: name for name in (*WORKERS, EXPIRE_PAYMENTS)})
sfn.StateMachine(stack, "settle", definition_body=sfn.DefinitionBody.from_chainable(states))
(machine,) = Template.from_stack(stack).find_resources("AWS::StepFunctions::StateMachine").values()
print(machine["Properties"]["DefinitionString"])
"""


class StateFailedError(Exception):
    """A state's failure that nothing caught: how Step Functions calls it, and why."""

    def __init__(self, error: str, cause: str) -> None:
        super().__init__(f"{error}: {cause}")
        self.error, self.cause = error, cause


@dataclass(frozen=True, slots=True)
class Outcome:
    """How an execution ended (`SUCCEEDED` or `FAILED`) and with what, and the states that it went through."""

    status: str
    output: Any
    error: str = ""
    cause: str = ""


@cache
def definition() -> Json:
    """The definition of `settle`, of the template; workers by their names."""
    bin_folder = Path(sys.executable).parent
    done = subprocess.run(
        [sys.executable, "-c", _SYNTHESIZE],
        cwd=ROOT,
        env={"PATH": os.pathsep.join([str(bin_folder), os.environ.get("PATH", os.defpath)])},
        stdout=subprocess.PIPE,
        check=True,
    )
    return json.loads(done.stdout)


@dataclass
class Machine:
    """A definition and its workers. `called` are the calls of them so far, in order, with what they were given.

    `entered` counts states by their type, each time that one is entered: the state transitions that AWS asks for.
    """

    states: Json
    workers: Mapping[str, Worker]
    context: Any
    called: list[tuple[str, Json]] = field(default_factory=list[tuple[str, Json]])
    entered: Counter[str] = field(default_factory=Counter[str])

    def run(self, asked: Json, *, name: str) -> Outcome:
        """An execution from its start to its end."""
        steps = self.steps(asked, name=name)
        while True:
            try:
                next(steps)
            except StopIteration as end:
                return end.value

    def steps(self, asked: Json, *, name: str) -> Steps:
        """The same, step by step: says which worker it is about to call."""
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
            # What a worker gets and gives is JSON, and of its own.
            sent = json.loads(json.dumps(given))
            self.called.append((worker, sent))
            try:
                return json.loads(json.dumps(self.workers[worker](sent, self.context)))
            except Exception as error:
                if not left:
                    # As the local engine calls every error of a function.
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
