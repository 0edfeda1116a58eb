"""Every kind of operation has its file, and a payment function loads no kind but those that it meets."""

import pkgutil
import subprocess
import sys
from typing import get_args

import pytest

from paysandbox.payments import operations
from paysandbox.payments.operations.kinds import Kind, operation_class
from paysandbox.payments.payment import Operation

_LOADED = (
    "import sys, payments.authorize_payment; "
    "print(*sorted(name for name in sys.modules if name.startswith('paysandbox.payments.operations.')))"
)


@pytest.mark.parametrize("kind", get_args(Kind))
def test_a_kind_is_stored_under_its_name(kind: Kind) -> None:
    found = operation_class(kind)

    assert issubclass(found, Operation)
    assert found.kind == kind
    assert found.type_name


def test_every_file_is_of_one_kind() -> None:
    files = {module.name for module in pkgutil.iter_modules(operations.__path__)} - {"kinds"}
    of_connect = {"fee_refunded", "transferred", "transfer_reversed"}

    assert files | of_connect == {operation_class(kind).__module__.rpartition(".")[2] for kind in get_args(Kind)}


def test_authorize_loads_authorization_alone() -> None:

    loaded = subprocess.run([sys.executable, "-c", _LOADED], text=True, capture_output=True, check=True)

    assert loaded.stdout.split() == [
        "paysandbox.payments.operations.authorization",
        "paysandbox.payments.operations.kinds",
    ]
