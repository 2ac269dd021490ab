"""What instruments' answers and scores mean, under whatever name a record gives them."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.contracts.instruments import Instrument, Risk, instruments, judge_items, score_finding

CODES = {"phq9": ("phq9", "phq-9", "PHQ-9", "phq_9", "Phq 9", "PHQ9")}
WRITTEN = (
    *("{n}", "0{n}", "item-{n}", "item_{n}", "Item {n}", "q{n}", "q0{n}", "Q{n}", "{code}_{n}", "{code}-{n}"),
    *("{code}.{n}", "{code} item {n}", "{code}q{n}", "{code}_q0{n}", "{code} question {n}", "i{n}", "no {n}"),
)
RISKY = [(code, number) for code, known in instruments().items() for number in known.risk]


@pytest.mark.parametrize(
    "name", ["phq9_9", "PHQ-9 item 9", "q09", "9", "phq9q9", "phq9-09", "PHQ9.9", "\uff19", "item 9"]
)
@pytest.mark.parametrize("code", CODES["phq9"])
def test_the_same_item_by_any_name_under_the_same_instrument_by_any_code(code: str, name: str) -> None:
    assert judge_items(code, {name: 1}) is Risk.SIGNALS
    assert judge_items(code, {name: 0}) is Risk.NONE


@given(item=st.sampled_from(RISKY), written=st.sampled_from(WRITTEN), over=st.floats(0, 1))
def test_every_risk_item_at_its_threshold_or_above_signals(item: tuple[str, int], written: str, over: float) -> None:
    code, number = item
    known = instruments()[code]
    name = written.format(n=number, code=code)
    threshold = known.risk[number]
    answer = threshold + over * (known.answers[1] - threshold)
    version = "48 items" if code.startswith("cpic") else None
    assert judge_items(code, {name: answer}, version) is Risk.SIGNALS
    assert judge_items(code, {"1": known.answers[0], name: answer}, version) is Risk.SIGNALS


@given(code=st.sampled_from(sorted(instruments())), number=st.integers(1, 120), answer=st.floats(0, 10), data=st.data())
def test_an_answer_is_none_only_of_an_item_that_there_is_and_that_is_no_risk(
    code: str, number: int, answer: float, data: st.DataObject
) -> None:
    known = instruments()[code]
    name = data.draw(st.sampled_from(WRITTEN)).format(n=number, code=code)
    if judge_items(code, {name: answer}) is Risk.NONE:
        assert number <= known.items
        assert known.answers[0] <= answer <= known.answers[1]
        assert answer < known.risk.get(number, 11)


@pytest.mark.parametrize(
    ("code", "items"),
    [
        ("never-heard-of", {"1": 0}),
        ("phq-9", {"the last one": 3}),
        ("phq-9", {"10": 0}),
        ("phq-9", {"3": 4}),
        ("phq-9", {"3": -1}),
        ("phq-9", {"1 to 9": 0}),
        ("phq-9", {"gad7_2": 0}),
        ("phq-9", {"1": 0, "suicidal": 3}),
        ("cpic", {"38": 0}),
        ("cpic", {"38": 2}),
        ("ghq-28", {"25": 0}),
        ("cts2", {"7": 0}),
    ],
)
def test_what_cannot_be_judged_is_never_read_as_none(code: str, items: dict[str, float]) -> None:
    assert judge_items(code, items, "1") is Risk.NOT_JUDGED


def test_text_beside_a_number_can_signal_and_is_never_read_as_none() -> None:
    assert judge_items("phq-9", {"9. Better off dead": 1}) is Risk.SIGNALS
    assert judge_items("phq-9", {"9. Better off dead": 0}) is Risk.NOT_JUDGED


def test_a_childs_view_of_their_parents_conflict_has_items_of_violence_by_its_form() -> None:
    for version in ("48", "48-item", "CPIC-49, English"):
        for number in ("38", "cpic_43", "item 38"):
            assert judge_items("cpic", {number: 1}, version) is Risk.SIGNALS
            assert judge_items("CPIC", {number: 0}, version) is Risk.NONE
        assert judge_items("cpic", {"33": 2}, version) is Risk.NOT_JUDGED, "a fear, at which somebody looks"
    for name in ("pushed or shoved", "broken-or-thrown-things"):
        assert judge_items("cpic", {name: 2}, "1") is Risk.SIGNALS, "a word needs no form"
    assert judge_items("hits", {"physically hurt": 2}) is Risk.SIGNALS


@pytest.mark.parametrize(("code", "known"), instruments().items())
def test_every_instrument_names_its_source_and_its_risk_items_are_its_own(code: str, known: Instrument) -> None:
    assert len(known.source) > 20
    lowest, highest = known.answers
    for number, threshold in {**known.look, **known.risk}.items():
        assert 1 <= number <= known.items
        assert lowest < threshold <= highest
    assert score_finding(code, known.scores[0]) is score_finding(code, known.scores[1]) is None
    assert score_finding(code, known.scores[0] - 1)
    assert score_finding(code, known.scores[1] + 1)


def test_neither_a_total_nor_missing_answers_signal_a_risk() -> None:
    assert judge_items("phq-9", None) is judge_items("phq-9", {}) is Risk.NONE
    assert score_finding("never-heard-of", 1e9) is None
