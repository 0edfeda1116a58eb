"""`make check`: the tests selected for a change, and their order."""

import subprocess
import sys
from pathlib import Path

import pytest

from tests.check import nearest

SOURCES = {
    "layers/shared/python/paysandbox/domain/capture.py": b"",
    "layers/shared/python/paysandbox/table/ledger.py": b"from paysandbox.domain import capture\n",
    "lambdas/payments/capture_payment.py": b"def handler():\n    from paysandbox.table.ledger import Ledger\n",
    "lambdas/stripe_api/charges/read.py": b"def list_charges():\n    pass\n\n\ndef get_charge():\n    pass\n",
    "stacks/data/data_stack.py": b"import aws_cdk\n",
    "tests/conftest.py": b"",
    "tests/payments/handlers/conftest.py": b"from tests.support.worlds import tables\n",
    "tests/support/worlds/tables.py": b"from stacks.data.data_stack import DataStack\n",
    "tests/payments/test_capture.py": b"import paysandbox.domain.capture as it\n",
    "tests/webhooks/test_ledger.py": b"from paysandbox.table.ledger import Ledger\n",
    "tests/project/test_docs.py": b"PAGE = 'load-test.md'\n",
    "tests/payments/handlers/test_capture_payment.py": b"",
    "tests/stripe_api/handlers/charges/test_get_charge.py": b"",
    "tests/stripe_api/handlers/charges/test_create_charge.py": b"",
    "tests/e2e/test_restart.py": b"from paysandbox.domain.capture import x\n",
}


@pytest.mark.parametrize(
    "changed, tests",
    [
        ("docs/other.md", []),
        ("docs/how-to/load-test.md", ["project/test_docs.py"]),
        ("tests/project/test_docs.py", ["project/test_docs.py"]),
        ("lambdas/payments/capture_payment.py", ["payments/handlers/test_capture_payment.py"]),
        ("lambdas/stripe_api/charges/read.py", ["stripe_api/handlers/charges/test_get_charge.py"]),
        ("stacks/data/data_stack.py", ["payments/handlers/test_capture_payment.py"]),
        (
            "layers/shared/python/paysandbox/domain/capture.py",
            [
                "payments/test_capture.py",
                "webhooks/test_ledger.py",
                "payments/handlers/test_capture_payment.py",
            ],
        ),
    ],
    ids=["read by none", "a page", "a test", "a handler", "several handlers", "behind a fixture", "nearest first"],
)
def test_tests_affected_by_a_change(changed: str, tests: list[str]) -> None:
    assert nearest([changed], SOURCES) == [f"tests/{test}" for test in tests]


def test_nearest_tests_come_first() -> None:
    found = nearest(["layers/shared/python/paysandbox/domain/capture.py", "tests/webhooks/test_ledger.py"], SOURCES)
    assert found[0] == "tests/webhooks/test_ledger.py"


@pytest.mark.full
@pytest.mark.parametrize("seconds, said", [("60", "2 passed"), ("0.001", "2 more tests did not run")])
def test_no_test_starts_too_late(seconds: str, said: str, tmp_path: Path) -> None:
    (tmp_path / "test_two.py").write_text("def test_one(): pass\ndef test_two(): pass\n")
    words = [
        "-m",
        "pytest",
        "-q",
        "-p",
        "tests.support.tools.stop_after",
        f"--stop-after={seconds}",
        "-p",
        "no:cacheprovider",
    ]
    root = Path(__file__).resolve().parents[3]
    done = subprocess.run(
        [sys.executable, *words, f"--rootdir={tmp_path}", "-c", "/dev/null", str(tmp_path / "test_two.py")],
        cwd=root,
        text=True,
        capture_output=True,
        check=False,
    )
    assert said in done.stdout, done.stdout + done.stderr
