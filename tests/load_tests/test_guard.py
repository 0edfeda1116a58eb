"""A load test targets this machine, or an environment that two options confirm."""

import pytest

from load_tests.guard import PAID, refusal


@pytest.mark.parametrize("host", ["http://127.0.0.1:4566", "http://localhost:1", "http://[::1]:9", "http://127.9.9.9"])
def test_this_machine_needs_no_options(host: str) -> None:
    assert refusal(host, environment="local", paid_for=False) is None


@pytest.mark.parametrize(
    "host, environment, paid_for",
    [
        ("https://example.com", "local", False),
        ("https://example.com", "local", True),
        ("https://example.com", "dev", False),
        ("http://192.168.0.7:4566", "local", False),
        ("http://localhost.example.com", "local", False),
        ("http://0.0.0.0:1", "local", False),
    ],
)
def test_another_host_needs_both_options(host: str, environment: str, paid_for: bool) -> None:
    why = refusal(host, environment=environment, paid_for=paid_for)

    assert why is not None
    assert why.endswith(PAID)
    assert refusal(host, environment="dev", paid_for=True) is None


@pytest.mark.parametrize("host", [None, "", "127.0.0.1:4566", "example.com"])
def test_a_missing_or_invalid_url_is_refused(host: str | None) -> None:
    assert refusal(host, environment="dev", paid_for=True) is not None
