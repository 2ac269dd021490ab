"""Scores, bands and change equal what the instruments' own publishers work out."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.contracts.instruments import (
    Change,
    Instrument,
    Norms,
    NotScoredError,
    band_of,
    change_of,
    cut_off_between,
    instruments,
    listed,
    reliable_change,
    reliable_change_index,
    score,
    subscale_score,
)


def answered(*given_answers: float) -> dict[int, float]:
    return dict(enumerate(given_answers, 1))


@pytest.mark.parametrize(
    ("code", "edges"),
    [
        # Spitzer and others, 2006: cut points of 5, 10 and 15.
        ("gad7", {4: "Minimal anxiety", 5: "Mild anxiety", 10: "Moderate anxiety", 15: "Severe anxiety"}),
        # Kroenke and others, 2001: 5, 10, 15 and 20.
        (
            "phq9",
            {
                9: "Mild depression",
                14: "Moderate depression",
                15: "Moderately severe depression",
                20: "Severe depression",
            },
        ),
        # SOCAS resource hub, Scoring the CORE-10, and Valant's page, of Barkham and others, 2013: 10 or less,
        # 11 to 14, 15 to 19, 20 to 24, 25 or above.
        (
            "core10",
            {
                10: "Healthy or low level",
                11: "Mild distress",
                19: "Moderate distress",
                24: "Moderate to severe distress",
                25: "Severe distress",
            },
        ),
        # Funk and Rogge, 2007: 51.5.
        ("csi16", {51: "Notable dissatisfaction", 52: "Not notably dissatisfied"}),
        # OpenFIT, Reliable change (ORS): a cut-off of 32 is exceeded, not reached.
        ("cors", {32: "As children who seek help", 32.1: "As children who do not"}),
        # Publications differ on where wellbeing is low, so none is called so.
        ("swemwbs", {7: "", 19.25: "", 35: ""}),
    ],
)
def test_bands_begin_at_the_published_cut_offs(code: str, edges: dict[float, str]) -> None:
    assert {value: band_of(instruments()[code], value) for value in edges} == edges


def test_the_sdq_has_the_bands_of_who_filled_it_in() -> None:
    # Youth in Mind's four bands of a total, each with its last score; teachers' are in PMC4830858, table 1, too.
    sdq, names = instruments()["sdq"], ("Close to average", "Slightly raised", "High", "Very high")
    for form, last in (("parent", (13, 16, 19, 40)), ("teacher", (11, 15, 18, 40)), ("self", (14, 17, 19, 40))):
        assert tuple(band_of(sdq, score, form) for score in last) == names
        assert tuple(band_of(sdq, score, form) for score in (0, *(each + 1 for each in last[:-1]))) == names
    assert band_of(sdq, 14, "1") == "", "who filled it in is not known"


def test_a_subscale_is_scaled_up_as_its_publisher_works_it_out() -> None:
    # Youth in Mind: "a score of 4 based on 3 completed items can be scaled up to a score of 7 (6.67 rounded up)".
    sdq = instruments()["sdq"]
    assert subscale_score(sdq, "emotional", {3: 2, 8: 1, 13: 1}) == 7
    with pytest.raises(NotScoredError, match="3 answers are missing; at most 2"):
        subscale_score(sdq, "emotional", {3: 2, 8: 1})
    # Generally obedient (7) counts the other way round; the total leaves the prosocial scale out.
    assert subscale_score(sdq, "conduct", {5: 2, 7: 2, 12: 2, 18: 2, 22: 2}) == 8
    assert score(sdq, answered(*[2] * 25)) == 10 + 8 + 6 + 6


def test_missing_answers_are_put_in_as_the_mean_of_the_others() -> None:
    # Arrieta and others, 2017: up to two of the PHQ-9. Of the GAD-7 no rule was read anywhere.
    assert score(instruments()["phq9"], answered(1, 1, 1, 2, 2, 2, 3)) == pytest.approx(15.4)
    with pytest.raises(NotScoredError, match="at most 2"):
        score(instruments()["phq9"], answered(1, 1, 1, 2, 2, 2))
    with pytest.raises(NotScoredError, match="all of them are needed"):
        score(instruments()["gad7"], answered(1, 1, 1, 1, 1, 1))
    # CORE System Trust: one of ten; of a complete form the clinical score is the sum.
    assert score(instruments()["core10"], answered(*[2] * 10)) == 20
    assert score(instruments()["core10"], answered(*[2] * 8, 1)) == pytest.approx(18.9)
    with pytest.raises(NotScoredError):
        score(instruments()["core10"], answered(*[2] * 8))
    with pytest.raises(NotScoredError, match="all of them are needed"):
        score(instruments()["swemwbs"], answered(*[3] * 6))
    with pytest.raises(NotScoredError, match="Question 3"):
        score(instruments()["gad7"], answered(1, 1, 4, 1, 1, 1, 1))
    assert score(instruments()["csi16"], answered(6, *[5] * 15)) == 81, "the first alone goes to 6"


def test_an_answer_may_be_left_out_where_a_rule_was_read_and_it_asks_of_no_risk() -> None:
    may_miss = {
        code: [n for n in range(1, 8) if instruments()[code].may_miss(n)] for code in ("phq9", "gad7", "core10")
    }
    assert may_miss == {"phq9": [1, 2, 3, 4, 5, 6, 7], "gad7": [], "core10": [1, 2, 3, 4, 5, 7]}
    assert not instruments()["phq9"].may_miss(9)


def test_what_a_page_offers_was_read_somewhere() -> None:
    entry = instruments()["gad7"].model_dump()
    with pytest.raises(ValueError, match="was read somewhere"):
        Instrument.model_validate({**entry, "seen": ()})
    with pytest.raises(ValueError, match="pattern"):
        Instrument.model_validate({**entry, "seen": ("from memory, of what and where it is not named",)})


def test_the_short_wemwbs_has_the_metric_score_of_its_table() -> None:
    # Stewart-Brown and others, 2009: the ends of the table, and its middle.
    short = instruments()["swemwbs"]
    assert [score(short, answered(*answers)) for answers in ([1] * 7, [3] * 7, [5] * 7, [1] * 6 + [2])] == [
        7.00,
        19.25,
        35.00,
        9.51,
    ]
    assert list(short.metric) == sorted(short.metric)


def test_reliable_change_and_cut_off_equal_jacobson_and_truax() -> None:
    # Jacobson and Truax, 1991, table 1 and page 14: M1 = 40, M0 = 60, s = 7.5, r = .80; 32.5 before, 47.5 after.
    assert reliable_change_index(32.5, 47.5, sd=7.5, reliability=0.80) == pytest.approx(3.16, abs=0.005)
    # The standard error of a difference, of which the index counts how many a change has.
    assert reliable_change_index(0, 4.74, sd=7.5, reliability=0.80) == pytest.approx(1, abs=0.002)
    assert cut_off_between(Norms(40, 7.5), Norms(60, 7.5)) == 50
    # With the smaller spread the cut-off is nearer to that mean.
    assert cut_off_between(Norms(40, 7.5), Norms(60, 15)) == pytest.approx(46.67, abs=0.005)


@pytest.mark.parametrize(
    ("code", "before", "after", "version", "change"),
    [
        # NHS Digital, 2016, in PMC8411661, table 1: 4 points, and below 8.
        ("gad-7", 12, 7, None, Change.RECOVERED),
        ("GAD7", 12, 8, None, Change.IMPROVED),
        ("gad-7", 12, 9, None, Change.UNCHANGED),
        ("gad-7", 8, 12, None, Change.DETERIORATED),
        ("gad-7", 7, 3, None, Change.IMPROVED),
        # OpenFIT, Reliable change (ORS): 25 is exceeded; of young people no cut-off was read anywhere.
        ("ors", 20, 25.1, "adult", Change.RECOVERED),
        ("ors", 20, 25, "adult", Change.IMPROVED),
        ("ors", 20, 30, "young-person", Change.IMPROVED),
        ("ors", 20, 25, "young-person", Change.IMPROVED),
        ("ors", 20, 25, "1", Change.IMPROVED),
        ("ors", 25, 20, "adult", Change.DETERIORATED),
        ("sdq", 30, 3, "parent", None),
        ("never-heard-of", 30, 3, None, None),
    ],
)
def test_who_recovered_improved_or_got_worse(
    code: str, before: float, after: float, version: str | None, change: Change | None
) -> None:
    assert change_of(code, before, after, version) is change


@given(code=st.sampled_from(sorted(instruments())), data=st.data())
def test_whatever_is_scored_is_a_score_that_there_is(code: str, data: st.DataObject) -> None:
    known = instruments()[code]
    numbers = data.draw(st.sets(st.integers(1, known.items)))
    answers = {n: float(data.draw(st.integers(*(int(each) for each in known.answers_to(n))))) for n in numbers}
    try:
        found = score(known, answers)
    except NotScoredError:
        assert len(numbers) < known.items
        return
    assert known.scores[0] <= found <= known.scores[1]


def test_what_a_page_offers_names_its_owner_and_shows_words_where_that_is_allowed() -> None:
    assert [each.code for each in listed() if each.texts] == ["gad-7", "phq-9"]
    for each in listed():
        assert each.licence
        assert each.about
        assert each.informant
        assert each.seen, "it was read somewhere"
        unknown = " ".join(each.not_known)
        assert "missing answer" in unknown or each.missing, "a rule for missing answers, or that none is known"
        assert "reliable change" in unknown or reliable_change(each.code)
        banded = each.bands or (each.forms and all(form.bands for form in each.forms.values()))
        assert "cut-off" in unknown or banded, "what is shown without a band says why"
