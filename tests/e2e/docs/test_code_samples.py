"""Code samples of the API explorer, run as they stand, with the address and the key in the environment."""

import os
import subprocess
import sys
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any, Final

import pytest

from api_reference.code_samples import API_KEY, BASE_URL, EXTENSION
from cli.deploy.installation import ROOT
from tests.e2e.conftest import Sandbox
from tests.support.clients.api import Api

WITHIN_S: Final = 60
BIN: Final = Path(sys.executable).parent

NATIVE: Final[Mapping[str, str]] = {
    "authorize_payment": '"status":"approved"',
    "list_payments": '"data":[',
    "search_objects": '"data":[',
    "get_clock": '"now":"',
}
STRIPE: Final[Mapping[str, str]] = {
    "create_payment_intent": "succeeded",
    "create_checkout_session": "cs_test_",
    "create_product": "Gold Plan",
    "search_products": "search_result",
    "list_charges": "list",
}
"""Routes whose samples need no object that exists, and what each prints."""

PROGRAMS: Final[Mapping[str, Callable[[str, Path], Sequence[str]]]] = {
    "Python": lambda source, _: [sys.executable, "-c", source],
    "Node": lambda source, folder: [str(BIN / "node"), _module(source, folder)],
    "curl": lambda source, _: ["bash", "-c", source],
}


def _module(source: str, folder: Path) -> str:
    """The program as a file beside the packages that it imports."""
    (folder / "node_modules").symlink_to(ROOT / "node_modules", target_is_directory=True)
    file = folder / "sample.mjs"
    file.write_text(source)
    return str(file)


def sample(document: Mapping[str, Any], name: str, language: str) -> str:
    (source,) = (
        each["source"]
        for methods in document["paths"].values()
        for operation in methods.values()
        for each in operation[EXTENSION]
        if operation["operationId"] == name and each.get("label", each["lang"]) == language
    )
    return source


@pytest.mark.full
@pytest.mark.parametrize("language", PROGRAMS)
@pytest.mark.parametrize("path, printed", [("/openapi.json", NATIVE), ("/docs/openapi-v1.json", STRIPE)])
def test_samples_run(
    sandbox: Sandbox, api: Api, tmp_path: Path, path: str, printed: Mapping[str, str], language: str
) -> None:
    document = api.http.get(path).raise_for_status().json()
    told = {BASE_URL: sandbox.base_url, API_KEY: api.api_key}
    failed = dict[str, str]()
    for name, words in printed.items():
        folder = tmp_path / name
        folder.mkdir()
        command = PROGRAMS[language](sample(document, name, language), folder)
        done = subprocess.run(
            command, env=os.environ | told, text=True, capture_output=True, timeout=WITHIN_S, check=False, cwd=folder
        )
        # The SDKs fail after an error, curl and HTTPX do not.
        if done.returncode != 0 or words not in done.stdout or '"error"' in done.stdout:
            failed[name] = done.stdout + done.stderr
    assert failed == {}
