"""How many shards of a list are written and read: the settings of the local engine, and what AWS refuses."""

import os
import subprocess
import sys
from typing import Any

import pytest

from cli.deploy.installation import ROOT
from paysandbox.aws.index_shards import ON_AWS, READ_VARIABLE, WRITTEN_VARIABLE, IndexShards, listed_as, shards_in
from paysandbox.aws.schema import BY_CARD, BY_MERCHANT
from tests.support.worlds.shards import LOCAL, LOCAL_BEFORE

ENGINE = {"AWS_ENDPOINT_URL": "http://localhost:4610"}


def variables(written: str, read: str) -> dict[str, str]:
    return {WRITTEN_VARIABLE: written, READ_VARIABLE: read}


@pytest.mark.parametrize("told, shards", [
    ({}, ON_AWS),
    (ENGINE, ON_AWS),                             # an engine of an earlier version
    (variables("16", "16"), ON_AWS),
    (ENGINE | variables("1", "1"), LOCAL),
    (ENGINE | variables("1", "16"), LOCAL_BEFORE),
])  # fmt: skip
def test_the_numbers_of_a_function(told: dict[str, str], shards: IndexShards) -> None:
    assert shards_in(told) == shards


@pytest.mark.parametrize("told, why", [
    (variables("1", "1"), "settings of the local engine"),
    (variables("1", "16"), "settings of the local engine"),
    ({WRITTEN_VARIABLE: "1"}, "settings of the local engine"),
    (ENGINE | variables("16", "1"), "a list would lack entries"),
    (ENGINE | variables("0", "1"), "a list would lack entries"),
    (ENGINE | variables("1", "32"), "a list would lack entries"),
    (ENGINE | variables("one", "1"), "invalid literal"),
])  # fmt: skip
def test_what_is_refused(told: dict[str, str], why: str) -> None:
    with pytest.raises(ValueError, match=why):
        shards_in(told)


def test_a_function_on_aws_with_another_number_does_not_start() -> None:
    done = subprocess.run(
        [sys.executable, "-c", "import paysandbox.aws.index_shards"],
        cwd=ROOT / "layers/shared/python",
        env={"PATH": os.defpath, **variables("1", "1")},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 1
    assert "are settings of the local engine. Remove them." in done.stderr


@pytest.mark.parametrize("stored, accepted", [("demo#c", True), ("demo#0", True), ("demo#1", False), ("shop#0", False)])
def test_where_an_audit_accepts_an_entry(stored: str, *, accepted: bool) -> None:
    item: dict[str, Any] = {"merchant_key": {"S": stored}, "amount": {"N": "1"}}
    expected = {"merchant_key": {"S": "demo#c"}, "amount": {"N": "1"}}
    assert (listed_as(item, expected, BY_MERCHANT, BY_CARD) == item) is accepted
