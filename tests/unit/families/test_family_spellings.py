"""The same people written otherwise: folding, parts of names, numbers and addresses in every form."""

from datetime import date
from typing import Any

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from services.families.domain.blocking import parent_keys
from services.families.domain.comparison import compare
from services.families.domain.contact import emails, phones
from services.families.domain.folding import folded
from services.families.domain.identity import parent_of
from services.families.domain.levels import Level
from services.families.domain.names import family_names, given_names

PLAIN = {
    **{
        "ł": "l",
        "Ł": "L",
        "ø": "o",
        "Ø": "O",
        "đ": "d",
        "Đ": "D",
        "ð": "d",
        "æ": "ae",
        "Æ": "AE",
        "œ": "oe",
        "þ": "th",
    },
    **{
        "ß": "ss",
        "\N{LATIN SMALL LETTER DOTLESS I}": "i",
        "İ": "I",
        "ħ": "h",
        "ŧ": "t",
        "ŋ": "ng",
        "ę": "e",
        "ż": "z",
        "ś": "s",
        "é": "e",
        "ü": "u",
    },
    **{"å": "a", "ñ": "n", "ő": "o", "ç": "c", "ș": "s", "ț": "t", "ğ": "g", "ễ": "e", "ư": "u", "ơ": "o", "ƒ": "f"},
    **{"e\u0301": "e", "n\u0303": "n", "l\u0335": "l", "ﬁ": "fi", "ﬂ": "fl", "ĳ": "ij", "ŀ": "l", "ɨ": "i", "ʉ": "u"},
}
SIGNS = st.one_of(st.sampled_from([*PLAIN]), st.sampled_from([*"abcdefghilmnorstuwz"]))
WORDS = st.lists(SIGNS, min_size=2, max_size=9).map("".join)
NAMES = st.lists(WORDS, min_size=1, max_size=2).flatmap(
    lambda parts: st.sampled_from([" ", "-"]).map(lambda between: between.join(parts))
)
DAYS = st.dates(date(1965, 1, 1), date(2004, 12, 31))


def plain(name: str) -> str:
    for sign, letters in PLAIN.items():
        name = name.replace(sign, letters)
    return name


def person(given_name: str, family: str, born: str | date | None = None, **fields: Any) -> dict[str, Any]:
    return {"given": given_name, "family": family, "date_of_birth": born and str(born), **fields}


@given(NAMES, NAMES, DAYS)
def test_letters_with_strokes_and_accents_give_the_keys_and_levels_of_their_plain_forms(
    given_name: str, family: str, born: date
) -> None:
    assume(folded(given_name) and folded(family))
    written = parent_of(person(given_name, family, born))
    for otherwise in (
        person(plain(given_name), plain(family), born),
        person(folded(given_name), folded(family).upper(), born),
        person(given_name.upper(), f"  {family.title()} ", born),
    ):
        assert parent_keys(parent_of(otherwise)) == parent_keys(written)
        pattern = compare(parent_of(otherwise), written)
        assert {pattern[field] for field in ("given", "family", "born")} == {Level.SAME}
    assert folded(folded(family)) == folded(family)


@pytest.mark.parametrize(
    "name", ["Юлия", "محمد", "Ελένη", "王小明", "שרה", "Łęg", "\N{MODIFIER LETTER TURNED COMMA}Alī", "ĸŋħŧ", "ÆØ", "Ŋ"]
)
def test_a_name_in_any_script_has_a_key(name: str) -> None:
    keys = parent_keys(parent_of(person(name, "", "1990-01-02")))
    assert any(key.startswith("born/") for key in keys)


@pytest.mark.parametrize("nothing", ["", "  ", None, "unknown", "Not known", "N/A"])
def test_a_placeholder_for_an_unknown_name_is_missing(nothing: str | None) -> None:
    assert folded(nothing) == ""


@pytest.mark.parametrize(
    ("one", "other", "level"),
    [
        ("Anjali Meera", "Meera", Level.ALIKE),
        ("Anjali", "Anjali Meera", Level.SAME),
        ("Anne-Marie", "Annemarie", Level.SAME),
        ("Bob", "Robert", Level.ALIKE),
        ("Peggy Ann", "Margaret", Level.ALIKE),
        ("Beth", "Bethany", Level.ALIKE),
        ("R.", "Robert", Level.MISSING),
        ("R.", "Anna", Level.DIFFERS),
        ("Robert J.", "Robert", Level.SAME),
        ("Ola", "Meera", Level.DIFFERS),
    ],
)
def test_given_names_are_compared_part_by_part(one: str, other: str, level: Level) -> None:
    assert given_names(folded(one), folded(other)) is level
    assert given_names(folded(other), folded(one)) is level


@pytest.mark.parametrize(
    ("one", "other", "level"),
    [
        ("O'Neill", "O\N{RIGHT SINGLE QUOTATION MARK}Neill", Level.SAME),
        ("O Neill", "ONeill", Level.SAME),
        ("Mc Donald", "McDonald", Level.SAME),
        ("van der Berg", "Berg", Level.SAME),
        ("Smith-Jones", "Jones Smith", Level.SAME),
        ("Smith-Jones", "Jones", Level.ALIKE),
        ("Łęgowska", "Legowski", Level.ALIKE),
        ("Müller", "Mueller", Level.ALIKE),
        ("Corrie", "Ashdown", Level.DIFFERS),
    ],
)
def test_family_names_are_compared_part_by_part(one: str, other: str, level: Level) -> None:
    assert family_names(folded(one), folded(other)) is level
    assert family_names(folded(other), folded(one)) is level


FORMS = (
    *("0{0} {1}", "0{0}{1}", "{0} {1}", "{0}{1}", "+44{0}{1}", "+44 (0){0} {1}", "+44(0){0}{1}", "0044 {0} {1}"),
    *("44{0}{1}", "+44-{0}-{1}", "0{0}.{1}", "mob: 0{0}{1}", "0{0} {1} (mum's)", "tel:+44{0}{1}", "0{0} {1} ext 12"),
    *("(0{0}) {1}", "00 44 {0} {1}", "+44 0{0} {1}", "O{0} {1}", "\u00a00{0}\u00a0{1} "),
)
MOBILE = st.tuples(st.sampled_from(["7700", "7911", "7400"]), st.integers(900_000, 900_999).map(str))


@given(MOBILE, st.sampled_from(FORMS), st.sampled_from(FORMS))
def test_a_number_is_the_same_in_every_form(number: tuple[str, str], form: str, other: str) -> None:
    one, two = phones(form.format(*number)), phones(other.format(*number))
    assert one == two == (frozenset({f"+44{number[0]}{number[1]}"}), frozenset())


@given(MOBILE, MOBILE, st.sampled_from([" / ", ", ", " or ", " ", "; ", "\n", " mob ", ""]))
def test_every_number_in_a_field_counts_by_itself(one: tuple[str, str], other: tuple[str, str], between: str) -> None:
    assume(one != other)
    carried, _ = phones(f"0{''.join(one)}{between}0{''.join(other)}")
    assert carried == {f"+44{''.join(one)}", f"+44{''.join(other)}"}


@pytest.mark.parametrize("unreadable", ["", "0", "none", "ask at school", "960131", "07700 9", "077009001080000", None])
def test_a_number_that_cannot_be_read_is_missing_and_no_difference(unreadable: str | None) -> None:
    born = "1990-03-04"
    one, other = (parent_of(person("Anna", "Haddow", born, phone=phone)) for phone in ("07700 900101", unreadable))
    assert compare(one, other)["phone"] is Level.MISSING


def test_a_landline_is_not_compared_with_a_number_that_is_carried() -> None:
    carried, fixed = phones("home 01632 960131, mobile 07700 900101")
    assert (carried, fixed) == ({"+447700900101"}, {"+441632960131"})


def test_an_address_for_mail_has_one_form() -> None:
    assert emails("Anna.Haddow+school@Example.org") == emails("annahaddow@example.org")
    assert emails("a.b@googlemail.com, x@example.org") == {"ab@gmail.com", "x@example.org"}
    assert emails("none") == frozenset()
