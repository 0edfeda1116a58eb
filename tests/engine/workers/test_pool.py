"""The number of a function's workers, waiting for one, and their end. A stub replaces ministack."""

import threading
import time
from types import SimpleNamespace

import pytest

from engine.ministack import view
from engine.workers import pool as module
from engine.workers.pool import Pool, bound_workers, busy_and_idle
from tests.support.tools.waiting import until


class Worker:
    """The part of ministack's worker that the pool uses. `is_early` is what its next process is."""

    is_early = False

    def __init__(self, name="", config=None, code_zip=b""):
        self.func_name, self.config, self.code_zip = name, config, code_zip
        self._proc = None
        self.in_use = False
        self.last_used = time.time()
        self._start_time = None

    def _spawn(self):
        self._start_time = time.time()
        self._proc = SimpleNamespace(is_early=Worker.is_early)


@pytest.fixture
def runtime(monkeypatch):
    """Return a stub of ministack's worker module, with two cores."""
    monkeypatch.setattr(module, "CORES", 2)
    made = SimpleNamespace(_lock=threading.Lock(), _workers={}, Worker=Worker, ended=[])
    made._worker_key = lambda name, _config, qualifier: f"{name}:{qualifier}"
    made._worker_class_for = lambda _config: Worker
    made.kill_workers = made.ended.extend
    return made


@pytest.fixture
def pool(runtime):
    return Pool(view("lambda_runtime", runtime), lambda function: function == "authorize_payment")


def started(pool, name="pay"):
    """Return a started worker."""
    worker, how = pool.acquire(name, {}, b"")
    worker._spawn()
    return worker, how


def test_a_function_has_at_most_one_worker_per_core(pool):
    first, how = started(pool)
    second, how_second = started(pool)
    assert (how, how_second) == ("spawn", "spawn")
    pool.release(first)

    assert started(pool) == (first, "reused")
    assert first is not second


def test_further_requests_wait_for_a_warm_worker(pool):
    first, _ = started(pool)
    started(pool)
    got = []
    waiting = threading.Thread(target=lambda: got.append(pool.acquire("pay", {}, b"")))
    waiting.start()
    pool.release(first)
    waiting.join(5)

    assert got == [(first, "reused")]


def test_functions_do_not_share_workers(pool):
    for _ in range(2):
        started(pool, "pay")
    assert started(pool, "refund")[1] == "spawn"


def test_workers_with_other_code_are_not_used_again(runtime):
    folders = {"now": ("payments-1",)}
    pool = Pool(view("lambda_runtime", runtime), lambda _: True, lambda _config: folders["now"])
    idle, busy = started(pool)[0], started(pool)[0]
    pool.release(idle)
    assert started(pool) == (idle, "reused")
    pool.release(idle)

    folders["now"] = ("payments-2",)
    new, how = started(pool)
    assert (how, new.edited) == ("spawn", ("payments-2",))
    until(lambda: runtime.ended == [idle], "the end of the idle worker, and not of the busy one")

    pool.release(busy)
    pool.release(new)
    assert started(pool) == (new, "reused")
    until(lambda: runtime.ended == [idle, busy], "the end of the other one after its request")


@pytest.mark.parametrize("is_starting, how", [(False, "spawn"), (True, "func_cap")])
def test_extra_workers_start_only_after_a_long_wait(pool, monkeypatch, is_starting, how):
    """An example is deliveries to a slow receiver, which must not delay the others."""
    monkeypatch.setattr(module, "BUSY_S", 0.02)
    monkeypatch.setattr(module, "PATIENCE_S", 0.2)
    started(pool)
    last, _ = started(pool)
    last._start_time = None if is_starting else last._start_time

    assert pool.acquire("pay", {}, b"")[1] == how


def test_number_of_workers_and_wait_are_bounded(pool, monkeypatch):
    monkeypatch.setattr(module, "BUSY_S", 0.0)
    monkeypatch.setattr(module, "WORKERS_MAX", 3)
    monkeypatch.setattr(module, "PATIENCE_S", 0.05)
    for _ in range(3):
        started(pool)
    assert pool.acquire("pay", {}, b"") == (None, "func_cap")


@pytest.mark.parametrize(
    "function, idle_s, left", [("authorize_payment", 90, 1), ("authorize_payment", 15, 2), ("list_payments", 90, 0)]
)
def test_idle_workers_end_except_one_per_money_route(runtime, pool, function, idle_s, left):
    both = [started(pool, function)[0] for _ in range(2)]
    for worker in both:
        pool.release(worker)
        worker.last_used -= idle_s

    assert pool.end_idle() == 2 - left
    assert sum(map(len, runtime._workers.values())) == left
    assert runtime.ended == both[left:]


def test_a_kept_worker_that_was_forked_early_is_replaced_when_it_is_idle(runtime, pool, monkeypatch):
    monkeypatch.setattr(Worker, "is_early", True)
    early, busy = (started(pool, "authorize_payment")[0] for _ in range(2))
    pool.release(early)
    assert (pool.end_idle(), runtime.ended) == (0, [])  # it was in use just now
    early.last_used -= 90

    pool.end_idle()
    (unneeded,) = runtime.ended  # the server imports still
    assert unneeded not in (early, busy)
    monkeypatch.setattr(Worker, "is_early", False)
    pool.end_idle()

    assert runtime.ended == [unneeded, early]
    assert busy.in_use
    late, how = started(pool, "authorize_payment")
    assert (how, late in (early, busy)) == ("reused", False)


def test_longest_idle_worker_ends_first(runtime, pool, monkeypatch):
    """A busy worker never ends, and workers of functions that move money end last."""
    monkeypatch.setattr(module, "WORKERS_RETAINED", 3)
    money, old, young, busy = (started(pool, name)[0] for name in ("authorize_payment", "old", "young", "busy"))
    assert runtime.ended == []  # all four are busy
    for worker, idle_s in ((money, 50), (old, 40), (young, 30)):
        pool.release(worker)
        worker.last_used -= idle_s
    started(pool, "another")

    assert runtime.ended == [old, young]
    assert [worker for every in runtime._workers.values() for worker in every][:2] == [money, busy]


def test_busy_workers_do_not_end(pool):
    worker, _ = started(pool, "list_payments")
    worker.last_used -= 600
    assert pool.end_idle() == 0


def test_a_pool_is_idle_when_no_function_runs(pool):
    """A function whose settings were changed runs to its end, too."""
    changed, _ = started(pool, "advance_clock")
    other, _ = started(pool)
    assert not pool.is_idle
    pool.retire("advance_clock", "$LATEST")
    pool.release(other)
    assert not pool.is_idle
    pool.release(changed)
    assert pool.is_idle


def test_busy_and_idle_workers_are_counted(runtime, pool):
    assert busy_and_idle(view("lambda_runtime", runtime)) == (0, 0)
    first, _ = started(pool)
    started(pool)
    started(pool, "another")
    pool.release(first)
    assert busy_and_idle(view("lambda_runtime", runtime)) == (2, 1)


def test_concurrent_worker_starts_are_limited_to_the_cores(runtime, monkeypatch):
    starting, most, gate = [], [], threading.Event()

    def slow(self):
        starting.append(self)
        most.append(len(starting))
        gate.wait(5)
        starting.remove(self)

    class Slow(Worker):
        _spawn = slow

    runtime.Worker = Slow
    functions = SimpleNamespace(_update_config=None, _schedule_state_transition=None, invalidate_worker=None)
    bound_workers(view("lambda_runtime", runtime), view("lambda_svc", functions), lambda _: False)
    threads = [threading.Thread(target=Slow()._spawn) for _ in range(5)]
    for thread in threads:
        thread.start()
    until(lambda: len(starting) == 2, "two that start")
    gate.set()
    for thread in threads:
        thread.join(5)

    assert (max(most), len(most)) == (2, 5)
    assert functions.acquire_worker == runtime.acquire_worker


@pytest.fixture
def functions(runtime):
    """Return a stub of ministack's module of functions: a change of settings ends all workers, and is active later."""

    def end(name, qualifier=None):
        for key in [key for key in runtime._workers if key.split(":")[0] == name]:
            runtime.ended.extend(runtime._workers.pop(key))

    made = SimpleNamespace(invalidate_worker=end, _functions={"pay": {"config": {}}}, later=[])
    made._schedule_state_transition = lambda name, _delay: made.later.append(name)

    def update(name):
        made._functions[name]["config"] = {"FunctionName": name, "State": "Pending", "LastUpdateStatus": "InProgress"}
        made.invalidate_worker(name, qualifier="$LATEST")
        made._schedule_state_transition(name, 0.5)
        return made._functions[name]["config"]

    made._update_config = update
    bound_workers(view("lambda_runtime", runtime), view("lambda_svc", made), lambda _: False)
    return made


def test_an_invocation_outlives_a_change_of_its_functions_settings(runtime, functions):
    """The function that moves the clock changes its own settings."""
    busy, idle, other = (runtime.acquire_worker(name, {}, b"")[0] for name in ("pay", "pay", "refund"))
    functions.release_worker(idle)
    functions._update_config("pay")
    assert runtime.acquire_worker("pay", {}, b"")[1] == "spawn", "with the new settings"
    until(lambda: runtime.ended == [idle], "the end of the idle one, and not of the busy one")

    functions.release_worker(busy)
    until(lambda: runtime.ended == [idle, busy], "the end of the busy one")
    functions.release_worker(other)
    assert other not in runtime.ended


def test_changed_settings_are_active_when_the_call_returns(functions):
    changed = functions._update_config("pay")
    assert (changed["State"], changed["LastUpdateStatus"]) == ("Active", "Successful")
    assert functions.later == []

    functions._schedule_state_transition("pay", 0.5)  # of a new function, or of new code
    assert functions.later == ["pay"]


def test_a_worker_that_failed_ends_at_once(runtime, functions):
    failed, _ = runtime.acquire_worker("pay", {}, b"")
    functions.invalidate_worker("pay", qualifier="$LATEST")
    assert runtime.ended == [failed]
