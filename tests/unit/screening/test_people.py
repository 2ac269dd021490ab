"""Who is who in a case: ids follow people, whatever order, refs and spellings a record has them in."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta
from uuid import UUID, uuid4

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from services.screening.domain.members import Members, NamedPeople
from services.screening.domain.people import Described, describe_child, describe_parent

CASE = UUID("0190a6f0-0000-7000-8000-000000000001")


@dataclass(frozen=True)
class Human:
    """Somebody who exists: known to a test by `who`, however a record has them."""

    who: str
    given: str = ""
    family: str = ""
    born: date | None = None
    expected: date | None = None
    number: str | None = None

    def under(self, ref: str) -> Described:
        numbers = [f"nhs-number/{self.number}"] if self.number else []
        if self.given:
            return describe_parent(ref, self.given, self.family, self.born, numbers)
        return describe_child(ref, self.born, self.expected, numbers)


def day(text: str) -> date:
    return date.fromisoformat(text)


MORWENNA = Human("morwenna", "Morwenna Rose", "Łęgowska-Teague", day("1987-04-12"))
JAGO = Human("jago", "Jago", "Pascoe", day("1985-11-23"))
EDNA = Human("edna", "Edna", "Pascoe", day("1958-09-09"))
STRANGER = Human("ngozi", "Ngozi", "Umeh", day("1993-01-22"))
OTHER = Human("felix", "Felix", "Dunmore", day("1979-09-08"))
CHILD = Human("child", born=day("2012-07-08"))

Record = Sequence[tuple[str, Human]]
FIRST: Record = [("P1", MORWENNA), ("P2", JAGO), ("C1", CHILD)]


class Case:
    """A case whose records come one after the other, each of them current."""

    def __init__(self, *records: Record) -> None:
        self.members = Members(CASE)
        self.ids: dict[str, UUID] = {}
        for record in records:
            self.reads(record)

    def reads(self, record: Record) -> NamedPeople:
        described = [human.under(ref) for ref, human in record]
        named = self.members.name(uuid4(), described)
        self.members.update(described, named)
        self.ids |= {human.who: named.ids[ref] for ref, human in record if human.who not in self.ids}
        return named


def stay(record: Record, after: Record = FIRST) -> bool:
    """Whether everybody in the record keeps the id that they had, and nobody new gets one that somebody had."""
    case = Case(after)
    before = dict(case.ids)
    named = case.reads(record)
    known = {human.who for _, human in after}
    return all(
        named.ids[ref] == before[human.who] if human.who in known else named.ids[ref] not in before.values()
        for ref, human in record
    )


@pytest.mark.parametrize(
    "record",
    [
        pytest.param([("P1", JAGO), ("P2", MORWENNA), ("C1", CHILD)], id="refs and order swapped"),
        pytest.param([("P2", JAGO), ("P1", MORWENNA), ("C1", CHILD)], id="order swapped"),
        pytest.param([("mother", MORWENNA), ("father", JAGO), ("boy", CHILD)], id="refs renamed"),
        pytest.param([("C1", MORWENNA), ("P1", CHILD), ("P2", JAGO)], id="refs of a child and a parent swapped"),
        pytest.param(
            [("P1", replace(JAGO, given="Jaco")), ("P2", replace(MORWENNA, given="Morwena"))], id="spelt otherwise"
        ),
        pytest.param([("P1", replace(MORWENNA, family="Legowska")), ("P2", JAGO)], id="without strokes"),
        pytest.param([("P2", replace(MORWENNA, family="Pascoe")), ("P1", JAGO)], id="name after marriage"),
        pytest.param([("P2", replace(MORWENNA, given="Rose", family="Pascoe")), ("P1", JAGO)], id="by a second name"),
        pytest.param(
            [("P2", replace(MORWENNA, given="LEGOWSKA TEAGUE", family="Rose Morwenna")), ("P1", JAGO)],
            id="given and family names in each other's place",
        ),
        pytest.param([("P2", replace(MORWENNA, born=day("1987-12-04"))), ("P1", JAGO)], id="day and month swapped"),
        pytest.param([("P2", replace(MORWENNA, born=day("1978-04-12"))), ("P1", JAGO)], id="digits swapped"),
        pytest.param([("P2", replace(MORWENNA, born=day("1964-10-30"))), ("P1", JAGO)], id="birth mended, same name"),
        pytest.param([("P2", replace(JAGO, born=day("1900-01-01"))), ("P1", MORWENNA)], id="birth not known now"),
        pytest.param([("P1", MORWENNA), ("P2", JAGO), ("P3", EDNA), ("C1", CHILD)], id="somebody more"),
        pytest.param([("P1", MORWENNA), ("C1", CHILD)], id="somebody fewer"),
        pytest.param([("C1", CHILD), ("C2", replace(CHILD, who="sister", born=day("2016-02-03")))], id="a sibling"),
        pytest.param(
            [("P1", MORWENNA), ("P2", JAGO), ("C1", replace(CHILD, born=day("2012-08-07")))], id="child's slip"
        ),
    ],
)
def test_whoever_stays_keeps_their_id_and_needs_no_look(record: Record) -> None:
    assert stay(record)
    assert not Case(FIRST).reads(record).differ


@pytest.mark.parametrize(
    "record",
    [
        pytest.param([("P1", MORWENNA), ("P2", STRANGER), ("C1", CHILD)], id="a new partner under the old ref"),
        pytest.param([("P1", STRANGER), ("P2", MORWENNA)], id="a stranger, and who stays under the other's ref"),
        pytest.param([("P1", MORWENNA), ("P3", STRANGER)], id="a new partner under a new ref, the old one gone"),
        pytest.param(
            [("P1", STRANGER), ("P2", OTHER), ("C1", replace(CHILD, who="x", born=day("2013-03-03")))], id="all"
        ),
        pytest.param([("Q1", STRANGER), ("Q2", OTHER)], id="all, under other refs"),
        pytest.param([("P1", STRANGER), ("C1", replace(CHILD, who="x"))], id="all, with a child of the same birth"),
        pytest.param([("P1", STRANGER), ("P2", replace(OTHER, given="Jago"))], id="all, one by a name of the family"),
        pytest.param(
            [("P1", STRANGER), ("P2", replace(JAGO, who="namesake", born=day("1969-02-17")))],
            id="a namesake of the father beside a stranger",
        ),
        pytest.param(
            [("P1", MORWENNA), ("P2", JAGO), ("C1", Human("another", born=day("2019-01-30")))], id="another child"
        ),
        pytest.param(
            [("P1", MORWENNA), ("P2", replace(JAGO, who="brother", given="Piran", born=day("1985-11-28")))],
            id="a brother of nearly his birth",
        ),
    ],
)
def test_nobody_inherits_an_id_and_a_person_looks(record: Record) -> None:
    assert stay(record)
    assert Case(FIRST).reads(record).differ


def test_names_and_births_that_point_to_different_people_are_looked_at() -> None:
    crossed = [("P1", replace(JAGO, born=MORWENNA.born)), ("P2", replace(MORWENNA, born=JAGO.born))]
    assert Case(FIRST).reads(crossed).differ


def test_strangers_stay_strangers_until_somebody_has_looked() -> None:
    wrong: Record = [("P1", STRANGER), ("P2", OTHER)]
    case = Case(FIRST, wrong)
    assert case.reads([("P1", replace(STRANGER, given="Ngosi")), ("P2", OTHER)]).differ
    assert not case.reads(FIRST).differ, "the family's own people are back"
    assert case.reads(wrong).differ
    case.members.set_participants([case.ids["ngozi"], case.ids["felix"]])
    assert not case.reads(wrong).differ


def test_who_left_and_comes_back_is_who_they_were() -> None:
    case = Case([*FIRST, ("P3", EDNA)], FIRST)
    named = case.reads([*FIRST, ("grandmother", EDNA)])
    assert (named.ids["grandmother"], named.differ) == (case.ids["edna"], False)


def test_a_stranger_under_the_ref_of_somebody_who_left_is_looked_at() -> None:
    assert Case([*FIRST, ("P3", EDNA)], FIRST).reads([*FIRST, ("P3", STRANGER)]).differ


def test_twins_and_namesakes_are_distinguished_by_their_refs() -> None:
    twin = replace(CHILD, who="twin")
    cousin = replace(JAGO, who="cousin")
    family: Record = [("P1", JAGO), ("P2", cousin), ("C1", CHILD), ("C2", twin)]
    assert stay(list(reversed(family)), after=family)
    assert stay([("P2", cousin), ("C2", twin)], after=family)


def test_a_number_for_life_outweighs_how_somebody_is_written() -> None:
    known: Record = [("P1", replace(MORWENNA, number="9434765919")), ("P2", JAGO)]
    assert stay([("P2", replace(MORWENNA, given="Kerra", born=day("1987-04-21"), number="9434765919"))], after=known)
    same_name_other_number = replace(MORWENNA, who="namesake", born=day("1987-12-04"), number="9434765870")
    assert stay([("P1", same_name_other_number), ("P2", JAGO)], after=known)


@pytest.mark.parametrize(
    ("before", "now", "same"),
    [
        (Human("c", expected=day("2027-02-14")), Human("c", born=day("2027-02-10")), True),
        (Human("c", expected=day("2027-02-14")), Human("c", expected=day("2027-02-20")), True),
        (Human("c", born=day("2027-02-10")), Human("d", expected=day("2028-02-14")), False),
        (Human("c", born=day("2012-07-08")), Human("d", expected=day("2027-02-14")), False),
    ],
)
def test_a_child_that_was_expected_is_the_one_that_was_born(before: Human, now: Human, same: bool) -> None:
    assert stay([("C1", replace(now, who="c" if same else "d"))], after=[("C1", before)])


GIVEN = ("Morwenna", "Jago", "Edna", "Piran", "Senara", "Cadan", "Ysella", "Tobin")
STRANGE = ("Ngozi", "Felix", "Xiu", "Bartholomew")
FAMILY = ("Pascoe", "Teague", "Łęgowski", "O'Neill", "Trevaskis")
BIRTHS = [date(1960, 2, 3) + timedelta(days=617 * number) for number in range(16)]
STRANGE_BIRTHS = [date(1999, 10, 28) + timedelta(days=911 * number) for number in range(4)]
CHILD_BIRTHS = [date(2009, 3, 5) + timedelta(days=463 * number) for number in range(8)]


@st.composite
def families(draw: st.DrawFn) -> tuple[list[Human], list[Human]]:
    """Parents and children, no two alike but by their family name."""
    given = draw(st.lists(st.sampled_from(GIVEN), min_size=1, max_size=4, unique=True))
    births = draw(st.permutations(BIRTHS))
    parents = [Human(name, name, draw(st.sampled_from(FAMILY)), births[at]) for at, name in enumerate(given)]
    days = draw(st.lists(st.sampled_from(CHILD_BIRTHS), max_size=3, unique=True))
    return parents, [Human(f"child {born}", born=born) for born in days]


@st.composite
def spelt_otherwise(draw: st.DrawFn, human: Human) -> Human:
    """The same person as another hand writes them: one thing mended."""
    if not human.given:
        return human
    change = draw(st.sampled_from(["nothing", "family", "given", "birth", "capitals"]))
    born = human.born or date.min
    if change == "family":
        return replace(human, family=draw(st.sampled_from(("Umeh", "Dunmore", *FAMILY))))
    if change == "given":
        return replace(human, given=f"{human.given[:3]}{human.given[4:]}")
    if change == "birth" and born.day <= 12:
        return replace(human, born=born.replace(month=born.day, day=born.month))
    if change == "birth":
        return replace(human, born=born.replace(year=born.year + 10))
    if change == "capitals":
        return replace(human, given=human.given.upper(), family=human.family.upper())
    return human


def refs_for(people: Iterable[Human], prefix: str) -> list[tuple[str, Human]]:
    return [(f"{prefix}{at}", each) for at, each in enumerate(people, start=1)]


@given(families(), st.data())
@settings(max_examples=300)
def test_whatever_a_record_calls_them_each_keeps_their_own_and_strangers_get_none(
    family: tuple[list[Human], list[Human]], data: st.DataObject
) -> None:
    parents, children = family
    first = [*refs_for(parents, "P"), *refs_for(children, "C")]
    case = Case(first)
    before = dict(case.ids)

    staying = data.draw(st.lists(st.sampled_from(parents), unique=True))
    strangers = [
        Human(name, name, data.draw(st.sampled_from(FAMILY)), STRANGE_BIRTHS[at])
        for at, name in enumerate(data.draw(st.lists(st.sampled_from(STRANGE), max_size=2, unique=True)))
    ]
    people = [data.draw(spelt_otherwise(each)) for each in staying] + strangers
    refs = data.draw(st.permutations([f"P{number}" for number in range(1, len(people) + 3)]))
    record = [*zip(refs, data.draw(st.permutations(people)), strict=False), *refs_for(children, "C")]
    named = case.reads(data.draw(st.permutations(record)))

    all_strange = bool(strangers) and not staying
    for ref, human in record:
        if human.who in before and not all_strange:
            assert named.ids[ref] == before[human.who]
        else:
            assert named.ids[ref] not in before.values()
    assert len(set(named.ids.values())) == len(record)
    replaced = bool(strangers) and len(staying) < len(parents)
    assert named.differ is replaced
