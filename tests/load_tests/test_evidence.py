"""What a load test counts as right and as wrong."""

from load_tests.evidence import Answer, Evidence, Witness


def test_a_key_with_one_payment_and_equal_answers_is_right() -> None:
    evidence = Evidence()
    evidence.answered([Answer(b"{}", "auth_a", False), Answer(b"{}", "auth_a", True), Answer(b"{}", "auth_a", True)])
    evidence.answered([])

    assert evidence == Evidence(keys=1, replays=2)


def test_a_key_that_made_two_payments_is_a_double_authorization() -> None:
    evidence = Evidence()
    evidence.answered([Answer(b"1", "auth_a", False), Answer(b"2", "auth_b", True)])

    assert (evidence.double_authorizations, evidence.differing_replays) == (1, 1)


def test_a_key_with_two_answers_that_say_they_are_the_first_acted_twice() -> None:
    evidence = Evidence()
    evidence.answered([Answer(b"{}", "auth_a", False), Answer(b"{}", "auth_a", False)])

    assert (evidence.double_authorizations, evidence.differing_replays) == (1, 0)


def test_a_replay_of_other_bytes_is_seen() -> None:
    evidence = Evidence()
    evidence.answered([Answer(b'{"a":1}', "auth_a", False), Answer(b'{"a": 1}', "auth_a", True)])

    assert (evidence.double_authorizations, evidence.differing_replays) == (0, 1)


def test_errors_that_cancel_out_in_the_sum_are_still_seen() -> None:
    evidence = Evidence()
    evidence.looked_at(captured=90, refunded=0, meant_captured=100, meant_refunded=0)
    evidence.looked_at(captured=110, refunded=0, meant_captured=100, meant_refunded=0)
    evidence.looked_at(captured=100, refunded=30, meant_captured=100, meant_refunded=20)

    assert (evidence.captured - evidence.intended, evidence.miscaptured, evidence.read_back) == (0, 3, 3)


def test_what_workers_saw_adds_up_once() -> None:
    worker, master = Witness(), Witness()
    held_by_a_user = worker.of("checkout")
    for _ in range(2):
        held_by_a_user.answered([Answer(b"{}", "auth_a", False)])
        master.hear(worker.take())

    assert master.of("checkout").keys == 2
    assert worker.of("checkout").keys == 0
