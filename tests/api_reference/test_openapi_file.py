"""The document's file: what is made of it compares its time."""

import json
import os
from pathlib import Path

from api_reference import openapi_file
from api_reference.openapi_file import openapi_json


def test_it_is_written_only_if_it_differs(tmp_path: Path) -> None:
    file = tmp_path / "built" / "openapi.json"
    openapi_file.write(file)
    assert file.read_text() == openapi_json()
    os.utime(file, (1, 1))
    openapi_file.write(file)
    assert file.stat().st_mtime == 1
    file.write_text("{}")
    openapi_file.write(file)
    assert file.read_text() == openapi_json()
    assert [*file.parent.iterdir()] == [file]


def test_its_server_is_a_sandbox_on_this_machine() -> None:
    assert json.loads(openapi_json())["servers"] == [{"url": "http://127.0.0.1:4610"}]
