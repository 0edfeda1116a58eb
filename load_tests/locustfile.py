"""The load test as Locust reads it: which scenarios there are, what can be asked for, and what happens when.

    locust -f locustfile.py --host http://127.0.0.1:4610 [Checkout RetryStorm …]

`make load` does it with a key, a sandbox and a report. docs/how-to/load-test.md.
"""

import sys
import time
from typing import Any, Final

import gevent
from locust import events
from locust.env import Environment
from locust.runners import MasterRunner, WorkerRunner

from load_tests import thresholds
from load_tests.checkout import Checkout
from load_tests.declines import Declines
from load_tests.evidence import WITNESS
from load_tests.guard import refusal
from load_tests.hot_keys import HotCard, HotMerchant
from load_tests.options import add_options, options_of
from load_tests.retry_storm import RetryStorm
from load_tests.thresholds import Measured, ThresholdError, Verdict

__all__ = ["Checkout", "Declines", "HotCard", "HotMerchant", "RetryStorm"]

FAILED: Final = 1
MISUSED: Final = 2

# A visit that is cut off leaves a payment of which nobody knows what became. No run waits longer than its visits last,
# and cold functions on a busy machine take long.
STOP_S: Final = 120.0
FINISH: Final = "finish"
SEEN: Final = "seen"

events.init_command_line_parser.add_listener(add_options)


@events.init.add_listener
def refuse_what_is_not_meant(environment: Environment, **_: Any) -> None:
    """End with a sentence, before the first user, where it could not be run as asked."""
    options = options_of(environment)
    environment.stop_timeout = max(environment.stop_timeout or 0.0, STOP_S)
    runner = environment.runner
    if isinstance(runner, WorkerRunner):
        # The master says where and with which key.
        runner.register_message(FINISH, _finish, concurrent=True)
        return
    if isinstance(runner, MasterRunner):
        runner.register_message(SEEN, _hear)
    why = None
    if environment.host:  # the web page may name one later; `Shopper.on_start` holds it to the same
        why = refusal(environment.host, environment=options.environment, paid_for=options.paid_for)
    if not options.api_keys:
        why = why or "There is no API key: --api-key, or PAYSANDBOX_API_KEY as `paysandbox status -o env` prints it."
    try:
        for scenario in _scenarios(environment):
            thresholds.read(options.thresholds, scenario)
    except (OSError, ThresholdError) as error:
        why = why or str(error)
    if why is not None:
        print(why, file=sys.stderr)
        sys.exit(MISUSED)


@events.test_start.add_listener
def leave_out_the_warm_up(environment: Environment, **_: Any) -> None:
    """Cold starts and first connections are in no percentile. Each process resets its own numbers; evidence stays."""
    WITNESS.take()
    gevent.spawn_later(options_of(environment).warm_up_s, environment.stats.reset_all)


@events.test_stopping.add_listener
def wait_for_the_workers(environment: Environment, **_: Any) -> None:
    """A headless master leaves half a second after it told its workers to quit; they read payments again first."""
    runner = environment.runner
    if not isinstance(runner, MasterRunner) or environment.web_ui is not None:
        return
    awaited.update(runner.clients)
    for client in list(awaited):
        runner.send_message(FINISH, client_id=client)
    until = time.monotonic() + STOP_S + 10
    while awaited and time.monotonic() < until:
        gevent.sleep(0.1)


@events.test_stop.add_listener
def tell_the_master(environment: Environment, **_: Any) -> None:
    """Send the evidence of a worker's users to the master, once all of them have stopped."""
    if isinstance(environment.runner, WorkerRunner):
        environment.runner.send_message(SEEN, WITNESS.take())


@events.quitting.add_listener
def conclude(environment: Environment, **_: Any) -> None:
    """Judge, print, and decide the exit code."""
    if isinstance(environment.runner, WorkerRunner):
        environment.process_exit_code = 0  # failures are the master's to judge
        return
    verdicts = [_verdict(environment, scenario) for scenario in _scenarios(environment)]
    page = thresholds.page(verdicts)
    if awaited:
        page += f"\n    {len(awaited)} workers did not say what they saw: FAILED"
    print(page)
    if (file := options_of(environment).verdict) is not None:
        file.write_text(page + "\n", encoding="utf-8")
    passed = all(verdict.passed for verdict in verdicts) and not awaited
    environment.process_exit_code = 0 if passed else FAILED


awaited: Final[set[str]] = set()
"""Workers that were told to finish and have not said what they saw."""


def _finish(environment: Environment, **_: Any) -> None:
    if environment.runner is not None:
        environment.runner.stop()


def _hear(environment: Environment, msg: Any, **_: Any) -> None:  # noqa: ARG001 - the caller's names
    WITNESS.hear(msg.data)
    awaited.discard(msg.node_id)


def _scenarios(environment: Environment) -> list[str]:
    return [str(getattr(user, "scenario", user.__name__)) for user in environment.user_classes]


def _verdict(environment: Environment, scenario: str) -> Verdict:
    entries = [entry for (name, _), entry in environment.stats.entries.items() if name.partition(" ")[0] == scenario]
    times: dict[int, int] = {}
    for entry in entries:
        for took_ms, number in entry.response_times.items():
            times[took_ms] = times.get(took_ms, 0) + number
    total = environment.stats.total
    measured = Measured(
        requests=sum(entry.num_requests for entry in entries),
        failures=sum(entry.num_failures for entry in entries),
        seconds=max(0.0, (total.last_request_timestamp or 0.0) - total.start_time),
        times=times,
        evidence=WITNESS.of(scenario),
    )
    limits = thresholds.read(options_of(environment).thresholds, scenario)
    return thresholds.judge(scenario, measured, limits)
