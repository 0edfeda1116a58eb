"""`paysandbox verify`: end-to-end checks against a deployed environment, over the API."""

from __future__ import annotations

import secrets
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor, as_completed
from contextlib import contextmanager, suppress
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from threading import Event
from typing import TYPE_CHECKING, Annotated, Final

import typer

from cli.terminal.failure import Failure
from cli.terminal.options import AsJson, Environment
from cli.terminal.output import print_json_text, runnable
from paysandbox.clock.rules import CARD_YEARS

if TYPE_CHECKING:
    import httpx
    from rich.table import Table

    from cli.connection.target import Target
    from cli.terminal.steps import Steps
    from cli.verification.client import Run
    from cli.verification.report import Report
    from cli.verification.suite import Finding, Suite

_LABEL_WIDTH: Final = 11

app = typer.Typer()

EXAMPLES = """[bold]Examples[/bold]
  paysandbox verify                          check the sandbox on this machine
  paysandbox verify --env dev --report v.md  check a deployment in AWS and write a report
  paysandbox verify --env dev --json         print JSON for a CI pipeline
  paysandbox verify --env dev --strict       fail if a check could not run

[bold]Exit codes[/bold]
  0  no check failed; some may not have run
  1  a check failed, or with --strict did not run, or the run could not start
  2  invalid usage
"""


@app.command(epilog=EXAMPLES)
def verify(
    env: Environment = "local",
    report: Annotated[
        Path | None,
        typer.Option(
            "--report",
            metavar="FILE",
            dir_okay=False,
            help="Write a report of every check to this file: Markdown, or JSON with --json.",
        ),
    ] = None,
    strict: Annotated[bool, typer.Option("--strict", help="Exit with 1 if a check did not run.")] = False,
    as_json: AsJson = False,
) -> None:
    """Run end-to-end checks against a deployed sandbox and report every failed check.

    The checks create three merchants with an API key each, a donor, a customer
    and some payments. The keys and the donor are deleted at the end. A complete
    donation and disbursements are made on a local sandbox only. In AWS, checks that
    need Stripe's secrets or PayPal's credentials do not run until they are set.
    """
    from cli.connection.target import resolve
    from cli.state.state_dir import StateDir
    from cli.terminal.console import stderr_console
    from cli.terminal.steps import steps_on
    from cli.verification.suites import deployed_suites

    if not __debug__:
        raise Failure("Python runs without assertions, which are the checks.", "Unset PYTHONOPTIMIZE.")
    _writable(report)
    target = resolve(env, StateDir.find())
    suites = deployed_suites(target)
    with steps_on(stderr_console(), [suite.name for suite in suites]) as steps:
        done = verified(target, suites, steps, strict=strict)
    if report is not None:
        report.write_text(done.as_json() + "\n" if as_json else done.as_markdown(), encoding="utf-8")
    if as_json:
        print_json_text(done.as_json())
    else:
        _print(done, report)
    if not done.passed:
        raise typer.Exit(1)


def verified(target: Target, suites: Sequence[Suite], steps: Steps, *, strict: bool = False) -> Report:
    """Run the suites, each as a step, in parallel unless the account is a new one. Its keys are revoked in any case."""
    from cli.connection.api import client_of
    from cli.verification.report import Report

    at, started = datetime.now(UTC), time.monotonic()
    with client_of(target.base_url) as http, _side_by_side(suites_at_once(target, suites)) as (pool, stop):
        run = _run(target, at)
        futures = [pool.submit(_findings, suite, target, http, run, stop, steps) for suite in suites]
        for future in as_completed(futures):
            future.result()  # an error in one suite ends the others
        done = [future.result() for future in futures]
        version = _version(http)
    return Report(
        environment=target.environment,
        base_url=target.base_url,
        version=version,
        at=at,
        took_s=time.monotonic() - started,
        findings=[finding for findings, _ in done for finding in findings],
        secrets=[secret for _, secrets in done for secret in secrets],
        strict=strict,
    )


def suites_at_once(target: Target, suites: Sequence[Suite]) -> int:
    """Return how many suites run at once: one where their functions would take most of a new account's executions.

    So it is without the right to read how many executions the account has.
    """
    from botocore.exceptions import ClientError

    from cli.diagnose.account import NEW_ACCOUNT_EXECUTIONS

    if target.is_local:
        return len(suites)
    try:
        limits = target.client("lambda").get_account_settings()["AccountLimit"]
    except ClientError:
        return 1
    return 1 if limits["ConcurrentExecutions"] <= NEW_ACCOUNT_EXECUTIONS else len(suites)


def _version(http: httpx.Client) -> str | None:
    """Return the version of the environment, or None if it does not respond."""
    from httpx import RequestError

    from paysandbox.payments.routes import GET_HEALTH

    try:
        return http.get(GET_HEALTH.path).json().get("version")
    except (RequestError, ValueError, AttributeError):
        return None


@contextmanager
def _side_by_side(threads: int) -> Iterator[tuple[ThreadPoolExecutor, Event]]:
    """Yield a thread pool, and an event that is set to stop its threads when the block raises an exception."""
    stop = Event()
    with ThreadPoolExecutor(threads) as pool:
        try:
            yield pool, stop
        except BaseException:
            stop.set()
            pool.shutdown(wait=False, cancel_futures=True)
            raise


def _run(target: Target, at: datetime) -> Run:
    from cli.connection.keys import find_key
    from cli.verification.client import Run
    from paysandbox.donations.donation import MERCHANT

    return Run(
        run_id=secrets.token_hex(5),
        environment=target.environment,
        stripe_base_url=target.outputs("v1")["StripeApiBase"].rstrip("/"),
        stripe_account=f"Bearer {find_key(target, MERCHANT).api_key}" if target.is_local else "",
        expiry_year=at.year + CARD_YEARS,
        dashboard_url="" if target.is_local else _dashboard_url(target),
    )


def _dashboard_url(target: Target) -> str:
    """Return the URL of the dashboard, or "" for an environment without one (docs/how-to/deploy.md, "Regions")."""
    try:
        return target.outputs("dashboard")["DashboardUrl"]
    except Failure:
        return ""


def _findings(
    suite: Suite, target: Target, http: httpx.Client, run: Run, stop: Event, steps: Steps
) -> tuple[Sequence[Finding], Sequence[str]]:
    """Run a suite. Return its findings and secrets; its key and donor are deleted."""
    from cli.verification.client import Credentials
    from paysandbox.core.errors import Code

    credentials = Credentials(target, f"verify-{run.run_id}-{suite.name}")
    # On a local sandbox, `up` configures Stripe and PayPal.
    codes = () if target.is_local else (Code.STRIPE_NOT_CONFIGURED, Code.PAYPAL_NOT_CONFIGURED)
    client = suite.client(http, run, credentials, frozenset(map(str, codes)), stop)
    findings: list[Finding] = []
    try:
        with suppress(_SuiteFailed), steps.step(suite.name) as step:
            findings += suite.findings(client, partial(step.say, passing=True))
            _set_result(step.result, findings)
    finally:
        credentials.clean_up()
    return findings, credentials.secrets


class _SuiteFailed(Exception):  # noqa: N818 - marks a step as failed and is caught
    """A check of the suite failed, or none ran."""


def _set_result(result: Callable[..., None], findings: Sequence[Finding]) -> None:
    """Set the result line of a suite. Raises _SuiteFailed if a check failed or none ran."""
    from cli.terminal.text import counted
    from cli.verification.suite import Outcome

    ran = [finding for finding in findings if finding.outcome is not Outcome.NOT_TRIED]
    failed = [finding for finding in findings if finding.outcome is Outcome.FAILED]
    if not ran:
        result("not run")
        raise _SuiteFailed
    if failed:
        result(f"{len(ran) - len(failed)} of {counted(len(findings), 'check')} passed")
        raise _SuiteFailed
    slowest_ms = max(finding.took_ms for finding in ran)
    not_run = f", {len(findings) - len(ran)} not run" if len(ran) < len(findings) else ""
    result(f"{counted(len(ran), 'check')} passed, slowest {slowest_ms:.0f} ms{not_run}")


def _writable(report: Path | None) -> None:
    """Raise Failure before the run if the report cannot be written."""
    if report is not None and not report.absolute().parent.is_dir():
        raise Failure(f"There is no folder {report.absolute().parent}.", "Create it, or choose another --report file.")


def _print(report: Report, file: Path | None) -> None:
    from cli.terminal.console import Text, answers
    from cli.terminal.text import counted
    from cli.verification.suite import Outcome

    console = answers()
    failed = [finding for finding in report.findings if finding.outcome is Outcome.FAILED]
    for finding in failed:
        console.print(Text.assemble(("✗ ", "bold red"), (f"{finding.chapter}: {finding.name}", "bold")))
        facts = {
            "difference": "; ".join(finding.differences),
            "expected": finding.expected,
            "actual": finding.seen,
            "request id": finding.request_id or "none",
        }
        shown = {name: report.shown(value) for name, value in facts.items()}
        if console.is_terminal:
            console.print(_hanging(shown), soft_wrap=False)
            continue
        for name, value in shown.items():
            console.print(Text(f"  {name:{_LABEL_WIDTH}}{value}"))
    for reason, count in report.not_tried.items():
        console.print(Text.assemble(("· ", "bold"), f"{counted(count, 'check')} {report.shown(reason)}"))
    style = "bold green" if report.passed else "bold red"
    console.print(Text(f"{report.summary}.", style=style))
    where = f"{report.environment} at {report.base_url}, version {report.version or 'unknown'}"
    console.print(Text(where, style="dim"))
    request_id = next((finding.request_id for finding in failed if finding.request_id), None)
    if request_id is not None:
        env = "" if report.environment == "local" else f" --env {report.environment}"
        console.print(Text(runnable(f"Function log: paysandbox logs --request {request_id}{env}"), style="dim"))
    if file is not None:
        console.print(Text(f"Report: {file}", style="dim"))


def _hanging(facts: Mapping[str, str]) -> Table:
    """Return a table of labels and values. A long value wraps in its own column."""
    from rich.table import Table

    from cli.terminal.console import Text

    table = Table.grid()
    table.add_column(width=_LABEL_WIDTH + 2)
    table.add_column(overflow="fold")
    for name, value in facts.items():
        table.add_row(Text(f"  {name}", style="dim"), Text(value))
    return table
