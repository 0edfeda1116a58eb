"""The donations stack: queues and their workers, the stream's consumer, the sweep, and the sender of receipts."""

import json

import pytest

from paysandbox.aws.schema import DONATIONS_ONLY
from stacks.workers.donations_stack import APPLY_STRIPE_EVENTS, PUBLISH_DONATION_EVENTS, SEND_RECEIPTS, SWEEP_DONATIONS
from stacks.workers.events_stack import PUBLISH_EVENT
from tests.infra.templates import EVERY_TYPE, Json, Resource, Synthesized, templates_for, text

MAPPING = "AWS::Lambda::EventSourceMapping"
QUEUE = "AWS::SQS::Queue"


def queues(synthesized: Synthesized) -> dict[str, Resource]:
    """Return the queues by name, without the environment."""
    start = synthesized.environment.named("")
    return {
        queue.properties["QueueName"].removeprefix(start): queue
        for queue in synthesized.all(QUEUE)
        if queue.stack.endswith("-donations")
    }


def mapping(synthesized: Synthesized, function: str, stack: str = "donations") -> Json:
    (found,) = (
        one
        for one in synthesized.all(MAPPING)
        if one.stack.endswith(f"-{stack}") and text(one.properties["FunctionName"]).find(function.replace("_", "")) > 0
    )
    return found.properties


def variables(synthesized: Synthesized, function: str) -> Json:
    (found,) = (
        one
        for one in synthesized.all("AWS::Lambda::Function")
        if one.properties["FunctionName"] == synthesized.environment.named(function)
    )
    return found.properties["Environment"]["Variables"]


@pytest.mark.parametrize("name", ["donation-payments", "donation-notifications"])
def test_messages_go_to_the_dead_letter_queue_after_five_failures(synthesized: Synthesized, name: str) -> None:
    found = queues(synthesized)
    waiting, dead = found[name], found[f"{name}-dead"]
    assert waiting.properties["RedrivePolicy"] == {
        "deadLetterTargetArn": {"Fn::GetAtt": [dead.id, "Arn"]},
        "maxReceiveCount": 5,
    }
    for queue in (waiting, dead):
        assert queue.properties["MessageRetentionPeriod"] == 14 * 86_400
        assert queue.properties["SqsManagedSseEnabled"] is True


def test_no_other_queues(synthesized: Synthesized) -> None:
    kinds = ("donation-payments", "donation-notifications")
    assert set(queues(synthesized)) == {*kinds, *(f"{kind}-dead" for kind in kinds)}


@pytest.mark.parametrize(
    "worker, queue, setting",
    [
        (APPLY_STRIPE_EVENTS, "donation-payments", "payers_max"),
        (SEND_RECEIPTS, "donation-notifications", "senders_max"),
    ],
)
def test_workers_report_partial_failures_and_are_limited(
    synthesized: Synthesized, worker: str, queue: str, setting: str
) -> None:
    """The first bound also limits the write rate of one index partition, the second the rate of mails."""
    taken = mapping(synthesized, worker)
    assert taken["EventSourceArn"] == {"Fn::GetAtt": [queues(synthesized)[queue].id, "Arn"]}
    assert taken["FunctionResponseTypes"] == ["ReportBatchItemFailures"]
    assert taken["ScalingConfig"] == {"MaximumConcurrency": getattr(synthesized.environment, setting)}
    assert taken["BatchSize"] == 10


def test_unplaceable_events_share_the_dead_letter_queue(synthesized: Synthesized) -> None:
    dead = queues(synthesized)["donation-payments-dead"]
    assert variables(synthesized, APPLY_STRIPE_EVENTS)["PAYSANDBOX_DEAD_LETTER_QUEUE"] == {"Ref": dead.id}


def test_donation_stream_settings_match_the_ledgers(synthesized: Synthesized) -> None:
    ledgers = mapping(synthesized, PUBLISH_EVENT, "events")
    read = mapping(synthesized, PUBLISH_DONATION_EVENTS)
    differ = {"EventSourceArn", "FunctionName", "FilterCriteria", "DestinationConfig", "Tags"}
    assert {name: value for name, value in read.items() if name not in differ} == {
        name: value for name, value in ledgers.items() if name not in differ
    }
    assert "DonationsPlatformTable" in text(read["EventSourceArn"])
    assert "StreamArn" in text(read["EventSourceArn"])
    (only,) = read["FilterCriteria"]["Filters"]
    assert json.loads(only["Pattern"]) == DONATIONS_ONLY
    parked = read["DestinationConfig"]["OnFailure"]["Destination"]
    assert text(parked).endswith(synthesized.environment.named("publish_event-parked"))


def test_pending_donations_are_swept_nightly(synthesized: Synthesized) -> None:
    (rule,) = (one for one in synthesized.all("AWS::Events::Rule") if one.stack.endswith("-donations"))
    assert rule.properties["Name"] == synthesized.environment.named(SWEEP_DONATIONS)
    assert rule.properties["ScheduleExpression"] == "cron(0 3 * * ? *)"
    (once,) = (one for one in synthesized.all("AWS::Lambda::EventInvokeConfig") if one.stack == rule.stack)
    assert (once.properties["MaximumRetryAttempts"], once.properties["MaximumEventAgeInSeconds"]) == (2, 3_600)
    hours = synthesized.environment.donation_abandoned_after_hours
    assert variables(synthesized, SWEEP_DONATIONS)["PAYSANDBOX_DONATION_ABANDONED_AFTER_S"] == str(hours * 3_600)


def test_receipts_use_the_environments_sender(synthesized: Synthesized) -> None:
    """There is no default sender: verifying an address takes a mail to it, and a deployment must not wait for that."""
    identities = synthesized.all("AWS::SES::EmailIdentity")
    sender = synthesized.environment.receipts_from
    assert [one.properties["EmailIdentity"] for one in identities] == ([sender] if sender else [])
    assert (sender is not None) is (synthesized.environment.name == "local")


@pytest.mark.full
def test_sender_setting_works_in_every_environment() -> None:
    made = templates_for(**EVERY_TYPE)
    assert made.one("AWS::SES::EmailIdentity").properties["EmailIdentity"] == "receipts@example.com"
    delivery = made.one("AWS::SES::ConfigurationSet").properties
    assert delivery["Name"] == "paysandbox-prod-receipts"
    assert delivery["DeliveryOptions"] == {"TlsPolicy": "REQUIRE"}, "a receipt names a donor"
    told = variables(made, SEND_RECEIPTS)
    assert told["SES_FROM_EMAIL"] == "receipts@example.com"


def test_templates_have_no_stripe_secrets(synthesized: Synthesized) -> None:
    """They are stored after the deployment, which neither has nor needs them."""
    assert synthesized.all("AWS::SSM::Parameter") == []
    outputs = synthesized.template("donations")["Outputs"]
    environment = synthesized.environment
    assert outputs["StripeKeyParameter"]["Value"] == environment.stripe_key_parameter
    assert outputs["StripeWebhookParameter"]["Value"] == environment.stripe_webhook_parameter
    assert outputs["StripePublishableParameter"]["Value"] == environment.stripe_publishable_parameter


def test_outputs(synthesized: Synthesized) -> None:
    outputs = synthesized.template("donations")["Outputs"]
    assert {name for name, output in outputs.items() if "Export" not in output} == {
        "NotificationDeadQueueUrl", "NotificationQueueUrl", "PaymentDeadQueueUrl", "PaymentQueueUrl",
        "StripeKeyParameter", "StripePublishableParameter", "StripeWebhookParameter",
    }  # fmt: skip
