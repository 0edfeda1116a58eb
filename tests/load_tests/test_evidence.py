"""How a load test counts responses and payments."""

from load_tests.evidence import Evidence, EvidenceByScenario, Response


def test_equal_replays_of_one_payment_are_correct() -> None:
    evidence = Evidence()
    evidence.add_responses(
        [Response(b"{}", "auth_a", False), Response(b"{}", "auth_a", True), Response(b"{}", "auth_a", True)]
    )
    evidence.add_responses([])

    assert evidence == Evidence(keys=1, replays=2)


def test_two_payments_under_one_key_are_a_double_authorization() -> None:
    evidence = Evidence()
    evidence.add_responses([Response(b"1", "auth_a", False), Response(b"2", "auth_b", True)])

    assert (evidence.double_authorizations, evidence.differing_replays) == (1, 1)


def test_two_responses_without_the_replay_header_are_a_double_authorization() -> None:
    evidence = Evidence()
    evidence.add_responses([Response(b"{}", "auth_a", False), Response(b"{}", "auth_a", False)])

    assert (evidence.double_authorizations, evidence.differing_replays) == (1, 0)


def test_a_replay_with_different_bytes_is_counted() -> None:
    evidence = Evidence()
    evidence.add_responses([Response(b'{"a":1}', "auth_a", False), Response(b'{"a": 1}', "auth_a", True)])

    assert (evidence.double_authorizations, evidence.differing_replays) == (0, 1)


def test_errors_that_cancel_out_in_the_sum_are_counted() -> None:
    evidence = Evidence()
    evidence.add_payment(captured=90, refunded=0, expected_captured=100, expected_refunded=0)
    evidence.add_payment(captured=110, refunded=0, expected_captured=100, expected_refunded=0)
    evidence.add_payment(captured=100, refunded=30, expected_captured=100, expected_refunded=20)

    assert (evidence.captured - evidence.intended, evidence.miscaptured, evidence.read_back) == (0, 3, 3)


def test_evidence_of_workers_is_merged_once() -> None:
    worker, master = EvidenceByScenario(), EvidenceByScenario()
    held_by_a_user = worker.of("checkout")
    for _ in range(2):
        held_by_a_user.add_responses([Response(b"{}", "auth_a", False)])
        master.merge(worker.take())

    assert master.of("checkout").keys == 2
    assert worker.of("checkout").keys == 0
