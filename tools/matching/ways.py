"""In what ways records of one family differ, and in what ways families look alike that are others."""

from collections.abc import Callable, Mapping
from datetime import date, timedelta
from functools import partial

from anyascii import anyascii
from nicknames import NickNamer

from tools.matching.writing import Chance, Record

_CALLED = NickNamer()
_DAYS_A_YEAR = 365
_LAST_MONTH = 12
_SURNAMES = (
    "Ackroyd",
    "Bancroft",
    "Carlisle",
    "Dunmore",
    "Eastwood",
    "Farrow",
    "Gledhill",
    "Holloway",
    "Ingram",
    "Jessop",
    "Kendrick",
    "Lomax",
    "Merrick",
    "Norwood",
    "Oakley",
    "Prentice",
    "Quigley",
    "Rushton",
    "Stanhope",
    "Tranter",
    "Upton",
    "Vickers",
    "Woodhouse",
    "Yeoman",
)
Way = Callable[[Record, Chance], None]
Likeness = Callable[[Record, Record, Chance], Record]


def _plain(record: Record, chance: Chance) -> None:
    for parent in record["parents"]:
        parent["given"], parent["family"] = anyascii(parent["given"]), anyascii(parent["family"])
        if chance.happens(0.3):
            parent["family"] = parent["family"].replace("'", "").upper()


def _called_by_one_name(record: Record, chance: Chance) -> None:
    for parent in record["parents"]:
        parts = parent["given"].split()
        if len(parts) > 1:
            parent["given"] = chance.pick(parts)
        else:
            # Elsewhere the papers have both, and the one that is used comes second.
            parent["given"] = f"{chance.pick(['Rose', 'Ali', 'Noor', 'John', 'Dilys'])} {parent['given']}"


def _short_form(record: Record, chance: Chance) -> None:
    for parent in record["parents"]:
        known = sorted(_CALLED.nicknames_of(parent["given"]))
        if known:
            parent["given"] = chance.pick(known).capitalize()
        elif len(parent["given"]) > 5:
            parent["given"] = parent["given"][:4]


def _one_surname_changed(record: Record, chance: Chance) -> None:
    parent = chance.pick(record["parents"])
    parent["family"] = _another_surname(chance)


def _both_surnames_changed(record: Record, chance: Chance) -> None:
    surname = _another_surname(chance)
    for parent in record["parents"]:
        parent["family"] = surname


def _both_renamed(record: Record, chance: Chance) -> None:
    """Other given names too: a call name that nobody can know, a name in another script."""
    _both_surnames_changed(record, chance)
    for parent in record["parents"]:
        parent["given"] = chance.pick(["Xun", "Wiktoria", "Teal", "Indigo", "Ulf", "Querida", "Yves", "Zadok"])


def _double_barrelled(record: Record, chance: Chance) -> None:
    parent = chance.pick(record["parents"])
    between = chance.pick(["-", " ", "\N{HYPHEN}"])
    parent["family"] = between.join(chance.source.sample([parent["family"], _another_surname(chance)], 2))


def _names_swapped(record: Record, chance: Chance) -> None:
    parent = chance.pick(record["parents"])
    parent["given"], parent["family"] = parent["family"], parent["given"]


def _slip_in_name(record: Record, chance: Chance) -> None:
    parent = chance.pick(record["parents"])
    which = chance.pick(["given", "family"])
    parent[which] = chance.slip(parent[which])


def _slip_in_birth(record: Record, chance: Chance) -> None:
    parent = chance.pick(record["parents"])
    parent["date_of_birth"] = chance.slip_in_date(parent["date_of_birth"])


def _day_and_month_swapped(record: Record, _chance: Chance) -> None:
    for parent in record["parents"]:
        year, month, day = parent["date_of_birth"].split("-")
        if int(day) <= _LAST_MONTH:
            parent["date_of_birth"] = f"{year}-{day}-{month}"


def _phone_in_another_form(record: Record, chance: Chance) -> None:
    for parent in record["parents"]:
        if parent["phone"]:
            digits = parent["phone"].replace(" ", "")
            forms = [
                f"+44 (0){digits[1:5]} {digits[5:]}",
                f"0044 {digits[1:]}",
                digits[1:],
                f"mob: {digits[:5]}-{digits[5:8]}-{digits[8:]}",
                f"{chance.landline()} / {digits}",
                f"{digits} {chance.mobile()}",
                f"{digits} ext 2",
                ".".join((digits[:5], digits[5:])),
            ]
            parent["phone"] = chance.pick(forms)


def _phone_unreadable(record: Record, chance: Chance) -> None:
    for parent in record["parents"]:
        parent["phone"] = chance.pick(["ask at school", "0", "none", "via social worker"])


def _new_phones(record: Record, chance: Chance) -> None:
    for parent in record["parents"]:
        parent["phone"] = chance.mobile()


def _email_in_another_form(record: Record, chance: Chance) -> None:
    for parent in record["parents"]:
        if parent["email"]:
            local, _, host = parent["email"].partition("@")
            parent["email"] = chance.pick(
                [f"{local.upper()}@{host}", f"{local}+school@{host}", f"{local.replace('.', '')}@{host}"]
            )


def _moved(record: Record, chance: Chance) -> None:
    home = chance.postcode()
    for parent in record["parents"]:
        parent["postcode"] = home


def _contacts_missing(record: Record, _chance: Chance) -> None:
    for parent in record["parents"]:
        parent["phone"] = parent["email"] = parent["postcode"] = None


def _birth_missing(record: Record, chance: Chance) -> None:
    chance.pick(record["parents"])["date_of_birth"] = "1900-01-01"


def _one_parent_named(record: Record, chance: Chance) -> None:
    record["parents"] = [chance.pick(record["parents"])]


def _other_order(record: Record, chance: Chance) -> None:
    record["parents"].reverse()
    chance.source.shuffle(record["children"])


def _child_left_out(record: Record, chance: Chance) -> None:
    if len(record["children"]) > 1:
        record["children"].pop(chance.below(len(record["children"])))


def _new_child(record: Record, chance: Chance) -> None:
    last = date.fromisoformat(max(record["children"]))
    record["children"].append((last + timedelta(days=400 + chance.below(900))).isoformat())


def _slip_in_childs_birth(record: Record, chance: Chance) -> None:
    at = chance.below(len(record["children"]))
    record["children"][at] = chance.slip_in_date(record["children"][at])


def _another_surname(chance: Chance) -> str:
    return chance.pick(_SURNAMES)


WAYS: Mapping[str, Way] = {
    "unchanged": lambda _record, _chance: None,
    "plain-letters": _plain,
    "called-by-one-name": _called_by_one_name,
    "short-form": _short_form,
    "one-surname-changed": _one_surname_changed,
    "both-surnames-changed": _both_surnames_changed,
    "both-renamed": _both_renamed,
    "double-barrelled": _double_barrelled,
    "names-swapped": _names_swapped,
    "slip-in-name": _slip_in_name,
    "slip-in-birth": _slip_in_birth,
    "day-and-month-swapped": _day_and_month_swapped,
    "phone-in-another-form": _phone_in_another_form,
    "phone-unreadable": _phone_unreadable,
    "new-phones": _new_phones,
    "email-in-another-form": _email_in_another_form,
    "moved": _moved,
    "contacts-missing": _contacts_missing,
    "birth-missing": _birth_missing,
    "one-parent-named": _one_parent_named,
    "other-order": _other_order,
    "child-left-out": _child_left_out,
    "new-child": _new_child,
    "slip-in-childs-birth": _slip_in_childs_birth,
}


def _two_couples_in_one_house(record: Record, other: Record, chance: Chance) -> Record:
    """Brothers, or parents and grandparents: one surname, address, landline and address for mail."""
    shared = {
        "family": record["parents"][0]["family"],
        "postcode": record["parents"][0]["postcode"] or "ZZ1 1ZZ",
        "phone": chance.landline(),
        "email": f"house{chance.below(10_000)}@example.org",
    }
    for parent in (*record["parents"], *other["parents"]):
        parent |= shared
    return other


def _twins_with_partners(record: Record, other: Record, chance: Chance) -> Record:
    twin, sibling = other["parents"][0], record["parents"][0]
    twin |= {name: sibling[name] for name in ("family", "date_of_birth", "postcode")}
    twin["phone"] = chance.mobile()
    return other


def _son_of_his_fathers_name(record: Record, other: Record, chance: Chance) -> Record:
    father, son = record["parents"][-1], other["parents"][-1]
    years = 19 + chance.below(10)
    born = date.fromisoformat(father["date_of_birth"]) + timedelta(days=years * _DAYS_A_YEAR)
    son |= {**father, "date_of_birth": born.isoformat(), "phone": chance.mobile(), "email": None}
    return other


def _namesakes(record: Record, other: Record, _chance: Chance) -> Record:
    """Two couples of the same four names, born otherwise, in another street."""
    for one, namesake in zip(record["parents"], other["parents"], strict=False):
        namesake |= {"given": one["given"], "family": one["family"]}
    return other


def _born_on_one_day(record: Record, other: Record, _chance: Chance) -> Record:
    """One parent of each was born on one day, and the eldest children."""
    other["parents"][0]["date_of_birth"] = record["parents"][0]["date_of_birth"]
    other["children"][0] = record["children"][0]
    other["children"] = other["children"][:1]
    other["parents"] = other["parents"][:2]
    return other


def _one_workers_number(record: Record, other: Record, _chance: Chance) -> Record:
    """A hostel: a postcode and a number of many, given for everybody."""
    for parent in (*record["parents"], *other["parents"]):
        parent |= {"postcode": "ZZ1 2ZZ", "phone": "01632 960999"}
    return other


def _same_names_in_one_house(record: Record, other: Record, chance: Chance) -> Record:
    """A son named after his father, a wife named as his mother is."""
    for one, namesake in zip(record["parents"], other["parents"], strict=False):
        namesake["given"] = one["given"]
    return _two_couples_in_one_house(record, other, chance)


def _twins_in_one_house(record: Record, other: Record, chance: Chance) -> Record:
    """Two who were born on one day, with a partner each, under one roof."""
    other["parents"][-1]["date_of_birth"] = record["parents"][-1]["date_of_birth"]
    return _two_couples_in_one_house(record, other, chance)


STRANGERS: Mapping[str, Likeness] = {
    "two-couples-one-house": _two_couples_in_one_house,
    "same-names-in-one-house": _same_names_in_one_house,
    "twins-in-one-house": _twins_in_one_house,
    "twins-with-partners": _twins_with_partners,
    "son-of-his-fathers-name": _son_of_his_fathers_name,
    "namesakes": _namesakes,
    "born-on-one-day": _born_on_one_day,
    "one-hostel": _one_workers_number,
}


def _with(record: Record, other: Record, chance: Chance, *, children: bool) -> Record:
    """A parent with another partner; with the children of before, or with those of the two."""
    stays = chance.pick(record["parents"])
    partner = other["parents"][-1] | {"postcode": stays["postcode"]}
    return {"parents": [stays, partner], "children": record["children"] if children else other["children"]}


def _grandparents(record: Record, other: Record, _chance: Chance) -> Record:
    """Who brings the children up."""
    return {"parents": other["parents"], "children": record["children"]}


def _partner_of_the_same_name(record: Record, other: Record, chance: Chance) -> Record:
    """Married again, and he has the first one's given name and has taken hers too; with the children of before."""
    again = _with(record, other, chance, children=True)
    former = next((each for each in record["parents"] if each is not again["parents"][0]), again["parents"][0])
    again["parents"][1] |= {"given": former["given"], "family": former["family"]}
    return again


RELATED: Mapping[str, Likeness] = {
    "new-partner": partial(_with, children=False),
    "new-partner-same-children": partial(_with, children=True),
    "partner-of-the-same-name": _partner_of_the_same_name,
    "grandparents": _grandparents,
}
