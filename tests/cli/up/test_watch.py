"""Edited code: which part of the functions it is in, how it is applied, and what is only reported."""

import os
import signal
import sys
from collections.abc import Callable
from itertools import count
from pathlib import Path

import pytest

from cli.state.state_dir import StateDir, read_json
from cli.up.watch import Watch, part_of, source_error, times, use_deployed_code, use_edited_code
from engine.workers.edited_code import FILE_NAME, EditedCode

AUTHORIZE = "lambdas/payments/authorize_payment.py"
RULES = "layers/shared/python/paysandbox/payments/refusals.py"
ROUTES = "layers/shared/python/paysandbox/payments/routes.py"
LAYERS = ["arn:aws:lambda:us-east-1:000000000000:layer:shared:1"]
AUTHORIZES = {"Handler": "payments.authorize_payment.handler", "Layers": LAYERS}
DELIVERS = {"Handler": "webhooks.deliver_event.handler", "Layers": LAYERS}


@pytest.fixture
def root(tmp_path: Path) -> Path:
    """Return a small checkout."""
    made = tmp_path / "checkout"
    for name in (
        AUTHORIZE,
        RULES,
        ROUTES,
        "lambdas/webhooks/deliver_event.py",
        "stacks/api/api_stack.py",
        "docs/index.md",
    ):
        (made / name).parent.mkdir(parents=True, exist_ok=True)
        (made / name).write_text("DEPLOYED = 1\n")
    return made


@pytest.fixture
def said() -> list[str]:
    return []


@pytest.fixture
def watch(home: StateDir, root: Path, said: list[str]) -> Watch:
    return Watch(home, times(root), said.append, root)


@pytest.fixture
def edit(root: Path, watch: Watch) -> Callable[..., None]:
    """Return a function that changes files as an editor does, and has the session look at them."""

    def write(*names: str, text: str = "EDITED = 1\n") -> None:
        for name in names:
            (root / name).write_text(text)
        watch.look()

    return write


def path_of(home: StateDir, config: dict[str, object]) -> list[Path]:
    """Return the folders that come first on a function's path, as the engine reads them."""
    return [Path(folder) for folder in EditedCode(home.tmp).folders(config)]


@pytest.mark.parametrize(
    "name, part",
    [
        (AUTHORIZE, "payments"),
        ("lambdas/payments/__init__.py", "payments"),
        (RULES, "layer"),
        ("lambdas/reference/get_docs.py", None),  # its pages are made when it is deployed
        ("lambdas/new.py", None),
        ("layers/reference.py", None),
        ("stacks/api/api_stack.py", None),
        ("requirements/layer.txt", None),
        ("docs/index.md", None),
    ],
)
def test_parts(name: str, part: str | None) -> None:
    assert part_of(name) == part


def test_without_changes_nothing_happens(home: StateDir, watch: Watch, said: list[str]) -> None:
    watch.look()
    assert said == []
    assert path_of(home, AUTHORIZES) == []


def test_an_edited_handler_is_run_by_its_group_only(home: StateDir, edit: Callable[..., None], said: list[str]) -> None:
    edit(AUTHORIZE)

    [folder] = path_of(home, AUTHORIZES)
    assert (folder / "payments" / "authorize_payment.py").read_text() == "EDITED = 1\n"
    assert path_of(home, DELIVERS) == []
    [line] = said
    assert line.startswith("Updated the functions in lambdas/payments in 0.")
    assert line.endswith(f" s: {AUTHORIZE}")


def test_an_edited_module_of_the_layer_is_run_by_all_functions(
    home: StateDir, edit: Callable[..., None], said: list[str]
) -> None:
    edit(RULES)

    assert path_of(home, AUTHORIZES) == path_of(home, DELIVERS)
    [folder] = path_of(home, DELIVERS)
    assert (folder / "python" / "paysandbox" / "payments" / "refusals.py").read_text() == "EDITED = 1\n"
    assert path_of(home, {"Handler": "index.handler"}) == [], "CDK's own functions have no layer of ours"
    assert [line.partition(" in ")[0] for line in said] == ["Updated all functions"]


def test_files_that_are_added_and_removed_are_changes(home: StateDir, root: Path, edit: Callable[..., None]) -> None:
    (root / AUTHORIZE).unlink()
    edit("lambdas/payments/new.py")
    [folder] = path_of(home, AUTHORIZES)
    assert [file.name for file in (folder / "payments").iterdir()] == ["new.py"]


def test_code_with_a_syntax_error_is_not_run(home: StateDir, edit: Callable[..., None], said: list[str]) -> None:
    edit(AUTHORIZE)
    before = path_of(home, AUTHORIZES)

    edit(AUTHORIZE, text="EDITED = 1\ndef handler(:\n")
    assert said[-1] == f"{AUTHORIZE}:2: invalid syntax. The functions still run the previous code."
    assert path_of(home, AUTHORIZES) == before

    edit("lambdas/payments/void_payment.py", "lambdas/webhooks/deliver_event.py")
    assert path_of(home, AUTHORIZES) == before, "another file of the group would bring the error along"
    assert path_of(home, DELIVERS) != [], "other groups are not held up"

    edit(AUTHORIZE, text="FIXED = 1\n")
    [folder] = path_of(home, AUTHORIZES)
    assert sorted(file.name for file in (folder / "payments").iterdir()) == ["authorize_payment.py", "void_payment.py"]


def test_a_file_with_null_bytes_is_an_error_too(root: Path) -> None:
    (root / AUTHORIZE).write_bytes(b"\0")
    assert str(source_error(root, AUTHORIZE)).startswith(f"{AUTHORIZE}")


def test_a_symbolic_link_out_of_the_sources_is_neither_run_nor_copied(
    home: StateDir, root: Path, edit: Callable[..., None], said: list[str]
) -> None:
    edit(AUTHORIZE)
    before = path_of(home, AUTHORIZES)
    outside = root.parent / "outside"
    outside.mkdir()
    (outside / "private.py").write_text("KEY = 'private'\n")

    (root / AUTHORIZE).unlink()
    (root / AUTHORIZE).symlink_to(outside / "private.py")
    edit()
    assert said[-1] == f"{AUTHORIZE} is a symbolic link. The functions still run the previous code."
    assert path_of(home, AUTHORIZES) == before

    (root / "lambdas/webhooks/linked").symlink_to(outside)
    edit("lambdas/webhooks/deliver_event.py")
    [folder] = path_of(home, DELIVERS)
    assert [file.name for file in (folder / "webhooks").iterdir()] == ["deliver_event.py"]


@pytest.mark.full
def test_killed_at_any_call_it_leaves_the_old_or_the_new_code(home: StateDir, root: Path) -> None:
    """The watching process is killed at its first call of the system, then at its second, until it is not killed."""
    use_edited_code(home, "payments", root)
    old = new = "DEPLOYED = 1\n"
    killed, nth = True, 0
    while killed:
        nth += 1
        new = f"EDITED = {nth}\n"
        (root / AUTHORIZE).write_text(new)
        killed = applied_until_killed(home, root, nth)

        [folder] = path_of(home, AUTHORIZES)
        [file] = (folder / "payments").iterdir()
        assert file.read_text() in {old, new}, nth
        old = file.read_text()
    assert old == new
    assert nth > 5

    use_deployed_code(home)  # the next `paysandbox up`
    assert path_of(home, AUTHORIZES) == []


def applied_until_killed(home: StateDir, root: Path, nth: int) -> bool:
    """Apply an edit in a process that is killed at the nth call that changes or reads files. Return whether it was."""
    process = os.fork()
    if process == 0:
        calls = count(1)

        def kill(event: str, _: object) -> None:
            if event.startswith(("open", "os.", "shutil.")) and next(calls) == nth:
                os.kill(os.getpid(), signal.SIGKILL)

        sys.addaudithook(kill)
        try:
            use_edited_code(home, "payments", root)
            os._exit(0)
        finally:
            os._exit(1)
    status = os.waitpid(process, 0)[1]
    assert os.waitstatus_to_exitcode(status) in {0, -signal.SIGKILL}
    return os.WIFSIGNALED(status)


def test_what_needs_a_deployment_is_said(home: StateDir, edit: Callable[..., None], said: list[str]) -> None:
    edit("stacks/api/api_stack.py", "docs/index.md", text="text")
    assert said == [
        "docs/index.md changed. To deploy it, run `paysandbox up`.",
        "stacks/api/api_stack.py changed. To deploy it, run `paysandbox up`.",
    ]
    assert not (home.tmp / FILE_NAME).exists()


def test_routes_are_run_and_also_need_a_deployment(edit: Callable[..., None], said: list[str]) -> None:
    edit(ROUTES)
    assert said[0].startswith("Updated all functions")
    assert said[1:] == [f"The templates depend on {ROUTES}. To deploy them, run `paysandbox up`."]


def test_a_deployment_meanwhile_is_not_undone_by_the_next_edit(home: StateDir, edit: Callable[..., None]) -> None:
    edit(RULES, AUTHORIZE)
    assert len(path_of(home, AUTHORIZES)) == 2

    use_deployed_code(home)  # `paysandbox up` in another terminal
    assert path_of(home, AUTHORIZES) == []
    edit(AUTHORIZE, text="EDITED = 2\n")
    assert [folder.name.partition("-")[0] for folder in path_of(home, AUTHORIZES)] == ["payments"]


def test_the_two_newest_copies_are_kept(home: StateDir, root: Path) -> None:
    for number in range(4):
        (root / AUTHORIZE).write_text(f"EDITED = {number}\n")
        use_edited_code(home, "payments", root)
    copies = [*(home.tmp / "edited").iterdir()]
    assert sorted((copy / "payments" / "authorize_payment.py").read_text() for copy in copies) == [
        "EDITED = 2\n",
        "EDITED = 3\n",
    ]
    assert read_json(home.tmp / FILE_NAME)["payments"] in {str(copy) for copy in copies}


def test_edits_during_the_start_are_applied_after_it(home: StateDir, root: Path) -> None:
    before = times(root)
    (root / AUTHORIZE).write_text("EDITED = 1\n")
    Watch(home, before, print, root).look()
    assert path_of(home, AUTHORIZES) != []


def test_a_session_ends_with_the_engine(home: StateDir, watch: Watch, said: list[str]) -> None:
    watch.run()
    assert said == []
