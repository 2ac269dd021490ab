"""One address may not do at will what costs us before anybody is known."""

from shared.web.limits import Limit


def test_so_many_at_once_then_one_at_a_time_and_each_address_for_itself() -> None:
    clock = [0.0]
    limit = Limit(3, 2.0, lambda: clock[0])
    assert [limit.allows("a") for _ in range(5)] == [True, True, True, False, False]
    assert limit.allows("b")
    clock[0] = 2.0
    assert [limit.allows("a") for _ in range(2)] == [True, False]
    clock[0] = 1000.0
    assert [limit.allows("a") for _ in range(4)] == [True, True, True, False]
