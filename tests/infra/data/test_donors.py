"""The donors stack: the donations table, and the donors' user pool."""

import pytest

from paysandbox.aws import schema
from tests.infra.templates import Json, Resource, Synthesized

TABLE = "AWS::DynamoDB::Table"
POOL = "AWS::Cognito::UserPool"
CLIENT = "AWS::Cognito::UserPoolClient"


def table(synthesized: Synthesized) -> Resource:
    return synthesized.in_stack("donors", TABLE)


def pool(synthesized: Synthesized) -> Json:
    return synthesized.one(POOL).properties


# --- the table --------------------------------------------------------------------------------------------------------


def test_table_name_and_keys_match_the_specification(synthesized: Synthesized) -> None:
    made = table(synthesized).properties
    name = None if synthesized.environment.keep_data else synthesized.environment.named("DonationsPlatformTable")
    assert made.get("TableName") == name
    assert made["KeySchema"] == [
        {"AttributeName": "PK", "KeyType": "HASH"},
        {"AttributeName": "SK", "KeyType": "RANGE"},
    ]
    assert made["BillingMode"] == "PAY_PER_REQUEST"


@pytest.mark.parametrize(
    "index, keys, projection",
    [
        (schema.RECENT_DONATIONS, ["status", "created_at"], "ALL"),  # it holds the publicly shown attributes
        (schema.OPEN_RECEIPTS, ["receipt_open", "receipt_at"], "KEYS_ONLY"),
    ],
    ids=lambda value: value.name if isinstance(value, schema.Index) else "",
)
def test_indexes_are_created_with_the_table(
    synthesized: Synthesized, index: schema.Index, keys: list[str], projection: str
) -> None:
    """On an existing table DynamoDB creates one index per update, and CloudFormation refuses two in one deployment."""
    indexes = {one["IndexName"]: one for one in table(synthesized).properties["GlobalSecondaryIndexes"]}
    assert set(indexes) == {"RecentDonationsIndex", "ReceiptsIndex"}
    assert [key["AttributeName"] for key in indexes[index.name]["KeySchema"]] == keys
    assert indexes[index.name]["Projection"] == {"ProjectionType": projection}


def test_stream_has_both_images_and_claims_expire(synthesized: Synthesized) -> None:
    made = table(synthesized).properties
    assert made["StreamSpecification"] == {"StreamViewType": "NEW_AND_OLD_IMAGES"}
    assert made["TimeToLiveSpecification"] == {"AttributeName": "purge_at", "Enabled": True}


def test_donations_are_protected_like_the_ledger(synthesized: Synthesized) -> None:
    (ledger,) = (one for one in synthesized.all(TABLE) if one.id.startswith(schema.LEDGER))
    donations = table(synthesized)
    for guard in ("PointInTimeRecoverySpecification", "DeletionProtectionEnabled"):
        assert donations.properties[guard] == ledger.properties[guard], guard
    assert donations.whole["DeletionPolicy"] == ledger.whole["DeletionPolicy"]
    assert ("SSESpecification" in donations.properties) is synthesized.environment.customer_key
    assert ("SSESpecification" in ledger.properties) is synthesized.environment.customer_key


# --- the pool ---------------------------------------------------------------------------------------------------------


def test_donors_sign_up_with_a_confirmed_address(synthesized: Synthesized) -> None:
    made = pool(synthesized)
    assert made["AdminCreateUserConfig"] == {"AllowAdminCreateUserOnly": False}
    assert made["UsernameAttributes"] == made["AutoVerifiedAttributes"] == ["email"]
    assert made["UsernameConfiguration"] == {"CaseSensitive": False}
    assert made["VerificationMessageTemplate"]["DefaultEmailOption"] == "CONFIRM_WITH_CODE"
    # Until the new address is confirmed, the old one remains valid.
    assert made["UserAttributeUpdateSettings"] == {"AttributesRequireVerificationBeforeUpdate": ["email"]}
    assert [one["Name"] for one in made["AccountRecoverySetting"]["RecoveryMechanisms"]] == ["verified_email"]


def test_required_attributes_are_fixed(synthesized: Synthesized) -> None:
    """Hence the copy here: a changed schema creates a new pool, without the donors."""
    assert pool(synthesized)["Schema"] == [
        {"Name": "email", "Required": True, "Mutable": True},
        {"Name": "name", "Required": True, "Mutable": True},
    ]


def test_password_policy(synthesized: Synthesized) -> None:
    assert pool(synthesized)["Policies"]["PasswordPolicy"] == {
        "MinimumLength": 12,
        "RequireLowercase": True,
        "RequireNumbers": True,
        "RequireSymbols": True,
        "RequireUppercase": True,
        "TemporaryPasswordValidityDays": 7,
    }


def test_user_pool_is_retained_like_the_ledger(synthesized: Synthesized) -> None:
    environment, made = synthesized.environment, synthesized.one(POOL)
    assert made.whole["DeletionPolicy"] == ("RetainExceptOnCreate" if environment.keep_data else "Delete")
    assert (made.properties["DeletionProtection"] == "ACTIVE") is environment.deletion_protection
    assert made.properties["UserPoolTier"] == "LITE"


def test_app_client_has_no_secret_and_hides_whether_users_exist(synthesized: Synthesized) -> None:
    made = synthesized.one(CLIENT).properties
    assert made["ClientName"] == "WebAppClient"
    assert made["GenerateSecret"] is False
    assert sorted(made["ExplicitAuthFlows"]) == [
        "ALLOW_ADMIN_USER_PASSWORD_AUTH",
        "ALLOW_REFRESH_TOKEN_AUTH",
        "ALLOW_USER_SRP_AUTH",
    ]
    assert made["PreventUserExistenceErrors"] == "ENABLED"
    assert made["EnableTokenRevocation"] is True
    assert made["AllowedOAuthFlowsUserPoolClient"] is False


def test_outputs(synthesized: Synthesized) -> None:
    outputs = synthesized.template("donors")["Outputs"]
    assert {name for name, output in outputs.items() if "Export" not in output} == {
        "DonationsTable",
        "UserPoolId",
        "WebAppClientId",
    }
