"""Starts the engine, with the parts that ministack lacks.

These are what arrives (wall), tables and snapshots (state), how functions run (workers) and call AWS (lane), what AWS
does otherwise (corrections), a simulator of PayPal (paypal), and the lock on the home (lock.py).
"""

import asyncio
import importlib
import logging
import math
import os
import shutil
import signal
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from typing import Any

from engine import engine_log, lane
from engine.corrections.authorizer_context import fill_in_authorizer_context
from engine.corrections.batch_actions import check_as_single
from engine.corrections.fair_queues import receive_fairly
from engine.corrections.health_path import leave_to_apis
from engine.corrections.key_conditions import read_once
from engine.corrections.log_subscriptions import gather, keep_unsent
from engine.corrections.mock_integrations import import_mock_integrations
from engine.corrections.repeated_headers import pass_each_value
from engine.corrections.routing_rules import rule_then_mappings
from engine.corrections.unknown_services import refuse_at_once
from engine.corrections.usage_plans import meter_by_authorizer
from engine.gateway.changes import Changes, notice
from engine.gateway.content_types import know_protocols
from engine.gateway.lookups import look_up_once, parse_arns_once
from engine.gateway.routed import Routed
from engine.home_files import DISCARDED_NAME
from engine.lane.dispatch import answering
from engine.lane.lanes import Lanes, caller_in
from engine.limits import ENTRIES_VARIABLE, PAYMENTS_VARIABLE
from engine.lock import LOCK_NAME, hold
from engine.metrics.attempts import count_attempts
from engine.metrics.event_loop import EventLoop
from engine.metrics.metrics import Metrics
from engine.metrics.state import Observed
from engine.ministack import Ministack, MissingNamesError, import_stateless, load as load_ministack, scoped
from engine.paypal.app import PaypalSimulator
from engine.state import garbage, saving, stream_records
from engine.state.function_logs import keep_logs
from engine.state.packed_items import pack_items
from engine.state.payment_limit import limit_payments, stored_payments
from engine.state.retention import retentions
from engine.state.table_indexes import TableIndexes
from engine.state.table_store import answer_usual_requests
from engine.wall import access_key, merchant_keys, settlement_run
from engine.wall.dashboard import Dashboard
from engine.wall.execution_keys import execution_credentials
from engine.wall.mcp import Mcp
from engine.wall.signature import Credentials, refusal
from engine.wall.stopping import Background
from engine.wall.wall import API_HOST, Answering, Engine, ServedFile, Wall, is_api, no_direct_way
from engine.workers.api_invocations import invoke_on_loop
from engine.workers.background import background_functions
from engine.workers.busy import refuse_as_unavailable
from engine.workers.edited_code import EditedCode
from engine.workers.event_sources import pace
from engine.workers.exact_bodies import pass_exactly
from engine.workers.forked_workers import Servers, fork_workers
from engine.workers.journal_reads import JournalReads
from engine.workers.layers import FOLDER_NAME as LAYERS, Layers, share_layers
from engine.workers.pipes import invoke_over_pipes
from engine.workers.pool import bound_workers, busy_and_idle
from paysandbox.aws.environment_item import environment_in
from paysandbox.aws.schema import API_KEYS, CLOCK_ITEM, MERCHANT_SETTINGS
from paysandbox.aws.trace_context import COLLECTOR_VARIABLE
from paysandbox.http.keys.credential import KeyKind, key_digest

Apis = tuple[Callable[[str], bool], Answering]
"""Whether a path is mapped to an API, and how a request is answered directly."""

PREFIX = "paysandbox-local-"
CLOCK_TABLE = f"{PREFIX}{MERCHANT_SETTINGS}"
KEYS_TABLE = f"{PREFIX}{API_KEYS}"
# After what time a thread that polls queues and streams lets the event loop answer. Python's own value is 5 ms.
SWITCH_INTERVAL_S = 0.001


def main() -> None:
    """Import what reads nothing of the home, wait for its release, take its lock, and run the engine until a signal."""
    sys.setswitchinterval(SWITCH_INTERVAL_S)
    home = Path(sys.argv.pop(1))  # ministack parses the remaining arguments
    import_beforehand()
    wait_for_release()
    held = hold(home / LOCK_NAME)
    remove = threading.Thread(target=shutil.rmtree, args=[home / DISCARDED_NAME, True], daemon=True)
    remove.start()
    signal.signal(signal.SIGHUP, lambda *_: os.kill(os.getpid(), signal.SIGTERM))
    key = access_key.ensure(home)
    # The engine's own credentials, with which S3 verifies presigned links.
    os.environ |= {"AWS_ACCESS_KEY_ID": key.id, "AWS_SECRET_ACCESS_KEY": key.secret}

    try:
        ministack = load_ministack()
    except MissingNamesError as error:
        sys.exit(str(error))
    app = ministack.app
    dynamodb, lambda_svc = ministack.dynamodb, ministack.lambda_svc
    leave_to_apis(app)
    check_as_single(ministack.iam_actions)
    know_protocols(ministack.responses)
    refuse_at_once(ministack.router)
    stream_records.keep_streams(dynamodb, lambda_svc)
    stream_records.discard_read_records(dynamodb, lambda_svc)
    stream_records.hand_back(ministack.sqs)
    receive_fairly(ministack.sqs)
    pack_items(dynamodb, ministack.provisioners)
    read_once(dynamodb)
    indexes = TableIndexes(dynamodb, retentions(int(os.environ[ENTRIES_VARIABLE])))
    indexes.install()
    answer_usual_requests(dynamodb, indexes)
    payments_max = int(os.environ[PAYMENTS_VARIABLE])
    limit_payments(dynamodb, indexes, payments_max)
    requests = saving.install(ministack, home, held, is_api.get)
    served = ServedFile(home)
    port = int(os.environ["GATEWAY_PORT"])
    paypal = PaypalSimulator(home, port, lambda: sandbox_time(dynamodb), engine_log.write)
    dashboard = Dashboard(
        home,
        port,
        lambda python, merchant: merchant_keys.ask(python, home, os.environ, merchant),
        lambda: sent_mails(ministack.ses),
        lambda python: settlement_run.settle(python, home, os.environ),
    )
    credentials_of = known_credentials(key, ministack.sts)
    own_url = os.environ["AWS_ENDPOINT_URL"]
    host = own_url.partition("://")[2]
    lanes = Lanes(
        answering(ministack, host, lambda key_id: credentials_of(key_id) is not None, requests.note, engine_log.write),
        engine_log.write,
    )
    import_packages = run_functions(ministack, served, home, requests.note, lanes)
    metrics = Metrics(observed(ministack, indexes, payments_max))
    count_attempts(lambda_svc, metrics.attempts)
    app.load_persisted_state = _then_start(
        app.load_persisted_state, paypal, indexes, lanes, import_packages, metrics.event_loop
    )
    mcp = Mcp(home, port, lambda text: is_secret_key(dynamodb, text), os.environ)
    in_front = wall(
        ministack, served, key, credentials_of, paypal, dashboard, mcp, metrics, answer_apis(ministack, requests.note)
    )
    with traced(in_front, lanes, lambda_svc, served) as app.app:
        app.main()
    held.close()


def import_beforehand() -> None:
    """Import most of what an engine needs, and nothing that reads the home or its state."""
    # Otherwise Python tries it with a file, and takes another folder if this one is just being replaced.
    tempfile.tempdir = os.environ["TMPDIR"]
    import_stateless()
    importlib.import_module("engine.wall.server")  # what it imports lives in .venv-engine only


def wait_for_release() -> None:
    """Wait for the byte on stdin with which the program releases the home to this process.

    Until then, the home may be another engine's, or its state may be replaced. Exit if the program has ended instead.
    """
    if not os.read(sys.stdin.fileno(), 1):
        sys.exit()
    with Path(os.devnull).open() as nothing:
        os.dup2(nothing.fileno(), sys.stdin.fileno())


@contextmanager
def traced(application: Any, lanes: Lanes, functions: Any, served: ServedFile) -> Iterator[Any]:
    """Return the application that is served: one that sends traces if `up` names a collector, which is rare."""
    url = os.environ.get(COLLECTOR_VARIABLE)
    if not url:
        yield application
        return
    from engine.traces.sending import send_traces

    with send_traces(url, functions, application, lanes, lambda: served.read().routes, engine_log.write) as observed:
        yield observed


def run_functions(
    ministack: Ministack, served: ServedFile, home: Path, note: Callable[[], None], lanes: Lanes
) -> Callable[[], None]:
    """Configure how functions run: the number of workers, complete and prompt logs, log subscriptions in batches.

    `note` is called when an invocation may have changed the engine's state without a request. Return a function that
    sends unsent log lines and imports the functions' packages, after their state was loaded.
    """
    import hypercorn.asyncio  # pyright: ignore[reportMissingImports] - it lives in .venv-engine only

    from engine.wall.server import stand_in_for

    lambda_runtime, lambda_svc = ministack.lambda_runtime, ministack.lambda_svc
    cloudwatch_logs = ministack.cloudwatch_logs
    layers = Layers(home / LAYERS, lambda_svc.resolve_layer_zip)
    share_layers(lambda_runtime, layers)
    edited = EditedCode(Path(os.environ["TMPDIR"]))
    pool = bound_workers(
        lambda_runtime, lambda_svc, lambda function: function in served.read().warm_functions, edited.folders
    )
    own_url, by_http = os.environ["AWS_ENDPOINT_URL"], os.environ.get(lane.VARIABLE) == lane.BY_HTTP
    servers = Servers(
        is_in_background=background_functions(lambda_svc, cloudwatch_logs),
        lane=lambda env: None if by_http else lanes.open(caller_in(env, own_url)),
    )
    fork_workers(lambda_runtime, servers)
    sources = lambda_svc.iter_all_esms
    polling = pace(lambda_svc, ministack.dynamodb, ministack.sqs)
    reads = JournalReads(lambda_svc, ministack.dynamodb, sources, polling)
    lanes.answer = reads.over_lanes(lanes.answer)
    ministack.dynamodb.handle_request = reads.over_http(ministack.dynamodb.handle_request)
    invoke_over_pipes(lambda_runtime)
    invoke_on_loop(ministack.apigateway_v1, lambda_svc, lambda_runtime, pool)

    def unavailable() -> dict[str, Any]:
        problem = (served.read().problems or {}).get("service_unavailable", {})
        return {**problem, "doc_url": f"http://{API_HOST}:{os.environ['GATEWAY_PORT']}{problem.get('doc_url', '')}"}

    refuse_as_unavailable(lambda_svc, unavailable)
    for service in ("lambda", "sns"):
        # Otherwise the engine's log has several lines of each payment, and each event.
        logging.getLogger(service).setLevel(logging.WARNING)
    logs = keep_logs(cloudwatch_logs, lambda_svc, ministack.responses, note)
    subscriptions = gather(cloudwatch_logs, lambda_svc, ministack.responses, engine_log.write)
    send_unsent = keep_unsent(cloudwatch_logs, subscriptions, partial(_work_in, ministack.responses))

    def is_done() -> bool:
        logs.store()  # what is stored is sent to subscribers
        return polling.is_done and subscriptions.are_sent and pool.is_idle

    background = Background(polling.end, is_done, lanes.close)
    stand_in_for(hypercorn.asyncio, background, unavailable)

    def import_packages() -> None:
        send_unsent()
        configs = [function.get("config") or {} for function in [*scoped(lambda_svc.functions).values()]]
        # All functions of ours have the same layers.
        for config in [config for config in configs if config.get("Layers")][:1]:
            servers.prepare(layers.variables_of(config))
        layers.discard_unused()

    return import_packages


def _work_in(responses: Any, account: str, region: str) -> None:
    """Select the account and the Region that ministack's calls of this thread concern."""
    responses.set_request_account_id(account)
    responses.set_request_region(region)


def _then_start(
    load: Callable[[], None],
    paypal: PaypalSimulator,
    indexes: TableIndexes,
    lanes: Lanes,
    import_packages: Callable[[], None],
    event_loop: EventLoop,
) -> Callable[[], None]:
    """Return a `load` that then begins to import packages.

    It serves the lanes of functions, lets the simulator of PayPal go on sending webhooks, has expired items removed,
    and counts the delays of the event loop.
    """
    started: list[asyncio.Task[None]] = []  # keeps a reference, since an unreferenced task may be garbage-collected

    def load_and_start() -> None:
        load()
        garbage.begin()
        lanes.start()
        threading.Thread(target=import_packages, daemon=True).start()
        loop = asyncio.get_running_loop()
        event_loop.watch(loop)
        tasks = (paypal.start(), indexes.remove_expired(), indexes.compress(), garbage.collect())
        started.extend(map(loop.create_task, tasks))

    return load_and_start


def is_secret_key(dynamodb: Any, text: str) -> bool:
    """Return whether a text is a secret key of a merchant: the table has the digests of those that are valid."""
    digest = key_digest(text)
    for (*_, name), table in dynamodb.tables.all_items():
        if name == KEYS_TABLE:
            items = table["items"].get(digest, {}).values()
            return any("merchant" in item and item.get("kind") == {"S": KeyKind.SECRET} for item in items)
    return False


def sandbox_time(dynamodb: Any) -> float:
    """Return the sandbox's time in seconds since 1970: with the clock offset that the functions read."""
    return time.time() + clock_offset_s(dynamodb)


def clock_offset_s(dynamodb: Any) -> int:
    """Return how far the sandbox's clock is ahead."""
    for (*_, name), table in dynamodb.tables.all_items():
        if name == CLOCK_TABLE:
            for item in table["items"].get(CLOCK_ITEM, {}).values():
                return environment_in(item).offset_s or 0
    return 0


def observed(ministack: Ministack, indexes: TableIndexes, payments_max: int) -> Observed:
    """Return how the state is read that the metrics show."""
    dynamodb, lambda_svc = ministack.dynamodb, ministack.lambda_svc
    return Observed(
        queues=lambda: [*scoped(ministack.sqs.queues).values()],
        consumed=lambda: frozenset(source["EventSourceArn"] for source in [*scoped(lambda_svc.esms).values()]),
        processes=lambda: busy_and_idle(ministack.lambda_runtime),
        payments=lambda: stored_payments(dynamodb, indexes),
        payments_max=payments_max,
        offset_s=lambda: clock_offset_s(dynamodb),
        queue_prefix=PREFIX,
    )


def sent_mails(ses: Any) -> list[dict[str, Any]]:
    """Return every e-mail that the engine's SES sent since its start, in all accounts and Regions."""
    return [mail for mails in [*scoped(ses.sent_emails).values()] for mail in [*mails]]


def answer_apis(ministack: Ministack, note: Callable[[], None], *, plain: bool = False) -> Apis:
    """Make ministack answer the APIs' requests as AWS does, and look up once what they need.

    Return whether a path is mapped to an API, and how a request is answered directly. `note` as in Routed. If it is
    `plain`, for comparison, nothing is kept and nothing answered directly.
    """
    app, gateway, functions = ministack.app, ministack.apigateway_v1, ministack.lambda_svc
    if not plain:
        changes = Changes()
        notice(changes, (gateway, functions), ministack.provisioners.RESOURCE_HANDLERS)
        account, region = ministack.responses.get_account_id, ministack.responses.get_region
        look_up_once(gateway, functions, lambda: (account(), region()), changes)
        parse_arns_once(functions, ministack.lambda_runtime)
    meter_by_authorizer(gateway)
    fill_in_authorizer_context(gateway)
    import_mock_integrations(gateway)
    pass_each_value(gateway)
    pass_exactly(gateway)
    by_mapping: Callable[[str, str], Any] = app.resolve_custom_domain_request
    resolve = rule_then_mappings(by_mapping)
    app.resolve_custom_domain_request = lambda _host, path: resolve(API_HOST, path) if is_api.get() else None
    routed = Routed(app, gateway, partial(resolve, API_HOST), note)
    return lambda path: resolve(API_HOST, path) is not None, no_direct_way if plain else routed.answering


def known_credentials(key: access_key.AccessKey, sts: Any) -> Callable[[str], Credentials | None]:
    """Return a function that returns the credentials of an access key ID, None if it is not valid now."""

    def credentials_of(key_id: str) -> Credentials | None:
        if key_id == key.id:
            return Credentials(key.secret)
        # Only a signed caller can have a session, since STS is behind the wall too.
        session = sts.sessions.get(key_id)
        if session is None or session.get("Expiration", math.inf) < time.time():
            return None
        return Credentials(session["SecretAccessKey"], session["SessionToken"])

    return credentials_of


def wall(
    ministack: Ministack,
    served: ServedFile,
    key: access_key.AccessKey,
    credentials_of: Callable[[str], Credentials | None],
    paypal: PaypalSimulator,
    dashboard: Dashboard,
    mcp: Mcp,
    metrics: Metrics,
    apis: Apis,
) -> Wall:
    """Return the access wall in front of the engine's application."""
    app, sts = ministack.app, ministack.sts
    is_mapped, answering = apis
    credentials = execution_credentials(key, auth=app.AUTH, register_session=sts.register_session)
    ministack.lambda_runtime.execution_credentials = credentials
    ministack.lambda_svc.execution_credentials = credentials

    behind = Engine(
        app=app.app,
        port=int(os.environ["GATEWAY_PORT"]),
        refusal_of_signature=lambda request, body: refusal(request, body, credentials_of, ministack.sigv4),
        is_mapped=is_mapped,
        is_pool=lambda pool: ministack.cognito.get_pool_unscoped(pool) is not None,
        is_awaited=lambda token: token in ministack.custom_resource.pending,
        paypal=paypal,
        dashboard=dashboard,
        mcp=mcp,
        metrics=metrics,
        answering=answering,
    )
    return Wall(behind, served, lambda line: engine_log.write(f"wall: {line}"))
