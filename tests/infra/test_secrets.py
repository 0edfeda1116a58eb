"""The pepper's key and the custom resource that makes the pepper."""

from tests.infra.templates import Synthesized, statements, text

PEPPER = "Custom::GeneratedSecret"
KEY = "AWS::KMS::Key"


def secrets_key(synthesized: Synthesized):
    (key,) = (key for key in synthesized.all(KEY) if key.stack.endswith("-secrets"))
    return key


def test_every_key_is_rotated(synthesized: Synthesized) -> None:
    for key in synthesized.all(KEY):
        assert key.properties["EnableKeyRotation"] is True, key


def test_a_key_lasts_as_long_as_what_lies_under_it(synthesized: Synthesized) -> None:
    for key in synthesized.all(KEY):
        assert key.whole["DeletionPolicy"] == ("Retain" if synthesized.environment.keep_data else "Delete"), key


def test_a_key_is_opened_by_iam_alone(synthesized: Synthesized) -> None:
    """The key policy names the account and nobody else, so that every right over it is found in a role."""
    for key in synthesized.all(KEY):
        for statement in statements(key):
            assert text(statement["Principal"]["AWS"]).endswith(":root"), key


def test_the_pepper_lies_under_the_secrets_key(synthesized: Synthesized) -> None:
    pepper = synthesized.one(PEPPER)
    assert pepper.properties["KeyId"] == {"Fn::GetAtt": [secrets_key(synthesized).id, "Arn"]}
    assert pepper.properties["ParameterName"] == f"/paysandbox/{synthesized.environment.name}/pepper"


def test_the_pepper_goes_with_the_stack_only_where_the_ledger_does(synthesized: Synthesized) -> None:
    """A ledger without its pepper knows no card and no body again."""
    pepper = synthesized.one(PEPPER)
    assert pepper.properties["DeleteWithStack"] is (not synthesized.environment.keep_data)


def test_a_lost_answer_does_not_hold_the_stack_for_an_hour(synthesized: Synthesized) -> None:
    """And the function has time for every try before that."""
    pepper = synthesized.one(PEPPER)
    (generator,) = (f for f in synthesized.all("AWS::Lambda::Function") if "generate_secret" in f.properties["Handler"])
    assert int(pepper.properties["ServiceTimeout"]) == 60 > generator.properties["Timeout"]
    assert pepper.properties["ServiceToken"] == {"Fn::GetAtt": [generator.id, "Arn"]}


def test_the_generator_keeps_its_rights_until_the_pepper_is_gone(synthesized: Synthesized) -> None:
    """CloudFormation deletes in reverse: without the dependency the role could go first."""
    pepper = synthesized.one(PEPPER)
    (generator,) = (f for f in synthesized.all("AWS::Lambda::Function") if "generate_secret" in f.properties["Handler"])
    rights = [p.id for p in synthesized.all("AWS::IAM::Policy") if p.stack.endswith("-secrets")]
    assert rights
    assert generator.id in pepper.whole["DependsOn"]
    for policy in rights:
        assert policy in generator.whole["DependsOn"]


def test_outputs(synthesized: Synthesized) -> None:
    outputs = synthesized.template("secrets")["Outputs"]
    told = {name: output["Value"] for name, output in outputs.items() if "Export" not in output}
    assert told == {"PepperParameter": f"/paysandbox/{synthesized.environment.name}/pepper"}
