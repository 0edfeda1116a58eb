"""The request log: its table, and the log groups that feed it."""

from aws_cdk import aws_logs as logs

from api_reference.routes import ROUTES
from paysandbox.aws import schema
from paysandbox.http.route import NOT_IN_REQUEST_LOG, Access, functions_of
from paysandbox.request_log.log_lines import ATTEMPT_LINE, EVENT_LINE, LINE_PATTERN
from paysandbox.request_log.request_record import LINE
from paysandbox.stripe_api import routes as stripe_api
from stacks.workers.webhook_workers import DELIVER_EVENT, PLAN_DELIVERIES
from tests.infra.templates import Resource, Synthesized, listed, statements, text

FILTER = "AWS::Logs::SubscriptionFilter"


def table(synthesized: Synthesized) -> Resource:
    return named_table(synthesized, schema.REQUEST_LOG)


def named_table(synthesized: Synthesized, name: str) -> Resource:
    whole = synthesized.environment.named(name)
    (found,) = (t for t in synthesized.all("AWS::DynamoDB::Table") if t.properties.get("TableName") == whole)
    return found


def test_requests_expire_and_are_deleted_with_the_stack(synthesized: Synthesized) -> None:
    log = table(synthesized)
    assert log.properties["TimeToLiveSpecification"] == {"AttributeName": schema.TTL_ATTRIBUTE, "Enabled": True}
    assert log.properties["BillingMode"] == "PAY_PER_REQUEST"
    assert log.whole["DeletionPolicy"] == "Delete"


def test_prod_samples_successful_requests_only(synthesized: Synthesized) -> None:
    """Functions that log requests or events, show them or estimate their number have the share of the one that
    stores them."""
    told = {
        function.properties["FunctionName"]: text(variables["PAYSANDBOX_REQUEST_LOG_SAMPLE_PERCENT"])
        for function in synthesized.all("AWS::Lambda::Function")
        if "PAYSANDBOX_REQUEST_LOG_SAMPLE_PERCENT" in (variables := function.properties["Environment"]["Variables"])
    }
    wanted = "5" if synthesized.environment.name == "prod" else "100"
    shown = {"store_requests", "read_requests", "get_metrics", PLAN_DELIVERIES, DELIVER_EVENT}
    logged = {row.name for row in functions_of(ROUTES + stripe_api.ROUTES) if row.group not in NOT_IN_REQUEST_LOG}
    assert told == {synthesized.environment.named(name): wanted for name in shown | logged}


def test_keys_match_the_schema(synthesized: Synthesized) -> None:
    log = table(synthesized)
    assert log.properties["KeySchema"] == [{"AttributeName": schema.REQUEST_LOG_KEY, "KeyType": "HASH"}]
    (index,) = log.properties["GlobalSecondaryIndexes"]
    named = schema.REQUESTS_BY_MERCHANT
    assert (index["IndexName"], index["Projection"]) == (named.name, {"ProjectionType": "KEYS_ONLY"})
    assert [key["AttributeName"] for key in index["KeySchema"]] == [named.partition_key, named.sort_key]


def test_entries_of_the_feed_expire_and_have_no_index(synthesized: Synthesized) -> None:
    feed = named_table(synthesized, schema.FEED)
    assert feed.stack.endswith("-requests")
    assert feed.properties["KeySchema"] == [
        {"AttributeName": schema.FEED_KEY, "KeyType": "HASH"},
        {"AttributeName": schema.FEED_SORT, "KeyType": "RANGE"},
    ]
    assert feed.properties["TimeToLiveSpecification"] == {"AttributeName": schema.TTL_ATTRIBUTE, "Enabled": True}
    assert (feed.properties["BillingMode"], feed.whole["DeletionPolicy"]) == ("PAY_PER_REQUEST", "Delete")
    assert "GlobalSecondaryIndexes" not in feed.properties


def test_failed_batches_go_to_a_dead_letter_queue(synthesized: Synthesized) -> None:
    retries = synthesized.in_stack("requests", "AWS::Lambda::EventInvokeConfig")
    assert retries.properties["MaximumRetryAttempts"] == 2
    assert text(retries.properties["FunctionName"]).startswith('{"Ref": "storerequests')
    assert retries.properties["Qualifier"] == "$LATEST"
    (queue,) = (
        one
        for one in synthesized.all("AWS::SQS::Queue")
        if one.properties["QueueName"] == synthesized.environment.named("dead-requests")
    )
    assert queue.id in text(retries.properties["DestinationConfig"]["OnFailure"]["Destination"])
    # Lambda checks the right on the queue, which is inside of the function's role and so there before the function.
    (policy,) = (one for one in synthesized.policies() if one.id.startswith("storerequestsrole"))
    assert "sqs:SendMessage" in [action for one in statements(policy) for action in listed(one["Action"])]
    assert policy.whole["Type"] == "AWS::IAM::Role"


EVERY = (*ROUTES, *stripe_api.ROUTES)


def test_every_route_with_a_key_is_subscribed_except_the_logs_own(synthesized: Synthesized) -> None:
    """The worker must not store its own log lines, and a request without a merchant would never be shown.

    The feed also has the events that one worker stores, and the attempts that another makes.
    """
    followed = {(one.stack, one.properties["LogGroupName"]["Ref"]) for one in synthesized.all(FILTER)}
    assert len(followed) == len(synthesized.all(FILTER))
    of_nobody = (Access.PUBLIC, Access.DONOR, Access.OPERATOR)
    wanted = {r.function_name for r in EVERY if r.access not in of_nobody and r.group not in NOT_IN_REQUEST_LOG}
    wanted |= {PLAN_DELIVERIES, DELIVER_EVENT}
    start = synthesized.environment.named("")
    logging = {
        function.properties["FunctionName"].removeprefix(start)
        for function in synthesized.all("AWS::Lambda::Function")
        if (function.stack, function.properties["LoggingConfig"]["LogGroup"]["Ref"]) in followed
    }
    assert logging == wanted
    assert not [stack for stack, _ in followed if stack == synthesized.environment.named("requests")]


def test_filter_pattern_equals_cdks() -> None:
    of = logs.FilterPattern
    request, *others = [of.string_value("$.message", "=", kind) for kind in (LINE, EVENT_LINE, ATTEMPT_LINE)]
    written = of.all(of.exists("$.merchant"), of.any(request, *others), of.any(of.exists("$.answer"), *others))
    assert written.log_pattern_string == LINE_PATTERN


def test_subscriptions_name_the_worker_and_depend_on_its_stack(synthesized: Synthesized) -> None:
    name = synthesized.environment.name
    for one in synthesized.all(FILTER):
        # The engine delivers nothing through a pattern of JSON fields.
        assert one.properties["FilterPattern"] == ("" if name == "local" else LINE_PATTERN)
        assert text(one.properties["DestinationArn"]).rstrip('"]}').endswith(f"paysandbox-{name}-store_requests"), one
        assert f"paysandbox-{name}-requests" in synthesized.after[one.stack], one
