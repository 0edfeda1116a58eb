"""The nightly statement: PayPal's batches of a day, each as PayPal shows it, in a file that `reconcile` reads."""

import os
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from cli.disbursements.statement_formats import FORMATS
from disbursements import write_paypal_statement
from paysandbox.aws import runtime
from paysandbox.aws.settings import ReportsSettings
from paysandbox.core.errors import Code, Refused
from paysandbox.disbursements.disbursement import Disbursement, Source
from paysandbox.disbursements.paypal.messages import TOKEN_PATH
from paysandbox.disbursements.paypal.nightly_statement import StatementError
from paysandbox.disbursements.paypal.rail import rail
from paysandbox.disbursements.rail import ProviderUpdate
from paysandbox.disbursements.statement import Statement, compare_statement, read_statement
from paysandbox.disbursements.steps import Step, stepped
from paysandbox.disbursements.store import disbursements_table, tables
from paysandbox.funds.funds_table import add_funding
from tests.disbursements.disbursement_scenario import forget
from tests.support.builders import disbursements
from tests.support.fakes import paypal_server
from tests.support.fakes.paypal_server import PaypalServer
from tests.support.fakes.wire import Reply, served

A_DAY = timedelta(days=1)


@pytest.fixture(autouse=True)
def bucket(paypal: PaypalServer) -> Iterator[str]:
    forget()
    name = runtime.settings_of(ReportsSettings).reports_bucket
    runtime.s3().create_bucket(Bucket=name)
    add_funding(tables.disbursements().funds, disbursements.funding())
    yield name
    for found in runtime.s3().list_objects_v2(Bucket=name).get("Contents", []):
        runtime.s3().delete_object(Bucket=name, Key=found.get("Key", ""))
    runtime.s3().delete_bucket(Bucket=name)


def sent(number: int, **parts: Any) -> Disbursement:
    """Store a disbursement that PayPal got now, and return it."""
    table, now = tables.disbursements(), runtime.wall_now()
    one = disbursements_table.accept(table, disbursements.accepted(number, method="paypal", created_at=now, **parts))
    after = stepped(one, Step.SEND, Source.WORKER, now)
    update = rail().send(after)
    assert isinstance(update, ProviderUpdate)
    after = replace(after, reference=update.reference, item_reference=update.item_reference)
    assert disbursements_table.put_after(table, one, after)
    return after


def written(bucket: str, days_ago: int = 0) -> tuple[dict[str, Any], Statement]:
    """Write the statement of a day, and return the worker's answer and the file."""
    day = runtime.wall_now().date() - timedelta(days=days_ago)
    answer = write_paypal_statement.handler({"day": day.isoformat()}, None)
    body = runtime.s3().get_object(Bucket=bucket, Key=f"statements/paypal/{day}.csv")["Body"].read()
    return answer, read_statement(body, FORMATS.values())


def test_it_has_each_batch_of_the_day_and_matches(paypal: PaypalServer, bucket: str) -> None:
    ones = [sent(number) for number in (1, 2, 3)]
    answer, statement = written(bucket)
    assert answer == {"key": f"statements/paypal/{statement.day}.csv", "lines": 3}
    assert {item.reference for item in statement.items} == {one.reference for one in ones}
    assert {(item.disbursement_id, item.status, item.amount) for item in statement.items} == {
        (one.id, "SUCCESS", one.amount) for one in ones
    }
    table = tables.disbursements()
    paid = [stepped(replace(one, provider_fee=25), Step.PAY, Source.PROVIDER, one.created_at) for one in ones]
    assert all(disbursements_table.put_after(table, one, after) for one, after in zip(ones, paid, strict=True))
    assert compare_statement(statement, paid).differences == ()


def test_a_batch_of_another_day_has_no_line(paypal: PaypalServer, bucket: str) -> None:
    paypal.advance(A_DAY.total_seconds())
    sent(1)
    assert written(bucket)[1].items == ()


def test_a_batch_that_paypal_does_not_know_has_no_line(bucket: str) -> None:
    one = sent(1)
    assert disbursements_table.put_after(tables.disbursements(), one, replace(one, reference="UNKNOWN", version=2))
    assert written(bucket)[1].items == ()


def test_the_day_is_yesterday_by_default(bucket: str) -> None:
    yesterday = runtime.wall_now().date() - A_DAY
    assert write_paypal_statement.handler({}, None) == {"key": f"statements/paypal/{yesterday}.csv", "lines": 0}


def test_a_second_run_replaces_the_file(bucket: str) -> None:
    assert written(bucket)[1].items == ()
    one = sent(1)
    assert [item.reference for item in written(bucket)[1].items] == [one.reference]


@pytest.mark.parametrize(
    "reply, error",
    [
        (None, "no_answer"),
        (Reply(503, {}), r"failing \(503\)"),
        (Reply(403, {"name": "NOT_AUTHORIZED"}), "NOT_AUTHORIZED"),
        (Reply(400, {}), "400"),
        (Reply(200, {"items": []}), "its item"),
    ],
)
def test_a_batch_that_cannot_be_read_fails_the_run(bucket: str, reply: Reply | None, error: str) -> None:
    """Without its line, the statement would name a payout that PayPal has as missing."""
    sent(1)
    token = Reply(200, {"access_token": "A", "expires_in": 3600})
    with served(lambda request: token if request.path == TOKEN_PATH else reply) as wire:
        os.environ["PAYSANDBOX_PAYPAL_API_BASE"] = wire.base_url
        runtime._settings.cache_clear()
        with pytest.raises(StatementError, match=error):
            written(bucket)
    assert runtime.s3().list_objects_v2(Bucket=bucket)["KeyCount"] == 0


def test_an_unreadable_disbursement_is_left_to_the_audit(bucket: str) -> None:
    one, table = sent(1), tables.disbursements()
    key: Any = disbursements_table.disbursement_key(one.merchant, one.customer_id, one.id)
    table.client.update_item(
        TableName=table.table,
        Key=key,
        UpdateExpression="SET #0 = :0",
        ExpressionAttributeNames={"#0": "amount"},
        ExpressionAttributeValues={":0": {"S": "no amount"}},
    )
    assert written(bucket)[1].items == ()


def test_without_credentials_there_is_no_statement(paypal: PaypalServer, bucket: str) -> None:
    sent(1)
    runtime.ssm().delete_parameter(Name=paypal.settings().paypal_credentials_parameter)
    paypal_server.forget()
    with pytest.raises(Refused) as refused:
        written(bucket)
    assert refused.value.code is Code.PAYPAL_NOT_CONFIGURED
