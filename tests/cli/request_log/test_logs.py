"""`paysandbox logs`: the selected lines, their order, and each line once."""

import json
import time
from collections import Counter
from dataclasses import replace
from datetime import UTC, datetime

import pytest
from moto.logs.models import LogQuery

from api_reference.routes import ROUTES
from cli.connection.target import Target
from cli.request_log.log_groups import LogEvent, LogReader, log_groups
from cli.request_log.log_lines import Line, Page, Selection
from cli.request_log.logs import names
from paysandbox.http.route import functions_of
from paysandbox.stripe_api.routes import ROUTES as V1_ROUTES
from tests.support.clients.program import paysandbox
from tests.support.fakes.insights import insights
from tests.support.worlds.deployed_account import deployed

NOON = datetime(2030, 1, 7, 12, 0, 0, 250_000, UTC)


def said(status=200, **fields):
    """Return a request's line, as the functions write it."""
    line = {
        "level": "INFO", "message": "request", "service": "payments", "request_id": "req-1", "route": "capture_payment",
        "method": "POST", "merchant": "demo", "status": status, "outcome": "captured", "duration_ms": 12.3456,
        "cold_start": False,
    }  # fmt: skip
    return json.dumps({name: value for name, value in (line | fields).items() if value is not None})


def event(text, *, at=NOON, stream="s1", function="capture_payment"):
    return LogEvent(int(at.timestamp() * 1000), function, stream, text)


OK = said(transaction_id="cap_1")
DECLINED = said(outcome="declined", route="authorize_payment")
REFUSED = said(409, outcome="refused", code="already_voided", request_id="req-2")
BROKEN = said(
    500, level="ERROR", outcome="refused", code="internal_error", error="KeyError", exception="Traceback\n  last"
)
BUSY = said(503, level="ERROR", code="service_unavailable", error="ClientError")
DEBUG = json.dumps({"level": "DEBUG", "message": "claim written", "request_id": "req-2"})
ATTEMPTED = {
    "level": "INFO", "message": "delivery attempt", "delivery_id": "del_1", "endpoint_id": "we_1", "event_id": "evt_1",
    "merchant": "demo",
}  # fmt: skip
ATTEMPT = json.dumps(ATTEMPTED | {"attempt": 1, "status": 200, "error": None, "latency_ms": 12.3})
LOST = json.dumps(
    ATTEMPTED | {"attempt": 2, "status": None, "error": "the connection was refused", "latency_ms": 500.0}
)
GONE = json.dumps(ATTEMPTED | {"attempt": 3, "status": 410, "error": None, "latency_ms": 8.0})
WRONG = json.dumps({"level": "ERROR", "message": "no queue"})
START = "START RequestId: 1-2-3 Version: $LATEST"
REPORT = "REPORT RequestId: 1-2-3\tDuration: 10 ms"
TIMEOUT = "2030-01-07T12:00:00.000Z 1-2-3 Task timed out after 10.00 seconds"
TIMEOUT_REPORT = "REPORT RequestId: 1-2-3\tDuration: 10000 ms\tStatus: timeout"
TIMED_OUT = json.dumps(
    {"time": "2030-01-07T12:00:00Z", "type": "platform.report", "record": {"requestId": "1-2-3", "status": "timeout"}}
)
DONE = json.dumps({"type": "platform.report", "record": {"requestId": "1-2-3", "status": "success"}})
TRACE = ["Traceback (most recent call last):", '  File "x.py", line 1', "KeyError: 'x'"]
TIMEOUTS = [TIMEOUT, TIMEOUT_REPORT, TIMED_OUT]
CHATTER = "some library says hello"
ODD = ["{not json", "[1, 2]", '{"level": 3}', "", "null"]
EVERYTHING = [
    START,
    OK,
    DECLINED,
    REFUSED,
    BROKEN,
    BUSY,
    DEBUG,
    ATTEMPT,
    LOST,
    GONE,
    WRONG,
    TIMEOUT,
    TIMEOUT_REPORT,
    TIMED_OUT,
    DONE,
    REPORT,
    CHATTER,
    *ODD,
]


@pytest.mark.parametrize("selection, wanted", [
    (Selection(), [OK, DECLINED, REFUSED, BROKEN, BUSY, WRONG, *TIMEOUTS]),
    (Selection(failed=True), [REFUSED, BROKEN, BUSY, LOST, GONE, WRONG, *TIMEOUTS]),  # and no decline
    (Selection(everything=True), EVERYTHING),
    (Selection(everything=True, failed=True), [REFUSED, BROKEN, BUSY, LOST, GONE, WRONG, *TIMEOUTS]),
    (Selection(request_id="req-2"), [REFUSED]),
    (Selection(request_id="req-2", everything=True), [REFUSED, DEBUG]),
    (Selection(request_id="req-2", failed=True), [REFUSED]),
])  # fmt: skip
def test_selection_of_lines(selection, wanted):
    # Each in a stream of its own, so that none is taken for the rest of the one before it.
    events = [event(text, stream=str(place)) for place, text in enumerate(EVERYTHING)]
    assert [line.event.text for line in selection.of(events)] == wanted


@pytest.mark.parametrize("selection", [Selection(), Selection(failed=True)])
def test_multi_line_traces_are_shown_whole(selection):
    events = [event(text) for text in [START, *TRACE, REPORT]] + [event(CHATTER, stream="s2")]
    assert [line.event.text for line in selection.of(events)] == TRACE


def printed(*texts, width=None, longest_route=0):
    """Return the lines as the first that a page prints."""
    page = Page(width, longest_route, _day="2030-01-07")
    lines = [Line(event(text)) for text in texts]
    page.measure(lines)
    return [page.show(line).plain for line in lines]


@pytest.mark.parametrize("text, shown", [
    (OK, "12:00:00.250  200  POST  capture_payment  12.3 ms  captured  demo  cap_1  req-1"),
    (said(transaction_id="cap_1", cold_start=True, Replayed=[1.0]),
     "12:00:00.250  200  POST  capture_payment  12.3 ms  captured (replayed)  demo  cap_1  req-1  cold"),
    (REFUSED, "12:00:00.250  409  POST  capture_payment  12.3 ms  already_voided  demo  -  req-2"),
    (said(400, code="amount_invalid", param="amount", merchant=None),
     "12:00:00.250  400  POST  capture_payment  12.3 ms  amount_invalid amount  -  -  req-1"),
    (said(400, code="currency_mismatch", detail="It is in EUR."),
     "12:00:00.250  400  POST  capture_payment  12.3 ms  currency_mismatch  demo  -  req-1\n    It is in EUR."),
    (BROKEN,
     "12:00:00.250  500  POST  capture_payment  12.3 ms  internal_error  demo  -  req-1\n    Traceback\n      last"),
    (WRONG, "12:00:00.250  ERROR  capture_payment  no queue"),
    (ATTEMPT, "12:00:00.250  200  -  delivery attempt 1  12.3 ms  delivered  demo  evt_1  del_1  we_1"),
    (LOST, "12:00:00.250  -  -  delivery attempt 2  500.0 ms  the connection was refused  demo  evt_1  del_1  we_1"),
    (GONE, "12:00:00.250  410  -  delivery attempt 3  8.0 ms  not delivered  demo  evt_1  del_1  we_1"),
    (TIMEOUT, f"12:00:00.250    -  capture_payment  {TIMEOUT}"),
    ('{"message": "request"}', "12:00:00.250  -  -  capture_payment  -  -  -  -  -"),
    (TIMED_OUT, "12:00:00.250    -  capture_payment  platform.report: timeout"),
])  # fmt: skip
def test_format_of_a_line(text, shown):
    assert printed(text) == [shown]


def test_a_new_day_is_announced_once():
    page = Page(_day="2030-01-07")
    page.measure([Line(event(OK))])
    days = [page.show(Line(event(OK, at=NOON.replace(day=day)))).plain.splitlines() for day in (7, 8, 8)]
    assert [len(lines) for lines in days] == [1, 2, 1]
    assert days[1][0] == "2030-01-08 UTC"


AUTH_ID, REQUEST_ID = "auth_ffjthyshzqoe2nm4bhmqrxxvmp", "90fca4ab-8b3c-4723-8658-cc2bd4464049"
TRAFFIC = (
    said(transaction_id=AUTH_ID, request_id=REQUEST_ID, cold_start=True),
    said(201, method="DELETE", route="list_merchant_disbursements", duration_ms=12_345.6, merchant="verify-0b31c9"),
    said(400, code="idempotency_key_invalid", param="X-Idempotency-Key"),
    ATTEMPT,
    LOST,
)


@pytest.mark.parametrize("words", [
    ("demo", "verify-0b31c9", "demo", "demo", "demo"), (REQUEST_ID, "req-1", "req-1", "del_1", "del_1"),
])  # fmt: skip
def test_columns_are_aligned_from_the_first_line_on(words):
    assert len({line.index(word) for line, word in zip(printed(*TRAFFIC), words, strict=True)}) == 1


@pytest.mark.parametrize("width, shown", [
    (120, ["POST", "capture_payment", "12.3 ms", "captured", "auth_ffjt…xvmp"]),
    (100, ["POST", "capture_payment", "captured", "auth_ffjt…xvmp"]),
    (90, ["capture_payment", "captured", "auth_ffjt…xvmp"]),
    (80, ["capture_payment", "captured"]),
    (60, ["capture_payment", "captured"]),
])  # fmt: skip
def test_columns_fit_the_terminal(width, shown):
    lines = printed(*TRAFFIC, width=width)
    assert lines[0].split("  ", 2)[2].split() == " ".join(shown).split()
    assert max(map(len, lines)) <= width


def test_what_does_not_fit_is_cut():
    lines = printed(*TRAFFIC, width=60)
    assert lines[2] == "12:00:00.250  400  capture_payment              idempotency…"


def test_ids_are_shortened_before_columns_are_left_out():
    [line] = printed(said(transaction_id=AUTH_ID, request_id="req-1"), width=90)
    assert line == "12:00:00.250  200  POST  capture_payment  12.3 ms  captured  demo  auth_ffjt…xvmp  req-1"


def test_columns_stay_where_they_are_while_new_lines_arrive():
    page = Page(200, longest_route=27, _day="2030-01-07")
    page.measure([Line(event(OK))])
    first, *later = (page.show(Line(event(text))).plain for text in (OK, *TRAFFIC))
    place = first.index("demo")
    assert {line[place - 2 : place] for line in later} == {"  "}
    assert max(map(len, later)) <= 200


# --- against CloudWatch -----------------------------------------------------------------------------------------------


@pytest.fixture
def account():
    with deployed("dev") as account, insights():
        yield account


@pytest.fixture
def now_ms():
    return int(time.time() * 1000)


def logs(*words):
    return paysandbox("logs", "--env", "dev", *words)


def request_ids(stdout):
    return [json.loads(line)["request_id"] for line in stdout.splitlines()]


def test_lines_of_all_functions_are_merged_by_time(account, now_ms):
    authorize = account.deploy_function("authorize_payment")
    capture = account.deploy_function("capture_payment", log_group="a-name-that-was-generated")
    account.deploy_function("void_payment")  # nothing was ever written to it
    account.client("logs").delete_log_group(logGroupName="/aws/lambda/paysandbox-dev-void_payment")
    account.write_log(
        authorize, "s1", {now_ms - 3000: [START, said(request_id="1"), REPORT], now_ms - 1000: [said(request_id="3")]}
    )
    account.write_log(
        capture,
        "2026/11/26/paysandbox-dev-capture_payment[$LATEST]1",
        {now_ms - 2000: [said(request_id="2")], now_ms - 3_000_000: [said(request_id="0")]},
    )

    assert request_ids(logs("--json").stdout) == ["1", "2", "3"]
    assert request_ids(logs("--json", "--since", "1h").stdout) == ["0", "1", "2", "3"]
    assert request_ids(logs("--json", "--route", "capture_payment").stdout) == ["2"]
    assert request_ids(logs("--json", "--request", "0000").stdout) == []
    shown = logs()
    assert (shown.exit_code, len(shown.stdout.splitlines()), shown.stderr) == (0, 3, "")


@pytest.mark.parametrize("words, ids, note", [
    (["--limit", "2"], ["2", "3"], "These are the newest 2 of 3 lines."),
    (["--limit", "9", "--limit", "2"], ["2", "3"], "These are the newest 2 of 3 lines."),
    (["--limit", "2", "--route", "capture_payment"], ["2"], None),
    (["--limit", "3"], ["1", "2", "3"], None),
    ([], ["1", "2", "3"], None),
])  # fmt: skip
def test_the_newest_lines_within_a_limit(account, now_ms, words, ids, note):
    authorize, capture = map(account.deploy_function, ("authorize_payment", "capture_payment"))
    account.write_log(authorize, "s1", {now_ms - 3000: [said(request_id="1")], now_ms - 1000: [said(request_id="3")]})
    account.write_log(capture, "s1", {now_ms - 2000: [said(request_id="2")]})

    result = logs("--json", *words)
    assert request_ids(result.stdout) == ids
    assert result.words.startswith(note) if note else result.words == ""


def test_functions_that_share_a_group_are_distinguished_by_their_streams(account, now_ms):
    """The crash line names no function, and belongs to the stream's."""
    for number, function in enumerate(("get_payment", "list_payments"), start=1):
        group = account.deploy_function(function, log_group="shared")
        stream = f"2026/11/26/paysandbox-dev-{function}[{number}]0a1b"
        account.write_log(group, stream, {now_ms - 1000 * number: [said(request_id=str(number)), TIMEOUT]})

    assert [one.get("request_id", one.get("function")) for one in shown()] == ["2", "list_payments", "1", "get_payment"]
    assert [one.get("request_id", one.get("function")) for one in shown("--route", "get_payment")] == [
        "1",
        "get_payment",
    ]


def test_routes_of_a_shared_function_are_distinguished(account, now_ms):
    """The lines name the route. A crash line names none, and is shown for each route."""
    group = account.deploy_function("read_settlements")
    of_get, of_list = said(request_id="1", route="get_settlement"), said(request_id="2", route="list_settlements")
    account.write_log(group, "s1", {now_ms - 2000: [START, of_get, of_list, TIMEOUT]})

    assert [one.get("request_id") for one in shown("--route", "get_settlement")] == ["1", None]
    assert [one.get("request_id") for one in shown("--route", "list_settlements")] == ["2", None]
    assert [one.get("request_id") for one in shown("--route", "read_settlements")] == ["1", "2", None]


def shown(*words):
    return [json.loads(line) for line in logs("--json", *words).stdout.splitlines()]


def test_every_route_and_worker_can_be_selected():
    """These include the names from before routes shared functions."""
    every_route = ROUTES + V1_ROUTES
    deployed = {row.name for row in functions_of(every_route)} | {"plan_deliveries"}
    assert {*names(deployed)} == deployed | {route.name for route in every_route}


def test_other_environments_are_not_queried(account):
    group = account.deploy_function("authorize_payment")
    assert log_groups(account.target) == {"authorize_payment": group}
    assert log_groups(replace(account.target, environment="de")) == {}


@pytest.mark.parametrize(
    "shown",
    ["90fca4ab-8b3c-4723-8658-cc2bd4464049", "req_90fca4ab8b3c47238658cc2bd4464049"],
    ids=["native", "Stripe-compatible"],
)
def test_a_request_is_found_by_the_id_that_its_response_shows(account, now_ms, shown):
    group = account.deploy_function("authorize_payment")
    long_ago = now_ms - 20 * 3600 * 1000
    wanted = "90fca4ab-8b3c-4723-8658-cc2bd4464049"
    account.write_log(group, "s1", {long_ago: [said(request_id="other"), said(409, request_id=wanted)]})

    assert request_ids(logs("--json", "--request", shown).stdout) == [wanted]


def test_follow_prints_each_line_once_until_ctrl_c(account, now_ms, monkeypatch):
    group = account.deploy_function("authorize_payment")
    account.write_log(group, "s1", {now_ms: [said(request_id="1")]})
    later = iter([
        {now_ms: [said(request_id="1")]},                            # the same words at the same moment, again
        {now_ms + 5: [said(request_id="2")], now_ms - 5000: [said(request_id="late")]},
        {},
    ])  # fmt: skip

    def meanwhile(pause_s):
        assert pause_s >= 1
        lines = next(later, None)
        if lines is None:
            raise KeyboardInterrupt
        if lines:
            account.write_log(group, "s1", lines)

    monkeypatch.setattr(time, "sleep", meanwhile)
    followed = logs("--follow", "--json", "--limit", "1")

    assert followed.exit_code == 0
    assert request_ids(followed.stdout) == ["1", "1", "late", "2"], "the limit is of the lines before"


def test_lines_that_are_not_json_are_wrapped(account, now_ms):
    group = account.deploy_function("authorize_payment")
    account.write_log(group, "s1", {now_ms: [TIMEOUT]})
    [line] = logs("--json", "--failed").stdout.splitlines()
    assert json.loads(line).items() >= {"function": "authorize_payment", "text": TIMEOUT}.items()


@pytest.mark.parametrize("words, exit_code, told", [
    (["--since", "yesterday"], 2, "Use a form like 90s, 15m, 2h or 1d"),
    (["--since", "15"], 2, "Use a form like"),
    (["--request", 'x" or "y'], 2, "not a request id"),
    (["--route", "nope"], 2, "There is no route or worker `nope`. The API reference"),
    (["--route", "authorise_payment"], 2, "Did you mean authorize_payment?"),
    ([], 0, "No matching lines in the last 15m"),
    (["--since", "2h", "--failed"], 0, "No matching lines in the last 2h"),
])  # fmt: skip
def test_unreadable_logs_are_explained(account, words, exit_code, told):
    account.deploy_function("authorize_payment")
    result = logs(*words)
    assert result.exit_code == exit_code
    assert told in result.words


def test_an_environment_without_functions_says_so(account):
    result = logs()
    assert (result.exit_code, result.stdout) == (1, "")
    assert "No function of dev is deployed in us-east-1" in result.stderr


# --- quotas -----------------------------------------------------------------------------------------------------------


@pytest.mark.full
def test_all_functions_are_read_with_one_query(account, now_ms, calls):
    """FilterLogEvents takes five calls a second of an account, and one group a call."""
    for place in range(45):
        group = account.deploy_function(f"function_{place}")
        account.write_log(group, "s1", {now_ms - 1000 + place: [said(request_id=f"{place:02}")]})

    assert request_ids(logs("--json").stdout) == [f"{place:02}" for place in range(45)]
    assert calls == {"StartQuery": 1, "GetQueryResults": 1, "DescribeLogGroups": 1}


@pytest.mark.full
def test_a_query_has_at_most_50_log_groups(account, now_ms, calls):
    for place in range(51):
        group = account.deploy_function(f"function_{place}")
        account.write_log(group, "s1", {now_ms - 1000 + place: [said(request_id=f"{place:02}")]})

    assert len(request_ids(logs("--json").stdout)) == 51
    assert calls["StartQuery"] == 2


def test_a_running_query_is_polled(account, now_ms, monkeypatch):
    group = account.deploy_function("authorize_payment")
    account.write_log(group, "s1", {now_ms: [said(request_id="1")]})
    states = iter(["Scheduled", "Running", "Complete"])
    pauses = []
    monkeypatch.setattr(LogQuery, "to_result_json", in_states(states))
    monkeypatch.setattr(time, "sleep", pauses.append)

    assert request_ids(logs("--json").stdout) == ["1"]
    assert len(pauses) == 2
    assert min(pauses) >= 0.2, "GetQueryResults takes five calls a second at least"


def test_a_failed_query_is_reported(account, monkeypatch):
    account.deploy_function("authorize_payment")
    monkeypatch.setattr(LogQuery, "to_result_json", in_states(iter(["Timeout"])))
    result = logs()
    assert (result.exit_code, result.stdout) == (1, "")
    assert "Timeout" in result.stderr
    assert "--since" in result.stderr


def test_long_results_are_continued(account, now_ms, monkeypatch, calls):
    monkeypatch.setattr("cli.request_log.log_groups._PAGE", 4)
    group = account.deploy_function("authorize_payment")
    at = now_ms - now_ms % 1000 - 5000  # several in one second, since a query's times are seconds
    times = [0, 0, 1, 1, 1, 2, 3, 3, 999]
    for place, offset_ms in enumerate(times):
        account.write_log(group, f"s{place}", {at + offset_ms: [said(request_id=str(place))]})

    assert sorted(request_ids(logs("--json").stdout)) == [str(place) for place in range(9)]
    assert calls["StartQuery"] == 4


def in_states(states):
    """Return a replacement of moto's answer, whose rows come with the last state."""
    answer = LogQuery.to_result_json

    def to_result_json(query):
        state = next(states)
        return answer(query) | {"status": state} | ({} if state == "Complete" else {"results": []})

    return to_result_json


@pytest.fixture
def calls(account, monkeypatch):
    """Count the program's calls of CloudWatch Logs, by operation. Those of the tests are not counted."""
    counted = Counter()
    of_program = Target.client

    def client(target, service):
        made = of_program(target, service)
        if service == "logs":
            made.meta.events.register(
                "before-call.cloudwatch-logs", lambda model, **_: counted.update([model.name]), unique_id="counted"
            )
        return made

    monkeypatch.setattr(Target, "client", client)
    yield counted
    account.target.client("logs").meta.events.unregister("before-call.cloudwatch-logs", unique_id="counted")


# --- differences of the local engine ----------------------------------------------------------------------------------


class EngineLogs:
    """FilterLogEvents as the local engine answers it: no event ids, and a full page without a token."""

    class exceptions:  # noqa: N801 - boto3's word
        ResourceNotFoundException = LookupError

    def __init__(self, events, page):
        self.events, self.page = events, page

    def filter_log_events(self, *, startTime, **_):  # noqa: N803 - boto3's word
        since = [event for event in self.events if event["timestamp"] >= startTime]
        return {"events": since[: self.page], "searchedLogStreams": []}


def engine_event(at_ms, text, stream="s1"):
    return {"timestamp": at_ms, "message": text, "logStreamName": stream, "ingestionTime": at_ms}


def test_a_full_page_without_a_token_is_continued(monkeypatch):
    monkeypatch.setattr("cli.request_log.log_groups._PAGE", 4)
    events = [engine_event(at_ms, str(place)) for place, at_ms in enumerate([1, 1, 2, 2, 2, 3, 4, 4, 5])]
    reader = LogReader(EngineLogs(events, page=4), {"f": "g"}, is_local=True)
    assert [found.text for found in reader.read(1)] == [str(place) for place in range(9)]
    assert reader.read(1) == []


def test_identical_lines_with_one_timestamp_are_all_shown():
    events = [engine_event(1, "x"), engine_event(1, "x"), engine_event(1, "x", "s2")]
    client = EngineLogs(events, page=10_000)
    reader = LogReader(client, {"f": "g"}, is_local=True)
    assert len(reader.read(0)) == 3
    client.events.append(engine_event(1, "x"))
    assert len(reader.read(0)) == 1


def test_seen_lines_are_forgotten_after_a_while():
    client = EngineLogs([engine_event(1, "x"), engine_event(5, "y")], page=10_000)
    reader = LogReader(client, {"f": "g"}, is_local=True)
    reader.read(0)
    reader.read(5)
    assert len(reader._seen) == 1


@pytest.mark.parametrize("merchant, count", [("demo", 1), ("nobody", 0)])
def test_only_the_lines_of_a_merchant(merchant, count):
    assert len([*Selection(merchant=merchant).of([event(OK)])]) == count
