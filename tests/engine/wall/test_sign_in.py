"""One-use tokens of sign-in links, and the sessions that they open."""

import os
import re
import stat
import time
from concurrent.futures import ThreadPoolExecutor

import pytest

from engine.wall import sign_in
from engine.wall.sign_in import FOLDER_NAME, LIFETIME_S, SESSIONS_MAX, Sessions, make_token, use_token


def age(home, seconds):
    """Make every token of a home older."""
    for file in (home / FOLDER_NAME).iterdir():
        at = time.time() - seconds
        os.utime(file, (at, at))


def test_a_token_works_once(tmp_path):
    token = make_token(tmp_path)

    assert re.fullmatch(r"[a-z2-7]{32}", token), "160 bits"
    assert [use_token(tmp_path, token) for _ in range(3)] == [True, False, False]


def test_only_its_digest_is_stored_for_the_owner(tmp_path):
    token = make_token(tmp_path)
    folder = tmp_path / FOLDER_NAME
    (file,) = folder.iterdir()

    assert (token in file.name, file.read_bytes()) == (False, b"")
    assert stat.S_IMODE(folder.stat().st_mode) == 0o700
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert not use_token(tmp_path, file.name), "the digest is no token"


@pytest.mark.parametrize("seconds, works", [(LIFETIME_S - 30, True), (LIFETIME_S + 1, False), (-60, False)])
def test_a_token_expires_after_ten_minutes(tmp_path, seconds, works):
    token = make_token(tmp_path)
    age(tmp_path, seconds)
    assert use_token(tmp_path, token) is works
    assert not use_token(tmp_path, token)


@pytest.mark.parametrize(
    "text", ["", "a" * 31, "A" * 32, "a" * 33, "a" * 32 + "\n", "../" + "a" * 29, "é" * 32, "\ud800" * 32, "a" * 32]
)
def test_unknown_tokens_are_rejected(tmp_path, text):
    make_token(tmp_path)
    assert not use_token(tmp_path, text)


def test_a_home_without_tokens_accepts_none(tmp_path):
    assert not use_token(tmp_path, "a" * 32)


def test_of_many_uses_at_once_one_succeeds(tmp_path):
    with ThreadPoolExecutor(8) as pool:
        for _ in range(20):
            token = make_token(tmp_path)
            assert sum(pool.map(lambda _, text=token: use_token(tmp_path, text), range(8))) == 1


def test_a_use_that_is_killed_half_way_does_not_leave_the_token(tmp_path, monkeypatch):
    """The token is removed before anything is answered."""
    token = make_token(tmp_path)
    with monkeypatch.context() as killed:
        killed.setattr(sign_in, "_is_valid", lambda _: (_ for _ in ()).throw(KeyboardInterrupt))
        with pytest.raises(KeyboardInterrupt):
            use_token(tmp_path, token)
    assert use_token(tmp_path, token), "it was killed before the removal: nothing was answered"
    assert not use_token(tmp_path, token)


def test_expired_tokens_are_removed_by_the_next_one(tmp_path):
    old = make_token(tmp_path)
    age(tmp_path, LIFETIME_S + 1)
    new = make_token(tmp_path)
    assert len(list((tmp_path / FOLDER_NAME).iterdir())) == 1
    assert (use_token(tmp_path, old), use_token(tmp_path, new)) == (False, True)


def test_links_work_side_by_side(tmp_path):
    tokens = [make_token(tmp_path) for _ in range(3)]
    assert all(use_token(tmp_path, token) for token in tokens)


def test_a_session_is_open_until_the_engine_ends():
    sessions = Sessions()
    text = sessions.open()
    assert re.fullmatch(r"[a-z2-7]{32}", text)
    assert sessions.is_open(text)
    assert not Sessions().is_open(text)


@pytest.mark.parametrize("text", ["", "a" * 32, "x", "A" * 32, "a" * 10_000, "\ud800"])
def test_a_guessed_session_is_not_open(text):
    sessions = Sessions()
    sessions.open()
    assert not sessions.is_open(text)


def test_the_number_of_sessions_is_bounded():
    sessions = Sessions()
    first, *others = [sessions.open() for _ in range(SESSIONS_MAX + 1)]
    assert not sessions.is_open(first)
    assert all(map(sessions.is_open, others))
