"""What a person gets who asks what is held of them: all of their own that they must, and no mark of anybody else."""

import copy
import json
from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from random import Random
from typing import Any
from uuid import uuid4

import pytest

from deploy.rights.documents import persons_page, reviewers_page, write
from deploy.rights.subject_access import CaseWithheld, PersonsCopy
from shared.access.roles import Role
from shared.contracts.subject_access import SubjectAccessReason
from shared.service import subject_access
from tests.support.identity import signed_in
from tests.support.pathway import AREA
from tests.support.screening_records import disclosing
from tests.support.subject_access import PARENTS, Askable, families, found
from tests.support.whole_families import AGENCIES, WholeFamilies, whole_families


@pytest.fixture
async def whole(databases: Any) -> AsyncIterator[WholeFamilies]:
    async with whole_families(databases) as pathway:
        yield pathway


def _texts(copy: PersonsCopy) -> str:
    return copy.model_dump_json() + persons_page(copy)


def _sheet(withheld: Any) -> str:
    return reviewers_page(withheld, []) + json.dumps(
        [each.model_dump(mode="json") for one in withheld for each in one.items]
    )


@pytest.mark.parametrize("seed", range(3))
async def test_each_parents_copy_holds_their_marks_and_nobody_elses(
    whole: WholeFamilies, seed: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    both = families(seed * 10, 2)
    random = Random(seed)
    for at, family in both.items():
        for day, agency in enumerate(random.sample(AGENCIES, 2), start=4):
            await whole.send(family.marked(agency, f"F{at}-{agency}", day))
    await whole.summary()
    ids = {who: await whole.ids_of(both[0].words[who]) for who in PARENTS}
    assert all(len(each) == 2 for each in ids.values()), "two front doors, two cases"
    for case_id in await whole.cases_with(ids["mother"]):
        await whole.write_note(case_id, f"{both[0].words['mother']} says that {both[0].words['father']} hidesaway")
    asking = Askable(whole)

    for who in PARENTS:
        export = await asking.export(random.choice(sorted(ids[who])))
        text = _texts(export.copy)
        assert len(export.copy.cases) == 2
        must = both[0].must_be_given(who)
        assert found(must, export.copy.model_dump_json()) == must, "what is theirs is given, whoever sent it"
        page = persons_page(export.copy).replace("-", " ")
        assert not [mark for mark in must if mark.replace("-", " ") not in page.casefold()], "nor is it missing there"
        strangers = [mark for word in both[1].words.values() for mark in (word, word[::-1])]
        not_theirs = [*both[0].must_not_be_given(who), *strangers, "hidesaway"]
        assert found(not_theirs, text) == []
        assert found(["withheld", "safety", "staff-"], text) == [], "nor is it said that anything was withheld"
        sheet = _sheet(export.withheld)
        own = both[0].words[who]
        assert found([f"{own} after six", "physical-harm", "case_note", "screening/submission"], sheet)[:3]
        others = [word for other, word in both[0].words.items() if other != who]
        assert found([*others, *strangers, "hidesaway"], sheet) == [], "the reviewer looks at the case for those"

    # A slip that gives the boxes of everybody in a row is found by the same search.
    with monkeypatch.context() as patch:
        patch.setattr(subject_access, "_boxes_in", _everybodys)
        leaked = _texts((await asking.export(min(ids["mother"]))).copy)
    assert found([both[0].words["father"]], leaked)


def _everybodys(node: Any, _person: Any) -> Iterator[Any]:
    if isinstance(node, dict) and {"subject", "field", "box"} == node.keys():
        yield subject_access.Sealed.model_validate(node)
    elif isinstance(node, dict | list):
        for each in node.values() if isinstance(node, dict) else node:
            yield from _everybodys(each, _person)


OTHERS = {
    "the same": lambda other: other,
    "does not agree": lambda other: {**other, "agrees_to_referral": False},
    "not screened": lambda other: {**other, "conversation": None},
    "discloses abuse": disclosing,
    "in crisis, elsewhere": lambda other: {**other, "in_crisis": True, "contact": {**other["contact"], "phone": None}},
}


async def test_nothing_that_the_other_parent_did_changes_what_one_parent_gets(whole: WholeFamilies) -> None:
    """Whatever the other parent said, and whether they were seen at all, one parent's copy is the same."""
    family = families(50, 1)[0]
    record = {**family.marked(AGENCIES[0], "F", 4), "level_of_need": "universal"}
    asking = Askable(whole)
    copies = {}
    for variant, change in OTHERS.items():
        mother, father = copy.deepcopy(record["parents"])
        sent = {**record, "submission_id": str(uuid4()), "family_ref": variant, "parents": [mother, change(father)]}
        await whole.send(sent)
        await whole.summary()
        row = await whole.databases["screening"].pool.fetchrow(
            "SELECT person_id, case_id FROM person JOIN family USING (case_id) WHERE family_ref = $1 AND ref = 'P1'",
            variant,
        )
        case = await subject_access_of_case(asking, row["person_id"], row["case_id"])
        copies[variant] = case
    assert "universal-offer-first" in copies["the same"]
    for variant, text in copies.items():
        assert text == copies["the same"], variant


async def subject_access_of_case(asking: Askable, person: Any, case_id: Any) -> str:
    """What is given of one case, from every service: ids of people in other cases do not matter here."""
    parts = []
    for service, http in sorted(asking.http.items()):
        path = f"/cases/{case_id}/people/{person}/records"
        answer = await http.get(path, params={"reason": "own-request"}, headers=asking.headers)
        parts.append({"service": service, "given": answer.json().get("given")})
    return json.dumps(parts)


async def test_who_may_ask_why_and_for_what(whole: WholeFamilies, tmp_path: Path) -> None:
    family = families(60, 1)[0]
    await whole.send(family.marked(AGENCIES[0], "F-asked", 4))
    (person,) = await whole.ids_of(family.words["mother"])
    (case_id,) = await whole.cases_with({person})
    asking = Askable(whole)
    screening, path = asking.http["screening"], f"/cases/{case_id}/people/{person}/records"
    reason = {"reason": "own-request"}
    for role, status in ((Role.OPERATOR, 403), (Role.PRACTITIONER, 403), (Role.ANALYST, 403), (Role.COORDINATOR, 200)):
        headers = signed_in("s.omebody", role, areas=[AREA])
        assert (await screening.get(path, params=reason, headers=headers)).status_code == status, role
    elsewhere = signed_in("e.lse", Role.AREA_ADMINISTRATOR, areas=["E06000045"])
    assert (await screening.get(path, params=reason, headers=elsewhere)).status_code == 404
    for wrong in ({}, {"reason": "curious"}, {**reason, "from": "May"}, {**reason, "give": "screening/person"}):
        assert (await screening.get(path, params=wrong, headers=asking.headers)).status_code == 422, wrong

    before = await asking.export(person)
    items = [item.item for each in before.withheld for item in each.items]
    answers = "screening/conversation.answers"
    assert f"{answers}.physical-harm" in items
    after = await asking.export(person, reason=SubjectAccessReason.AFTER_REVIEW, give=(answers,))
    assert found(["physical-harm"], _texts(after.copy)), "what was decided to be given is"
    assert not [item for each in after.withheld for item in each.items if item.item.startswith(answers)]
    entry = await whole.databases["screening"].pool.fetchrow("SELECT * FROM audit ORDER BY sequence DESC LIMIT 1")
    assert (entry["reason"], entry["action"]) == ("after-review", "people.export")
    assert person in entry["persons"]
    assert f"given/{answers}" in entry["records"]
    later = await asking.export(person, since=subject_access.date(2027, 1, 1))
    assert found([family.births["mother"]], _texts(later.copy)) == [], "nothing is from that time"

    paths = write(before, tmp_path / "answer")
    assert {each.parent.name for each in paths} == {"for-the-person", "for-the-reviewer"}
    assert all(each.stat().st_mode & 0o077 == 0 for each in paths)
    held = json.loads((tmp_path / "answer/for-the-person/information.json").read_text())
    assert PersonsCopy.model_validate(held) == before.copy
    assert isinstance(before.withheld[0], CaseWithheld)
