"""The doctor's findings, none of which crashes it."""

import json
import re
import socket

import pytest

from cli.diagnose.doctor import CHECKS, check_disk, check_engine, check_footprint, check_state
from cli.diagnose.finding import Finding, run_checks
from cli.state.state_dir import StateDir
from tests.support.clients.program import paysandbox


def the_only(findings):
    [found] = findings
    return found


def test_a_taken_port_is_found(home):
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        home.change(port=port)
        found = the_only(check_engine(home))

    assert not found.ok
    assert f"Port {port} is in use by" in found.what
    assert "--port" in found.advice


def test_a_killed_engine_is_found(home, engine_double):
    engine_double("deaf")
    from cli.sandbox import engine

    engine.kill(home)
    found = the_only(check_state(home))

    assert not found.ok
    assert "was killed" in found.what
    assert "paysandbox up" in found.advice


def test_an_interrupted_deployment_is_found(home):
    home.deploying.touch()
    state, deployment = check_state(home)

    assert state.ok
    assert not deployment.ok
    with home.lock():  # a running command is not a finding
        assert [finding.check for finding in check_state(home)] == ["state"]


def test_a_missing_state_folder_is_no_problem(tmp_path):
    nowhere = StateDir(tmp_path / "not" / "yet")

    assert the_only(check_state(nowhere)).ok
    assert all(finding.ok for finding in check_disk(nowhere))


def test_a_state_folder_below_a_file_is_found(tmp_path):
    file = tmp_path / "file"
    file.touch()
    _, found = check_disk(StateDir(file / "home"))

    assert not found.ok
    assert found.what == f"{file} is not a folder."
    assert "PAYSANDBOX_HOME" in found.advice


def test_the_footprint_grows_with_the_state(home, engine_double):
    assert the_only(check_footprint(home)).what == "0 MB of disk"

    (home.path / "payments").write_bytes(bytes(3_000_000))
    assert the_only(check_footprint(home)).what == "3 MB of disk"

    engine_double("graceful")
    of_a_running_one = re.fullmatch(
        r"(\d+) MB of memory in 2 processes, (\d+) MB of it the engine, 3 MB of disk",
        the_only(check_footprint(home)).what,
    )
    assert of_a_running_one is not None
    assert int(of_a_running_one[2]) > 0
    assert 5 < int(of_a_running_one[1]) < 500, "the engine and a worker, each a Python that does nothing"


@pytest.mark.parametrize("memory_mb, ok", [(2_000, True), (2_001, False)])
def test_more_memory_than_the_limits_explain_is_found(home, engine_double, monkeypatch, memory_mb, ok):
    engine_double("graceful")
    monkeypatch.setattr("cli.diagnose.doctor.memory_bytes", lambda _: memory_mb * 1_000_000)
    found = the_only(check_footprint(home))

    assert found.ok is ok
    assert ("paysandbox up --fresh" in found.advice) is not ok


def test_a_check_that_fails_is_a_finding(home):
    def check_the_moon(_):
        raise RuntimeError("clouds")
        yield Finding("the moon", ok=True, what="")

    found = the_only(run_checks([check_the_moon], home))

    assert (found.check, found.ok) == ("the moon", False)
    assert "clouds" in found.what


def test_every_problem_has_a_cause_and_a_remedy(home, monkeypatch):
    monkeypatch.setenv("PAYSANDBOX_HOME", str(home.path))
    home.deploying.touch()
    said = paysandbox("doctor", "--json")
    told = json.loads(said.stdout)

    assert said.exit_code == 1
    assert told["ok"] is False
    wrong = [finding for finding in told["findings"] if not finding["ok"]]
    assert "deployment" in [finding["check"] for finding in wrong]
    assert all(finding["why"] and finding["advice"] for finding in wrong)


@pytest.mark.parametrize("check", CHECKS)
def test_every_check_reports_or_does_not_apply(home, check):
    assert all(finding.what for finding in run_checks([check], home))
