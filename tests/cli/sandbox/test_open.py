"""`paysandbox open`: the dashboard's sign-in link, or the reference."""

import json
import re
import webbrowser

import pytest

from cli.state.state_dir import StateDir
from engine.lock import LOCK_NAME, hold
from engine.wall.sign_in import FOLDER_NAME, use_token
from tests.support.clients.program import paysandbox
from tests.support.worlds.deployed_account import deployed

LINK = re.compile(r"http://127\.0\.0\.1:4599/dashboard/#token=([a-z2-7]{32})\n")


@pytest.fixture
def home(tmp_path, monkeypatch):
    """Return the home of a sandbox that seems to run: its engine's lock is held."""
    monkeypatch.setenv("PAYSANDBOX_HOME", str(tmp_path))
    monkeypatch.setenv("GATEWAY_PORT", "4599")
    monkeypatch.setenv("BIND_HOST", "127.0.0.1")
    home = StateDir(tmp_path)
    home.change(port=4599)
    held = hold(tmp_path / LOCK_NAME)
    yield tmp_path
    held.close()


def test_the_printed_link_signs_in_once(home):
    done = paysandbox("open", "--print")
    printed = LINK.fullmatch(done.stdout)

    assert (done.exit_code, done.stderr) == (0, "")
    assert printed is not None
    token = printed[1]
    assert [use_token(home, token), use_token(home, token)] == [True, False]


def test_every_call_makes_a_link_of_its_own(home):
    links = {paysandbox("open", "--print").stdout for _ in range(3)}
    assert (len(links), len(list((home / FOLDER_NAME).iterdir()))) == (3, 3)


@pytest.mark.parametrize("options, name", [([], "dashboard_url"), (["--docs"], "docs_url")])
def test_the_address_as_json(home, options, name):
    printed = json.loads(paysandbox("open", "--print", "--json", *options).stdout)
    assert printed.keys() == {name}


def test_the_reference_needs_no_link(home):
    assert paysandbox("open", "--docs", "--print").stdout == "http://127.0.0.1:4599/docs\n"
    assert not (home / FOLDER_NAME).exists()


@pytest.mark.parametrize("opens, note", [(True, ""), (False, "No browser could be opened.")])
def test_the_link_is_opened_in_the_browser(home, opens, note, monkeypatch):
    opened = []
    monkeypatch.setattr(webbrowser, "open", lambda url: opened.append(url) or opens)
    done = paysandbox("open")
    assert opened == [done.stdout.strip()]
    assert note in done.stderr


def test_a_stopped_sandbox_has_no_link(tmp_path, monkeypatch):
    monkeypatch.setenv("PAYSANDBOX_HOME", str(tmp_path))
    done = paysandbox("open", "--print")
    assert (done.exit_code, done.stdout) == (1, "")
    assert "paysandbox up" in done.stderr


def test_in_aws_the_dashboards_own_address_is_printed():
    with deployed("dev") as account:
        account.deploy_stack("dashboard", {"DashboardUrl": "https://d1.example.test/dashboard/"})
        done = paysandbox("open", "--env", "dev", "--print")
    assert done.stdout == "https://d1.example.test/dashboard/\n"
