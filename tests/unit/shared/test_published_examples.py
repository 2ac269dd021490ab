"""Worked examples that others published, worked out again here. Each names where it was published."""

import pytest

from shared.contracts.instruments import (
    Change,
    Norms,
    NotScoredError,
    band_of,
    change_of,
    cut_off_between,
    instruments,
    reliable_change_index,
    score,
    subscale_score,
)


def answered(*given: float) -> dict[int, float]:
    return dict(enumerate(given, 1))


def test_the_reliable_change_of_jacobson_and_truax_is_as_another_package_has_it() -> None:
    # Jacobson and Truax, 1991: s = 7.5 and r = .80. CECPfuns 0.0.0.9066, of Chris Evans, expects 9.296925484568419 of
    # getRCIfromSDandAlpha(7.5, .8, conf = 0.95), with the quantile in full where the article has 1.96.
    assert reliable_change_index(0, 9.296925484568419, sd=7.5, reliability=0.80) == pytest.approx(1.96, rel=2e-5)


def test_the_core_10_has_the_cut_off_and_the_reliable_change_of_its_own_norms() -> None:
    # Connell and Barkham, 2007, manual (in NovoPsych's page of the CORE-10): general population 4.7 (4.8), primary care
    # 19.7 (7.7). Barkham and others, 2013, abstract: alpha .90, a cut-off of 11.0, a change of 6 at 90%.
    core = instruments()["core10"]
    assert core.cut_off
    assert core.change
    assert cut_off_between(Norms(19.7, 7.7), Norms(4.7, 4.8)) == pytest.approx(10.46, abs=0.005)
    assert core.cut_off.score - 1 < 10.46 < core.cut_off.score, "the first whole score above"
    at_90 = 1.645
    changes = [reliable_change_index(20, 20 - points, sd=7.7, reliability=0.90) for points in (5, 6)]
    assert [round(each, 2) for each in changes] == [-1.45, -1.74]
    assert abs(changes[0]) < at_90 < abs(changes[1])
    assert core.change.points == 6
    assert change_of("core-10", 17, 11) is Change.IMPROVED
    assert change_of("core-10", 16, 10) is Change.RECOVERED


@pytest.mark.parametrize(
    ("code", "before", "after", "change"),
    [
        # BMC Psychiatry, doi 10.1186/s12888-018-1987-1, table 1: a case is above 9 on the PHQ-9 and above 7 on the
        # GAD-7; an improvement is 6 or more, and 4 or more; a reliable recovery is both.
        ("phq-9", 10, 4, Change.RECOVERED),
        ("phq-9", 10, 5, Change.UNCHANGED),
        ("phq-9", 9, 3, Change.IMPROVED),
        ("phq-9", 16, 10, Change.IMPROVED),
        ("phq-9", 4, 10, Change.DETERIORATED),
        ("gad-7", 8, 4, Change.RECOVERED),
        ("gad-7", 8, 5, Change.UNCHANGED),
        ("gad-7", 7, 3, Change.IMPROVED),
        ("gad-7", 12, 8, Change.IMPROVED),
    ],
)
def test_who_recovers_in_talking_therapies_recovers_here(
    code: str, before: float, after: float, change: Change
) -> None:
    assert change_of(code, before, after) is change


def test_percentiles_of_the_german_norms_have_the_metric_scores_that_they_publish() -> None:
    # German adult population norm values of the Short Warwick-Edinburgh Mental Well-Being Scale, GEDA 2022, abstract:
    # raw 23 is 20.73, raw 32 is 29.31.
    short = instruments()["swemwbs"]
    assert score(short, answered(3, 3, 3, 3, 3, 4, 4)) == 20.73
    assert score(short, answered(5, 5, 5, 5, 4, 4, 4)) == 29.31


def test_the_sdq_is_scaled_up_as_its_owner_works_it_out() -> None:
    # Youth in Mind, Scoring the SDQ for age 4-17, 2014: "a score of 4 based on 3 completed items can be scaled up to a
    # score of 7 (6.67 rounded up)". PMHC-MDS, Scoring the SDQ, 2019: fewer than three of five give no score.
    sdq = instruments()["sdq"]
    assert subscale_score(sdq, "hyperactivity", {2: 2, 10: 1, 15: 1}) == 7
    with pytest.raises(NotScoredError):
        subscale_score(sdq, "hyperactivity", {2: 2, 10: 1})


@pytest.mark.parametrize(("code", "items", "may_miss"), [("core10", 10, 1), ("ypcore", 10, 1), ("coreom", 34, 3)])
def test_as_many_answers_may_be_missing_as_the_core_system_trust_allows(code: str, items: int, may_miss: int) -> None:
    # coresystemtrust.org.uk, What's in a name (1): three of the CORE-OM, one of the YP-CORE and of the CORE-10.
    known = instruments()[code]
    assert score(known, answered(*[2] * (items - may_miss))) == 2 * items
    with pytest.raises(NotScoredError):
        score(known, answered(*[2] * (items - may_miss - 1)))


def test_of_the_core_5_no_answer_may_be_missing() -> None:
    # The same page: "pro-rating the CORE-5 was clearly impossible".
    with pytest.raises(NotScoredError):
        score(instruments()["core5"], answered(2, 2, 2, 2))


def test_the_couples_satisfaction_index_splits_at_its_authors_cut_off() -> None:
    # psytools, SOURCES.md, of the authors' form: 0 to 81; the cut-off is 51.5, so bands split at 51 and 52.
    index = instruments()["csi16"]
    assert (score(index, answered(*[0] * 16)), score(index, answered(6, *[5] * 15))) == (0, 81)
    assert band_of(index, 51) != band_of(index, 52)
