"""What a stored run depends on: which change makes which rows runs of the past."""

from dataclasses import replace
from pathlib import Path

import pytest

from cli.deploy.installation import ROOT
from integrations.flow import FlowStep
from integrations.inputs import digest_of, files_of
from integrations.listed import integrations

LIST = integrations()
ROWS = {one.name: one for one in LIST}
SAMPLE, WITH_A_PAGE = ROWS["charging-a-saved-card"], ROWS["card-brand-choice"]
IN_PYTHON, IN_NODE = ROWS["pretix"], ROWS["Vendure"]
REPLAY, SUITE = ROWS["Omnipay"], ROWS["accept-a-payment: own suite"]
EACH = (SAMPLE, WITH_A_PAGE, IN_PYTHON, IN_NODE, REPLAY, SUITE)


@pytest.mark.parametrize(
    "file, concerned",
    [
        ("lambdas/stripe_api/refunds/create_stripe_refund.py", EACH),
        ("layers/shared/python/paysandbox/stripe_api/refunds.py", EACH),
        ("layers/shared/python/paysandbox/payments/payment.py", ()),
        ("layers/shared/python/paysandbox/stripe_api/__pycache__/refunds.pyc", ()),
        ("stripe_js/script/main.js", (WITH_A_PAGE, SUITE)),
        ("packages/pytest-paysandbox/src/pytest_paysandbox/stripe_redirect.py", (WITH_A_PAGE,)),
        ("packages/paysandbox-client/src/paysandbox_client/wire.py", (WITH_A_PAGE,)),
        ("packages/paysandbox-client/src/paysandbox_client/operations.py", ()),
        ("integrations/samples.py", (SAMPLE, WITH_A_PAGE)),
        ("integrations/own_code/pretix_plugin.py", (IN_PYTHON,)),
        ("integrations/own_code/shop.cjs", (IN_NODE,)),
        ("integrations/calls.py", (REPLAY,)),
        ("integrations/run.py", ()),
    ],
)
def test_a_change_concerns_the_rows_that_use_the_file(file: str, concerned: tuple[object, ...], tmp_path: Path) -> None:
    before, after = tmp_path / "before", tmp_path / "after"
    for root, text in ((before, "first"), (after, "second")):
        (root / file).parent.mkdir(parents=True)
        (root / file).write_text(text)
    assert [one for one in EACH if digest_of(one, before) != digest_of(one, after)] == [*concerned]


def test_a_change_of_the_row_itself_counts(tmp_path: Path) -> None:
    changed = (replace(REPLAY, commit="0" * 40), replace(REPLAY, flow=(FlowStep.PAY,)))
    assert len({digest_of(one, tmp_path) for one in (REPLAY, *changed)}) == 3


def test_the_calls_of_a_replay_count_and_not_their_file() -> None:
    assert digest_of(REPLAY) != digest_of(ROWS["ActiveMerchant"])
    assert not {"integrations/libraries.py", "integrations/applications.py"} & {*files_of(REPLAY)}


def test_each_file_is_there() -> None:
    assert [name for one in LIST for name in files_of(one) if not (ROOT / name).exists()] == []
