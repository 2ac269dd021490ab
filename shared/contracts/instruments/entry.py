"""What is known of a validated instrument. What nobody could verify is left out, and named in `not_known`."""

from collections.abc import Mapping
from typing import Annotated, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, model_validator

Range = tuple[float, float]
Source = Annotated[str, Field(min_length=10)]


class Fact(BaseModel):
    """A part of an entry: fixed, and nothing in it is unknown to us."""

    model_config = ConfigDict(frozen=True, extra="forbid")


class Band(Fact):
    """What a score from here upwards is called, in the publisher's words."""

    at_least: float
    name: str


class CutOff(Fact):
    """The score that separates those who seek help from others: from it upwards, or below it where more is better."""

    score: float
    source: Source


class ReliableChange(Fact):
    """So many points, or more, are a change that the instrument's own error does not explain."""

    points: float = Field(gt=0)
    lower_is_better: bool
    source: Source


class Missing(Fact):
    """How many answers may be missing. They are put in as the mean of the others (`prorated`)."""

    at_most: int = Field(ge=1)
    whole_numbers: bool = False
    source: Source


class Subscale(Fact):
    """A part with a score of its own. `reversed_items` count the other way round; the total is made of `in_total`."""

    name: str
    items: tuple[int, ...]
    scores: Range
    reversed_items: tuple[int, ...] = ()
    in_total: bool = True


class Form(Fact):
    """One form of it, for some people, where bands or a cut-off are another form's not."""

    name: str
    ages: tuple[int, int | None] | None = None
    bands: tuple[Band, ...] = ()
    cut_off: CutOff | None = None


class Licence(Fact):
    """Who owns it and what that lets a provider do. `items_shown`: its own words may be on our pages."""

    text: Source
    items_shown: bool = False


class Instrument(Fact):
    """A validated instrument.

    `risk` holds an item's number and the lowest answer that signals; `look` likewise the items at which somebody has to
    look when they are answered so, because what they say depends on more than the answer. `named` are words by which an
    item goes where it has no number: the first that is part of its name counts. `judged` is False where it is not known
    what its items ask. `scores` are those that any way of scoring gives, and `entered` what a provider's page takes,
    where that is less. `metric` turns a sum, from the lowest upwards, into the score that is compared. `entry` is how a
    provider gives it on a page: each answer, each subscale or the score; by the topic and the API alone without it.
    `source` is who published it, and `seen` where somebody has read it, fact by fact: nothing is from memory.
    """

    name: str
    code: str
    about: str = ""
    informant: str = ""
    ages: tuple[int, int | None] | None = None
    items: int
    answers: Range
    wider: Mapping[int, Range] = {}
    scores: Range
    entered: Range | None = None
    lower_is_better: bool | None = None
    missing: Missing | None = None
    stem: str = ""
    texts: tuple[str, ...] = ()
    scale: Mapping[int, str] = {}
    bands: tuple[Band, ...] = ()
    cut_off: CutOff | None = None
    change: ReliableChange | None = None
    subscales: Mapping[str, Subscale] = {}
    forms: Mapping[str, Form] = {}
    metric: tuple[float, ...] = ()
    entry: Literal["items", "subscales", "score"] | None = None
    languages: str = ""
    licence: Licence | None = None
    risk: Mapping[int, float] = {}
    look: Mapping[int, float] = {}
    named: Mapping[str, int] = {}
    judged: bool = True
    not_known: tuple[str, ...] = ()
    seen: tuple[Annotated[str, Field(pattern=r"^[^:]+: .{10,}")], ...] = ()
    source: Annotated[str, Field(min_length=21)]

    @model_validator(mode="after")
    def _hangs_together(self) -> Self:
        for number, threshold in {**self.look, **self.risk}.items():
            lowest, highest = self.answers_to(number)
            if not (1 <= number <= self.items and lowest < threshold <= highest):
                raise ValueError(f"{self.code}: item {number} cannot signal at {threshold:g}")
        if self.texts and (len(self.texts) != self.items or not (self.licence and self.licence.items_shown)):
            raise ValueError(f"{self.code}: its words are shown all of them, and only where its licence lets us")
        if self.scale and set(self.scale) != set(range(int(self.answers[0]), int(self.answers[1]) + 1)):
            raise ValueError(f"{self.code}: each answer has its words")
        for bands in (self.bands, *(form.bands for form in self.forms.values())):
            starts = [band.at_least for band in bands]
            if starts and (starts != sorted(set(starts)) or starts[0] != self.scores[0]):
                raise ValueError(f"{self.code}: bands begin with the lowest score, and rise")
        if self.metric and len(self.metric) != self.items * (self.answers[1] - self.answers[0]) + 1:
            raise ValueError(f"{self.code}: each sum has its metric score")
        if self.entry and (self.licence is None or self.lower_is_better is None):
            raise ValueError(f"{self.code}: what is on a page has a licence and a direction")
        if self.entry and not self.seen:
            raise ValueError(f"{self.code}: what is on a page was read somewhere, which `seen` names")
        return self

    def answers_to(self, number: int) -> Range:
        """The lowest and the highest answer to an item."""
        return self.wider.get(number, self.answers)

    def may_miss(self, number: int) -> bool:
        """Whether an answer may be missing: a rule was read for that. What a risk item says is never worked out."""
        return self.missing is not None and number not in self.risk

    def form(self, version: str | None) -> Form | None:
        """The form that a version names; None where it names none."""
        return self.forms.get(version or "")

    def bands_of(self, version: str | None) -> tuple[Band, ...]:
        """The bands that hold for a form; none where they are not known for it."""
        form = self.form(version)
        return form.bands or self.bands if form else self.bands

    def cut_off_of(self, version: str | None) -> CutOff | None:
        """The cut-off that holds for a form; None where none is known for it."""
        form = self.form(version)
        return form.cut_off or self.cut_off if form else self.cut_off
