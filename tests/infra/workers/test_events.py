"""The events stack: the consumer of the ledger's stream, its topic, and its dead-letter queue."""

import json

from tests.aws.test_stream_consumers import READERS
from tests.infra.templates import Resource, Synthesized, text

MAPPING = "AWS::Lambda::EventSourceMapping"


def mapping(synthesized: Synthesized) -> Resource:
    return mapping_of(synthesized, "publishevent")


def mapping_of(synthesized: Synthesized, function: str) -> Resource:
    of_stack = (m for m in synthesized.all(MAPPING) if m.stack.endswith("-events"))
    (found,) = (m for m in of_stack if function in text(m.properties["FunctionName"]))
    return found


def queue(synthesized: Synthesized, name: str = "parked") -> Resource:
    of_stack = (q for q in synthesized.all("AWS::SQS::Queue") if q.stack.endswith("-events"))
    (found,) = (q for q in of_stack if q.id.startswith(name))
    return found


def test_ledger_stream_is_read_from_the_trim_horizon(synthesized: Synthesized) -> None:
    read = mapping(synthesized).properties
    assert "PaymentsLedger" in text(read["EventSourceArn"])
    assert "StreamArn" in text(read["EventSourceArn"])
    assert "publishevent" in text(read["FunctionName"])
    assert read["StartingPosition"] == "TRIM_HORIZON"


def test_failed_batches_are_retried_whole_until_they_expire(synthesized: Synthesized) -> None:
    """In halves, a release that fails on every record would come to batches of one, and park each of them."""
    for read in (m.properties for m in synthesized.all(MAPPING) if "StartingPosition" in m.properties):
        assert read["BisectBatchOnFunctionError"] is False
    read = mapping(synthesized).properties
    assert read["FunctionResponseTypes"] == ["ReportBatchItemFailures"]
    assert (read["MaximumRetryAttempts"], read["MaximumRecordAgeInSeconds"]) == (10_000, 23 * 3_600)
    assert queue(synthesized).id in text(read["DestinationConfig"]["OnFailure"]["Destination"])


def test_every_reader_of_a_stream_parks_what_fails_where_an_alarm_rings(synthesized: Synthesized) -> None:
    """All of them are in the table of tests, and send what fails to the queue that Lambda uses for expired records."""
    start, parked = synthesized.environment.named(""), queue(synthesized).id
    functions = {(f.stack, f.id): f.properties for f in synthesized.all("AWS::Lambda::Function")}
    readers = set[str]()
    for read in synthesized.all(MAPPING):
        if "StartingPosition" not in read.properties:
            continue
        reader = functions[read.stack, read.properties["FunctionName"]["Ref"]]
        readers.add(reader["FunctionName"].removeprefix(start))
        own = text(reader["Environment"]["Variables"]["PAYSANDBOX_DEAD_LETTER_QUEUE"])
        expired = text(read.properties["DestinationConfig"]["OnFailure"]["Destination"])
        assert all(f"{start}publish_event-parked" in name or parked in name for name in (own, expired)), reader
    assert readers == READERS.keys()


def test_the_stream_of_stripes_objects_is_read_alike(synthesized: Synthesized) -> None:
    """With the same dead-letter queue, which is watched for both."""
    of_ledger, read = mapping(synthesized).properties, mapping_of(synthesized, "publishobjectevents").properties
    assert "StripeObjects" in text(read["EventSourceArn"])
    assert "StreamArn" in text(read["EventSourceArn"])
    own = {"EventSourceArn", "FunctionName"}
    assert {n: v for n, v in read.items() if n not in own} == {n: v for n, v in of_ledger.items() if n not in own}


def test_stream_filters_select_payments_written_or_purged(synthesized: Synthesized) -> None:
    """Every write of an operation sets `version`; a claim never has it. What was purged leaves the search index."""
    filters = mapping(synthesized).properties["FilterCriteria"]["Filters"]
    version = {"version": {"N": [{"exists": True}]}}
    assert [json.loads(each["Pattern"]) for each in filters] == [
        {"dynamodb": {"NewImage": version}},
        {"eventName": ["REMOVE"], "dynamodb": {"OldImage": version}},
    ]


def test_dead_letters_are_kept_two_weeks_encrypted(synthesized: Synthesized) -> None:
    parked = queue(synthesized).properties
    assert parked["MessageRetentionPeriod"] == 14 * 86_400
    assert parked["SqsManagedSseEnabled"] is True
    assert parked["QueueName"] == f"paysandbox-{synthesized.environment.name}-publish_event-parked"


def test_topic_requires_tls(synthesized: Synthesized) -> None:
    (topic,) = (t for t in synthesized.all("AWS::SNS::Topic") if t.stack.endswith("-events"))
    assert topic.properties["TopicName"] == f"paysandbox-{synthesized.environment.name}-WebhookTopic"
    (policy,) = (p for p in synthesized.all("AWS::SNS::TopicPolicy") if p.stack == topic.stack)
    (denied,) = policy.properties["PolicyDocument"]["Statement"]
    assert (denied["Effect"], denied["Condition"]) == ("Deny", {"Bool": {"aws:SecureTransport": "false"}})
    assert synthesized.template("events")["Outputs"]["WebhookTopicArn"]["Value"] == {"Ref": topic.id}


def test_only_workers_may_publish_to_the_topic(synthesized: Synthesized) -> None:
    """No handler publishes, as none has the topic's ARN. Workers that disable an endpoint or close a batch do."""
    told = [
        function.properties["FunctionName"]
        for function in synthesized.all("AWS::Lambda::Function")
        if "PAYSANDBOX_WEBHOOK_TOPIC" in function.properties["Environment"]["Variables"]
    ]
    start = f"paysandbox-{synthesized.environment.name}-"
    workers = (
        "close_batch",
        "deliver_event",
        "publish_disbursement_events",
        "publish_donation_events",
        "publish_event",
        "publish_object_events",
    )
    assert sorted(told) == [start + worker for worker in workers]


def test_only_writes_with_timers_invoke_the_worker_that_stores_them(synthesized: Synthesized) -> None:
    """A payment has `open_until` from the first operation with a timer on; no other write causes an invocation."""
    read = mapping_of(synthesized, "storetimers").properties
    assert "StreamArn" in text(read["EventSourceArn"])
    (only,) = read["FilterCriteria"]["Filters"]
    assert json.loads(only["Pattern"]) == {"dynamodb": {"NewImage": {"open_until": {"S": [{"exists": True}]}}}}
    assert queue(synthesized).id in text(read["DestinationConfig"]["OnFailure"]["Destination"])


def test_a_stream_has_at_most_two_readers(synthesized: Synthesized) -> None:
    """More would be throttled: Amazon DynamoDB developer guide, "Change data capture for DynamoDB Streams"."""
    streams = [text(m.properties["EventSourceArn"]) for m in synthesized.all(MAPPING)]
    assert max(streams.count(one) for one in streams if "StreamArn" in one) == 2


def test_delayed_timers_are_fired_from_a_queue(synthesized: Synthesized) -> None:
    if not synthesized.environment.punctual_timers:
        assert "duetimers" not in text(synthesized.template("events"))
        return
    fed = mapping_of(synthesized, "firetimers").properties
    assert queue(synthesized, "duetimers").id in text(fed["EventSourceArn"])
