"""Calls the tools of an MCP server by a plan, as an agent does, and repeats the calls whose answers were lost.

Each run is a merchant and a server of its own. A call that fails is repeated once, with the same arguments, and the
calls after it follow. What the caller asked for once is what the run without faults leaves in the ledger.
"""

from __future__ import annotations

import json
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any, Final
from urllib.parse import urlencode

from cli.connection.caller import API_KEY_VARIABLE, BASE_URL_VARIABLE
from cli.lose.command import Ran
from cli.lose.mcp_answer import ToolAnswer
from cli.lose.mcp_money import judge_calls
from cli.lose.mcp_plan import RUN, NotMade, Plan, PlannedCall, filled
from cli.lose.mcp_server import McpServer
from cli.lose.mcp_stripe import variables_to_sandbox
from cli.lose.recorder import SUCCESS, Exchange, Phase, Recorder
from cli.lose.results import Outcome
from cli.lose.run import RUN_VARIABLE, Baseline, OutOfTime, Runner, Trial
from cli.lose.signatures import Names, leaves
from cli.terminal.amount import show
from cli.terminal.failure import Failure

if TYPE_CHECKING:
    from cli.lose.mcp_tools import Tool
    from cli.lose.money import Finding, Ledger
    from cli.lose.results import State
    from cli.lose.webhooks import Relay
    from cli.terminal.steps import Step

_SERVER_S: Final = 60.0
"""How long a server may take to start: it may be installed first."""

_COMPARED: Final = 2
_FIRST_REFUSED: Final = 400


@dataclass(frozen=True)
class Called(Ran):
    """The calls of a phase: `answers` in words, and the exit code is 0 if the last of them succeeded."""

    answers: str = ""

    @property
    def ending(self) -> str:
        """The answers: `create_refund answered: …`."""
        return self.answers


@dataclass
class McpRunner(Runner):
    """Calls the tools of the server that `settings.command` starts. `tools` are known after the run without faults."""

    plan: Plan = field(kw_only=True)
    _server: McpServer | None = field(default=None, init=False)
    _calls: Sequence[PlannedCall] = field(default=(), init=False)
    _next: int = field(default=0, init=False)
    _usual: list[list[ToolAnswer]] = field(default_factory=list[list[ToolAnswer]], init=False)
    """The answers to each call without faults. Those of the first two runs are what others are compared with."""
    _ends: dict[int, tuple[str, str] | None] = field(default_factory=dict[int, "tuple[str, str] | None"], init=False)
    """The method and the path of the last request of each call without faults."""
    _twice: int | None = field(default=None, init=False)
    """A call that is repeated after its answer, to see whether that changes anything."""

    def baseline(self, step: Step) -> Baseline:
        """Call the tools twice without faults, and once more for each that claims to be idempotent."""
        self._usual = [[] for _ in self.plan.calls]
        found = super().baseline(step)
        refuted = {each.name: self._refuted(place, step) for place, each in self._claiming()}
        self.tools = [replace(tool, refuted=refuted.get(tool.name, "")) for tool in self.tools]
        return found

    def _claiming(self) -> list[tuple[int, Tool]]:
        """Return the tools of the plan that claim to be idempotent, each with its first call."""
        first = {call.tool: place for place, call in reversed([*enumerate(self.plan.calls)])}
        return [(first[tool.name], tool) for tool in self.tools if tool.claims_idempotent and tool.name in first]

    def _refuted(self, place: int, step: Step) -> str:
        """Return what a call changes that is repeated after its answer, or ""."""
        step.say(f"{self.plan.calls[place].tool} twice")
        recorder = Recorder((), Names())
        self._twice = place
        try:
            trial = self._trial(f"{self.settings.seed}-twice", recorder)
        finally:
            self._twice = None
        ids = {each.object_id for each in recorder.exchanges if each.phase is Phase.RUN}
        made = [
            f"{each.request} made {each.object_id}"
            for each in recorder.exchanges
            if each.phase is Phase.AGAIN
            and not each.request.startswith("GET ")
            and each.status in SUCCESS
            and not each.replayed
            and each.object_id not in {None, *ids}
        ]
        return ", and ".join([*made, *_changed(*trial.states)])

    def fault_free(self, name: str, step: Step) -> Trial:
        trial = super().fault_free(name, step)
        if not trial.recorder.requests:
            raise Failure(
                "The tools made no call to the sandbox.",
                "They have to use STRIPE_API_BASE, PAYSANDBOX_BASE_URL, or https://api.stripe.com in Node.js. "
                "@stripe/mcp does so up to version 0.2.5.",
            )
        refused = trial.recorder.exchanges[-1]
        if refused.status is not None and refused.status >= _FIRST_REFUSED:
            raise Failure(
                f"A tool fails without a fault: {refused.request} → {refused.status}. {trial.states[0].ending}",
                "Correct the plan.",
            )
        return trial

    def _trial(
        self,
        run: str,
        recorder: Recorder,
        relay: Relay | None = None,
        baseline: Baseline | None = None,
        *,
        comes_back: bool = True,
    ) -> Trial:
        try:
            return super()._trial(run, recorder, relay, baseline, comes_back=comes_back)
        finally:
            self._close_server()

    def _prepare(self, env: Mapping[str, str]) -> None:
        """Bring back the first state, set up what the plan says, and start the server."""
        super()._prepare(env)
        made: dict[str, Any] = {RUN: env[RUN_VARIABLE]}
        try:
            for number, request in enumerate(self.plan.setup, start=1):
                answer = _sent(env, number, request.method, filled(request.path, made), filled(request.body, made))
                made |= {request.name: answer} if request.name else {}
            self._calls = [PlannedCall(each.tool, filled(each.arguments, made)) for each in self.plan.calls]
        except NotMade as error:
            raise Failure(f"The plan cannot be filled in: {error}.", "Correct it.") from error
        self._next = 0
        self._started(env)

    def _started(self, env: Mapping[str, str]) -> McpServer:
        """Start a server. Raises Failure if it does not answer, or lacks a tool of the plan."""
        self._server = server = McpServer(self.settings.command, {**env, **variables_to_sandbox(env)})
        server.initialize(min(self._left_s(), _SERVER_S))
        tools = server.tools(min(self._left_s(), _SERVER_S))
        called = {each.tool for each in self.plan.calls}
        missing = called - {tool.name for tool in tools}
        if missing:
            names = ", ".join(tool.name for tool in tools) or "none"
            raise Failure(f"The server has no tool {min(missing)!r}.", f"It has: {names}")
        self.tools = self.tools or [replace(tool, called=tool.name in called) for tool in tools]
        return server

    def _run_command(self, env: Mapping[str, str]) -> Ran:
        """Make the calls that are left, up to one that fails."""
        server = self._server
        if server is None or server.has_ended:
            self._close_server()
            server = self._started(env)
        started = time.monotonic()
        answers: list[str] = []
        succeeded = True
        if self._next == len(self._calls) and self._twice is not None:
            call = self._calls[self._twice]
            answers.append(f"{call.tool}, called again: {self._answer(server, call).shown}")
        while succeeded and self._next < len(self._calls):
            call, usual = self._calls[self._next], self._usual[self._next]
            answer = self._answer(server, call)
            succeeded = answer.succeeds_as(usual) or self._has_deleted()
            answers.append(f"{call.tool} {'answered' if succeeded else 'failed'}: {answer.shown}")
            if succeeded:
                if len(usual) < _COMPARED:
                    usual.append(answer)
                    self._ends[self._next] = _end(self._last())
                self._next += 1
        ending = "; ".join(answers) or "not called again, since every call was answered"
        return Called(0 if succeeded else 1, time.monotonic() - started, b"", server.tail, ending)

    def _last(self) -> Exchange | None:
        """Return the last request of the tools in this state."""
        observer = self.proxy.observer
        return observer.last() if isinstance(observer, Recorder) else None

    def _has_deleted(self) -> bool:
        """Return whether the call ended with a repeated DELETE that was refused because it had taken effect, and ends
        with that DELETE without faults too."""
        last = self._last()
        return last is not None and last.deleted_before and not last.lost and self._ends.get(self._next) == _end(last)

    def _answer(self, server: McpServer, call: PlannedCall) -> ToolAnswer:
        answer = server.call(call.tool, call.arguments, min(self._left_s(), self.settings.command_timeout_s))
        if answer.failed and time.monotonic() >= self.until:
            raise OutOfTime
        return answer

    def _close_server(self) -> None:
        if self._server is not None:
            self._server.close()
            self._server = None

    def _left_s(self) -> float:
        left_s = self.until - time.monotonic()
        if left_s <= 0:
            raise OutOfTime
        return left_s

    def _judge(self, state: State, expected: Ledger) -> list[Finding]:
        return judge_calls(state.ledger, expected, succeeded=state.succeeded)

    def _outcome(self, states: Sequence[State]) -> Outcome:
        if any(state.findings for state in states):
            return Outcome.LOST
        return Outcome.NO_LOSS if states[-1].succeeded else Outcome.NOT_JUDGED


def _end(exchange: Exchange | None) -> tuple[str, str] | None:
    return exchange and (exchange.call.signature.method, exchange.call.signature.path)


def _sent(env: Mapping[str, str], number: int, method: str, path: str, body: Mapping[str, Any]) -> Any:
    """Send a request of the set-up: a form below /v1, otherwise JSON. Raises Failure unless it succeeds."""
    from cli.connection.http_client import NoResponse, Request, Unsendable, send

    is_form = path.startswith("/v1/")
    content = urlencode([*leaves("", body)]) if is_form else json.dumps(body)
    key = f"set-up-{number}"
    headers = {
        "Authorization": f"Bearer {env[API_KEY_VARIABLE]}",
        "X-Api-Key": env[API_KEY_VARIABLE],
        "Content-Type": "application/x-www-form-urlencoded" if is_form else "application/json",
        "Idempotency-Key": key,
        "X-Idempotency-Key": key,
    }
    name = f"{method} {path}"
    try:
        answer = send(
            Request(method, env[BASE_URL_VARIABLE] + path, headers, content.encode() if method != "GET" else None)
        )
    except (NoResponse, Unsendable) as error:
        raise Failure(f"The set-up's {name} was not answered: {error}.", "Run `paysandbox doctor`.") from error
    if answer.status not in SUCCESS:
        raise Failure(
            [f"The set-up's {name} was refused with {answer.status}.", answer.text[:500]], "Correct the plan."
        )
    return json.loads(answer.content)


def _changed(before: State, after: State) -> list[str]:
    """Return the amounts that differ between two states, in words."""
    nets = {subject: held.net for subject, held in before.ledger.items()}
    return [
        f"the ledger holds {show(held.net, subject.currency)} instead of {show(nets.get(subject, 0), subject.currency)}"
        for subject, held in after.ledger.items()
        if held.net != nets.get(subject, 0)
    ]
