"""Each correction has a report for ministack, and what the report says of the pinned version is so.

They run when a correction or the pinned version has changed (tests/on_change.py).
"""

import os
import re
import subprocess
import sys
from collections.abc import Iterator, Mapping
from contextlib import ExitStack
from pathlib import Path

import httpx
import pytest

from cli.deploy.installation import ROOT, installation
from tests.support.tools.ports import free_port
from tests.support.tools.waiting import until

CORRECTIONS = ROOT / "engine" / "corrections"
REPORTS = sorted(CORRECTIONS.glob("*.md"))
SECTIONS = ("What AWS does", "What ministack does", "To reproduce", "Suggested change")
PLAIN = "from ministack import app; app.main()"
ENFORCED = "With `AUTH=true` in the environment of ministack."


def section(report: str, title: str) -> str:
    """Return the text of a section."""
    return report.partition(f"\n## {title}\n")[2].partition("\n## ")[0].strip()


def fenced(report: str, language: str) -> str:
    """Return the report's only block in this language."""
    [block] = re.findall(rf"^```{language}\n(.*?)^```$", report, flags=re.DOTALL | re.MULTILINE)
    return block


def test_every_correction_has_a_report() -> None:
    modules = {file.stem for file in CORRECTIONS.glob("*.py")} - {"__init__"}
    assert {file.stem for file in REPORTS} == modules


@pytest.mark.parametrize("file", REPORTS, ids=lambda file: file.stem)
def test_a_report_is_ready_to_send(file: Path) -> None:
    report = file.read_text()
    assert re.match(r"# \S.{9,89}\n", report), "the title of an issue"
    assert tuple(re.findall(r"^## (.+)$", report, flags=re.MULTILINE)) == SECTIONS
    assert [title for title in SECTIONS if not section(report, title)] == []
    assert re.search(r'^Pages? "[^"]+"', section(report, SECTIONS[0]), flags=re.MULTILINE), "AWS's documentation"
    assert "\nOn AWS: " in section(report, SECTIONS[2])
    assert "paysandbox" not in report.lower()


@pytest.fixture(scope="module")
def plain(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Mapping[bool, str]]:
    """Provide ministack as it is, by whether it enforces policies."""
    with ExitStack() as ends:
        urls: dict[bool, str] = {}
        for enforces in (False, True):
            home, port = tmp_path_factory.mktemp("plain"), free_port()
            urls[enforces] = f"http://localhost:{port}"
            environment = {
                "PATH": os.defpath,
                "HOME": str(home),
                "TMPDIR": str(home),
                "BIND_HOST": "127.0.0.1",
                "GATEWAY_PORT": str(port),
                "AWS_ENDPOINT_URL": urls[enforces],
                "IOT_MTLS_ENABLED": "0",
                "SFTP_ENABLED": "0",
                "LAMBDA_EXECUTOR": "local",
                "AUTH": str(enforces).lower(),
            }
            command = [installation().engine_python, "-I", "-c", PLAIN]
            quiet = subprocess.DEVNULL
            process = subprocess.Popen(command, env=environment, cwd=home, stdout=quiet, stderr=quiet)
            ends.callback(process.wait, 30)
            ends.callback(process.terminate)
        for url in urls.values():
            until(lambda url=url: is_ready(url), "ministack", patience_s=30)
        yield urls


def is_ready(url: str) -> bool:
    try:
        return httpx.get(f"{url}/_ministack/ready", trust_env=False).status_code == 200
    except httpx.TransportError:
        return False


@pytest.mark.full
@pytest.mark.parametrize("file", REPORTS, ids=lambda file: file.stem)
def test_ministack_does_what_the_report_says(file: Path, plain: Mapping[bool, str]) -> None:
    report = file.read_text()
    credentials = {"AWS_ACCESS_KEY_ID": "test", "AWS_SECRET_ACCESS_KEY": "test", "AWS_DEFAULT_REGION": "us-east-1"}
    environment = os.environ | credentials | {"AWS_ENDPOINT_URL": plain[ENFORCED in report]}
    command = [sys.executable, "-c", fenced(report, "python")]
    ended = subprocess.run(command, env=environment, text=True, capture_output=True, check=False)
    assert (ended.stderr, ended.stdout) == ("", fenced(report, "text"))
