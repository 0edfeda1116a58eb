"""The request log: its table, and the log groups that feed it."""

from aws_cdk import aws_logs as logs

from api_reference.routes import ROUTES
from paysandbox.aws import schema
from paysandbox.http.route import Access
from paysandbox.request_log.request_record import LINE, LINE_PATTERN
from paysandbox.stripe_api import routes as stripe_api
from tests.infra.templates import Resource, Synthesized, text

FILTER = "AWS::Logs::SubscriptionFilter"


def table(synthesized: Synthesized) -> Resource:
    (found,) = (t for t in synthesized.all("AWS::DynamoDB::Table") if t.stack.endswith("-requests"))
    return found


def test_requests_expire_and_are_deleted_with_the_stack(synthesized: Synthesized) -> None:
    log = table(synthesized)
    assert log.properties["TimeToLiveSpecification"] == {"AttributeName": schema.TTL_ATTRIBUTE, "Enabled": True}
    assert log.properties["BillingMode"] == "PAY_PER_REQUEST"
    assert log.whole["DeletionPolicy"] == "Delete"


def test_prod_samples_successful_requests_only(synthesized: Synthesized) -> None:
    """The function that shows a request is told the same share as the one that stores it."""
    told = {
        function.properties["FunctionName"]: text(variables["PAYSANDBOX_REQUEST_LOG_SAMPLE_PERCENT"])
        for function in synthesized.all("AWS::Lambda::Function")
        if "PAYSANDBOX_REQUEST_LOG_SAMPLE_PERCENT" in (variables := function.properties["Environment"]["Variables"])
    }
    wanted = "5" if synthesized.environment.name == "prod" else "100"
    assert told == {synthesized.environment.named(name): wanted for name in ("store_requests", "read_requests")}


def test_keys_match_the_schema(synthesized: Synthesized) -> None:
    log = table(synthesized)
    assert log.properties["KeySchema"] == [{"AttributeName": schema.REQUEST_LOG_KEY, "KeyType": "HASH"}]
    (index,) = log.properties["GlobalSecondaryIndexes"]
    named = schema.REQUESTS_BY_MERCHANT
    assert (index["IndexName"], index["Projection"]) == (named.name, {"ProjectionType": "KEYS_ONLY"})
    assert [key["AttributeName"] for key in index["KeySchema"]] == [named.partition_key, named.sort_key]


def test_failed_batches_go_to_a_dead_letter_queue(synthesized: Synthesized) -> None:
    retries = synthesized.in_stack("requests", "AWS::Lambda::EventInvokeConfig")
    assert retries.properties["MaximumRetryAttempts"] == 2
    assert text(retries.properties["FunctionName"]).startswith('{"Ref": "storerequests')
    assert retries.properties["Qualifier"] == "$LATEST"
    queue = synthesized.in_stack("requests", "AWS::SQS::Queue")
    assert queue.id in text(retries.properties["DestinationConfig"]["OnFailure"]["Destination"])
    assert queue.properties["QueueName"] == synthesized.environment.named("dead-requests")
    assert any("DefaultPolicy" in name for name in retries.whole["DependsOn"]), "Lambda checks the right on the queue"


EVERY = (*ROUTES, *stripe_api.ROUTES)


def test_every_route_with_a_key_is_subscribed_except_the_logs_own(synthesized: Synthesized) -> None:
    """The worker must not store its own log lines, and a request without a merchant would never be shown."""
    followed = {text(f.properties["LogGroupName"]) for f in synthesized.all(FILTER)}
    of_nobody = (Access.PUBLIC, Access.DONOR)
    wanted = {r.function_name for r in EVERY if r.access not in of_nobody and r.group != "request_log"}
    assert len(followed) == len(synthesized.all(FILTER)) == len(wanted)
    for name in {route.function_name for route in EVERY}:
        is_followed = any(f'"{name.replace("_", "")}log' in group for group in followed)
        assert is_followed is (name in wanted), name


def test_filter_pattern_equals_cdks() -> None:
    of = logs.FilterPattern
    written = of.all(of.string_value("$.message", "=", LINE), of.exists("$.merchant"))
    assert written.log_pattern_string == LINE_PATTERN


def test_subscriptions_name_the_worker_and_depend_on_its_stack(synthesized: Synthesized) -> None:
    name = synthesized.environment.name
    for one in synthesized.all(FILTER):
        # The engine delivers nothing through a pattern of JSON fields.
        assert one.properties["FilterPattern"] == ("" if name == "local" else LINE_PATTERN)
        assert text(one.properties["DestinationArn"]).rstrip('"]}').endswith(f"paysandbox-{name}-store_requests"), one
        assert f"paysandbox-{name}-requests" in synthesized.after[one.stack], one
