"""The list of declared resources is complete: what a module declares and the list lacks would have no routes."""

from importlib import import_module
from pathlib import Path

from paysandbox import stripe_api
from paysandbox.stripe_api.declared import RESOURCES
from paysandbox.stripe_api.resource_kit.declaration import Resource

PACKAGE = Path(stripe_api.__file__).parent


def test_each_resource_that_a_module_declares_is_listed_once() -> None:
    files = [file for file in PACKAGE.rglob("*.py") if ": Final = kit.Resource(" in file.read_text(encoding="utf-8")]
    modules = [".".join(file.relative_to(PACKAGE).with_suffix("").parts) for file in files]
    declared = {
        id(value): value.object
        for module in modules
        for value in vars(import_module(f"{stripe_api.__name__}.{module}")).values()
        if isinstance(value, Resource)
    }
    assert sorted(declared.values()) == sorted(RESOURCES)
