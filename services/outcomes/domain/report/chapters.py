"""What the report shows, chapter by chapter, as a board asks it: failures as well as successes."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Section:
    """An indicator of the report, for each value of what it is broken down `by` beside the area.

    `of` names the indicator whose `met` this one's denominator is, so that a number held back there is held back here.
    """

    indicator: str
    by: tuple[str, ...] = ()
    of: str = ""
    national: float | None = None


@dataclass(frozen=True, slots=True)
class Chapter:
    """A chapter: its title, what a reader should know first, and its sections."""

    name: str
    title: str
    about: str
    sections: tuple[Section, ...]
    funnels: tuple[str, ...] = ()
    """Shares of which areas and providers are shown beside each other."""


# The Department for Work and Pensions' Reducing Parental Conflict programme, in parents (domain/funnel.py).
_STARTED, _COMPLETED, _AFTER_6, _AFTER_12 = 4802 / 6110, 2694 / 4802, 878 / 6110, 374 / 6110
COST = "cost"

CHAPTERS = (
    Chapter(
        "reach",
        "Who comes",
        "Families whose screening is known, by the screening that counts for each.",
        (
            Section("front-door-mix"),
            Section("need-mix"),
            Section("decision-mix"),
            Section("reach-mix-started"),
        ),
    ),
    Chapter(
        "take-up",
        "Who takes it up",
        "Parents are counted each once, however many providers were asked.",
        (
            Section("parents-agreeing", ("father",)),
            Section("cases-referred"),
            Section("cases-referred", ("source",)),
            Section("cases-screened", ("service",)),
            Section("parents-started", national=_STARTED),
            Section("parents-started", ("service",)),
        ),
        ("parents-started",),
    ),
    Chapter(
        "waiting",
        "How long families wait",
        "Whole days. Half of the families wait no longer than the median, nine of ten no longer than the other number.",
        (
            Section("days-submitted-to-agreed"),
            Section("days-agreed-to-accepted"),
            Section("days-accepted-to-assessed"),
            Section("days-assessed-to-first-session"),
            Section("days-first-session-to-closed"),
            Section("days-submitted-to-first-session"),
        ),
    ),
    Chapter(
        "retention",
        "Who stays",
        "Completed is what the provider closed as completed. Families under way have not completed yet.",
        (
            Section("parents-completed", of="parents-started", national=_COMPLETED),
            Section("parents-retained"),
            Section("attendance", ("who",)),
        ),
        ("parents-completed",),
    ),
    Chapter(
        "change",
        "What changed",
        "Change is within a person, from a score at the start to one at the end. Better and worse are those whom the "
        "instrument's own error does not explain. How they would have fared without is not known.",
        (
            Section("change-at-closure"),
            Section("reliably-better-at-closure"),
            Section("reliably-worse-at-closure"),
            Section("parents-change-mix"),
        ),
    ),
    Chapter(
        "lasting",
        "Does it last",
        "Those who answer later are few, and may be those who fare better.",
        (
            Section("parents-answered-6-months", national=_AFTER_6),
            Section("parents-answered-12-months", national=_AFTER_12),
            Section("change-after-6-months"),
            Section("reliably-better-after-6-months"),
            Section("change-after-12-months"),
            Section("came-again-6-months"),
            Section("came-again-12-months"),
        ),
    ),
    Chapter(
        COST,
        "What it costs",
        "What the commissioner pays, by the newest prices. Prices are public, so an amount is shown as far as it "
        "follows from counts that are shown: where some are held back it is a range, and the truth is within it.",
        (
            Section("cost-per-parent"),
            Section("cost-per-completed-case"),
            Section("cost-per-improved-child"),
            Section("came-again-6-months", ("completed",)),
            Section("came-again-12-months", ("completed",)),
        ),
    ),
    Chapter(
        "fathers",
        "Fathers",
        "A father is a parent whom a screening or a referral names so.",
        (
            Section("fathers-among-referred"),
            Section("parents-started", ("father",)),
            Section("parents-completed", ("father",), of="parents-started"),
            Section("parents-answered-6-months", ("father",)),
            Section("parents-answered-12-months", ("father",)),
        ),
    ),
    Chapter(
        "voice",
        "The voice of the child",
        "Children's own words stay sealed. Counted are whether and how they were asked, and what they said changed.",
        (
            Section("childs-views-sought"),
            Section("childs-views-mix"),
            Section("childs-change-mix"),
        ),
    ),
    Chapter(
        "failures",
        "What did not work",
        "Read this beside the chapters above.",
        (
            Section("referrals-declined"),
            Section("cases-closed-with-no-plan", of="cases-referred"),
            Section("ending-mix"),
        ),
    ),
)
"""In the order in which they are read."""
PROVIDER = "provider"
_BY_PROVIDER = (
    Section("parents-started", (PROVIDER,)),
    Section("parents-completed", (PROVIDER,), of="parents-started"),
)
FAMILIES, PAYMENTS = Section("families-paid-for"), Section("payments")
"""What the amounts are made of: for how many families each price has fallen due, and how often."""
SECTIONS: tuple[Section, ...] = tuple(
    dict.fromkeys([*(each for chapter in CHAPTERS for each in chapter.sections), *_BY_PROVIDER, FAMILIES])
)
"""Every section once that is counted like any other; the payments are counted beside their families."""
