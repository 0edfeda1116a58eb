"""`paysandbox redrive requests`: stores batches of log lines that could not be stored, and deletes their messages."""

import json
from collections.abc import Iterator
from typing import Any

import pytest

from cli.dead_letters.dead_letter_queue import WAIT_S
from paysandbox.aws.schema import FEED, REQUEST_LOG
from tests.request_log.workers.test_store_requests import delivery, line
from tests.support.clients.program import paysandbox
from tests.support.worlds import tables
from tests.support.worlds.deployed_account import Account, deployed

FEED_TABLE = f"paysandbox-dev-{FEED}"
TABLE = f"paysandbox-dev-{REQUEST_LOG}"


@pytest.fixture
def account(monkeypatch: pytest.MonkeyPatch) -> Iterator[Account]:
    monkeypatch.setitem(WAIT_S, False, 0)
    with deployed("dev") as account:
        tables.create_table(account.client("dynamodb"), TABLE, like=REQUEST_LOG)
        tables.create_table(account.client("dynamodb"), FEED_TABLE, like=FEED)
        url = account.client("sqs").create_queue(QueueName="paysandbox-dev-dead-requests")["QueueUrl"]
        account.deploy_stack("requests", {"DeadRequestsQueueUrl": url})
        yield account


def bury(account: Account, *lines: Any) -> None:
    """Send what Lambda sends about an asynchronous invocation that failed on every attempt."""
    failure = {
        "version": "1.0",
        "requestContext": {"condition": "RetriesExhausted", "approximateInvokeCount": 3},
        "requestPayload": delivery(*lines),
        "responseContext": {"statusCode": 200, "functionError": "Unhandled"},
    }
    sqs = account.client("sqs")
    url = sqs.get_queue_url(QueueName="paysandbox-dev-dead-requests")["QueueUrl"]
    sqs.send_message(QueueUrl=url, MessageBody=json.dumps(failure))


def stored(account: Account) -> set[str]:
    return {item["request_id"]["S"] for item in account.client("dynamodb").scan(TableName=TABLE)["Items"]}


def redrive() -> Any:
    said = paysandbox("redrive", "requests", "--env", "dev", "--json")
    assert said.exit_code == 0, said.stderr
    return json.loads(said.stdout)["redriven"]


def test_each_batch_is_stored_and_its_message_deleted(account: Account) -> None:
    bury(account, line(request_id="request-1"), line(request_id="request-2"))
    bury(account, line(request_id="request-3"))
    assert redrive() == 2
    assert stored(account) == {"request-1", "request-2", "request-3"}
    assert redrive() == 0


def test_stored_requests_are_not_duplicated(account: Account) -> None:
    for _ in range(2):
        bury(account, line(request_id="request-1"))
        assert redrive() == 1
    assert stored(account) == {"request-1"}


def test_a_message_stays_until_its_batch_is_stored(account: Account) -> None:
    bury(account, line(request_id="request-1"))
    account.client("dynamodb").delete_table(TableName=TABLE)
    assert paysandbox("redrive", "requests", "--env", "dev").exit_code != 0
    url = account.client("sqs").get_queue_url(QueueName="paysandbox-dev-dead-requests")["QueueUrl"]
    kept = account.client("sqs").get_queue_attributes(QueueUrl=url, AttributeNames=["All"])["Attributes"]
    assert int(kept["ApproximateNumberOfMessages"]) + int(kept["ApproximateNumberOfMessagesNotVisible"]) == 1
