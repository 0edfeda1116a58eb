"""Whether traces are sent: only if `up` names a collector. Otherwise nothing of it is there."""

import subprocess
import sys
import threading
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from engine.lane.lanes import Lanes
from engine.ministack import view
from engine.start import traced
from engine.traces.observer import Observer
from engine.wall.wall import ServedFile
from paysandbox.aws.trace_context import COLLECTOR_VARIABLE
from tests.support.fakes.collector import collector

ROOT = Path(__file__).resolve().parents[3]


def functions() -> Any:
    """Return the part of ministack's Lambda service that is observed."""
    return SimpleNamespace(
        _xray_trace_id_for_invocation=lambda *_: None, _emit_lambda_logs=lambda *_, **__: None, other=None
    )


async def answer(*_: Any) -> Any:
    return 200, {}, b""


def lanes() -> Lanes:
    return Lanes(answer, print)


def senders() -> list[str]:
    return [each.name for each in threading.enumerate() if each.name == "otlp"]


@pytest.mark.parametrize("url", [None, ""])
def test_without_a_collector_nothing_is_there(url: str | None, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv(COLLECTOR_VARIABLE, raising=False)
    if url is not None:
        monkeypatch.setenv(COLLECTOR_VARIABLE, url)
    application, ministack = object(), functions()
    before = dict(vars(ministack))
    with traced(application, lanes(), view("lambda_svc", ministack), ServedFile(tmp_path)) as served:
        assert served is application
        assert senders() == []
    assert vars(ministack) == before


def test_the_engine_imports_nothing_of_it() -> None:
    code = "import sys, engine.start; print([name for name in sys.modules if name.startswith('engine.traces')])"
    path = f"{ROOT}:{ROOT / 'layers/shared/python'}"
    done = subprocess.run(
        [sys.executable, "-c", code], env={"PYTHONPATH": path}, cwd=ROOT, capture_output=True, text=True, check=True
    )
    assert done.stdout == "[]\n"


def test_with_a_collector_one_thread_sends_until_the_engine_ends(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with collector() as backend:
        monkeypatch.setenv(COLLECTOR_VARIABLE, backend.url)
        with traced(object(), lanes(), view("lambda_svc", functions()), ServedFile(tmp_path)) as served:
            assert isinstance(served, Observer)
            assert senders() == ["otlp"]
        assert senders() == []
        assert backend.received.received == []
