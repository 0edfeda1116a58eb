"""Runs a team's command: twice without faults, then once for each cell, each time as a merchant of its own."""

from __future__ import annotations

import json
import os
import random
import shlex
import signal
import tempfile
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor, as_completed
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field, replace
from functools import partial
from queue import Queue
from typing import TYPE_CHECKING, Final

from cli.connection.caller import API_KEY_VARIABLE, BASE_URL_VARIABLE
from cli.lose.cells import PORT_FIELD, AnyCell, Cell, EventCell, Loss, WebhookFault, cells, quick_cells
from cli.lose.command import Ran, free_port, run_command, running
from cli.lose.mcp_tools import Tool
from cli.lose.money import (
    Books,
    BooksUnreadable,
    Finding,
    Kind,
    Ledger,
    disagreements,
    in_total,
    judge,
    ledger_of,
    read_books,
    renamed,
)
from cli.lose.proxy import Keys, LosingProxy, losing_proxy
from cli.lose.recorder import SUCCESS, Aim, Exchange, Phase, Recorder
from cli.lose.results import Outcome, Result, Run, State
from cli.lose.signatures import READS, Call, Calls, Masks, Names, Request, differences, masks
from cli.lose.webhooks import Arrival, Event, EventAim, Relay, RelayServer, relay_server
from cli.terminal.failure import Failure
from cli.terminal.text import counted

if TYPE_CHECKING:
    from cli.connection.keys import MerchantKey
    from cli.connection.target import Target
    from cli.terminal.steps import Step, Steps

RUN_VARIABLE: Final = "PAYSANDBOX_RUN"
ATTEMPT_VARIABLE: Final = "PAYSANDBOX_ATTEMPT"
FOLDER_VARIABLE: Final = "PAYSANDBOX_TMP"
PORT_VARIABLE: Final = "PORT"

RUN_NAME: Final = "{run}"
"""Stands for the run's ID in references and fields."""

TRIES: Final = 3
"""How often a cell is tried whose calls before the fault are not those of the run without faults."""

_AT_REST_S: Final = 60.0
_TAIL_LINES: Final = 12


@dataclass(frozen=True)
class Settings:
    """The options of a run. Times are in seconds."""

    command: Sequence[str]
    reset: str | None = None
    recover: str | None = None
    state_command: str | None = None
    order_key: str = "order"
    losses: Sequence[Loss] = (Loss.RESET,)
    only: Sequence[AnyCell] = ()
    quick: bool = False
    webhooks: str | None = None
    native_webhooks: bool = False
    webhook_faults: Sequence[WebhookFault] = tuple(WebhookFault)
    server: str | None = None
    jobs: int = 1
    port: int | None = None
    seed: int = 0
    command_timeout_s: float = 120.0
    timeout_s: float = 1800.0
    options: Sequence[str] = ()


class OutOfTime(Exception):  # noqa: N818 - it ends the run, and is reported as cells that were not exercised
    """The time for the whole run is over."""


@dataclass(frozen=True)
class Trial:
    """One state: the money after the run and after the run again, and the recorded calls."""

    states: Sequence[State]
    recorder: Recorder
    merchant: str
    arrivals: Sequence[Arrival] = ()
    came: Mapping[Phase, int] = field(default_factory=dict[Phase, int])


@dataclass(frozen=True)
class Baseline:
    """The run without faults: its calls, the fields that differ between two of them, and the money after each run.

    `events` are those of the first run that both had, with the call that caused each, `caused` how many each call that
    succeeded has caused, and `came` how many events had come by the end of each phase. `others` are the events of the
    same payment, by event.
    """

    calls: Sequence[Call]
    masked: Masks
    expected: Mapping[Phase, Ledger]
    in_total: bool
    states: Sequence[State]
    events: Sequence[tuple[Event, Call | None]] = ()
    came: Mapping[Phase, int] = field(default_factory=dict[Phase, int])
    caused: Mapping[Call, int] = field(default_factory=dict[Call, int])
    others: Mapping[Event, frozenset[Event]] = field(default_factory=dict[Event, frozenset[Event]])

    def aim(self, cell: EventCell) -> EventAim:
        """Return the events of a cell."""
        events = frozenset(self.events[number - 1][0] for number in cell.events)
        return EventAim(cell, events, frozenset().union(*(self.others.get(each, ()) for each in events)) - events)

    def expected_events(self, phase: Phase, exchanges: Sequence[Exchange]) -> int:
        """Return how many events come in all by the end of a phase in which these requests were made.

        A call that a failed first run did not get to causes none, and one that took effect twice causes its events
        twice. By the end of the second run, all calls were made. What a call causes that the run without faults did not
        make is not known: it may be one of those that seem to be missing.
        """
        effective = [each for each in exchanges if each.phase is Phase.RUN and _took_effect(each)]
        made = Counter(each.call for each in effective)
        others = any(call.signature.method not in READS for call in made.keys() - {*self.calls})
        if phase is not Phase.RUN or others:
            return self.came[phase]
        return self.came[phase] + sum(count * (made[call] - 1) for call, count in self.caused.items())

    def title(self, cell: AnyCell) -> str:
        """Return the method and the path of a cell's call, or the type of its event."""
        if isinstance(cell, EventCell):
            return ", ".join(dict.fromkeys(self.events[number - 1][0].signature.type for number in cell.events))
        return f"{self.calls[cell.call - 1].signature.method} {self.calls[cell.call - 1].signature.path}"


@dataclass
class Runner:
    """Runs the command in its cells. `proxy` is between the command and the sandbox."""

    target: Target
    settings: Settings
    proxy: LosingProxy
    relays: RelayServer
    until: float
    tools: Sequence[Tool] = ()
    stopped: threading.Event = field(default_factory=threading.Event)
    _tail: Sequence[str] = ()
    _came: Mapping[Phase, int] = field(default_factory=dict[Phase, int])
    """How many events had come by the end of each phase of the first run without faults, where it is known."""

    def baseline(self, step: Step) -> Baseline:
        """Run the command twice without faults. Raises Failure if it fails, or if its calls or amounts differ."""
        first, second = self._both_without_faults(step)
        requests, later = first.recorder.requests, second.recorder.requests
        masked = masks(requests, later)
        calls = calls_of(requests, masked)
        differing = differences(calls, calls_of(later, masked))
        if differing:
            raise Failure(
                f"Two runs without faults make different calls: {', '.join(differing[:3])}.",
                "Give the command the same state each time: --reset, PAYSANDBOX_RUN and PAYSANDBOX_TMP.",
            )
        if not calls:
            raise Failure(
                "The command made no call to the sandbox.", "It has to use STRIPE_API_BASE or PAYSANDBOX_BASE_URL."
            )
        by_reference = _nets(first.states) == _nets(second.states)
        if not by_reference and _nets(_totals(first.states)) != _nets(_totals(second.states)):
            raise Failure(
                "Two runs without faults end with different amounts.",
                "Give the command the same state each time: --reset",
            )
        states = first.states if by_reference else _totals(first.states)
        expected = {state.phase: state.ledger for state in states}
        events = _events(first, second, masked)
        others = _others(first.arrivals, {event for event, _ in events})
        effective = {call for call, each in _made(first, masked) if _took_effect(each)}
        caused = Counter(call for _, call in events if call is not None and call in effective)
        return Baseline(calls, masked, expected, not by_reference, states, events, first.came, caused, others)

    def _both_without_faults(self, step: Step) -> tuple[Trial, Trial]:
        """Run the command twice without faults, at the same time if cells are."""
        if self.settings.jobs == 1:
            first = self.fault_free("a", step)
            self._came = first.came
            return first, self.fault_free("b", step)
        with ExitStack() as stack:
            pool = stack.enter_context(ThreadPoolExecutor(1, "fault-free"))
            other = pool.submit(self.beside(stack).fault_free, "b", step)
            try:
                return self.fault_free("a", step), other.result()
            except BaseException:
                self.stopped.set()  # the other command is killed
                raise

    def beside(self, stack: ExitStack) -> Runner:
        """Return one that runs at the same time, until the stack is closed."""
        proxy = stack.enter_context(losing_proxy(self.target.base_url, Recorder((), Names()), self.proxy.hold_s))
        return replace(self, proxy=proxy, relays=stack.enter_context(relay_server()))

    def fault_free(self, name: str, step: Step) -> Trial:
        """Run the command without a fault, as run `a` or `b`. Raises Failure if it fails."""
        step.say(f"run {name} of a and b")
        recorder = Recorder((), Names())
        trial = self._trial(f"{self.settings.seed}-fault-free", recorder, self._relay())
        failed = next((state for state in trial.states if state.phase is Phase.RUN and not state.succeeded), None)
        if failed is not None:
            raise Failure([f"The command fails without a fault: {failed.ending}.", *self._tail], "Make it pass first.")
        if recorder.foreign_key:
            raise Failure(
                "The command uses another API key than the one it was given.",
                f"Read the key from STRIPE_API_KEY or {API_KEY_VARIABLE}. Each run is a merchant of its own.",
            )
        return trial

    @property
    def judges_shoppers_who_are_gone(self) -> bool:
        """Whether something but the shopper can put the books right: a nightly job, or a server that gets webhooks."""
        return judges_shoppers_who_are_gone(self.settings)

    def try_cell(self, cell: AnyCell, baseline: Baseline) -> Result:
        """Try a cell. A first run that fails is judged in a second state too, before it is run again there, if at all:
        the shopper may never come back. The result is that of the state in which more is lost.

        Raises OutOfTime.
        """
        back = self._try(cell, baseline)
        if back.outcome is Outcome.INCONCLUSIVE or not self.judges_shoppers_who_are_gone or back.states[0].succeeded:
            return back
        gone = self._try(cell, baseline, comes_back=False)
        decisive = gone if gone.outcome is Outcome.INCONCLUSIVE and back.outcome is not Outcome.LOST else back
        if gone.lost > back.lost:
            decisive = gone
        return replace(decisive, tries=max(back.tries, gone.tries), took_s=back.took_s + gone.took_s)

    def _try(self, cell: AnyCell, baseline: Baseline, *, comes_back: bool = True) -> Result:
        """Try a cell, up to three times if the calls before the fault are not those of the baseline."""
        started = time.monotonic()
        numbers = {call: number for number, call in enumerate(baseline.calls, start=1)}
        result = Result(cell, baseline.title(cell), Outcome.INCONCLUSIVE)
        for tried in range(1, TRIES + 1):
            recorder = Recorder((), Names(), baseline.masked, numbers)
            relay = self._relay(baseline)
            if isinstance(cell, Cell):
                place = cell.call - 1
                recorder.aim = Aim(cell, baseline.calls[place], baseline.calls[:place])
            elif relay is not None:
                call = baseline.events[cell.event - 1][1]
                relay.aim = baseline.aim(cell)
                if call is not None and cell.fault is WebhookFault.BEFORE_ANSWER:
                    recorder.held = call, relay.wait_for_webhook
            trial = self._trial(f"{self.settings.seed}-{cell}", recorder, relay, baseline, comes_back=comes_back)
            result = replace(
                result,
                states=trial.states,
                exchanges=recorder.exchanges,
                arrivals=trial.arrivals,
                tries=tried,
                took_s=time.monotonic() - started,
                merchant=trial.merchant,
            )
            fired = recorder.fired if isinstance(cell, Cell) else relay is not None and relay.fired
            if fired and not recorder.strays:
                return replace(result, outcome=self._outcome(trial.states))
            never = "it was not made" if isinstance(cell, Cell) else "it did not come"
            reason = f"other calls came before it: {', '.join(recorder.strays[:3])}" if fired else never
            result = replace(result, reason=reason)
        return replace(result, states=[replace(state, findings=()) for state in result.states])

    def effects(self, baseline: Baseline, step: Step) -> list[bool]:
        """Return of each event whether it has an effect: only if the books stay equal when it comes first and, as
        another event, again last, it has none. Without a server or books, nobody knows, so each has one.

        The command runs without its webhooks, which come then, one by one: in order, and backwards up to the first one
        with an effect. What comes after such a one is not first.
        """
        events = [event for event, _ in baseline.events]
        if not (self.settings.server and self.settings.state_command and events):
            return [True] * len(events)
        step.say("events that have an effect")
        idle, acting = self._probe(baseline, events, again=True)
        if left := set(events) - idle - acting:
            idle |= self._probe(baseline, events[::-1], again=False)[0] & left
        return [event not in idle or event in acting for event in events]

    def _probe(self, baseline: Baseline, events: Sequence[Event], *, again: bool) -> tuple[set[Event], set[Event]]:
        """Deliver the events one by one. Return those that came first and changed nothing, and those that did change
        something, first or `again` last."""
        relay = self._relay(baseline)
        if relay is None:
            return set(), {*events}
        relay.holds = True
        recorder = Recorder((), Names(), baseline.masked)
        idle: set[Event] = set()
        acting: set[Event] = set()
        with self._state_of_its_own(f"{self.settings.seed}-effects", recorder, relay) as (_, env):
            recorder.begin(Phase.RUN)
            relay.begin(Phase.RUN)
            ran = self._run_command(env)
            relay.wait_until_quiet(baseline.came[Phase.RUN])
            if not ran.succeeded:
                return set(), {*events}  # it waits for its webhooks
            books = self._books(env)
            for event in events:
                if acting and not again:
                    break
                accepted = relay.pass_on(event)
                if acting:
                    continue
                before, books = books, self._books(env)
                (idle if accepted and books == before else acting).add(event)
            books = self._books(env) if again else books
            for event in events if again else ():
                relay.pass_on(event, as_another=True)
                before, books = books, self._books(env)
                if books != before:
                    acting.add(event)
        return idle, acting

    def _relay(self, baseline: Baseline | None = None) -> Relay | None:
        """Return what passes the webhooks of one state on, or None without a receiver."""
        if self.settings.webhooks is None:
            return None
        numbers = {event: number for number, (event, _) in enumerate(baseline.events if baseline else (), start=1)}
        return Relay(self.settings.webhooks, self.settings.order_key, numbers)

    def _outcome(self, states: Sequence[State]) -> Outcome:
        if any(state.findings for state in states):
            return Outcome.LOST
        return Outcome.NO_LOSS if self.settings.state_command else Outcome.NOT_JUDGED

    def _trial(
        self,
        run: str,
        recorder: Recorder,
        relay: Relay | None = None,
        baseline: Baseline | None = None,
        *,
        comes_back: bool = True,
    ) -> Trial:
        """Run the command and run it again, in a state of its own. Raises OutOfTime.

        A first run that fails is run again at once. If nobody `comes_back`, it is judged first: after the nightly job,
        which it is run again after, or without one after the last webhook, which ends it.
        """
        with self._state_of_its_own(run, recorder, relay) as (key, env):
            states: list[State] = []
            came: dict[Phase, int] = {}
            for attempt, phase in enumerate((Phase.RUN, Phase.AGAIN), start=1):
                env[ATTEMPT_VARIABLE] = str(attempt)
                recorder.begin(phase)
                if relay is not None:
                    relay.begin(phase)
                ran = self._run_command(env)
                if relay is not None:
                    self._rest(relay, partial(self._expected, phase, ran, recorder, baseline))
                    came[phase] = relay.taken
                failed = phase is Phase.RUN and not ran.succeeded and baseline is not None
                waits = failed and self.judges_shoppers_who_are_gone
                recovered = None if waits and comes_back else self._recover(phase, recorder, env)
                recorder.begin(Phase.SETUP)
                if waits and not comes_back and recovered is None:
                    states.append(self._state_of_the_gone(ran, relay, key, env, baseline))
                    break
                # After a failed run, the steps that are left may be what changes the money: a refund, for one. So may a
                # webhook that comes later.
                comes_later = relay is not None and relay.is_late
                settled = (ran.succeeded and not comes_later) or recovered is not None or phase is Phase.AGAIN
                states.append(self._state(phase, ran, recovered, key, env, settled, baseline))
            return Trial(states, recorder, key.merchant, relay.arrivals if relay else (), came)

    @contextmanager
    def _state_of_its_own(
        self, run: str, recorder: Recorder, relay: Relay | None
    ) -> Iterator[tuple[MerchantKey, dict[str, str]]]:
        """Prepare a new merchant, the first state, and the server, until the block ends. Returns the key and the
        variables of the command. Raises OutOfTime."""
        if time.monotonic() >= self.until:
            raise OutOfTime
        with ExitStack() as stack:
            key = stack.enter_context(self._merchant())
            folder = stack.enter_context(tempfile.TemporaryDirectory(prefix="paysandbox-lose-"))
            recorder.api_keys = (key.api_key, key.publishable)
            recorder.names = Names({run: RUN_NAME, folder: "{tmp}", key.api_key: "{key}", self.proxy.url: "{url}"})
            self.proxy.observer = recorder
            if self.settings.port is not None:
                self.proxy.keys = Keys(key.api_key, key.publishable)
            env = self._env(key, run, folder)
            if relay is not None:
                env |= stack.enter_context(self._endpoint(key, relay))
            self._prepare(env)
            if self.settings.server:
                stack.enter_context(running(shlex.split(self.settings.server), env, int(env[PORT_VARIABLE])))
            yield key, env

    def _recover(self, phase: Phase, recorder: Recorder, env: Mapping[str, str]) -> Ran | None:
        """Run what puts things right after a phase, if there is such a command."""
        if not self.settings.recover:
            return None
        recorder.begin(Phase.RECOVER if phase is Phase.RUN else Phase.RECOVER_AGAIN)
        return self._run(shlex.split(self.settings.recover), env)

    def _state_of_the_gone(
        self, ran: Ran, relay: Relay | None, key: MerchantKey, env: Mapping[str, str], baseline: Baseline | None
    ) -> State:
        """Return the money after the last webhook of a run that failed, and that nobody runs again.

        A webhook tells what was paid. The other steps of the command are the shopper's, so only that is judged.
        """
        if relay is not None and relay.is_late:
            relay.let_late_come()
            relay.wait_until_quiet(relay.taken)
        state = self._state(Phase.RUN, ran, None, key, env, settled=True, baseline=baseline)
        return replace(state, findings=[each for each in state.findings if each.kind is Kind.PAID_NOT_SHOWN])

    @contextmanager
    def _endpoint(self, key: MerchantKey, relay: Relay) -> Iterator[dict[str, str]]:
        """Create the merchant's webhook endpoint, which is deleted at the end. Returns the variables for a receiver."""
        from cli.connection.api import Api
        from cli.webhooks.listener_endpoints import NativeEndpoints, StripeEndpoints

        api = Api(self.target.base_url, key.api_key)
        endpoints = NativeEndpoints(api) if self.settings.native_webhooks else StripeEndpoints(api)
        made = endpoints.create(self.relays.url_of(relay), [])
        relay.secret, port = made["secret"], str(free_port())
        variables = {"STRIPE_WEBHOOK_SECRET": relay.secret, "WEBHOOK_SECRET": relay.secret}
        if PORT_FIELD in relay.receiver:
            relay.receiver = relay.receiver.replace(PORT_FIELD, port)
            variables[PORT_VARIABLE] = port
        self.relays.relay = relay
        try:
            yield variables
        finally:
            self.relays.relay = None
            relay.close()
            endpoints.remove(made["endpoint_id"])

    def _expected(self, phase: Phase, ran: Ran, recorder: Recorder, baseline: Baseline | None) -> int | None:
        """Return how many events come in all by the end of a phase whose command has ended, or None if nobody knows."""
        if baseline is None:
            return self._came.get(phase)
        # Who succeeded made all calls that it meant to, or its receiver will.
        return baseline.came[phase] if ran.succeeded else baseline.expected_events(phase, recorder.exchanges)

    def _rest(self, relay: Relay, expected: Callable[[], int | None]) -> None:
        """Wait for the webhooks of a phase, if their receiver runs on: one that the command started has ended."""
        if not self.settings.server:
            relay.pause()
            return
        count = expected()
        relay.wait_until_quiet(count)
        # The receiver makes calls too, which cause further events.
        while (later := expected()) != count:
            count = later
            relay.wait_until_quiet(count)

    def _state(
        self,
        phase: Phase,
        ran: Ran,
        recovered: Ran | None,
        key: MerchantKey,
        env: Mapping[str, str],
        settled: bool,
        baseline: Baseline | None,
    ) -> State:
        if not self.proxy.wait_until_idle(_AT_REST_S):
            raise Failure("The sandbox did not answer a call.", "Run `paysandbox doctor`.")
        run = env[RUN_VARIABLE]
        books = renamed(self._books(env), run, RUN_NAME) if self.settings.state_command else None
        ledger: Ledger = renamed(self._ledger(key), run, RUN_NAME)
        if baseline is not None and baseline.in_total:
            ledger, books = in_total(ledger), None if books is None else in_total(books)
        state = State(phase, ran.ending, ran.succeeded, settled, ledger, books, recovery=recovered and recovered.ending)
        if baseline is None:
            if not ran.succeeded:
                self._tail = ran.tail.splitlines()[-_TAIL_LINES:]
            return state
        if not settled:
            return state
        return replace(state, findings=self._judge(state, baseline.expected[phase]))

    def _prepare(self, env: Mapping[str, str]) -> None:
        """Bring back the first state."""
        if self.settings.reset:
            self._checked("reset", self.settings.reset, env)

    def _run_command(self, env: Mapping[str, str]) -> Ran:
        return self._run(self.settings.command, env)

    def _judge(self, state: State, expected: Ledger) -> list[Finding]:
        # What a run that failed did not get to may lower the amount: a refund, for one.
        is_whole = state.succeeded or state.phase is Phase.AGAIN
        return judge(state.ledger, expected if is_whole else state.ledger, state.books)

    @contextmanager
    def _merchant(self) -> Iterator[MerchantKey]:
        """Create a merchant with a key without a rate limit. The key is revoked at the end."""
        from cli.connection.keys import Plan, create_key, delete_key, random_text

        key = create_key(self.target, f"lose-{random_text(10)}", Plan.LOAD)
        try:
            yield key
        finally:
            delete_key(self.target, key)

    def _env(self, key: MerchantKey, run: str, folder: str) -> dict[str, str]:
        """Return the variables of the command. A proxy of the caller is bypassed for this machine."""
        past = ",".join(filter(None, [os.environ.get("no_proxy") or os.environ.get("NO_PROXY"), "127.0.0.1,localhost"]))
        return os.environ | {
            "STRIPE_API_BASE": self.proxy.url,
            "STRIPE_API_KEY": key.api_key,
            "STRIPE_SECRET_KEY": key.api_key,
            "STRIPE_PUBLISHABLE_KEY": key.publishable,
            BASE_URL_VARIABLE: self.proxy.url,
            API_KEY_VARIABLE: key.api_key,
            RUN_VARIABLE: run,
            ATTEMPT_VARIABLE: "1",
            FOLDER_VARIABLE: folder,
            "NO_PROXY": past,
            "no_proxy": past,
        }

    def _run(self, words: Sequence[str], env: Mapping[str, str]) -> Ran:
        left_s = self.until - time.monotonic()
        if left_s <= 0:
            raise OutOfTime
        ran = run_command(words, env, min(left_s, self.settings.command_timeout_s), self.stopped)
        if ran.exit_code is None and (self.stopped.is_set() or time.monotonic() >= self.until):
            raise OutOfTime
        return ran

    def _checked(self, name: str, command: str, env: Mapping[str, str]) -> Ran:
        ran = self._run(shlex.split(command), env)
        if not ran.succeeded:
            raise Failure(
                [f"The {name} command failed: {ran.ending}.", *ran.tail.splitlines()[-_TAIL_LINES:]],
                f"Correct it: {command}",
            )
        return ran

    def _books(self, env: Mapping[str, str]) -> Books:
        command = self.settings.state_command or ""
        ran = self._checked("state", command, env)
        try:
            return read_books(json.loads(ran.stdout))
        except (BooksUnreadable, ValueError) as error:
            shape = '{"orders": [{"reference": "…", "currency": "usd", "paid": 0, "refunded": 0, "fulfilled": 0}]}'
            raise Failure(
                f"The output of the state command cannot be read: {error}.", f"It has to print {shape}"
            ) from error

    def _ledger(self, key: MerchantKey) -> Ledger:
        from cli.connection.api import Api
        from cli.connection.paging import PAGE_MAX, read_list
        from paysandbox.payments.routes import LIST_PAYMENTS

        api = Api(self.target.base_url, key.api_key)
        listed = read_list(api, LIST_PAYMENTS, {}, limit=PAGE_MAX, every=True, cursor=None)
        return ledger_of(listed.body["data"], self.settings.order_key)


def _events(first: Trial, second: Trial, masked: Masks) -> list[tuple[Event, Call | None]]:
    """Return the events of a run that came in another one too, each with the call that caused it, if it is known.

    They are in the order of these calls, and of their types: webhooks come in any order.
    """
    made = _made(first, masked)
    places: dict[str, int] = {}
    for place, (_, exchange) in enumerate(made):
        for known in (exchange.request_id, exchange.object_id):
            if known is not None and exchange.request.startswith("POST "):
                places.setdefault(known, place)
    came = {each.event for each in second.arrivals if each.phase is Phase.RUN}
    found = [
        (min((places[cause] for cause in each.causes if cause in places), default=len(made)), each.event)
        for each in first.arrivals
        if each.phase is Phase.RUN and each.event in came
    ]
    return [(event, made[place][0] if place < len(made) else None) for place, event in sorted(found)]


def _made(trial: Trial, masked: Masks) -> list[tuple[Call, Exchange]]:
    """Return the requests of a first run, each with the call that it is an attempt of."""
    calls = Calls(masked)
    exchanges = [each for each in trial.recorder.exchanges if each.phase is Phase.RUN]
    return [(calls.take(request).call, each) for request, each in zip(trial.recorder.requests, exchanges, strict=True)]


def _took_effect(exchange: Exchange) -> bool:
    """Whether a request may have changed something: it was not refused, and is no repeat of one that was answered."""
    return not exchange.replayed and (exchange.status is None or exchange.status in SUCCESS)


def _others(arrivals: Sequence[Arrival], known: set[Event]) -> dict[Event, frozenset[Event]]:
    """Return the events of the same payment, by event."""
    of: dict[str, set[Event]] = {}
    for each in arrivals:
        if each.event in known:
            of.setdefault(each.payment, set()).add(each.event)
    return {event: frozenset(events - {event}) for events in of.values() for event in events}


def judges_shoppers_who_are_gone(settings: Settings) -> bool:
    """Whether a first run that fails is judged without being run again: by the books, after what else corrects them.

    A receiver that the command starts has ended with it. What it would have done of a webhook is not known.
    """
    return settings.state_command is not None and (settings.recover is not None or settings.server is not None)


def calls_of(requests: Sequence[Request], masked: Masks) -> list[Call]:
    """Return the calls that renamed requests are attempts of."""
    calls = Calls(masked)
    for request in requests:
        calls.take(request)
    return calls.made


def lose(
    target: Target, settings: Settings, proxy: LosingProxy, steps: Steps, runner: Callable[..., Runner] = Runner
) -> Run:
    """Run the command without faults and in every cell. Raises Failure if it cannot be run at all.

    `runner` makes what runs it: Runner, or one with other things to run.
    """
    with _ended_by_signals(), relay_server() as relays:
        started = time.monotonic()
        return _lose(runner(target, settings, proxy, relays, started + settings.timeout_s), started, steps)


def _lose(runner: Runner, started: float, steps: Steps) -> Run:
    settings = runner.settings
    with steps.step("fault-free") as step:
        try:
            baseline = runner.baseline(step)
        except OutOfTime:
            raise Failure("The time was over before the runs without faults.", "Give it more: --timeout") from None
        events = f", {counted(len(baseline.events), 'event')}" if settings.webhooks else ""
        step.result(f"{counted(len(baseline.calls), 'call')}{events}")
    differing = [
        each
        for state in baseline.states
        if state.books is not None
        for each in disagreements(state.ledger, state.books)
    ]
    left_out: list[str] = []
    results: list[Result] = []
    if not differing:
        planned = settings.only or _planned(baseline, settings)
        if settings.quick:
            planned, left_out = _quick(runner, baseline, steps)
        results = _results(runner, baseline, planned, steps)
    return Run(
        command=settings.command,
        options=settings.options,
        calls=[f"{call.signature.method} {call.signature.path}" for call in baseline.calls],
        results=results,
        seed=settings.seed,
        took_s=time.monotonic() - started,
        judged_books=settings.state_command is not None,
        in_total=baseline.in_total,
        expected=baseline.expected[Phase.RUN],
        disagreements=differing,
        left_out=left_out,
        judged_gone=judges_shoppers_who_are_gone(settings),
        events=[event.signature.type for event, _ in baseline.events],
        tools=runner.tools,
    )


def _planned(baseline: Baseline, settings: Settings) -> list[AnyCell]:
    """Return all cells, but for events that no call of the command caused none that is about its answer."""
    every = cells(len(baseline.calls), settings.losses, settings.seed, len(baseline.events), settings.webhook_faults)
    uncaused = {number for number, (_, call) in enumerate(baseline.events, start=1) if call is None}
    return [
        cell
        for cell in every
        if not (isinstance(cell, EventCell) and cell.fault is WebhookFault.BEFORE_ANSWER and cell.event in uncaused)
    ]


def _quick(runner: Runner, baseline: Baseline, steps: Steps) -> tuple[list[AnyCell], list[str]]:
    """Return the cells of a quick run, and what it leaves out."""
    with steps.step("effects") as step:
        try:
            effects = runner.effects(baseline, step)
        except OutOfTime:
            raise Failure("The time was over before the cells.", "Give it more: --timeout") from None
        step.result(f"{counted(sum(effects), 'event')} of {len(effects)}")
    reads = [call.signature.method in READS for call in baseline.calls]
    return quick_cells(reads, runner.settings.losses, effects, runner.settings.seed)


def _results(runner: Runner, baseline: Baseline, planned: Sequence[AnyCell], steps: Steps) -> list[Result]:
    """Try the cells. Those that the time or a signal ends are not exercised."""
    settings = runner.settings
    for cell in planned:
        if isinstance(cell, Cell) and cell.call > len(baseline.calls):
            raise Failure(
                f"There is no call {cell.call}: the command makes {len(baseline.calls)} calls.", "See --only."
            )
        if isinstance(cell, EventCell) and max(cell.events) > len(baseline.events):
            raise Failure(
                f"There is no event {max(cell.events)}: {len(baseline.events)} events came before the command ended.",
                "Give the URL of its receiver: --webhooks." if settings.webhooks is None else "See --only.",
            )
    results: list[Result] = []
    ended = ""
    with steps.step("cells") as step:
        try:
            for result in _tried(runner, baseline, planned, step):
                results.append(result)
                lost = sum(1 for each in results if each.outcome is Outcome.LOST)
                losing = f"; {lost} lose money" if lost else ""
                step.say(f"{len(results)} of {len(planned)}: {result.cell.title}{losing}", passing=True)
        except OutOfTime:
            ended = "the time was over"
        except KeyboardInterrupt:
            ended = "it was interrupted"
        step.result(f"{len(results)} tried")
    done = {result.cell for result in results}
    left = [cell for cell in planned if cell not in done]
    return results + [Result(cell, baseline.title(cell), Outcome.NOT_EXERCISED, ended) for cell in left]


def _tried(runner: Runner, baseline: Baseline, planned: Sequence[AnyCell], step: Step) -> Iterator[Result]:
    """Try the cells, as many at the same time as there are jobs. Iterates over the results as they come."""
    jobs = min(runner.settings.jobs, len(planned))
    if jobs <= 1:
        step.say(f"1 of {len(planned)}: {planned[0].title}" if planned else "none", passing=True)
        for cell in planned:
            yield runner.try_cell(cell, baseline)
        return
    with ExitStack() as stack:
        free: Queue[Runner] = Queue()
        for _ in range(jobs):
            free.put(runner.beside(stack))

        def tried(cell: AnyCell) -> Result:
            own = free.get()
            try:
                return own.try_cell(cell, baseline)
            finally:
                free.put(own)

        pool = stack.enter_context(ThreadPoolExecutor(jobs, "job"))
        waiting = [pool.submit(tried, cell) for cell in planned]
        try:
            for done in as_completed(waiting):
                yield done.result()
        finally:
            # Commands that still run are killed.
            runner.stopped.set()
            pool.shutdown(cancel_futures=True)


@contextmanager
def _ended_by_signals() -> Iterator[None]:
    """Convert SIGTERM and a closed terminal to KeyboardInterrupt: the key is revoked and the command killed."""
    before = {name: signal.getsignal(name) for name in (signal.SIGTERM, signal.SIGHUP)}

    def end(_: int, __: object) -> None:
        raise KeyboardInterrupt

    for name, handler in before.items():
        if handler is not signal.SIG_IGN:
            signal.signal(name, end)
    try:
        yield
    finally:
        for name, handler in before.items():
            signal.signal(name, handler)


def new_seed() -> int:
    """Return a seed for a run that was given none."""
    return random.SystemRandom().randrange(1, 10_000)


def _totals(states: Sequence[State]) -> list[State]:
    return [
        replace(
            state,
            ledger=in_total(state.ledger),
            books=None if state.books is None else in_total(state.books),
        )
        for state in states
    ]


def _nets(states: Sequence[State]) -> list[dict[object, int]]:
    return [{subject: held.net for subject, held in state.ledger.items()} for state in states]
