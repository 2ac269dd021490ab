"""Each row of eligibility, and that a coordinator sees why an offer is not for a family."""

from dataclasses import replace
from datetime import date
from typing import Any

import pytest

from services.referral.domain.agreement.eligibility import BINDING, Terms, WhyNot, why_not
from services.referral.domain.agreement.offers import Area
from services.referral.domain.case.family import Family
from services.referral.domain.case.progress import Progress
from services.referral.domain.case.states import State, Trigger
from services.referral.domain.deciders.command_effects import decide_command
from services.referral.domain.deciders.commands import Agree, InvalidCommandError
from services.referral.domain.deciders.screenings import decide_screening
from services.referral.domain.safety.halting import halt
from shared.contracts.directory import OfferRegistered
from shared.contracts.screening import ScreenedChild
from tests.support.referral_families import ASKING_AREA, catalogue, context, new_case, offer, parent, screening, some_id

AREA_RULES = Area(automatic_agreement=True, young_child_age=8)
TODAY = date(2025, 4, 1)


def child(age: int, ref: str = "C1") -> ScreenedChild:
    return ScreenedChild(person_id=some_id(ref), ref=ref, age=age, takes_part=False, views_source="direct")


def a_parent(ref: str, **changes: Any) -> Any:
    return parent(ref).model_copy(update={"first_language": "en", **changes})


def family(**changes: Any) -> Family:
    parents = (a_parent("P1"), a_parent("P2"))
    return Family.of(screening(**{"parents": parents, **changes}))


def terms(**fields: Any) -> Terms:
    """Terms as a commissioner writes them in the directory."""
    entry = {"kind": "offer", "id": "an-offer", "provider": "north", "service": "mediation", "areas": ["E10000014"]}
    return Terms.of(OfferRegistered.model_validate({**entry, **fields}))


def against(rows: dict[str, Any], *, area: Area = AREA_RULES, **changes: Any) -> set[WhyNot]:
    return set(why_not(family(**changes), terms(**rows), area, TODAY))


SMALL = {"children": (child(3),)}
POLISH = {"parents": (a_parent("P1"), a_parent("P2", first_language="pl"))}
NOT_RESPONSIBLE = {"parents": (a_parent("P1"), a_parent("P2", parental_responsibility=False))}
MOTHERS_ONLY = {"parents": (a_parent("P1"), a_parent("P2", role="mother"))}
GRANDMOTHER = {"parents": (a_parent("P1"), a_parent("P2", role="grandparent"))}


@pytest.mark.parametrize(
    ("eligibility", "changes", "code"),
    [
        ({}, {}, None),
        ({"relationship": ["separated"]}, {}, None),
        ({"relationship": ["together"]}, {}, "relationship"),
        ({"levels_of_need": ["targeted"]}, {}, None),
        ({"levels_of_need": ["child-protection"]}, {}, "level-of-need"),
        ({"every_parent_has_parental_responsibility": True}, {}, None),
        ({"every_parent_has_parental_responsibility": True}, NOT_RESPONSIBLE, "parental-responsibility-missing"),
        ({"no_young_child": True}, {"children": (child(8),)}, None),
        ({"no_young_child": True}, {"children": (child(9), child(7, "C2"))}, "young-child"),
        ({"children_take_part": True}, {}, None),
        ({"children_take_part": True}, {"prefers_without_children": True}, "family-prefers-without-children"),
        ({"child_age_from": 2, "child_age_to": 14}, {"children": (child(14),)}, None),
        ({"child_age_from": 2, "child_age_to": 14}, {"children": (child(15),)}, "child-age"),
        ({"child_age_from": 2, "child_age_to": 14}, {"children": (child(1), child(2, "C2"))}, None),
        ({"child_age_from": 2, "every_child_of_age": True}, {"children": (child(1), child(2, "C2"))}, "child-age"),
        ({"child_age_to": 3}, {"children": ()}, "child-age"),
        ({"audience": ["fathers"]}, {}, None),
        ({"audience": ["fathers"]}, MOTHERS_ONLY, "audience"),
        ({"audience": ["kinship-carers"]}, GRANDMOTHER, None),
        ({"audience": ["parents-of-babies"]}, {"children": (child(0),)}, None),
        ({"audience": ["parents-of-babies"]}, SMALL, "audience"),
        ({"audience": ["send"]}, {}, "audience-not-known"),
        ({"audience": ["send"]}, {"audiences": ("send",)}, None),
        ({"audience": ["send", "foster-carers"]}, {}, "audience-not-known"),
        ({"audience": ["professionals", "fathers"]}, {}, None),
        ({"audience": ["professionals"]}, {"audiences": ("professionals",)}, "for-professionals"),
    ],
)
def test_each_row_of_whom_an_offer_is_for(eligibility: Any, changes: Any, code: str | None) -> None:
    assert against({"eligibility": eligibility}, **changes) == ({code} if code else set())


@pytest.mark.parametrize(
    ("rows", "changes", "code"),
    [
        ({"languages": ["en", "pl"], "interpreter": "none"}, POLISH, None),
        ({"languages": ["en"], "interpreter": "none"}, POLISH, "language-not-spoken"),
        ({"languages": ["en"], "interpreter": "after-spoken"}, POLISH, None),
        ({"languages": ["en"]}, POLISH, None),
        ({"delivery": ["online", "app"]}, {"delivery": ("in-person",)}, "delivery-not-possible"),
        ({"delivery": ["online", "in-person"]}, {"delivery": ("in-person",)}, None),
        ({"delivery": ["online"]}, {}, None),
        ({"access": "open"}, {}, "open-to-everybody"),
        ({"cost_to_family": {"amount_pence": 0}}, {}, None),
        ({"cost_to_family": {"amount_pence": 4500, "per": "session"}}, {}, "costs-the-family"),
    ],
)
def test_each_row_of_the_terms(rows: Any, changes: Any, code: str | None) -> None:
    assert against(rows, **changes) == ({code} if code else set())


def test_assurance_and_cost_are_the_areas_settings() -> None:
    asks = replace(AREA_RULES, assured_within_days=365, paid_offers_automatically=True)
    assert against({"cost_to_family": {"amount_pence": 4500}}, area=asks) == {"not-assured"}
    assert against({"assured_on": "2024-03-31"}, area=asks) == {"assurance-out-of-date"}
    assert against({"assured_on": "2024-04-01"}, area=asks) == set()
    assert against({"assured_on": "2014-04-01"}) == set(), "an area that asks for no assurance looks at none"


def test_every_reason_is_given_and_not_the_first_alone() -> None:
    rows = {
        "eligibility": {"relationship": ["together"], "child_age_to": 3},
        "languages": ["cy"],
        "interpreter": "none",
    }
    assert against(rows) == {"relationship", "child-age", "language-not-spoken"}


def test_an_offer_that_needs_an_interpreter_can_come_after_one_that_does_not() -> None:
    english = offer("a-english", "north", priority=1, terms=terms(languages=["en"], interpreter="after-spoken"))
    polish = offer("b-polish", "south", priority=9, terms=terms(languages=["en", "pl"], interpreter="none"))
    case = decide_screening(new_case(), screening(**POLISH), context(rows=catalogue(english, polish))).case
    assert [r.offer for r in case.referrals] == ["b-polish"]
    spoken = decide_screening(
        new_case(), screening(parents=family().parents), context(rows=catalogue(english, polish))
    ).case
    assert [r.offer for r in spoken.referrals] == ["a-english"]


def test_what_is_open_or_for_professionals_is_nobodys_referral() -> None:
    rows = catalogue(
        offer("a-app", "north", terms=terms(access="open")),
        offer("b-course", "north", terms=terms(eligibility={"audience": ["professionals"]})),
    )
    case = decide_screening(new_case(), screening(area=ASKING_AREA), context(rows=rows)).case
    assert case.state is State.AWAITING_COORDINATOR
    for name in rows.offers:
        with pytest.raises(InvalidCommandError):
            decide_command(case, Agree(offer=name), context(rows=rows))


def test_a_halted_case_has_no_offer_of_any_service_whatever_its_terms() -> None:
    contact = offer("a-contact-centre", "north", service="supervised-contact")
    rows = catalogue(contact, offer("b-mediation", "south"))
    progress = Progress(decide_screening(new_case(), screening(), context(rows=rows)).case, context())
    halt(progress, Trigger.HALT, "sign-of-abuse")
    for row in rows.offers.values():
        assert rows.why_not(progress.case, row, TODAY) == (WhyNot.CASE_HALTED,)
        assert rows.why_not(progress.case, row, TODAY)[0] in BINDING
    assert rows.eligible(progress.case, "supervised-contact", TODAY) == []
