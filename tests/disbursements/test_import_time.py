"""What a function loads: `cryptography` only to call PayPal, verify its webhook or seal a bank account."""

import subprocess
import sys

import pytest

_CODE = "import sys, {modules}\nprint('cryptography' in sys.modules)"


@pytest.mark.parametrize(
    "modules, loads",
    [
        (
            ", ".join(
                f"paysandbox.disbursements.{module}" for module in ("routes", "store.tables", "provider_updates")
            ),
            False,
        ),
        ("paysandbox.disbursements.rails, paysandbox.disbursements.ach.windows", False),
        ("paysandbox.disbursements.ach.rail", True),
        ("paysandbox.disbursements.paypal.messages, paysandbox.disbursements.paypal.special_recipients", False),
        ("paysandbox.disbursements.paypal.rail", True),
        ("paysandbox.disbursements.paypal.signature", True),
    ],
)
def test_cryptography_is_loaded_where_it_is_used(modules: str, *, loads: bool) -> None:
    done = subprocess.run([sys.executable, "-c", _CODE.format(modules=modules)], capture_output=True, check=True)
    assert done.stdout.decode().strip() == str(loads)
