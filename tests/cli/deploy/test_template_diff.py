"""The short summary of a deployment's changes."""

import pytest

from cli.deploy import template_diff


def resource(path, kind="AWS::Lambda::Function", **properties):
    return {
        "Type": kind,
        "Properties": properties,
        "Metadata": {"aws:cdk:path": f"paysandbox-local-payments/{path}", "aws:asset:path": "asset.1"},
    }


def stack(**resources):
    return {"Resources": resources}


def functions(*names, code="1"):
    return {name.replace("_", ""): resource(f"{name}/Resource", code=code) for name in names}


FOUR = ("authorize_payment", "capture_payment", "refund_payment", "void_payment")
ROLE = {"role8A5D": resource("void_payment_role/Resource", "AWS::IAM::Role")}


@pytest.mark.parametrize(
    "before, after, words",
    [
        (None, stack(**functions(*FOUR), **ROLE), "new, 5 resources"),
        (None, stack(**ROLE), "new, 1 resource"),
        (stack(**ROLE), stack(**ROLE), None),
        (stack(**functions("void_payment")), stack(**functions("void_payment", code="2")), "void_payment"),
        (stack(**functions(*FOUR)), stack(**functions(*FOUR, code="2")), "all 4 functions"),
        (stack(**functions(*FOUR)), stack(**functions(*FOUR[:3], code="2"), **functions(FOUR[3])), ", ".join(FOUR[:3])),
        (stack(**functions("void_payment")), stack(**functions("void_payment"), **ROLE), "void_payment_role"),
        (stack(**functions("void_payment"), **ROLE), stack(**functions("void_payment")), "void_payment_role"),
        (
            stack(**functions("void_payment"), **ROLE),
            stack(**functions("void_payment", code="2")),
            "void_payment; void_payment_role",
        ),
        (stack(), {"Resources": {}, "Outputs": {"BaseUrl": {}}}, "outputs"),
    ],
)
def test_changes_are_listed(before, after, words):
    assert template_diff.in_stack(before and {"Outputs": None} | before, {"Outputs": None} | after) == words


def test_notes_without_changes_are_omitted():
    moved = resource("void_payment/Resource")
    moved["Metadata"]["aws:asset:path"] = "asset.2"
    notes = {"CDKMetadata": {"Type": "AWS::CDK::Metadata"}}

    assert template_diff.in_stack(stack(f=resource("void_payment/Resource")), stack(f=moved, **notes)) is None


def test_long_lists_are_summarized():
    roles = {f"role{number}": resource(f"role{number}/Resource", "AWS::IAM::Role") for number in range(5)}

    assert template_diff.in_stack(stack(), stack(**roles)) == "5 resources"
