"""Plans: what happens to a payment after its approval, as a text."""

import pytest

from paysandbox.payments.bank.plan import CapturePlan, DisputePlan, HoldPlan, Plan, RefundPlan, merge, read_plan


@pytest.mark.parametrize(
    "text, plan",
    [
        ("expire:60", Plan(hold=HoldPlan(step="expire", seconds=60))),
        ("reverse:060", Plan(hold=HoldPlan(step="reverse", seconds=60))),
        ("fraud_warning", Plan(fraud_warning=True)),
        ("capture=decline:lost_card", Plan(capture=CapturePlan(decline_code="lost_card"))),
        ("capture=fail", Plan(capture=CapturePlan(seconds=60))),
        ("capture=fail:5", Plan(capture=CapturePlan(seconds=5))),
        ("capture=fail_once", Plan(capture=CapturePlan(seconds=60, once=True))),
        ("capture=late:2", Plan(capture=CapturePlan(days=2))),
        ("refund=pending", Plan(refund=RefundPlan(pending=True))),
        ("refund=pending:5", Plan(refund=RefundPlan(pending=True, seconds=5))),
        ("refund=pending:5:succeed", Plan(refund=RefundPlan(pending=True, seconds=5))),
        (
            "refund=pending:5:fail:declined",
            Plan(refund=RefundPlan(pending=True, seconds=5, fails=True, reason="declined")),
        ),
        ("refund=fail", Plan(refund=RefundPlan(fails=True))),
        ("refund=failed:declined", Plan(refund=RefundPlan(fails=True, reason="declined"))),
        ("dispute=fraudulent", Plan(dispute=DisputePlan(value="fraudulent", seconds=3600))),
        ("dispute=product_not_received:060", Plan(dispute=DisputePlan(value="product_not_received", seconds=60))),
        ("dispute=inquiry", Plan(dispute=DisputePlan(value="inquiry", seconds=3600))),
        ("dispute=several", Plan(dispute=DisputePlan(value="several"))),
        ("dispute=compliance:60", Plan(dispute=DisputePlan(value="compliance", seconds=60))),
        ("funds=available", Plan(funds_available=True)),
        ("fraud_warning,funds=available", Plan(fraud_warning=True, funds_available=True)),
        ("dispute=inquiry:60", Plan(dispute=DisputePlan(value="inquiry", seconds=60))),
        (
            "refund=pending,fraud_warning,capture=late:90,expire:1,dispute=general",
            Plan(
                hold=HoldPlan(step="expire", seconds=1),
                fraud_warning=True,
                capture=CapturePlan(days=90),
                refund=RefundPlan(pending=True),
                dispute=DisputePlan(value="general"),
            ),
        ),
    ],
)
def test_forms_of_a_plan(text: str, plan: Plan) -> None:
    assert read_plan(text) == plan


@pytest.mark.parametrize(
    "plan, override, merged",
    [
        (None, None, None),
        ("capture=fail", None, "capture=fail"),
        (None, "capture=fail", "capture=fail"),
        ("capture=fail", "capture=late:1", "capture=late:1"),
        ("expire:60", "reverse:60", "reverse:60"),
        ("refund=pending,fraud_warning", "refund=fail", "refund=fail,fraud_warning"),
        ("dispute=fraudulent", "dispute=inquiry:60", "dispute=inquiry:60"),
        ("dispute=fraudulent", "refund=fail", "dispute=fraudulent,refund=fail"),
        ("refund=pending", "capture=fail,fraud_warning", "refund=pending,capture=fail,fraud_warning"),
    ],
)
def test_an_override_replaces_the_plan(plan: str | None, override: str | None, merged: str | None) -> None:
    assert merge(plan, override) == merged
