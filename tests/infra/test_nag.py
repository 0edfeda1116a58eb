"""cdk-nag's AwsSolutions pack on every environment: each rule holds, or the construct states a reason why not."""

import re
from pathlib import Path

import aws_cdk as cdk
import pytest
from aws_cdk import aws_sqs as sqs

from stacks import nag_reasons
from tests.infra.templates import Synthesized, app_of, violations_in


def test_every_violation_has_a_reason(synthesized: Synthesized) -> None:
    assert synthesized.violations == []


@pytest.mark.full
@pytest.mark.parametrize("env", ["dev", "prod"])
def test_every_reason_is_needed(env: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """This also proves that the pack runs: without the reasons it finds their subjects, and nothing else."""
    given: list[tuple[str, str]] = []

    def note(construct, why: str, *, finding: str | None = None) -> None:
        rule = f"AwsSolutions-{why.partition(' ')[0]}"
        given.append((rule if finding is None else f"{rule}[{finding}]", construct.node.path))

    monkeypatch.setattr(nag_reasons, "acknowledge", note)
    said = set(violations_in(app_of(tmp_path, env=env)))
    needed = {(rule, path) for rule, path in given if any(one.startswith(f"{rule} at {path}") for one in said)}
    assert needed == set(given)
    assert all(any(one.startswith(f"{rule} at {path}") for rule, path in given) for one in said)


def test_every_reason_is_a_sentence() -> None:
    told = Path(nag_reasons.__file__)
    sources = "".join(file.read_text() for file in told.parent.rglob("*.py") if file != told)
    for why, reason in nag_reasons.REASONS.items():
        assert f'"{why}"' in sources, why
        assert reason.endswith("."), why
        assert len(reason.split()) >= 5, why


def test_nag_finds_a_queue_without_a_dead_letter_queue(tmp_path: Path) -> None:
    app = cdk.App(outdir=str(tmp_path))
    sqs.Queue(cdk.Stack(app, "toy"), "queue")
    assert [one.partition(" at ")[0] for one in violations_in(app)] == ["AwsSolutions-SQS3", "AwsSolutions-SQS4"]


def test_deployments_do_not_import_cdk_nag() -> None:
    root = Path(nag_reasons.__file__).parent.parent
    shipped = [
        root / "app.py",
        *(root / "stacks").rglob("*.py"),
        *(root / "cli").rglob("*.py"),
        *(root / "engine").rglob("*.py"),
    ]
    named = [file.name for file in shipped if re.search(r"(import|from) (cdk_nag|cfnlint)", file.read_text())]
    assert named == []
