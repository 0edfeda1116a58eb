"""The tables of payments and payment methods, and their retention."""

import pytest

from paysandbox.aws import schema
from paysandbox.aws.settings import SettlementTablesSettings
from tests.infra.templates import Resource, Synthesized

TABLE = "AWS::DynamoDB::Table"


def ledger(synthesized: Synthesized) -> Resource:
    return table_of(synthesized, schema.LEDGER)


def table_of(synthesized: Synthesized, name: str) -> Resource:
    of_stack = (table for table in synthesized.all(TABLE) if table.stack.endswith("-data"))
    (table,) = (table for table in of_stack if table.id.startswith(name))
    return table


OF_DISBURSEMENTS = (schema.CUSTOMERS, schema.MERCHANT_FUNDS, schema.DISBURSEMENTS)

every_table = pytest.mark.parametrize(
    "name",
    [
        *(schema.LEDGER, schema.STRIPE_OBJECTS, schema.TIMERS, schema.DISPUTES),
        *OF_DISBURSEMENTS,
        schema.SEARCH_INDEX,
    ],
)


def test_tables_of_the_stack(synthesized: Synthesized) -> None:
    ids = [table.id[:-8] for table in synthesized.all(TABLE) if table.stack.endswith("-data")]
    names = {schema.API_KEYS, schema.LEDGER, schema.MERCHANT_SETTINGS, schema.TIMERS}
    names |= {schema.FAULTS} if synthesized.environment.clock_may_move else set()
    assert sorted(ids) == sorted(
        {*names, schema.STRIPE_OBJECTS, schema.DISPUTES, schema.SEARCH_INDEX, *OF_DISBURSEMENTS}
    )


def test_faults_end_by_themselves_and_are_gone_with_the_stack(synthesized: Synthesized) -> None:
    for table in (table for table in synthesized.all(TABLE) if table.id.startswith(schema.FAULTS)):
        assert table.properties["TimeToLiveSpecification"] == {"AttributeName": "purge_at", "Enabled": True}
        assert table.whole["DeletionPolicy"] == "Delete"


def test_keys_match_the_schema(synthesized: Synthesized) -> None:
    table = ledger(synthesized)
    assert table.properties["KeySchema"] == [{"AttributeName": schema.PARTITION_KEY, "KeyType": "HASH"}]
    attributes = {a["AttributeName"]: a["AttributeType"] for a in table.properties["AttributeDefinitions"]}
    named = {schema.PARTITION_KEY} | {key for i in schema.INDEXES for key in (i.partition_key, i.sort_key)}
    assert attributes == dict.fromkeys(named, "S")


def test_indexes_are_created_with_the_table_and_project_keys_only(synthesized: Synthesized) -> None:
    """On an existing table DynamoDB creates one index per update, and CloudFormation refuses two in one deployment."""
    assert {index.name for index in schema.INDEXES} == {"by_card", "by_merchant", "by_due", "by_reference"}
    assert {index.name for index in schema.TIMER_INDEXES} == {"by_merchant", "by_due"}
    _has_exactly(ledger(synthesized), schema.INDEXES)
    _has_exactly(table_of(synthesized, schema.TIMERS), schema.TIMER_INDEXES)
    _has_exactly(table_of(synthesized, schema.DISPUTES), (schema.DISPUTES_BY_MERCHANT,))
    _has_exactly(table_of(synthesized, schema.DISBURSEMENTS), schema.DISBURSEMENT_INDEXES)


def _has_exactly(table: Resource, expected: tuple[schema.Index, ...]) -> None:
    indexes = {i["IndexName"]: i for i in table.properties["GlobalSecondaryIndexes"]}
    assert set(indexes) == {index.name for index in expected}
    for index in expected:
        made = indexes[index.name]
        assert made["Projection"] == {"ProjectionType": "KEYS_ONLY"}
        assert [key["AttributeName"] for key in made["KeySchema"]] == [index.partition_key, index.sort_key]
        assert [key["KeyType"] for key in made["KeySchema"]] == ["HASH", "RANGE"]


def test_stream_has_both_images(synthesized: Synthesized) -> None:
    """The events are the difference between the new image and the old one."""
    beside = (table_of(synthesized, name) for name in (schema.STRIPE_OBJECTS, schema.DISBURSEMENTS))
    for table in (ledger(synthesized), *beside):
        assert table.properties["StreamSpecification"] == {"StreamViewType": "NEW_AND_OLD_IMAGES"}


@pytest.mark.parametrize(
    "name, key",
    [
        (schema.CUSTOMERS, [schema.CUSTOMERS_KEY]),
        (schema.MERCHANT_FUNDS, [schema.FUNDS_KEY, schema.FUNDS_SORT]),
        (schema.DISBURSEMENTS, [schema.DISBURSEMENTS_KEY, schema.DISBURSEMENTS_SORT]),
    ],
)
def test_customers_funds_and_disbursements_are_kept_under_the_prototypes_keys(
    synthesized: Synthesized, name: str, key: list[str]
) -> None:
    """They are books, like settlement's: no time to live deletes them."""
    table = table_of(synthesized, name)
    assert [each["AttributeName"] for each in table.properties["KeySchema"]] == key
    assert "TimeToLiveSpecification" not in table.properties
    assert ("GlobalSecondaryIndexes" in table.properties) is (name != schema.MERCHANT_FUNDS)
    assert ("StreamSpecification" in table.properties) is (name == schema.DISBURSEMENTS)


def test_the_search_index_is_one_table_of_keys(synthesized: Synthesized) -> None:
    """Without an index or a stream: an entry is one write. The readers of the streams remove what was purged."""
    table = table_of(synthesized, schema.SEARCH_INDEX)
    keys = [each["AttributeName"] for each in table.properties["KeySchema"]]
    assert keys == [schema.SEARCH_INDEX_KEY, schema.SEARCH_INDEX_SORT]
    other = {"GlobalSecondaryIndexes", "StreamSpecification", "TimeToLiveSpecification"}
    assert other & table.properties.keys() == set()


def test_timers_stay_until_the_sweep_removes_them(synthesized: Synthesized) -> None:
    table = table_of(synthesized, schema.TIMERS)
    assert table.properties["KeySchema"] == [{"AttributeName": schema.TIMERS_KEY, "KeyType": "HASH"}]
    assert "TimeToLiveSpecification" not in table.properties


@pytest.mark.parametrize("name", [schema.LEDGER, schema.STRIPE_OBJECTS, schema.DISPUTES])
def test_ttl_attribute_is_purge_at(synthesized: Synthesized, name: str) -> None:
    ttl = table_of(synthesized, name).properties["TimeToLiveSpecification"]
    assert ttl == {"AttributeName": "purge_at", "Enabled": True}


def test_settlement_entries_expire_and_batches_do_not(synthesized: Synthesized) -> None:
    """Where the ledger is retained, entries are too: their worker gets no expiry time."""
    names = (schema.SETTLEMENT_ENTRIES, schema.SETTLEMENT_BATCHES)
    tables = [table for table in synthesized.all(TABLE) if table.stack.endswith("-settlement")]
    ttl = {n: t.properties.get("TimeToLiveSpecification") for n in names for t in tables if t.id.startswith(n)}
    assert ttl == {
        schema.SETTLEMENT_ENTRIES: {"AttributeName": schema.TTL_ATTRIBUTE, "Enabled": True},
        schema.SETTLEMENT_BATCHES: None,
    }
    environment = synthesized.environment
    (variable,) = (name for name in SettlementTablesSettings.variables() if name.endswith("RETENTION_S"))
    told = {
        function.properties["Environment"]["Variables"][variable]
        for function in synthesized.all("AWS::Lambda::Function")
        if variable in function.properties["Environment"]["Variables"]
    }
    assert told == {"0" if environment.keep_data else str(environment.retention_days * 86_400)}


@every_table
def test_tables_are_billed_on_demand(synthesized: Synthesized, name: str) -> None:
    assert table_of(synthesized, name).properties["BillingMode"] == "PAY_PER_REQUEST"


@every_table
def test_table_protection_depends_on_the_environment(synthesized: Synthesized, name: str) -> None:
    environment, table = synthesized.environment, table_of(synthesized, name)
    recovery = table.properties["PointInTimeRecoverySpecification"]["PointInTimeRecoveryEnabled"]
    assert recovery is environment.point_in_time_recovery
    assert table.properties.get("DeletionProtectionEnabled", False) is environment.deletion_protection
    assert ("SSESpecification" in table.properties) is environment.customer_key
    assert table.whole["DeletionPolicy"] == ("RetainExceptOnCreate" if environment.keep_data else "Delete")


def test_tables_are_deleted_only_locally_and_in_dev(synthesized: Synthesized) -> None:
    assert synthesized.environment.keep_data is (synthesized.environment.name in {"staging", "prod"})
    if synthesized.environment.name == "prod":
        assert synthesized.environment.deletion_protection
        assert synthesized.environment.point_in_time_recovery
        assert synthesized.environment.customer_key


def test_outputs(synthesized: Synthesized) -> None:
    """The outputs, besides the exports that other stacks import."""
    told = {name for name, output in synthesized.template("data")["Outputs"].items() if "Export" not in output}
    of_disbursements = {"FundsTable", "DisbursementsTable"}
    tables = {"LedgerTable", "TimersTable", "DisputesTable", "StripeObjectsTable"}
    assert told == {*tables, "RetentionDays"} | of_disbursements


@pytest.mark.parametrize(
    "name, key",
    [(schema.API_KEYS, schema.API_KEYS_KEY), (schema.MERCHANT_SETTINGS, schema.MERCHANT_SETTINGS_KEY)],
)
def test_key_records_and_settings_are_deleted_with_the_plans(synthesized: Synthesized, name: str, key: str) -> None:
    """A key without a usage plan grants no access, so its digest must not grant any either."""
    environment = synthesized.environment
    (keys,) = (table for table in synthesized.all(TABLE) if table.id.startswith(name))
    assert keys.properties["TableName"] == f"paysandbox-{environment.name}-{name}"
    assert keys.properties["KeySchema"] == [{"AttributeName": key, "KeyType": "HASH"}]
    assert keys.properties["BillingMode"] == "PAY_PER_REQUEST"
    assert "TimeToLiveSpecification" not in keys.properties
    assert keys.properties.get("DeletionProtectionEnabled", False) is environment.deletion_protection
    recovery = keys.properties["PointInTimeRecoverySpecification"]["PointInTimeRecoveryEnabled"]
    assert recovery is environment.point_in_time_recovery
    assert keys.whole["DeletionPolicy"] == "Delete"


def test_incomplete_uploads_are_removed_after_a_day(synthesized: Synthesized) -> None:
    """Their parts are invisible but billed."""
    bucket = synthesized.in_stack("settlement", "AWS::S3::Bucket")
    (rule,) = bucket.properties["LifecycleConfiguration"]["Rules"]
    assert (rule["Status"], rule["AbortIncompleteMultipartUpload"]) == ("Enabled", {"DaysAfterInitiation": 1})
