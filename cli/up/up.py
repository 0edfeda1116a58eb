"""`paysandbox up`: from a checkout to a sandbox that has authorized a payment.

`up()` does the work, and tests call it with a home and a port of their own; `up_command()` is the terminal side. Every
step can be interrupted or killed at any time; the next run continues where it stopped.
"""

from __future__ import annotations

import hashlib
import json
import shutil
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import partial
from typing import TYPE_CHECKING, Any, Final

from cli.connection.keys import local_keys, name_prefix
from cli.connection.local_aws import LocalAws
from cli.connection.operator_keys import ensure_operator_key
from cli.connection.target import LOCAL, Target, local_target
from cli.deploy.cached_folders import DamagedFolderError
from cli.deploy.installation import installation
from cli.deploy.sources import sources
from cli.disbursements.paypal_setup import ensure_paypal
from cli.disbursements.stripe_setup import ensure_platform
from cli.sandbox import engine
from cli.sandbox.engine_record import record_engine
from cli.state import image, saved_state
from cli.state.named_sandboxes import reserve_port
from cli.state.state_dir import StateDir, read_json, write_json
from cli.terminal.failure import Failure
from cli.terminal.steps import Quiet, Step, Steps
from cli.terminal.text import counted
from cli.up.watch import use_deployed_code
from engine.home_files import PAYPAL_FOLDER_NAME
from engine.limits import PROBE
from engine.wall import access_key, sign_in
from paysandbox.aws.index_shards import LOCAL_INDEX_SHARDS
from paysandbox.aws.schema import LEDGER
from paysandbox.clock.rules import CARD_YEARS
from paysandbox.core.merchant import DEFAULT_MERCHANT
from paysandbox.donations import donation

if TYPE_CHECKING:
    from cli.connection.keys import MerchantKey
    from cli.deploy.deploy import Deployment

PLAN: Final = ("tools", "engine", "layer", "synth", "deploy", "image", "keys", "payment", "donations")

PLANS: Final = ("sandbox", "load")
# The donations' Stripe account, whose requests have no limit.
DONATIONS: Final = donation.MERCHANT
DONATIONS_PLAN: Final = "load"
PROBE_PLAN: Final = "load"
CARD: Final = "4242424242424242"

# The functions that move money, the authorizer of /v1, and the sweeps of every minute. One worker of each is kept.
WARM_FUNCTIONS: Final = (
    "authorize_payment", "capture_payment", "void_payment", "refund_payment", "authorize_v1",
    "expire_payments", "sweep_deliveries",
)  # fmt: skip

FILES_NAMED_MAX: Final = 3

# The entry of home.served with a digest of the routes in it, and of what they were listed from.
_LISTED_OF: Final = "listed_of"

# For the engine's state, the assembly and its copy in the engine's S3. With less, a deployment fails halfway.
FREE_MB_MIN: Final = 300


@dataclass(frozen=True)
class Sandbox:
    """A running sandbox that has authorized a payment."""

    target: Target
    keys: Sequence[MerchantKey]
    transaction_id: str
    changed: Mapping[str, str]
    notes: Sequence[str]
    seconds: Mapping[str, float]
    bind: str = engine.LOOPBACK
    otlp: str = ""


def up(
    home: StateDir,
    *,
    port: int | None = None,
    bind: str | None = None,
    hosts: Sequence[str] | None = None,
    otlp: str | None = None,
    fresh: bool = False,
    steps: Steps | None = None,
) -> Sandbox:
    """Start or refresh the home's sandbox. Raises Failure with the remedy.

    `port` and `hosts` default to the previous start's, and `bind` to the running engine's. An engine that was not
    running listens on the loopback unless `bind` says otherwise, at every start. `hosts` are the names by which clients
    may call the API, besides IP addresses and loopback names. `otlp` is the URL of the collector that gets the engine's
    traces, and empty for none. It defaults to the running engine's; one that was not running sends none.

    When interrupted, it gracefully stops an engine that it started. A failure leaves the engine running, so that its
    log and state can be inspected; `down` stops it.
    """
    steps = steps or Steps(Quiet())
    refuse_small_disk(home)
    with ExitStack() as until_done:
        with steps.step("tools") as step:
            held = until_done.enter_context(home.lock(step.say))
            was_running = engine.running(home) is not None
            bind = bind or _bound(home)
            otlp = _collector(home) if otlp is None else otlp
            _ensure_tools(home, step)
        try:
            return _up(home, held, steps, port=port, bind=bind, hosts=hosts, otlp=otlp, fresh=fresh)
        except KeyboardInterrupt:
            if not was_running:
                _stop_interrupted(home)
            raise


def _ensure_tools(home: StateDir, step: Step) -> None:
    if engine.running(home) is not None and installation().is_engine_stale():
        step.say("stopping the engine to reinstall its environment")
        _stop(home)
    step.result(installation().install_tools(step.say))


def _up(
    home: StateDir,
    held: int,
    steps: Steps,
    *,
    port: int | None,
    bind: str | None,
    hosts: Sequence[str] | None,
    otlp: str,
    fresh: bool,
) -> Sandbox:
    notes: list[str] = []
    with steps.step("engine") as step:
        if fresh:
            notes.append(_start_over(home))
        if port is None:
            reserve_port(home)
        _allow_hosts(home, hosts)
        copied = _copy_image(home, port, notes)
        notes += _ensure_engine(home, port, bind, lambda port: _prepare_calls(home, port), otlp=otlp)
        port = _recorded_port(home)
        step.result(f"{'new ' if fresh else ''}at http://localhost:{port}", notes=notes, style="yellow")
    target = local_target(home, port, home.read().region)
    with _while_the_engine_runs(home):
        use_deployed_code(home)
        changed = _ensure_deployed(home, target, held, steps, restored=copied is True)
        if copied is False:
            with steps.step("image") as step:
                step.result(_keep_image(home))
        _complete_journal(home, target, steps)
        # Web pages link to this bucket, so the wall needs its name.
        learned = {
            "report_bucket": target.outputs("settlement")["ReportsBucket"],
            "dashboard": {
                # The engine runs this program to list and create keys (engine/wall/merchant_keys.py).
                "python": sys.executable,
                "region": target.region,
                "clock_moves": target.outputs("api")["ClockMayMove"] == "true",
            },
        }
        write_json(home.served, read_json(home.served) | learned)
        _say_time(target, steps)
        with steps.step("keys") as step:
            keys = _ensure_keys(target)
            # Pages of the sandbox may use the first (engine/wall/demo_key.py). Only the home's owner can
            # read the file.
            of_keys = {"demo_key": demo_key(keys, "sandbox"), "operator_key": ensure_operator_key(target).text}
            write_json(home.served, read_json(home.served) | of_keys)
            ensure_paypal(home, target)
            ensure_platform(target)
            step.result(f"merchants {DEFAULT_MERCHANT}, {DONATIONS} and {PROBE}")
        transaction_id = _prove(target, keys, steps)
    return Sandbox(target, keys, transaction_id, changed, notes, steps.seconds(), _bound(home), otlp)


# Engine


def _ensure_engine(
    home: StateDir,
    port: int | None,
    bind: str | None = None,
    meanwhile: Callable[[int], None] = lambda _: None,
    *,
    otlp: str | None = None,
) -> list[str]:
    """Ensure that an engine runs on the requested port. Return notes for the user.

    `meanwhile` is called with its port while it starts, or at once if it runs already.
    """
    notes: list[str] = []
    found, bound = engine.running(home), _bound(home)
    bind = bind or bound
    otlp = _collector(home) if otlp is None else otlp
    if found is not None and port not in {None, found.port}:
        engine.refuse_taken(home, port or engine.DEFAULT_PORT)
        notes.append(f"moved from port {found.port} to {port}")
        _stop(home)
    elif found is not None and bind != bound:
        where = "this machine only" if bind == engine.LOOPBACK else bind
        notes.append(f"restarted to listen on {where}")
        _stop(home)
    elif found is not None and otlp != found.otlp:
        notes.append(f"restarted to send traces to {otlp}" if otlp else "restarted to send no traces")
        _stop(home)
    elif found is not None and not engine.answers_soon(found.port):
        notes.append("restarted, because the engine did not respond")
        _stop(home)
    elif found is not None:
        record_engine(home, found)
        meanwhile(found.port)
        return notes
    port = port or home.read().port or engine.DEFAULT_PORT
    engine.refuse_taken(home, port)
    loss = saved_state.prepare(home)
    if loss is not None:
        notes.append(str(loss))
    record_engine(home, engine.start(home, port, bind, partial(meanwhile, port), otlp=otlp))
    return notes


def _prepare_calls(home: StateDir, port: int) -> None:
    """Do what needs the engine's address and not the engine: its start takes as long as these imports."""
    from engine.paypal import account

    _list_served(home)
    target = local_target(home, port, home.read().region)
    for service in ("cloudformation", "ssm", "apigateway", "dynamodb"):
        target.client(service)
    account.ensure(home.path)


def _copy_image(home: StateDir, port: int | None, notes: list[str]) -> bool | None:
    """Copy an image into an empty home. Return None if the home is not empty, and False if there is no image."""
    if engine.running(home) is not None or not image.is_empty(home):
        return None
    home.change(index_shards_read=LOCAL_INDEX_SHARDS, has_journal=True)
    try:
        port = port or home.read().port or engine.DEFAULT_PORT
        return image.Images.find().copy(sources().fingerprint(LOCAL).whole, home, port)
    except DamagedFolderError:
        notes.append("the saved image of a deployment was damaged, so everything is deployed again")
        return False


def _keep_image(home: StateDir) -> str:
    """Save an image of a fresh deployment, before it contains anything else. Return a description of it."""
    if image.Images.find().keep(sources().fingerprint(LOCAL).whole, home, engine.save_now(home)):
        return "saved, for `paysandbox up --fresh` and further sandboxes"
    return "not saved: a secret of this app cannot be generated"


def _bound(home: StateDir) -> str:
    """Return the address on which the engine listens, or would by default."""
    running = engine.running(home)
    return engine.LOOPBACK if running is None else running.bind


def _collector(home: StateDir) -> str:
    """Return the URL of the collector that the running engine sends traces to, or an empty text."""
    running = engine.running(home)
    return "" if running is None else running.otlp


def _allow_hosts(home: StateDir, hosts: Sequence[str] | None) -> None:
    """Write the hosts that the wall passes to the API. They stay unchanged if not given."""
    before = read_json(home.served)
    write_json(home.served, before | {"hosts": sorted(before.get("hosts", []) if hosts is None else hosts)})


def _list_served(home: StateDir) -> None:
    """Write the paths that the wall passes to the API. Before the first start's, it passes none.

    Those of the same sources are not listed again: that imports every route, which takes half a second of CPU time.
    """
    from paysandbox.core.errors import Code, problem

    refusals = (
        Code.RESOURCE_NOT_FOUND,
        Code.FORBIDDEN,
        Code.HOST_NOT_ALLOWED,
        Code.PARAMETER_INVALID,
        Code.API_KEY_INVALID,
        Code.SERVICE_UNAVAILABLE,
        Code.SESSION_INVALID,
        Code.UPSTREAM_ERROR,
        Code.UPSTREAM_TIMEOUT,
        Code.BODY_TOO_LARGE,
        Code.PATH_TOO_LONG,
        Code.HEADERS_TOO_LARGE,
    )
    before, made_of = read_json(home.served), [sources().fingerprint(LOCAL).whole, refusals, WARM_FUNCTIONS]
    if before.get(_LISTED_OF) == _digest(made_of, before):
        return
    from api_reference.routes import ROUTES
    from paysandbox.stripe_api.routes import BASE_PATH, ROUTES as STRIPE_ROUTES

    served = {
        "served": sorted({route.path.split("/")[1] for route in ROUTES} | {BASE_PATH}),
        "problems": {code: problem(code) for code in refusals},
        "routes": {
            **{f"{route.method} {route.path}": route.name for route in ROUTES},
            **{f"{route.method} /{BASE_PATH}{route.path}": route.name for route in STRIPE_ROUTES},
        },
        "kept_warm": [f"paysandbox-{LOCAL}-{name}" for name in WARM_FUNCTIONS],
    }
    write_json(home.served, before | served | {_LISTED_OF: _digest(made_of, served)})


def _digest(made_of: object, served: Mapping[str, Any]) -> str:
    """Return a digest of what is listed, which another version of this program may have changed, and of its sources."""
    listed = [served.get(name) for name in ("served", "problems", "routes", "kept_warm")]
    return hashlib.sha256(json.dumps([made_of, listed]).encode()).hexdigest()


def _recorded_port(home: StateDir) -> int:
    port = home.read().port
    if port is None:
        raise Failure(f"{home.record_file} was removed while the command ran.", "Run the command again.")
    return port


def _stop(home: StateDir) -> None:
    stopped = engine.stop(home)
    if stopped is not None:
        home.change(pid=None, last_graceful_stop=saved_state.saved_at(home))


def _stop_interrupted(home: StateDir) -> None:
    """Stop the engine that this `up` started, after an interrupted deployment has settled."""
    running = engine.running(home)
    if running is None:
        return
    if home.deploying.exists():
        from cli.deploy.deploy import Deployment

        Deployment(home, local_target(home, running.port, home.read().region)).settle()
    _stop(home)


def _start_over(home: StateDir) -> str:
    """Delete everything in the home. Return a description of it."""
    dropped = _contents(home)
    engine.kill(home)
    saved_state.drop(home)
    access_key.discard(home.path)
    shutil.rmtree(home.path / PAYPAL_FOLDER_NAME, ignore_errors=True)
    shutil.rmtree(home.path / sign_in.FOLDER_NAME, ignore_errors=True)
    home.served.unlink(missing_ok=True)
    home.deploying.unlink(missing_ok=True)
    home.change(pid=None, started_at=None, last_graceful_stop=None)
    return f"deleted {dropped}"


def _contents(home: StateDir) -> str:
    running = engine.running(home)
    if running is None:
        saved_at = saved_state.saved_at(home)
        return "no saved state" if saved_at is None else f"the state saved at {saved_at}"
    target = local_target(home, running.port, home.read().region)
    try:
        return f"{counted(_count_payments(target), 'payment')} and {counted(len(local_keys(target)), 'key')}"
    except Exception:  # noqa: BLE001 - whatever is wrong with the sandbox, it is about to be deleted
        return "a sandbox whose contents could not be counted"


def _count_payments(target: Target) -> int:
    return LocalAws.of(target).count_items(f"{name_prefix(target)}{LEDGER}", "attribute_exists(operations)")


@contextmanager
def _while_the_engine_runs(home: StateDir) -> Iterator[None]:
    """Report a failure as the engine's end if the engine has ended."""
    try:
        yield
    except Exception as error:
        if engine.running(home) is not None:
            raise
        raise Failure(
            "The engine stopped unexpectedly: it was stopped or killed by something else.",
            f"Run `paysandbox up` again to continue. Engine log: {home.engine_log}",
        ) from error


# Deployment


def _ensure_deployed(home: StateDir, target: Target, held: int, steps: Steps, *, restored: bool) -> Mapping[str, str]:
    """Deploy the current sources. Return the changes by stack."""
    from cli.deploy.deploy import Deployment

    deployment = Deployment(home, target, held)
    if home.deploying.exists():
        with steps.step("deploy") as step:
            step.say("waiting for an interrupted deployment")
            deployment.settle()
            deployment.clear_abandoned()
            step.result("an earlier deployment was interrupted; its stacks have settled")
    if deployment.is_current():
        steps.leave_out("layer", "synth")
        with steps.step("deploy") as step:
            step.result("restored from an image of this version" if restored else "no changes")
        return {}
    because = deployment.changed_files()
    _prepare(deployment, steps)
    with steps.step("deploy") as step:
        changed = deployment.changes()
        deployment.deploy(step, changed)
        notes = [f"{stack}: {what}" for stack, what in changed.items()]
        step.result(_because(because) or counted(len(changed), "stack"), notes=notes)
    return changed


def _prepare(deployment: Deployment, steps: Steps) -> None:
    with steps.step("layer") as step:
        folder = installation().vendor_layer(step.say)
        step.result(folder.name)
    with steps.step("synth") as step:
        made = deployment.synthesize()
        step.result("cloud assembly written" if made else "cloud assembly unchanged")


def _because(files: Sequence[str]) -> str:
    named = ", ".join(files[:FILES_NAMED_MAX])
    more = len(files) - FILES_NAMED_MAX
    return f"{named} and {more} more" if more > 0 else named


def _complete_journal(home: StateDir, target: Target, steps: Steps) -> None:
    """Enter what moved balances before there was a journal of them, once for each home of an earlier version."""
    if home.read().has_journal:
        return
    from cli.payments.journal import complete

    with steps.step("journal") as step:
        step.say("entering what an earlier version of paysandbox has moved")
        completed = complete(target, lambda read: step.say(f"{counted(read, 'payment')} read", passing=True))
        if completed.failed:
            payments = counted(completed.failed, "payment")
            step.result(
                f"{payments} could not be entered; the next `paysandbox up` tries again",
                notes=["Run `paysandbox audit` to see them."],
                style="yellow",
            )
            return
        if completed.entered:
            engine.save_now(home)  # the record may not say what a killed engine has lost
        home.change(has_journal=True)
        step.result(f"{counted(completed.entered, 'balance transaction')} of an earlier version entered")


def _say_time(target: Target, steps: Steps) -> None:
    """Say if the clock is ahead, since it may have been moved long ago."""
    from cli.connection.clock_offset import stored_offset_s
    from cli.terminal.time_span import span_words

    if offset_s := stored_offset_s(target):
        with steps.step("clock") as step:
            step.result(f"{span_words(offset_s)} ahead; `paysandbox clock reset` returns to wall time")


# Keys and proof


def _ensure_keys(target: Target) -> Sequence[MerchantKey]:
    from cli.connection.keys import create_key, list_keys, sync_keys

    found = list_keys(target)
    have = {(key.merchant, key.plan) for key in found}
    wanted = [*((DEFAULT_MERCHANT, plan) for plan in PLANS), (DONATIONS, DONATIONS_PLAN), (PROBE, PROBE_PLAN)]
    for merchant, plan in wanted:
        if (merchant, plan) not in have:
            create_key(target, merchant, plan)
    if found:  # what was created just now has everything
        sync_keys(target)
    return list_keys(target)


def _prove(target: Target, keys: Sequence[MerchantKey], steps: Steps) -> str:
    """Authorize a payment and prepare the donations. Return the ID of the payment.

    Both run in parallel, since they wait for functions to start.
    """
    from cli.donations.setup import ensure_donations

    def donations() -> None:
        with steps.step("donations") as step:
            step.result(ensure_donations(target, key_of(keys, DONATIONS, DONATIONS_PLAN)))

    with ThreadPoolExecutor(1) as beside:
        ready = beside.submit(donations)
        with steps.step("payment") as step:
            transaction_id = _authorize(target, keys)
            step.result(f"authorized {transaction_id}")
        ready.result()
    return transaction_id


def _authorize(target: Target, keys: Sequence[MerchantKey]) -> str:
    from cli.connection.api import Api, fresh_idempotency_key
    from paysandbox.payments.routes import AUTHORIZE_PAYMENT

    key = key_of(keys, PROBE, PROBE_PLAN)
    card = {"number": CARD, "exp_month": 12, "exp_year": datetime.now(UTC).year + CARD_YEARS}
    body: dict[str, Any] = {"amount": 100, "currency": "USD", "card": card, "description": "paysandbox up"}
    answer = Api(target.base_url, key).post(AUTHORIZE_PAYMENT, body, idempotency_key=fresh_idempotency_key()).body
    if answer.get("status") != "approved":
        raise Failure(
            f"The sandbox responds, but did not approve a payment: {answer}",
            "Run `paysandbox logs --failed` to see the error.",
        )
    return str(answer["transaction_id"])


def demo_key(keys: Sequence[MerchantKey], plan: str) -> str:
    """Return merchant demo's oldest key on a plan."""
    return key_of(keys, DEFAULT_MERCHANT, plan)


def key_of(keys: Sequence[MerchantKey], merchant: str, plan: str) -> str:
    """Return a merchant's oldest key on a plan."""
    return next(key.api_key for key in keys if (key.merchant, key.plan) == (merchant, plan))


def refuse_small_disk(home: StateDir) -> None:
    """Raise Failure if the disk is almost full."""
    folder = next(folder for folder in (home.path, *home.path.parents) if folder.exists())
    free_mb = shutil.disk_usage(folder).free // 1_000_000
    if free_mb < FREE_MB_MIN:
        raise Failure(
            f"Only {free_mb} MB are free in {folder}. The sandbox needs {FREE_MB_MIN} MB.",
            "Free some space, or set PAYSANDBOX_HOME to a folder on another disk. Saved state is not affected.",
        )
