"""How answers become a score, by each instrument's published rule, and what a score is called."""

from collections.abc import Mapping, Sequence
from decimal import ROUND_HALF_UP, Decimal

from shared.contracts.instruments.entry import Instrument, Missing
from shared.contracts.instruments.registry import instrument


class NotScoredError(ValueError):
    """These answers give no score. Its message says why, for whoever entered them."""


def score(known: Instrument, answers: Mapping[int, float]) -> float:
    """The score of these answers by item: their sum, the sum of its subscales, or its metric score.

    Missing answers are put in as the mean of the others where a rule was published for that. Raises NotScoredError
    where more are missing, or where an answer is none that there is.
    """
    for number, answer in answers.items():
        lowest, highest = known.answers_to(number) if 1 <= number <= known.items else (1.0, 0.0)
        if not lowest <= answer <= highest:
            raise NotScoredError(f"Question {number} has an answer that the questionnaire does not have")
    if known.subscales:
        return sum(subscale_score(known, code, answers) for code, each in known.subscales.items() if each.in_total)
    given = [answers[number] for number in range(1, known.items + 1) if number in answers]
    total = _prorated(given, known.items, known.missing)
    return known.metric[int(total - known.scores[0])] if known.metric else total


def subscale_score(known: Instrument, code: str, answers: Mapping[int, float]) -> float:
    """The score of one subscale, from all answers by item as they are printed. Raises NotScoredError."""
    part = known.subscales[code]
    lowest, highest = known.answers
    given = [
        lowest + highest - answers[number] if number in part.reversed_items else answers[number]
        for number in part.items
        if number in answers
    ]
    return _prorated(given, len(part.items), known.missing)


def _prorated(given: Sequence[float], items: int, rule: Missing | None) -> float:
    missing = items - len(given)
    if missing > (rule.at_most if rule else 0):
        allowed = f"at most {rule.at_most} may be" if rule else "all of them are needed"
        raise NotScoredError(f"{missing} {'answer is' if missing == 1 else 'answers are'} missing; {allowed}")
    if not missing:
        return sum(given)
    exact = Decimal(str(sum(given))) * items / len(given)
    step = Decimal(1) if rule and rule.whole_numbers else Decimal("0.1")
    return float(exact.quantize(step, ROUND_HALF_UP))


def band_of(known: Instrument, value: float, version: str | None = None) -> str:
    """What the publisher calls such a score; empty where no bands are known."""
    names = [band.name for band in known.bands_of(version) if band.at_least <= value]
    return names[-1] if names else ""


def score_finding(code: str, value: float) -> str | None:
    """The rule that a score breaks, which no scoring of a registered instrument can give; None where there is none."""
    known = instrument(code)
    if known is None or known.scores[0] <= value <= known.scores[1]:
        return None
    lowest, highest = known.scores
    return f"must be a score that this instrument can have, {lowest:g} to {highest:g}"
