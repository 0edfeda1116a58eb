"""Metrics on the dashboard and in alarms, checked against those that a run wrote: an unwritten metric never alarms."""

import json
import os
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from paysandbox.aws.schema import DISBURSEMENTS, DONATIONS
from paysandbox.core.donor import Donor
from paysandbox.core.metrics import DIMENSION, Metric, namespace
from paysandbox.disbursements.disbursement import Change, Source, Status
from paysandbox.disbursements.store.items import disbursement_item, disbursement_key
from paysandbox.donations.donation import Donation, Receipt, donation_id
from paysandbox.donations.receipt_mail import render_notification
from paysandbox.donations.table import DonationKey, Donations, open_donation
from paysandbox.donations.writes import change_receipt
from tests.e2e.conftest import Sandbox
from tests.support.builders import disbursements
from tests.support.clients.api import CARD, Api

LOCAL = "paysandbox-local-"
SHOWN_S = 20
DECLINED = "4000000000000002"

# The probe's function is not deployed here (no `probe_every_minutes`), so it runs in a process of its own.
PROBE = "from monitoring.probe_api import handler; handler({'id': 'one'}, None); handler({'id': 'two'}, None)"

Written = set[tuple[str, str, tuple[tuple[str, str], ...]]]


@pytest.fixture(scope="module")
def aws(sandbox: Sandbox) -> Any:
    """Return a function that makes clients of the engine."""
    return sandbox.target.client


def counted(text: str) -> Written:
    """Return the metrics that CloudWatch would extract from a log line."""
    if "CloudWatchMetrics" not in text:
        return set()
    line = json.loads(text)
    return {
        (directive["Namespace"], metric["Name"], tuple((name, line[name]) for name in dimensions))
        for directive in line["_aws"]["CloudWatchMetrics"]
        for dimensions in directive["Dimensions"]
        for metric in directive["Metrics"]
    }


def log_lines(logs: Any, since_ms: int) -> Iterator[str]:
    """Yield every line since then. The engine returns the oldest 10,000 events of a group, and no further page."""
    pages = logs.get_paginator("describe_log_groups").paginate(logGroupNamePrefix=f"/aws/lambda/{LOCAL}")
    for group in (group for page in pages for group in page["logGroups"]):
        for page in logs.get_paginator("filter_log_events").paginate(
            logGroupName=group["logGroupName"], startTime=since_ms
        ):
            yield from (event["message"] for event in page["events"])


def named(cloudwatch: Any) -> Written:
    """Return our own metrics that the deployed dashboard and alarms name."""
    ours = namespace("local")
    found: Written = set()
    body = json.loads(
        cloudwatch.get_dashboard(DashboardName=f"{LOCAL}payments-{cloudwatch.meta.region_name}")["DashboardBody"]
    )
    for widget in body["widgets"]:
        for space, name, *rest in (row for row in widget["properties"].get("metrics", []) if row[0] == ours):
            texts = [part for part in rest if isinstance(part, str)]
            found.add((space, name, tuple(zip(texts[::2], texts[1::2], strict=True))))
    for alarm in cloudwatch.describe_alarms(AlarmNamePrefix=LOCAL)["MetricAlarms"]:
        if alarm["Namespace"] == ours:
            dimensions = tuple((d["Name"], d["Value"]) for d in alarm["Dimensions"])
            found.add((ours, alarm["MetricName"], dimensions))
    return found


def provoke(api: Api, aws: Any) -> None:
    """Cause every metric except the probe's: a payment's life, a replay, a decline, a refusal, a dispute, faults."""
    first = api.authorize(key="one").json()["auth_id"]
    api.authorize(key="one")
    api.authorize(card=CARD | {"number": DECLINED})
    api.capture(first, amount=100)
    api.refund(first, amount=50)
    api.void(first)
    api.void("auth_that_is_none")
    disputed = api.authorize(capture_method="automatic").json()["auth_id"]
    api.http.post(f"/sandbox/simulate/{disputed}/dispute").raise_for_status()
    dispute_id = api.payment(disputed)["dispute"]["dispute_id"]
    api.http.post(f"/disputes/{dispute_id}/accept", headers={"X-Idempotency-Key": dispute_id}).raise_for_status()
    functions = aws("lambda")
    # A request that no gateway would pass on causes an unhandled exception. Public routes are not counted.
    functions.invoke(FunctionName=f"{LOCAL}void_payment", Payload=b'{"headers": 7}')
    functions.invoke(FunctionName=f"{LOCAL}store_requests", Payload=b"{}")


def provoke_donations(sandbox: Sandbox, aws: Any) -> None:
    """Cause the donation metrics: a donation with its receipt, an event of no donation, and two failed mails.

    The last two are written to the table, since SES cannot be made to refuse here, nor a function to die.
    """
    sandbox.json("donations", "create", "--amount", "5.00")
    table, ago = Donations(aws("dynamodb"), f"{LOCAL}{DONATIONS}"), datetime.now(UTC) - timedelta(hours=1)
    lost = put_donation(table, "ada@example.com", Receipt.SENDING, ago)
    refused = put_donation(table, "nobody", Receipt.DUE, ago)
    functions = aws("lambda")
    functions.invoke(FunctionName=f"{LOCAL}sweep_donations", Payload=b"{}")
    invoke_with(functions, "send_receipts", render_notification(refused))
    event = {"id": "evt_1", "object": "event", "type": "payment_intent.succeeded", "created": 1}
    intent = {"id": "pi_1", "object": "payment_intent", "amount_received": 500, "currency": "usd", "metadata": {}}
    invoke_with(functions, "apply_stripe_events", json.dumps(event | {"data": {"object": intent}}))
    # None of it needs an operator.
    now, queues = datetime.now(UTC), aws("sqs")
    change_receipt(table, lost, Receipt.SENDING, Receipt.NONE, now)
    change_receipt(table, refused, Receipt.REFUSED, Receipt.NONE, now)
    queues.purge_queue(QueueUrl=queues.get_queue_url(QueueName=f"{LOCAL}donation-payments-dead")["QueueUrl"])


def provoke_disbursements(api: Api, aws: Any) -> None:
    """Cause the metrics of disbursements: one is paid, one fails, and one whose outcome nobody knows is due.

    The last one is written to the table, since it takes 29 days, and is deleted again.
    """
    api.post("/sandbox/fund", {"amount": 100_00, "currency": "USD"}).raise_for_status()
    for name in ("jane", "failed"):
        customer = {"customer_id": name, "email": f"{name}@example.com"}
        api.http.post("/v1/api/customer", json=customer).raise_for_status()
        api.post("/v1/api/payment", customer | {"amount": 10_00, "currency": "USD"}).raise_for_status()
    ago = datetime.now(UTC) - timedelta(days=30)
    unknown = Change(status=Status.REQUIRES_ATTENTION, at=ago, source=Source.TIMER)
    one = replace(disbursements.accepted(created_at=ago), due_at=ago)
    table, client = f"{LOCAL}{DISBURSEMENTS}", aws("dynamodb")
    client.put_item(TableName=table, Item=disbursement_item(replace(one, trail=(*one.trail, unknown))))
    aws("lambda").invoke(FunctionName=f"{LOCAL}sweep_disbursements", Payload=b"{}")
    client.delete_item(TableName=table, Key=disbursement_key(one.merchant, one.customer_id, one.id))


def put_donation(table: Donations, email: str, receipt: Receipt, at: datetime) -> str:
    """Write an unpaid donation that has a receipt nevertheless."""
    donation = Donation(
        id=donation_id(at, os.urandom(10)),
        donor=Donor(user_id="sub", email=email, name="Ada"),
        amount=500,
        currency="usd",
        message=None,
        anonymous=False,
        created_at=at,
        receipt=receipt,
        receipt_at=at,
    )
    open_donation(table, donation, DonationKey(text=donation.id, fingerprint=None, lifetime=timedelta(0)))
    return donation.id


def invoke_with(functions: Any, name: str, body: str) -> None:
    """Invoke a worker with one message of its queue."""
    batch = {"Records": [{"messageId": "one", "body": body}]}
    functions.invoke(FunctionName=f"{LOCAL}{name}", Payload=json.dumps(batch).encode())


def probe(sandbox: Sandbox, aws: Any) -> str:
    """Run the probe twice against the deployed API, since the first run creates its key, and return its output."""
    (plan,) = [p["id"] for p in aws("apigateway").get_usage_plans()["items"] if p["name"] == f"{LOCAL}sandbox"]
    told = {
        "PATH": os.environ["PATH"],
        **sandbox.aws_variables,
        "POWERTOOLS_SERVICE_NAME": "monitoring",
        "POWERTOOLS_METRICS_NAMESPACE": namespace("local"),
        "PAYSANDBOX_CLOCK_OFFSET_S": "0",
        "PAYSANDBOX_CLOCK_TABLE": "",
        "PAYSANDBOX_ENVIRONMENT": "local",
        "PAYSANDBOX_BASE_URL": sandbox.base_url,
        "PAYSANDBOX_GENERATED_URL": sandbox.base_url,
        "PAYSANDBOX_PROBE_PLAN": plan,
        "PAYSANDBOX_MINIMUM_AMOUNT": "1",
        "PAYSANDBOX_AUTHORIZATION_VALIDITY_S": "1",
        "PAYSANDBOX_ACCEPT_ANY_CARD": "false",
    }
    return subprocess.run(
        [sys.executable, "-c", PROBE], env=told, text=True, capture_output=True, check=True, timeout=30
    ).stdout


@pytest.mark.full
def test_every_metric_of_dashboards_and_alarms_is_emitted(sandbox: Sandbox, api: Api, aws: Any) -> None:
    # CDK starts Node.js when it is imported, and both processes import this file.
    from stacks.api.gateway import KEYED_SERVER_ERRORS

    since_ms = int(time.time() * 1_000)
    provoke(api, aws)
    provoke_donations(sandbox, aws)
    provoke_disbursements(api, aws)
    said = probe(sandbox, aws)
    assert '"ProbeOk":[1.0]' in said.replace(" ", "")
    assert "sk_test_" not in said
    # A metric filter on the access logs writes that one, and the engine writes no access logs.
    wanted = {metric for metric in named(aws("cloudwatch")) if metric[1] != KEYED_SERVER_ERRORS}
    # Rollouts watch the first; the other takes a writer that stalls for a minute (tests/feed/workers).
    of_others = {Metric.PAYMENTS_FAILED, Metric.FEED_ENTRIES_LATE}
    assert {name for _, name, _ in wanted} == {str(count) for count in set(Metric) - of_others}
    assert {dimensions for *_, dimensions in wanted} == {tuple(DIMENSION.items())}
    deadline = time.monotonic() + SHOWN_S
    missing = wanted
    while missing and time.monotonic() < deadline:
        missing = wanted - {
            m for text in [*log_lines(aws("logs"), since_ms), *said.splitlines()] for m in counted(text)
        }
        time.sleep(0.2)
    assert missing == set()


def test_alarms_exist_and_notify_an_existing_topic(aws: Any) -> None:
    topics = {topic["TopicArn"] for topic in aws("sns").list_topics()["Topics"]}
    alarms = aws("cloudwatch").describe_alarms(AlarmNamePrefix=LOCAL)["MetricAlarms"]
    deployed = aws("cloudformation").describe_stack_resources(StackName=f"{LOCAL}monitoring")["StackResources"]
    names = {each["PhysicalResourceId"] for each in deployed if each["ResourceType"] == "AWS::CloudWatch::Alarm"}
    assert names
    assert {alarm["AlarmName"] for alarm in alarms} == names
    for alarm in alarms:
        assert set(alarm["AlarmActions"]) == set(alarm["OKActions"]) <= topics
