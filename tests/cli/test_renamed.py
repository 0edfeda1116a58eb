"""Renamed commands: each old name answers with the new one, and the new one exists."""

import pytest

from cli.dead_letters import redrive as dead_letters
from cli.renamed import RENAMED
from tests.support.program import commands, paysandbox

COMMANDS = dict(commands())


@pytest.mark.parametrize("old", sorted(RENAMED))
def test_old_names_print_the_new_one(old):
    said = paysandbox(*old.split())

    assert (said.exit_code, said.stdout) == (2, "")
    assert said.stderr == f"`paysandbox {old}` is now `paysandbox {RENAMED[old]}`.\n"


@pytest.mark.parametrize("old", sorted(RENAMED))
def test_new_names_exist(old):
    words, rest = ["paysandbox", *RENAMED[old].split()], list[str]()
    while " ".join(words) not in COMMANDS:
        rest.insert(0, words.pop())
    command = COMMANDS[" ".join(words)]
    known = {option for parameter in command.params for option in (*parameter.opts, *parameter.secondary_opts)}
    known |= {*dead_letters.Queue}

    assert len(words) > 1
    assert set(rest) <= known


@pytest.mark.parametrize("words, said", [
    ("settle --now --wait --help", "`paysandbox settle` is now `paysandbox settlements run`."),
    ("webhooks endpoints show we_1 --json", "`paysandbox webhooks endpoints show` is now `paysandbox endpoints show`."),
    ("webhooks --help", "`paysandbox webhooks` is now `paysandbox endpoints`."),
    ("donations redrive --env dev", "`paysandbox donations redrive` is now `paysandbox redrive`."),
    ("secrets set STRIPE_SECRET_KEY", "`paysandbox secrets set` is now `paysandbox donations secrets set`."),
])  # fmt: skip
def test_arguments_of_old_names_are_ignored(words, said):
    assert (paysandbox(*words.split()).exit_code, paysandbox(*words.split()).stderr) == (2, said + "\n")


def test_old_names_are_hidden_from_help_and_completion():
    old = {words.split()[0] for words in RENAMED} - {"donations"}
    assert not old & {words.split()[1] for words in COMMANDS if words != "paysandbox"}
    assert "paysandbox donations redrive" not in COMMANDS
