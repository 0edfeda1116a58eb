"""The files whose types `make test` checks: those that differ from what passed, and those that import one of them."""

import pytest

from tests.typecheck import concerned, is_checked

SOURCES = {
    "layers/shared/python/paysandbox/core/money.py": b"",
    "layers/shared/python/paysandbox/payments/capture.py": b"from paysandbox.core.money import Money\n",
    "lambdas/payments/capture_payment.py": b"from paysandbox.payments import capture\n",
    "tests/payments/test_capture.py": b"import paysandbox.payments.capture as it\nimport paysandbox.core.removed\n",
}


@pytest.mark.parametrize(
    "changed, files",
    [
        pytest.param("docs/index.md", [], id="no Python file"),
        pytest.param("lambdas/payments/capture_payment.py", ["lambdas/payments/capture_payment.py"], id="a file"),
        pytest.param(
            "layers/shared/python/paysandbox/core/money.py",
            [
                "layers/shared/python/paysandbox/core/money.py",
                "layers/shared/python/paysandbox/payments/capture.py",
            ],
            id="a file that another one imports",
        ),
        pytest.param(
            "layers/shared/python/paysandbox/core/removed.py", ["tests/payments/test_capture.py"], id="a removed file"
        ),
        pytest.param("package-lock.json", None, id="the checker"),
    ],
)
def test_files_concerned_by_a_change(changed: str, files: list[str] | None) -> None:
    assert concerned([changed], SOURCES) == files


@pytest.mark.parametrize(
    "file, checked",
    [("app.py", True), ("tests/conftest.py", True), ("docs/generate.py", False), ("tests/stripe_majors/a.py", False)],
)
def test_files_that_the_settings_include(file: str, checked: bool) -> None:
    assert is_checked(file) is checked
