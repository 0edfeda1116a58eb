"""The dashboard, the alarms, the probe and the budget of every environment, and their idle cost."""

import json
import re
from dataclasses import replace
from fnmatch import filter as matching, fnmatchcase
from pathlib import Path
from typing import Any

import aws_cdk as cdk
import pytest
from aws_cdk import aws_sqs as sqs
from aws_cdk.assertions import Template

from api_reference.routes import ROUTES
from cli.diagnose.account import TAG
from paysandbox.core.metrics import (
    DIMENSION,
    OF_DISBURSEMENTS,
    OF_DISPUTES,
    OF_DONATIONS,
    ONLY_AFTER_FAILURES,
    Metric,
    namespace,
)
from stacks.api.aliases import called_name
from stacks.api.api_stack import STAGE, api_name
from stacks.api.gateway import ACCESS_LOG, KEY_ID, KEYED_SERVER_ERRORS
from stacks.data.data_stack import DataStack
from stacks.environments import ENVIRONMENTS
from stacks.operations.monitoring import usage_cost
from stacks.operations.monitoring.metrics import APIS
from stacks.operations.monitoring.probe import PROBE
from stacks.operations.monitoring_stack import MonitoringStack
from stacks.operations.prices import ALWAYS_FREE, FREE_DASHBOARD_METRICS, OFFERS, PRICES, Item, usd
from stacks.resources import Resources
from stacks.workers.settlement_schedule import is_watched
from tests.infra.operations.idle_price import idle_use, metrics_of
from tests.infra.templates import (
    ACCOUNT,
    CHANGED,
    EVERY_TYPE,
    FLAGS,
    OTHER_BUS,
    REGION,
    ROOT,
    Json,
    Resource,
    Synthesized,
    deployed_from_github,
    names,
    templates_for,
    text,
)
from tests.support.tools.metric_math import evaluate

ALARM = "AWS::CloudWatch::Alarm"
RUNBOOKS = ROOT / "docs" / "runbooks"

# AWS's metrics, as its documentation lists them; every other metric drawn or alarmed on must be ours.
AWS_METRICS = {
    "AWS/ApiGateway": {"4XXError", "5XXError", "Count", "IntegrationLatency", "Latency"},
    "AWS/DynamoDB": {"ConsumedReadCapacityUnits", "ConsumedWriteCapacityUnits", "WriteThrottleEvents"},
    "AWS/Lambda": {"Duration", "Errors", "Invocations", "IteratorAge", "Throttles"},
    "AWS/SQS": {"ApproximateAgeOfOldestMessage", "ApproximateNumberOfMessagesVisible"},
    "AWS/States": {"ExecutionsFailed", "ExecutionsStarted", "ExecutionsTimedOut"},
}  # fmt: skip
STATISTIC = re.compile(r"Sum|Average|Minimum|Maximum|SampleCount|p\d\d")

EVERYWHERE = {"latency-p95", "server-errors", "unexpected-exception", "request-log", "settlement-failed"}
WITHOUT_MATH = {
    "iterator-age-publish_event", "iterator-age-publish_object_events", "iterator-age-store_timers",
    "iterator-age-publish_donation_events", "iterator-age-send_disbursements",
    "iterator-age-publish_disbursement_events",
    "dead-letters-publish_event", "dead-letters-deliver_event", "dead-letters-apply_stripe_events",
    "dead-letters-send_receipts", "dead-letters-sweep_donations",
}  # fmt: skip
WITH_MATH = {"iterator-age", "queue-age", "dead-letters", "settlement-not-started"}
WITH_PROBE = {"availability", "outage"}
WITH_COST = {"cost-per-day"}
IF_SET = {"dispute-rate"}


def page_of(alarm: str) -> str:
    """Return the runbook of an alarm by name: alarms that watch the same metric of different functions share a page."""
    several = ("iterator-age", "dead-letters")
    return next((page for page in several if alarm.startswith(page)), alarm)


def alarms(synthesized: Synthesized) -> dict[str, Resource]:
    """Return this stack's alarms by name, without the environment. Rollout alarms notify CodeDeploy, not a person."""
    start = synthesized.environment.named("")
    of_stack = [a for a in synthesized.all(ALARM) if a.stack == f"{start}monitoring"]
    return {a.properties["AlarmName"].removeprefix(start): a for a in of_stack}


def alarm_topic(synthesized: Synthesized) -> Resource:
    """Return the topic that the alarms notify."""
    (topic,) = (t for t in synthesized.all("AWS::SNS::Topic") if t.stack.endswith("-monitoring"))
    return topic


def dashboard(synthesized: Synthesized) -> Json:
    """Return the dashboard's body, with CloudFormation's substitutions left as text."""
    body = synthesized.one("AWS::CloudWatch::Dashboard").properties["DashboardBody"]
    if isinstance(body, str):
        return json.loads(body)
    separator, parts = body["Fn::Join"]
    return json.loads(separator.join(part if isinstance(part, str) else "deployed" for part in parts))


def drawn(synthesized: Synthesized) -> list[tuple[str, str, tuple[str, ...], str]]:
    """Return every metric of every widget: namespace, name, dimensions, statistic."""
    found = []
    for widget in dashboard(synthesized)["widgets"]:
        for row in widget["properties"].get("metrics", []):
            *names, options = row if isinstance(row[-1], dict) else (*row, {})
            if names:
                assert "." not in names, "a short form that this test does not read"
                found.append((names[0], names[1], tuple(names[2:]), options.get("stat", "Average")))
    return found


def alarmed(synthesized: Synthesized) -> list[tuple[str, str, tuple[str, ...], str]]:
    """Return the same for every alarm."""
    found = []
    for alarm in synthesized.all(ALARM):
        one = alarm.properties
        many = [q["MetricStat"] for q in one.get("Metrics", []) if "MetricStat" in q]
        stats = [(q["Metric"], q["Stat"]) for q in many] or [(one, one.get("Statistic") or one["ExtendedStatistic"])]
        for metric, stat in stats:
            dimensions = [text(part) for d in metric.get("Dimensions", []) for part in (d["Name"], d["Value"])]
            found.append((metric["Namespace"], metric["MetricName"], tuple(dimensions), stat))
    return found


def test_alarms_follow_the_environments_settings(synthesized: Synthesized) -> None:
    environment = synthesized.environment
    wanted = EVERYWHERE.copy()
    wanted |= WITH_MATH if environment.metric_math else WITHOUT_MATH
    wanted |= WITH_PROBE if environment.probe_every_minutes else set()
    wanted |= WITH_COST if environment.usage_cents_per_day_max else set()
    wanted |= IF_SET if environment.dispute_percent_per_day_max else set()
    assert set(alarms(synthesized)) == wanted


def test_local_template_has_only_types_the_engine_supports(synthesized: Synthesized) -> None:
    """An unknown type makes it refuse the whole stack, and so does an alarm on metric math."""
    if synthesized.environment.name != "local":
        return
    assert synthesized.all("AWS::Budgets::Budget", "AWS::CloudWatch::CompositeAlarm") == []
    assert [alarm for alarm in synthesized.all(ALARM) if "Metrics" in alarm.properties] == []


def test_every_used_metric_is_known(synthesized: Synthesized) -> None:
    ours = namespace(synthesized.environment.name)
    the_dimension = tuple(part for pair in DIMENSION.items() for part in pair)
    for space, name, dimensions, statistic in drawn(synthesized) + alarmed(synthesized):
        assert STATISTIC.fullmatch(statistic), (name, statistic)
        if space == ours and name == KEYED_SERVER_ERRORS:
            assert dimensions == (), "the dimensions of a metric filter are fields of the log"
        elif space == ours:
            assert name in set(Metric)
            assert dimensions == the_dimension, name
        else:
            assert name in AWS_METRICS[space]


def test_every_custom_metric_is_on_the_dashboard(synthesized: Synthesized) -> None:
    """A metric that is not on the dashboard is not worth thirty cents a month.

    Late entries of the feed are written only after a failure, and would be the 51st metric: fifty are free.
    """
    ours = namespace(synthesized.environment.name)
    shown_by_others = {Metric.PAYMENTS_FAILED, Metric.OUTCOMES_UNKNOWN, Metric.FEED_ENTRIES_LATE}
    wanted = {str(count) for count in set(Metric) - shown_by_others} | {KEYED_SERVER_ERRORS}
    assert {name for space, name, *_ in drawn(synthesized) if space == ours} == wanted


def test_metric_dimensions_name_existing_resources(synthesized: Synthesized) -> None:
    """A name that does not exist draws an empty line for ever, and its alarm never fires."""
    here = {
        "FunctionName": {f.properties["FunctionName"] for f in synthesized.all("AWS::Lambda::Function")},
        "Resource": {called_name(synthesized.environment, route) for route in ROUTES},
        "TableName": {t.properties.get("TableName") for t in synthesized.all("AWS::DynamoDB::Table")} | {"deployed"},
        "ApiName": {a.properties["Name"] for a in synthesized.all("AWS::ApiGateway::RestApi")},
        "Stage": {s.properties["StageName"] for s in synthesized.all("AWS::ApiGateway::Stage")},
        "GlobalSecondaryIndexName": {
            index["IndexName"]
            for table in synthesized.all("AWS::DynamoDB::Table")
            for index in table.properties.get("GlobalSecondaryIndexes", [])
        },
        "QueueName": {q.properties["QueueName"] for q in synthesized.all("AWS::SQS::Queue")},
        "project": {"paysandbox"},
        "StateMachineArn": {
            m.properties["StateMachineName"] for m in synthesized.all("AWS::StepFunctions::StateMachine")
        },
    }
    for _, _, dimensions, _ in drawn(synthesized) + alarmed(synthesized):
        for name, value in zip(dimensions[::2], dimensions[1::2], strict=True):
            named = re.sub(r".*:stateMachine:([\w-]+).*", r"\1", value) if name == "StateMachineArn" else value
            assert '"Ref"' in named or "ImportValue" in named or named in here[name], (name, value)


def test_dashboard_has_a_row_for_each_feature(synthesized: Synthesized) -> None:
    widgets = [widget["properties"] for widget in dashboard(synthesized)["widgets"]]
    headings = [each["markdown"].removeprefix("## ") for each in widgets if "markdown" in each]
    features = ["Payments", "Disputes", "Webhooks", "Donations", "Disbursements", "Settlement"]
    assert headings == ["Health and cost", "Native API", "Stripe-compatible API", "Both APIs", *features]
    assert len({each["title"] for each in widgets if "title" in each}) == len(widgets) - len(headings)


def test_dashboard_shows_the_same_of_both_apis(synthesized: Synthesized) -> None:
    shown = [(name, dimensions[1], stat) for space, name, dimensions, stat in drawn(synthesized) if "Api" in space]
    of_api = {api: [(n, s) for n, name, s in shown if name == synthesized.environment.named(api)] for api in APIS}
    assert sorted(of_api["native"]) == sorted(of_api["v1"])
    traffic = [("4XXError", "Sum"), ("5XXError", "Sum"), ("Count", "Sum"), ("Latency", "p50"), ("Latency", "p95")]
    of_cost = [("Count", "SampleCount")] * 2
    assert sorted(of_api["v1"]) == sorted(traffic + of_cost)
    assert ("AWS/Lambda", "Throttles", (), "Sum") in drawn(synthesized), "of the functions of both"


def test_dashboard_stays_within_the_free_tier(synthesized: Synthesized) -> None:
    assert len(drawn(synthesized)) <= FREE_DASHBOARD_METRICS


def test_every_alarm_notifies_on_alarm_and_ok(synthesized: Synthesized) -> None:
    topic = {"Ref": alarm_topic(synthesized).id}
    for alarm in alarms(synthesized).values():
        assert alarm.properties["AlarmActions"] == alarm.properties["OKActions"] == [topic], alarm


def test_missing_probes_are_an_outage_after_the_first_one(synthesized: Synthesized) -> None:
    """A new alarm begins in INSUFFICIENT_DATA, and only a change of its state notifies."""
    topic = {"Ref": alarm_topic(synthesized).id}
    told = {name for name, alarm in alarms(synthesized).items() if alarm.properties.get("InsufficientDataActions")}
    assert told == ({"outage"} if synthesized.environment.probe_every_minutes else set())
    for name in told:
        assert alarms(synthesized)[name].properties["InsufficientDataActions"] == [topic]


def test_unauthenticated_callers_cannot_trigger_alarms(synthesized: Synthesized) -> None:
    """The gateway's own metrics count strangers too. The cost of a day is theirs to raise, within the throttles."""
    for alarm in synthesized.all(ALARM):
        name = alarm.properties["AlarmName"].removeprefix(synthesized.environment.named(""))
        assert ("AWS/ApiGateway" in text(alarm.properties)) is (name == "cost-per-day"), name


def test_server_errors_are_counted_from_the_access_logs_of_both_apis(synthesized: Synthesized) -> None:
    filters = synthesized.all("AWS::Logs::MetricFilter")
    logs = {(one.stack, text(one.properties["LogGroupName"])) for one in filters}
    assert {stack.rpartition("-")[2] for stack, _ in logs} == {"api", "v1"}
    for one in filters:
        named = [term.partition(" ")[0] for term in one.properties["FilterPattern"].strip("[]").split(", ")]
        assert named == [*ACCESS_LOG, KEY_ID], "the order of the values in a line"
        assert re.findall(r"\w+ (?:=|!=) [^],]+", one.properties["FilterPattern"]) == [
            "status = 5*",
            'api_key_id != "-"',
        ]
        (counted,) = one.properties["MetricTransformations"]
        watched = alarms(synthesized)["server-errors"].properties
        assert (counted["MetricNamespace"], counted["MetricName"]) == (watched["Namespace"], watched["MetricName"])
        assert (counted["MetricValue"], watched["Statistic"]) == ("1", "Sum")
        assert "Dimensions" not in watched
        assert watched["Threshold"] == synthesized.environment.server_errors_max
    lines = [one.properties["AccessLogSetting"]["Format"] for one in synthesized.all("AWS::ApiGateway::Stage")]
    assert len(lines) == len(filters)
    for line in lines:
        *values, key_id = line.split(" ")
        assert values == [*ACCESS_LOG.values()]
        assert key_id in {"$context.identity.apiKeyId", "$context.authorizer.principalId"}


def test_every_alarm_states_how_missing_data_is_treated(synthesized: Synthesized) -> None:
    silent = {"availability": "missing", "outage": "missing", "settlement-not-started": "breaching"}
    for name, alarm in alarms(synthesized).items():
        assert alarm.properties["TreatMissingData"] == silent.get(name, "notBreaching"), name
        assert re.search(r"\. No data: .{20,}\. Runbook: ", alarm.properties["AlarmDescription"]), name
        assert len(alarm.properties["AlarmDescription"]) <= 1024


def test_every_alarm_names_its_runbook(synthesized: Synthesized) -> None:
    """This covers every alarm of every stack."""
    for alarm in synthesized.all(ALARM):
        page = alarm.properties["AlarmDescription"].rpartition("Runbook: ")[2]
        assert (ROOT / page).is_file(), alarm
        assert Path(page).parent == Path("docs/runbooks")
    for name, alarm in alarms(synthesized).items():
        assert alarm.properties["AlarmDescription"].endswith(f"docs/runbooks/{page_of(name)}.md")


def test_every_runbook_belongs_to_an_alarm_and_has_four_sections() -> None:
    pages = sorted(RUNBOOKS.glob("*.md"))
    assert {page.stem for page in pages} == {
        page_of(name) for name in EVERYWHERE | WITH_MATH | WITH_PROBE | WITH_COST | IF_SET
    } | {"rollout"}
    for page in pages:
        headings = re.findall(r"^## (.+)$", page.read_text(), re.MULTILINE)
        assert headings == ["Meaning", "Check", "Fix", "False alarms"], page.name


def test_exception_runbook_leads_to_the_request() -> None:
    page = (RUNBOOKS / "unexpected-exception.md").read_text()
    for wanted in ("request_id", "exception", 'filter level = "ERROR"', "paysandbox logs --request"):
        assert wanted in page


def test_alarm_thresholds(synthesized: Synthesized) -> None:
    found = {name: alarm.properties for name, alarm in alarms(synthesized).items()}
    latency = found["latency-p95"]
    assert (latency["Namespace"], latency["MetricName"]) == ("AWS/Lambda", "Duration")
    assert [d["Value"] for d in latency["Dimensions"]] == [synthesized.environment.named("authorize_payment")]
    assert (latency["ExtendedStatistic"], latency["Threshold"]) == ("p95", synthesized.environment.p95_ms_max)
    # One slow request of ten is not a p95: without this the cold starts of a quiet night would page an operator.
    assert latency["EvaluateLowSampleCountPercentile"] == "ignore"
    if synthesized.environment.probe_every_minutes:
        available = found["availability"]
        assert (available["Statistic"], available["Period"], available["Threshold"]) == ("Average", 86_400, 0.999)
        assert found["outage"]["Period"] == synthesized.environment.probe_every_minutes * 60
    if synthesized.environment.usage_cents_per_day_max:
        cost = found["cost-per-day"]
        assert cost["Threshold"] * 100 == synthesized.environment.usage_cents_per_day_max
        assert {q["MetricStat"]["Period"] for q in cost["Metrics"] if "MetricStat" in q} == {86_400}
        assert [q["Expression"][:5] for q in cost["Metrics"] if q.get("ReturnData", True)] == ["FILL("]
        assert metrics_of(alarms(synthesized)["cost-per-day"]) == 3, "each costs ten cents a month"


def test_one_alarm_covers_all_dead_letter_queues(synthesized: Synthesized) -> None:
    """On the engine, without metric math, each queue has its own alarm; an unknown outcome is in no queue."""
    dead = {"publish_event-parked", "dead-deliveries", "donation-payments-dead", "donation-notifications-dead"}
    queues = {synthesized.environment.named(name) for name in dead}
    watched = [a for name, a in alarms(synthesized).items() if page_of(name) == "dead-letters"]
    found = {part for alarm in watched for part in re.findall(r"paysandbox-[\w-]+", text(alarm.properties))}
    assert queues <= found
    unknown = [a for a in watched if str(Metric.OUTCOMES_UNKNOWN) in text(a.properties)]
    assert len(unknown) == 1
    assert "whose outcome is unknown" in unknown[0].properties["AlarmDescription"]
    assert "disbursements that require attention" in unknown[0].properties["AlarmDescription"]
    if synthesized.environment.metric_math:
        (alarm,) = watched
        (expression,) = (q["Expression"] for q in alarm.properties["Metrics"] if "Expression" in q)
        assert expression == "FILL(q0, 0) + FILL(q1, 0) + FILL(q2, 0) + FILL(q3, 0) + FILL(unknown, 0)"


@pytest.mark.parametrize(
    "context",
    [
        *({"env": name} for name in names()),
        pytest.param(CHANGED, marks=pytest.mark.full),
        pytest.param(EVERY_TYPE, marks=pytest.mark.full),
    ],
    ids=lambda context: context["env"] if len(context) == 1 else f"{context['env']} with settings",
)
def test_no_alarm_has_more_metrics_than_cloudwatch_allows(context: dict[str, str]) -> None:
    """A hard limit of alarms on metric math (Amazon CloudWatch API reference, "PutMetricAlarm").

    The engine does not know it, and CloudFormation only once it creates the alarm.
    """
    for alarm in templates_for(**context).all(ALARM):
        stats = [query for query in alarm.properties.get("Metrics", []) if "MetricStat" in query]
        assert len(stats) <= 10, f"{alarm}: {len(stats)} metrics"


def test_doctor_asks_for_the_tag_that_the_budget_filters_by(synthesized: Synthesized) -> None:
    assert TAG in synthesized.environment.tags


def watched_functions(alarm: Resource) -> set[str]:
    """Return the functions whose metrics an alarm reads."""
    stats = [query["MetricStat"] for query in alarm.properties.get("Metrics", []) if "MetricStat" in query]
    found = [stat["Metric"] for stat in stats] or [alarm.properties]
    return {one["Value"] for metric in found for one in metric["Dimensions"] if one["Name"] == "FunctionName"}


def test_every_stream_has_an_iterator_age_alarm(synthesized: Synthesized) -> None:
    watched = [a for name, a in alarms(synthesized).items() if page_of(name) == "iterator-age"]
    mappings = synthesized.all("AWS::Lambda::EventSourceMapping")
    reading = [one.properties["FunctionName"]["Ref"] for one in mappings if "StartingPosition" in one.properties]
    readers = {one.properties["FunctionName"] for one in synthesized.all("AWS::Lambda::Function") if one.id in reading}
    assert len(readers) == 6
    assert set().union(*map(watched_functions, watched)) == readers
    for alarm in watched:
        assert alarm.properties["Threshold"] == 3_600_000
        (expression,) = [q["Expression"] for q in alarm.properties.get("Metrics", []) if "Expression" in q] or [None]
        each = ", ".join(f"FILL(s{place}, 0)" for place in range(6))
        assert expression in (None, f"MAX([{each}])")


def test_every_work_queue_has_an_age_alarm(synthesized: Synthesized) -> None:
    """But that of unhealthy endpoints, in which a message may wait for its receiver."""
    if not synthesized.environment.metric_math:
        return
    read = text([one.properties["EventSourceArn"] for one in synthesized.all("AWS::Lambda::EventSourceMapping")])
    due = {one.properties["QueueName"] for one in synthesized.all("AWS::SQS::Queue") if one.id in read}
    stats = [q["MetricStat"] for q in alarms(synthesized)["queue-age"].properties["Metrics"] if "MetricStat" in q]
    watched = {one["Value"] for stat in stats for one in stat["Metric"]["Dimensions"]}
    assert len(watched) == 4
    assert watched == due - {synthesized.environment.named("suspects")}


def test_a_run_that_fails_or_never_ends_rings(synthesized: Synthesized) -> None:
    machine = synthesized.one("AWS::StepFunctions::StateMachine").properties["DefinitionString"]
    assert '\\"TimeoutSeconds\\":43200' in text(machine)
    if synthesized.environment.metric_math:
        found = text(alarms(synthesized)["settlement-failed"].properties)
        assert "ExecutionsFailed" in found
        assert "ExecutionsTimedOut" in found


def test_each_deployment_starts_the_run_that_the_first_night_is_measured_from(synthesized: Synthesized) -> None:
    """Without it, a new environment would ring at once, or one in which no night starts never."""
    schedules = {one.properties["Name"]: one.properties for one in synthesized.all("AWS::Scheduler::Schedule")}
    targets = [text(one["Target"]) for one in schedules.values()]
    rates = {name.rpartition("-")[2]: one["ScheduleExpression"] for name, one in schedules.items()}
    nightly = {"nightly": f"cron({synthesized.environment.settlement_cron})"}
    rings = "settlement-not-started" in alarms(synthesized)
    assert rates == nightly | ({"first": "rate(365 days)"} if rings else {})
    assert "StartDate" not in text(list(schedules.values()))
    assert len(set(targets)) == 1


@pytest.mark.parametrize(
    "cron, is_daily",
    [
        ("0 2 * * ? *", True),
        ("30 */6 * * ? *", True),
        ("0 2 ? * * *", True),
        ("0 2 ? * MON-FRI *", False),
        ("0 2 1 * ? *", False),
    ],
)
def test_only_nights_that_come_every_day_ring(cron: str, *, is_daily: bool) -> None:
    assert is_watched(replace(ENVIRONMENTS["prod"], settlement_cron=cron)) is is_daily


def test_every_scheduled_run_that_fails_rings(synthesized: Synthesized) -> None:
    """Whatever stopped it: Lambda reports it to a queue, for which the function's role needs a right."""
    queue = synthesized.environment.named("failed-runs")
    (made,) = [one for one in synthesized.all("AWS::SQS::Queue") if one.properties["QueueName"] == queue]
    assert made.properties["MessageRetentionPeriod"] == 3_600, "longer than SQS may take to report of a new message"
    targets = {(rule.stack, target) for rule in synthesized.all("AWS::Events::Rule") for target in targets_of(rule)}
    reported = {
        (one.stack, one.properties["FunctionName"]["Ref"])
        for one in synthesized.all("AWS::Lambda::EventInvokeConfig")
        if text(one.properties.get("DestinationConfig", {})).endswith(f':{queue}"}}}}')
    }
    probe = {(stack, function) for stack, function in targets if function.startswith("probeapi")}
    assert reported == targets - probe, "a failed probe is an outage"
    for stack in {stack for stack, _ in reported} - {made.stack}:
        assert made.stack in synthesized.after[stack], "Lambda checks the queue when it is named"
    if synthesized.environment.metric_math:
        watched = alarms(synthesized)["unexpected-exception"].properties["Metrics"]
        (of_queue,) = [
            q["MetricStat"] for q in watched if q.get("MetricStat", {}).get("Metric", {}).get("Namespace") == "AWS/SQS"
        ]
        assert of_queue["Metric"]["Dimensions"] == [{"Name": "QueueName", "Value": queue}]
        assert of_queue["Stat"] == "Maximum"


def targets_of(rule: Resource) -> set[str]:
    """Return the functions that a schedule runs."""
    return {target["Arn"]["Fn::GetAtt"][0] for target in rule.properties["Targets"]}


def test_metric_math_uses_only_defined_ids(synthesized: Synthesized) -> None:
    """An unknown name makes the whole expression an error, which the local engine would not report."""
    words = {"FILL", "IF", "PERIOD", "RUNNING_SUM", "FLOOR", "EPOCH", "DATE", "MAX"}
    for widget in dashboard(synthesized)["widgets"]:
        rows = [row[-1] for row in widget["properties"].get("metrics", []) if isinstance(row[-1], dict)]
        ids = {row["id"] for row in rows if "id" in row}
        for expression in (row["expression"] for row in rows if "expression" in row):
            assert expression.count("(") == expression.count(")")
            assert set(re.findall(r"[A-Za-z_]\w*", expression)) <= ids | words, expression


def test_cost_expression_matches_the_model() -> None:
    """The example is a day of 100,000 authorizations, computed by hand and by the expression."""
    requests = 100_000
    by_hand = (
        requests * (3.5e-6 + 2 * 0.2e-6 + 4_000 / 1e9 * 0.5)
        + (86_400 + 0.01 * (requests - 86_400)) * 5e-6
        + requests * 0.050 * 1.0 * 13.3334e-6
        + requests * 5 * 0.625e-6
        + requests * 0.125e-6
        + requests * (2 + 3) * 0.625e-6
    )
    series = {"native": [0.6 * requests], "v1": [0.4 * requests], "ledger_writes": [requests]}
    (computed,) = evaluate(usage_cost._EXPRESSION, series, period_s=86_400)
    assert computed == pytest.approx(by_hand)
    assert 1.0 < by_hand < 2.0


def test_a_share_of_requests_is_traced_and_of_others_than_polls_the_first_of_each_second(
    synthesized: Synthesized,
) -> None:
    rules = [one.properties["SamplingRule"] for one in synthesized.all("AWS::XRay::SamplingRule")]
    assert len(rules) == 2 * int(synthesized.environment.is_traced)
    for rule in rules:
        assert rule["FixedRate"] == 0.01
        assert rule["ServiceType"] == "AWS::ApiGateway::Stage"
        assert len(rule["RuleName"]) <= 32
    if rules:
        polls, requests = sorted(rules, key=lambda rule: rule["Priority"])
        services = [f"{each.properties['Name']}/{STAGE}" for each in synthesized.all("AWS::ApiGateway::RestApi")]
        assert polls["ServiceName"] == f"{api_name(synthesized.environment)}/{STAGE}"
        assert len(matching(services, requests["ServiceName"])) == len(services) > 1
        matched = [r.name for r in ROUTES if r.method == polls["HTTPMethod"] and fnmatchcase(r.path, polls["URLPath"])]
        assert matched == ["get_feed"]
        assert (requests["HTTPMethod"], requests["URLPath"]) == ("*", "*")
        assert (polls["ReservoirSize"], requests["ReservoirSize"]) == (0, 1)


def test_the_topic_is_open_to_two_services_for_this_account(synthesized: Synthesized) -> None:
    topic = alarm_topic(synthesized)
    assert "KmsMasterKeyId" not in topic.properties  # neither service could publish under AWS's own key
    (of_topic,) = (p for p in synthesized.all("AWS::SNS::TopicPolicy") if p.stack == topic.stack)
    everything = of_topic.properties["PolicyDocument"]["Statement"]
    (denied,) = [statement for statement in everything if statement["Effect"] == "Deny"]
    assert denied["Condition"] == {"Bool": {"aws:SecureTransport": "false"}}
    policy = [statement for statement in everything if statement is not denied]
    services = {statement["Principal"]["Service"] for statement in policy}
    assert services == {"cloudwatch.amazonaws.com", "budgets.amazonaws.com"}
    for statement in policy:
        assert (statement["Effect"], statement["Action"]) == ("Allow", "sns:Publish")
        assert statement["Resource"] == {"Ref": topic.id}
        account = synthesized.environment.account or ACCOUNT
        assert statement["Condition"]["StringEquals"] == {"aws:SourceAccount": account}
        assert account in text(statement["Condition"]["ArnLike"]["aws:SourceArn"])


def test_budget_notifies_at_50_80_and_100_percent_and_on_forecast(synthesized: Synthesized) -> None:
    limit = synthesized.environment.budget_usd
    if limit is None:
        assert synthesized.all("AWS::Budgets::Budget") == []
        return
    budget = synthesized.one("AWS::Budgets::Budget").properties
    assert budget["Budget"]["BudgetLimit"] == {"Amount": limit, "Unit": "USD"}
    assert budget["Budget"]["CostFilters"] == {
        "TagKeyValue": [f"user:environment$paysandbox-{synthesized.environment.name}"]
    }
    topic = {"SubscriptionType": "SNS", "Address": {"Ref": alarm_topic(synthesized).id}}
    told = [
        (one["Notification"]["NotificationType"], one["Notification"]["Threshold"])
        for one in budget["NotificationsWithSubscribers"]
        if one["Subscribers"] == [topic]
    ]
    assert told == [("ACTUAL", 50), ("ACTUAL", 80), ("ACTUAL", 100), ("FORECASTED", 100)]


def test_budget_tag_is_on_every_resource() -> None:
    page = (ROOT / "docs" / "how-to" / "operate.md").read_text()
    assert "update-cost-allocation-tags-status" in page
    assert "TagKey=environment,Status=Active" in page


@pytest.mark.full
def test_the_budget_mails_by_itself_too() -> None:
    """Without SNS of the Region. A change of the address replaces the budget, whose name is therefore generated."""
    budget = templates_for(**EVERY_TYPE).one("AWS::Budgets::Budget").properties
    assert "BudgetName" not in budget["Budget"]
    for one in budget["NotificationsWithSubscribers"]:
        by_topic, by_mail = one["Subscribers"]
        assert by_topic["SubscriptionType"] == "SNS"
        assert by_mail == {"SubscriptionType": "EMAIL", "Address": EVERY_TYPE["alarm_email"]}


@pytest.mark.full
def test_changes_of_outage_also_go_to_the_second_channel() -> None:
    asked = templates_for(**CHANGED)
    (rule,) = (rule for rule in asked.all("AWS::Events::Rule") if "EventPattern" in rule.properties)
    pattern = rule.properties["EventPattern"]
    assert (pattern["source"], pattern["detail-type"]) == (["aws.cloudwatch"], ["CloudWatch Alarm State Change"])
    assert pattern["resources"] == [{"Fn::GetAtt": [alarms(asked)["outage"].id, "Arn"]}]
    (target,) = rule.properties["Targets"]
    assert target["Arn"] == OTHER_BUS
    (role,) = (r for r in asked.all("AWS::IAM::Role") if target["RoleArn"] == {"Fn::GetAtt": [r.id, "Arn"]})
    (trust,) = role.properties["AssumeRolePolicyDocument"]["Statement"]
    assert trust["Principal"] == {"Service": "events.amazonaws.com"}
    assert trust["Condition"] == {
        "StringEquals": {"aws:SourceAccount": ACCOUNT},
        "ArnEquals": {"aws:SourceArn": f"arn:aws:events:{REGION}:{ACCOUNT}:rule/{rule.properties['Name']}"},
    }
    (policy,) = role.properties["Policies"]
    (right,) = policy["PolicyDocument"]["Statement"]
    assert (right["Action"], right["Resource"]) == ("events:PutEvents", OTHER_BUS)


def test_without_a_second_channel_nothing_is_forwarded(synthesized: Synthesized) -> None:
    assert [rule for rule in synthesized.all("AWS::Events::Rule") if "EventPattern" in rule.properties] == []


@pytest.mark.full
def test_command_line_settings_change_the_alarms() -> None:
    asked = templates_for(**CHANGED)
    (email,) = (s.properties for s in asked.all("AWS::SNS::Subscription") if s.stack.endswith("-monitoring"))
    assert (email["Protocol"], email["Endpoint"]) == ("email", "operator@example.com")
    rules = {rule.properties["Name"]: rule.properties for rule in asked.all("AWS::Events::Rule")}
    assert rules["paysandbox-dev-probe"]["ScheduleExpression"] == "rate(1 minute)"
    assert asked.all("AWS::Budgets::Budget") == []
    assert alarms(asked)["latency-p95"].properties["Threshold"] == 80
    disputes = alarms(asked)["dispute-rate"].properties
    assert (disputes["Threshold"], disputes["TreatMissingData"]) == (2, "notBreaching")
    assert {q["MetricStat"]["Period"] for q in disputes["Metrics"] if "MetricStat" in q} == {86_400}
    assert {q["MetricStat"]["Metric"]["MetricName"] for q in disputes["Metrics"] if "MetricStat" in q} == {
        "DisputesOpened",
        "Captured",
    }


# --- the probe --------------------------------------------------------------------------------------------------------


def test_probe_and_sweeps_run_on_schedule_without_retries(synthesized: Synthesized) -> None:
    minutes = synthesized.environment.probe_every_minutes
    start = synthesized.environment.named("")
    found = {r.properties["Name"].removeprefix(start): r.properties for r in synthesized.all("AWS::Events::Rule")}
    rates = {name: rule["ScheduleExpression"] for name, rule in found.items()}
    probe = {"probe": f"rate({minutes} minute{'s' * (minutes > 1)})"} if minutes else {}
    minutely = dict.fromkeys(("sweep_deliveries", "expire_payments"), "rate(1 minute)")
    quarterly = {"sweep_disbursements": "rate(15 minutes)"}
    nightly = dict.fromkeys(("sweep_donations", "write_paypal_statement"), "cron(0 3 * * ? *)")
    assert rates == probe | minutely | quarterly | nightly
    scheduled = [
        one for one in synthesized.all("AWS::Lambda::EventInvokeConfig") if not one.stack.endswith("-requests")
    ]
    for once in scheduled:
        # A nightly run is tried again within the hour. The next one is a quarter of an hour or a minute away.
        of_stack = {"donations": [(2, 3_600)], "disbursements": [(0, 300)], "settlement": [(2, 3_600)]}
        tries = once.properties["MaximumRetryAttempts"], once.properties["MaximumEventAgeInSeconds"]
        assert tries in of_stack.get(once.stack.rpartition("-")[2], [(0, 60)])


@pytest.mark.parametrize("settings, domain", [({"env": "prod"}, None), (EVERY_TYPE, "https://pay.example.com")])
def test_probe_knows_the_domain_and_the_generated_url(settings: dict[str, str], domain: str | None) -> None:
    """A new environment has no DNS record yet."""
    made = templates_for(**settings)
    (function,) = [
        each for each in made.all("AWS::Lambda::Function") if each.properties["Handler"].endswith(f"{PROBE}.handler")
    ]
    told = function.properties["Environment"]["Variables"]
    assert ".execute-api." in text(told["PAYSANDBOX_GENERATED_URL"])
    assert told["PAYSANDBOX_BASE_URL"] == (domain or told["PAYSANDBOX_GENERATED_URL"])


# --- for stacks to come -----------------------------------------------------------------------------------------------


@pytest.mark.full
def test_streams_and_queues_of_other_stacks_can_be_monitored(tmp_path: Path) -> None:
    app = cdk.App(context=FLAGS, outdir=str(tmp_path / "cdk.out"))
    environment = ENVIRONMENTS["local"]
    resources = Resources()
    data = DataStack(app, environment, resources=resources)
    api: Any = data  # unused without a probe
    monitoring = MonitoringStack(app, environment, packages=tmp_path, resources=resources, data=data, api=api)
    monitoring.watch_stream("settle_payment")
    monitoring.watch_dead_letters(sqs.Queue(monitoring, "letters"), "send_delivery")
    made = Template.from_stack(monitoring).find_resources(ALARM)
    found = {a["Properties"]["AlarmName"]: a["Properties"] for a in made.values()}
    age = found["paysandbox-local-iterator-age-settle_payment"]
    assert (age["MetricName"], age["Statistic"], age["Threshold"]) == ("IteratorAge", "Maximum", 3_600_000)
    assert age["Dimensions"] == [{"Name": "FunctionName", "Value": "paysandbox-local-settle_payment"}]
    letters = found["paysandbox-local-dead-letters-send_delivery"]
    assert (letters["MetricName"], letters["Threshold"]) == ("ApproximateNumberOfMessagesVisible", 1)
    for alarm, page in ((age, "iterator-age"), (letters, "dead-letters")):
        assert alarm["AlarmDescription"].endswith(f"docs/runbooks/{page}.md")
        assert "Metrics" not in alarm


# --- what it costs ----------------------------------------------------------------------------------------------------


IDLE_USD = {"dev": 4.0, "staging": 5.5, "prod": 7.5}
"""What an idle month may cost without the firewall, in an account with nothing else."""


@pytest.fixture(params=[*IDLE_USD])
def deployed(request: pytest.FixtureRequest) -> Synthesized:
    return templates_for(env=request.param)


def test_an_idle_month_costs_a_few_dollars(deployed: Synthesized) -> None:
    """The numbers are those of docs/how-to/operate.md, "Cost"."""
    use = idle_use(deployed)
    alone, listed = (usd(use, beyond_free=free) for free in (True, False))
    assert alone <= IDLE_USD[deployed.environment.name]
    row = f"| {deployed.environment.name} | {alone:.2f} | {listed:.2f} | {deployed.environment.budget_usd} |"
    assert row in (ROOT / "docs" / "how-to" / "operate.md").read_text()


def test_an_idle_environment_sends_no_notice_of_its_budget(deployed: Synthesized) -> None:
    """Alone in its account none, and beside others, at list price, the first at most."""
    use, budget = idle_use(deployed), deployed.environment.budget_usd
    assert budget is not None
    assert usd(use, beyond_free=True) < 0.5 * budget
    assert usd(use, beyond_free=False) < 0.8 * budget


@pytest.mark.full
def test_the_firewall_has_a_price_of_its_own() -> None:
    with_firewall, without = (idle_use(made) for made in (deployed_from_github("dev"), templates_for(env="dev")))
    of_firewall = {item: amount for item, amount in with_firewall.items() if item not in without}
    assert of_firewall == {Item.WEB_ACL_MONTH: 1, Item.WEB_ACL_RULE_MONTH: 1}
    assert usd(of_firewall, beyond_free=True) == 6
    assert usd({Item.WEB_ACL_REQUEST: 1_000_000}, beyond_free=True) == pytest.approx(0.60)
    page = (ROOT / "docs" / "how-to" / "deploy.md").read_text()
    assert "6.00 USD a month, and 0.60 USD per million requests" in page


def test_dev_stays_within_its_limits(synthesized: Synthesized) -> None:
    if synthesized.environment.name != "dev":
        return
    assert len(set(Metric) - OF_DISPUTES - OF_DONATIONS - OF_DISBURSEMENTS - ONLY_AFTER_FAILURES) <= 10
    assert synthesized.all("AWS::KMS::Key") == []


def test_every_deployed_type_has_a_price(synthesized: Synthesized) -> None:
    idle_use(synthesized)


def test_queue_polling_is_billed_and_stream_polling_is_free(synthesized: Synthesized) -> None:
    """Three polls a minute, five at a time: 648,000 a month for each queue."""
    queues = [m for m in synthesized.all("AWS::Lambda::EventSourceMapping") if "ScalingConfig" in m.properties]
    # On AWS, what falls due waits for the sweep instead of in a queue of its own.
    extra = int(synthesized.environment.name == "local")
    assert len(queues) == 5 + extra
    assert idle_use(synthesized)[Item.QUEUE_REQUEST] == (5 + extra) * 5 * 3 * 60 * 24 * 30


def test_resource_types_need_a_price() -> None:
    strange = Synthesized(ENVIRONMENTS["dev"], {"s": {"Resources": {"Nat": {"Type": "AWS::EC2::NatGateway"}}}}, {}, {})
    with pytest.raises(AssertionError, match=r"s/Nat: what does an unused AWS::EC2::NatGateway cost\?"):
        idle_use(strange)


def test_every_price_has_a_page_and_a_dated_source() -> None:
    """The page is where a price can be checked, the source is what it was checked against."""
    assert {price.page for price in PRICES.values()} == set(OFFERS)
    undated = re.compile(r"(?!.*, (read )?20\d\d-[01]\d(-[0-3]\d)?$)")
    assert [item for item, price in PRICES.items() if undated.match(price.source)] == []


def test_usage_within_the_free_tier_costs_nothing() -> None:
    assert usd({Item.ALARM_METRIC_MONTH: 12, Item.KEY_MONTH: 1}, beyond_free=True) == pytest.approx(1.2)
    assert usd({Item.ALARM_METRIC_MONTH: 12, Item.KEY_MONTH: 1}, beyond_free=False) == pytest.approx(2.2)
    assert set(PRICES) == set(Item) >= set(ALWAYS_FREE)
