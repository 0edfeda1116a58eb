"""Entry point for Locust: the scenarios, the options, and the event listeners.

    locust -f locustfile.py --host http://127.0.0.1:4610 [Checkout RetryStorm …]

`make load` adds a key, a sandbox and a report. See docs/how-to/load-test.md.
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
from load_tests.evidence import EVIDENCE
from load_tests.guard import refusal
from load_tests.hot_keys import HotCard, HotMerchant
from load_tests.options import add_options, options_of
from load_tests.retry_storm import RetryStorm
from load_tests.thresholds import Measured, ThresholdError, Verdict

__all__ = ["Checkout", "Declines", "HotCard", "HotMerchant", "RetryStorm"]

FAILED: Final = 1
MISUSED: Final = 2

# A visit that is cut off leaves a payment in an unknown state. A run ends as soon as its visits have ended, so a long
# limit costs nothing; cold functions on a busy machine are slow.
STOP_S: Final = 120.0
FINISH: Final = "finish"
REPORT: Final = "evidence"

events.init_command_line_parser.add_listener(add_options)


@events.init.add_listener
def refuse_invalid_run(environment: Environment, **_: Any) -> None:
    """Exit with a message before the first user starts if the run is not allowed or misconfigured."""
    options = options_of(environment)
    environment.stop_timeout = max(environment.stop_timeout or 0.0, STOP_S)
    runner = environment.runner
    if isinstance(runner, WorkerRunner):
        # Host and keys come from the master.
        runner.register_message(FINISH, _finish, concurrent=True)
        return
    if isinstance(runner, MasterRunner):
        runner.register_message(REPORT, _add_report)
    why = None
    if environment.host:  # the web page may set it later; `Shopper.on_start` checks it again
        why = refusal(environment.host, environment=options.environment, paid_for=options.paid_for)
    if not options.api_keys:
        why = why or "No API key. Pass --api-key, or set PAYSANDBOX_API_KEY (`paysandbox status -o env` prints it)."
    try:
        for scenario in _scenarios(environment):
            thresholds.read(options.thresholds, scenario)
    except (OSError, ThresholdError) as error:
        why = why or str(error)
    if why is not None:
        print(why, file=sys.stderr)
        sys.exit(MISUSED)


@events.test_start.add_listener
def exclude_warm_up(environment: Environment, **_: Any) -> None:
    """Exclude the warm-up from the percentiles. Each process resets its own statistics; evidence is kept."""
    EVIDENCE.take()
    gevent.spawn_later(options_of(environment).warm_up_s, environment.stats.reset_all)


@events.test_stopping.add_listener
def wait_for_workers(environment: Environment, **_: Any) -> None:
    """Wait for the workers to read payments back: a headless master exits half a second after telling them to quit."""
    runner = environment.runner
    if not isinstance(runner, MasterRunner) or environment.web_ui is not None:
        return
    unreported_workers.update(runner.clients)
    for client in list(unreported_workers):
        runner.send_message(FINISH, client_id=client)
    until = time.monotonic() + STOP_S + 10
    while unreported_workers and time.monotonic() < until:
        gevent.sleep(0.1)


@events.test_stop.add_listener
def report_to_master(environment: Environment, **_: Any) -> None:
    """Send the evidence of a worker's users to the master, once all of them have stopped."""
    if isinstance(environment.runner, WorkerRunner):
        environment.runner.send_message(REPORT, EVIDENCE.take())


@events.quitting.add_listener
def print_verdicts(environment: Environment, **_: Any) -> None:
    """Compare with the thresholds, print the verdicts and set the exit code."""
    if isinstance(environment.runner, WorkerRunner):
        environment.process_exit_code = 0  # only the master judges
        return
    verdicts = [_verdict(environment, scenario) for scenario in _scenarios(environment)]
    text = thresholds.render_verdicts(verdicts)
    if unreported_workers:
        text += f"\n    {len(unreported_workers)} workers did not report their evidence: FAILED"
    print(text)
    if (file := options_of(environment).verdict) is not None:
        file.write_text(text + "\n", encoding="utf-8")
    passed = all(verdict.passed for verdict in verdicts) and not unreported_workers
    environment.process_exit_code = 0 if passed else FAILED


unreported_workers: Final[set[str]] = set()
"""Workers that were asked to finish and have not reported yet."""


def _finish(environment: Environment, **_: Any) -> None:
    if environment.runner is not None:
        environment.runner.stop()


def _add_report(environment: Environment, msg: Any, **_: Any) -> None:  # noqa: ARG001 - the caller's names
    EVIDENCE.merge(msg.data)
    unreported_workers.discard(msg.node_id)


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
        evidence=EVIDENCE.of(scenario),
    )
    limits = thresholds.read(options_of(environment).thresholds, scenario)
    return thresholds.judge(scenario, measured, limits)
