"""Training: who was trained in what, how sure they feel, whether they used it, and whether their referrals got
better."""

from collections.abc import Callable
from datetime import date
from functools import cache
from typing import Any

import ibis

from services.outcomes.domain.indicators.indicator import Indicator, Kind
from services.outcomes.domain.indicators.star import NONE, REGION, period, share_rows, table, valued_rows

_TRAINED = (REGION, "area", "profession", "year", "quarter", "month")
_SCREENED = (REGION, "area", "agency", "source", "year", "quarter", "month")
_SOURCE = "Trainings, ratings and follow-ups, by the events of the workforce service"
_NOTE = (
    "Trainings that were withdrawn. A training counts for each area that it was for, so numbers by area need not add up"
)


@cache
def _trainings() -> Any:
    training = table("training")
    return training.select(
        "training_id",
        "used",
        cluster=training.practitioner_id,
        profession=training.profession.fill_null(NONE),
        **period(training.completed_on),
    )


@cache
def _modules() -> Any:
    training, module = _trainings(), table("training_module")
    joined = module.join(training, module.training_id == training.training_id)
    return joined.select(
        *(training[name] for name in training.columns),
        *(module[name] for name in ("module", "before", "after", "later")),
    )


def _everybody(modules: bool) -> Callable[[date], Any]:
    return lambda _: share_rows(_modules() if modules else _trainings(), ibis.literal(True))


def _used(modules: bool) -> Callable[[date], Any]:
    def rows(_: date) -> Any:
        found = _modules() if modules else _trainings()
        return share_rows(found, found.used, found.used.notnull())

    return rows


def _confidence(column: str, *also: str) -> Callable[[date], Any]:
    def rows(_: date) -> Any:
        found = _modules()
        counted = found[column].notnull()
        for other in also:
            counted = counted & found[other].notnull()
        return valued_rows(found, found[column].cast("float64"), counted)

    return rows


def _gain(until: str) -> Callable[[date], Any]:
    def rows(_: date) -> Any:
        found = _modules()
        return valued_rows(found, (found[until] - found.before).cast("float64"))

    return rows


def _since() -> Any:
    training = table("training")
    return training.group_by(trained=training.practitioner_id).aggregate(since=training.completed_on.min())


@cache
def _screenings() -> Any:
    """Every screening that was not taken back, by who held it: trained before, after or never."""
    screening, since = table("screening"), _since()
    screening = screening.filter(screening.practitioner_id.notnull())
    joined = screening.left_join(since, screening.practitioner_id == since.trained)
    return joined.select(
        *(screening[name] for name in ("area", "agency", "source", "decision")),
        cluster=screening.practitioner_id,
        standing=ibis.cases(
            (since.since.isnull(), "never-trained"),
            (screening.screened_on < since.since, "before-training"),
            else_="after-training",
        ),
        **period(screening.screened_on),
    )


def _quality(met: Callable[[Any], Any], *, same: bool) -> Callable[[date], Any]:
    def rows(_: date) -> Any:
        found = _screenings()
        if same:
            sides = found.filter(found.standing != "never-trained")
            sides = sides.group_by(who=sides.cluster).aggregate(number=sides.standing.nunique())
            both = sides.filter(sides.number == 2)
            found = found.semi_join(both, found.cluster == both.who)
        return share_rows(found, met(found))

    return rows


def _screeners(_: date) -> Any:
    found = _screenings()
    category = ibis.ifelse(found.standing == "never-trained", "not-trained", "trained")
    return share_rows(found.mutate(unit=found.cluster, category=category), ibis.literal(True))


_QUALITY = (
    ("screenings-complete", "needed no more information", lambda rows: rows.decision != "more-information"),
    ("screenings-referring", "came to a referral", lambda rows: rows.decision == "refer"),
)

TRAINING = (
    *(
        Indicator(
            name=f"practitioners-trained{'-in-module' if modules else ''}",
            question=f"How many practitioners were trained{' in each module' if modules else ''}?",
            definition=f"Practitioners who completed a training{' with the module' if modules else ''}, each once",
            denominator="Completed trainings",
            numerator="The practitioners of these",
            exclusions=_NOTE,
            source=_SOURCE,
            kind=Kind.PEOPLE,
            unit="trainings",
            rows=_everybody(modules),
            dimensions=(*_TRAINED, "module") if modules else _TRAINED,
            always=("module",) if modules else (),
        )
        for modules in (False, True)
    ),
    *(
        Indicator(
            name=f"confidence-{name}",
            question=f"How sure do practitioners feel {words}?",
            definition=f"Mean confidence {words}, on the scale of the rating",
            denominator=who,
            numerator="Their confidence",
            exclusions=f"Who did not rate: in scope, and not counted. {_NOTE}",
            source=_SOURCE,
            kind=Kind.MEAN,
            unit="modules of trainings",
            rows=rows,
            dimensions=(*_TRAINED, "module"),
            always=("module",),
        )
        for name, words, who, rows in (
            ("before", "before a module", "Modules rated before and after", _confidence("before", "after")),
            ("after", "after a module", "Modules rated before and after", _confidence("after", "before")),
            ("later", "six to twelve months later", "Modules rated then", _confidence("later")),
        )
    ),
    *(
        Indicator(
            name=f"confidence-change{'-later' if until == 'later' else ''}",
            question=f"How does confidence change {words}?",
            definition=f"Mean change of confidence within a practitioner {words}",
            denominator="Modules rated on both occasions",
            numerator="The later rating less the one before",
            exclusions=f"Who did not rate on both: in scope, and not counted. {_NOTE}",
            source=_SOURCE,
            kind=Kind.CHANGE,
            unit="modules of trainings",
            rows=_gain(until),
            dimensions=(*_TRAINED, "module"),
            always=("module",),
        )
        for until, words in (
            ("after", "with a module"),
            ("later", "from before a module to six to twelve months later"),
        )
    ),
    *(
        Indicator(
            name=f"training-used{'-of-module' if modules else ''}",
            question=f"How many used {'a module' if modules else 'their training'}, six to twelve months later?",
            definition="Share of those who answered the follow-up who used what they learnt",
            denominator="Trainings" + (" with the module" if modules else "") + " of which the follow-up was answered",
            numerator="Those who used it",
            exclusions=f"Who did not answer: in scope, and not counted. {_NOTE}",
            source=_SOURCE,
            kind=Kind.SHARE,
            unit="modules of trainings" if modules else "trainings",
            rows=_used(modules),
            dimensions=(*_TRAINED, "module") if modules else _TRAINED,
            always=("module",) if modules else (),
        )
        for modules in (False, True)
    ),
    Indicator(
        name="screeners-trained-mix",
        question="How many of those who screen are trained?",
        definition="Share of the practitioners who held a screening who ever completed a training, wherever it was",
        denominator="Practitioners who held a screening that was not taken back",
        numerator="Those who completed a training by today",
        exclusions="Screenings that name no practitioner",
        source=f"{_SOURCE}; screenings",
        kind=Kind.MIX,
        unit="practitioners",
        rows=_screeners,
        dimensions=_SCREENED,
    ),
    *(
        Indicator(
            name=f"{name}{'-of-the-same' if same else ''}",
            question=f"How many screenings {words}, before and after training?",
            definition=f"Share of the screenings that {words}, by whether who held them was trained "
            f"before that day, the day "
            "of the first training included, later, or never. It shows what happened, not that the training did it",
            denominator="Screenings that were not taken back, in force or not"
            + (
                ", of practitioners who screened both before and after their training, in whichever area"
                if same
                else ""
            ),
            numerator=f"Those that {words}",
            exclusions="Screenings that name no practitioner"
            + ("" if same else ". Who is trained may have screened better all along: compare those of the same"),
            source=f"{_SOURCE}; screenings",
            kind=Kind.SHARE,
            unit="screenings",
            rows=_quality(met, same=same),
            dimensions=(*_SCREENED, "standing"),
            always=("standing",),
        )
        for name, words, met in _QUALITY
        for same in (False, True)
    ),
)
