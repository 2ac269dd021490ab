"""What is asked together, what a day that is mostly today says, and what is closed on a screen until it matters."""

from datetime import date
from typing import Any

import pytest

from services.screening.domain.form.checking import choice_of_day, day_chosen, problems_of
from services.screening.domain.form.guidance import changes
from services.screening.domain.form.questions import Values, kinds, page_of, pages_of, screen_of, screens_of
from services.screening.web.pages.front_door import shown

TODAY = date(2026, 3, 1)
HELD_ON = kinds()["parent-talk"].question("held_on")
NOTICE = kinds()["parent-ready"].question("privacy_notice_on")


def asked(name: str, pages: dict[str, Values] | None = None, **more: Any) -> list[dict[str, Any]]:
    return shown.blocks_of(screen_of(page_of(name)), pages or {}, more.pop("wrong", {}), {}, TODAY, **more)


def test_every_page_is_asked_on_one_screen_and_no_two_questions_of_it_have_one_name() -> None:
    screens = screens_of(4, 20)
    assert sorted(page.name for screen in screens for page in screen.pages) == sorted(
        page.name for page in pages_of(4, 20)
    )
    for screen in screens:
        fields = [field for question in screen.questions for field in question.fields]
        assert len(fields) == len(set(fields)), screen.name
        assert len({(page.kind.of, page.number) for page in screen.pages}) == 1
        # A conversation is on a screen of its own.
        assert len(screen.pages) == 1 or all("talk" not in page.name for page in screen.pages)


@pytest.mark.parametrize(
    ("chosen", "typed", "day", "held"),
    [
        ("today", {}, "1 3 2026", "yes"),
        ("yesterday", {}, "28 2 2026", "yes"),
        ("today", {"held_on-day": ["9"], "held_on-month": ["9"], "held_on-year": ["2025"]}, "1 3 2026", "yes"),
        ("other", {"held_on-day": ["9"], "held_on-month": ["1"], "held_on-year": ["2026"]}, "9 1 2026", "yes"),
        ("", {"held_on-day": ["9"], "held_on-month": ["1"], "held_on-year": ["2026"]}, "9 1 2026", "yes"),
        ("other", {}, "", "yes"),
        ("no", {"held_on-day": ["9"]}, "", "no"),
        ("", {}, "", ""),
    ],
)
def test_a_day_is_kept_as_the_day_that_it_is(chosen: str, typed: dict[str, list[str]], day: str, held: str) -> None:
    kept = day_chosen(HELD_ON, {**typed, "held_on-when": [chosen] if chosen else []}, TODAY)
    assert " ".join(kept[each][0] for each in HELD_ON.fields if each in kept) == day
    assert kept.get("held", [""]) == [held]
    # Shown again the same day, it is the same choice: also of a draft that knew no such choices.
    wanted = "other" if chosen == "" and day else chosen
    assert choice_of_day(HELD_ON, kept, TODAY) == wanted
    assert choice_of_day(HELD_ON, {name: value for name, value in kept.items() if "when" not in name}, TODAY) == wanted


def test_another_day_that_is_not_named_is_missing_and_none_is_none() -> None:
    page = page_of("parent-1-ready")
    assert "privacy_notice_on" in problems_of(
        page, day_chosen(NOTICE, {"privacy_notice_on-when": ["other"]}, TODAY), TODAY
    )
    assert "privacy_notice_on" not in problems_of(
        page, day_chosen(NOTICE, {"privacy_notice_on-when": ["no"]}, TODAY), TODAY
    )
    talk = page_of("parent-1-talk")
    assert "held" in problems_of(talk, {}, TODAY)
    assert "held_on" in problems_of(talk, day_chosen(HELD_ON, {"held_on-when": ["other"]}, TODAY), TODAY)
    assert problems_of(talk, day_chosen(HELD_ON, {"held_on-when": ["no"]}, TODAY), TODAY) == {}


def test_how_a_day_was_chosen_is_no_change_of_an_answer() -> None:
    before = {"people": {"parents": ["1"]}, "parent-1-talk": {"held": ["yes"], "held_on-day": ["1"]}}
    after = {**before, "parent-1-talk": {**before["parent-1-talk"], "held_on-when": ["other"]}}
    assert list(changes(before, after)) == []


def test_what_is_rare_is_closed_until_it_holds_an_answer_or_a_mistake() -> None:
    def closed(blocks: list[dict[str, Any]]) -> set[str]:
        return {
            question["name"]
            for each in blocks
            if each["summary"] and not each["open"]
            for question in each["questions"]
        }

    assert {"nhs_number", "twin", "address", "postcode"} == closed(asked("parent-1"))
    assert {"nhs_number", "twin"} == closed(asked("parent-1", {"parent-1-contact": {"postcode": ["SO23 8UJ"]}}))
    assert {"nhs_number", "twin"} == closed(asked("parent-1", wrong={"postcode": "Enter the postcode"}))
    assert closed(asked("parent-1", opened=True)) == set()
    assert {"wrap_name"} < closed(asked("parent-1-ready"))


def test_what_is_known_is_closed_and_what_is_not_is_asked_and_nothing_is_chosen_for_anybody() -> None:
    blocks = asked("family", {"you": {"name": ["Ivo Pryce"]}, "family": {"family_ref": ["2041-F"]}})
    known = next(each for each in blocks if each["summary"] == "Filled in already")
    assert [each["name"] for each in known["questions"]] == ["family_ref", "name"]
    assert {"role", "email"} <= {
        each["name"] for block in blocks if not block["summary"] for each in block["questions"]
    }
    for screen in screens_of(1, 1):
        for block in asked(screen.name):
            assert not any(choice["chosen"] for each in block["questions"] for choice in each["choices"])


def test_a_mistake_about_whether_a_talk_was_held_is_beside_the_day() -> None:
    screen = screen_of(page_of("parent-1-talk"))
    assert shown.place_on_screen(screen, "held") == "held_on"
    (first, *_) = asked("parent-1-talk", wrong={"held": "Select when"})[0]["questions"]
    assert (first["name"], first["wrong"]) == ("held_on", "Select when")


def test_noes_are_one_line_but_for_those_that_weigh() -> None:
    page = page_of("parent-1-talk")
    values = {"held": ["yes"], "physical-harm": ["no"], "controls-money": ["unsure"], "both-can-voice-views": ["no"]}
    rows = {each["label"]: each["answer"] for each in shown.rows_of(page, values, {}, {}, compact=True)}
    assert rows["No to"] == "hurt"
    assert rows["Does the other parent control their money?"] == "Not sure"
    assert rows["Can both parents say what they think and want?"] == "No"
    full = {each["label"]: each["answer"] for each in shown.rows_of(page, values, {}, {})}
    assert full["Has the other parent hurt them?"] == "No"
