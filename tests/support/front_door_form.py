"""A practitioner at the front door's form in a browser: fills it in page by page, as they would."""

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from playwright.async_api import Page

from shared.contracts.vocabulary import AbuseIndicator, ConflictIndicator

AGENCY, AREA = "hants-schools", "E10000014"
DIRECTORY = (
    {
        "kind": "area",
        "id": AREA,
        "name": "Hampshire",
        "universal_offer": {"name": "Courses for parents", "url": "https://courses.example.org"},
        "specialist_support": {"name": "Safe Line", "phone": "0800 000 111"},
        "safety_numbers": [{"name": "Children's services, day and night", "phone": "0800 000 222"}],
    },
    {"kind": "agency", "id": AGENCY, "name": "Hampshire schools", "areas": [AREA], "sources": ["school"]},
)
PRACTITIONER = {
    **{"roles": ["practitioner"], "areas": [], "agency": AGENCY},
    **{"name": "Ivo Pryce", "email": "ivo.pryce@school.example.org"},
}
HOME = "/pages/front-door"

Answers = Mapping[str, Any]
_TODAY = datetime.now(UTC).date()
TODAY = (_TODAY.day, _TODAY.month, _TODAY.year)
_RECENT = ("held_on", "privacy_notice_on")


def parent(given: str, family: str, born: tuple[int, int, int], role: str) -> Answers:
    """Who a parent is."""
    return {
        **{"given": given, "family": family, "born": born, "role": role, "parental_responsibility": "yes"},
        **{"first_language": "en", "sex": "not-stated", "ethnicity": "not-stated", "disability": "no"},
        "employment": "working",
    }


def talk(**changes: str) -> Answers:
    """A conversation without a sign of abuse, but for what a test changes."""
    answers = {each.value: "no" for each in (*AbuseIndicator, *ConflictIndicator)}
    given = {**answers, "both-can-voice-views": "yes", "arguments-frequent": "yes", "child-exposed": "yes", **changes}
    return {"held": "yes", "held_on": TODAY, "alone": "yes", "tool": "safety-net", **given}


READY = {
    **{"in_crisis": "no", "therapy": "none", "wants_change": "yes", "sees_childs_perspective": "yes"},
    **{"agrees_to_referral": "yes", "privacy_notice_on": TODAY, "wrap_around": "me"},
}


def whole(**changes: Answers) -> dict[str, Answers]:
    """Every page of a family of two parents and one child; by page, with dots as underscores, what a test changes."""
    form: dict[str, Answers] = {
        "you": {"name": "Ivo Pryce", "role": "teacher", "email": "ivo.pryce@school.example.org"},
        "family": {"source": "school", "relationship": "separated", "level_of_need": "targeted"},
        "people": {"parents": "2", "children": "1"},
        "referral": {
            **{"universal_offer": "used", "public_law_proceedings": "no", "used_as_exit_strategy": "no"},
            **{"prefers_without_children": "no", "requested_service": "none"},
        },
        "parent-1": parent("Morwenna", "Teague", (12, 4, 1987), "mother"),
        "parent-1-contact": {
            **{
                "phone": "07700 900201",
                "safe_methods": ["phone", "text"],
                "safe_times": "Weekdays while the school is on",
            },
            "confidential": "yes",
        },
        "parent-1-talk": talk(),
        "parent-1-ready": READY,
        "parent-2": parent("Jago", "Pascoe", (23, 11, 1985), "father"),
        "parent-2-contact": {
            **{"phone": "07700 900202", "email": "jago@example.org", "safe_methods": ["email"]},
            **{"safe_times": "In the evening", "confidential": "no"},
        },
        "parent-2-talk": talk(),
        "parent-2-ready": READY,
        "child-1": {
            **{"born": (1, 6, 2016), "takes_part": "yes", "views_source": "direct"},
            "views": "Wants it to be quiet at home, and to see both.",
        },
    }
    for page, answers in changes.items():
        name = page.replace("_", "-")
        form[name] = {**form[name], **answers}
    return form


def screens(form: Mapping[str, Answers]) -> dict[str, Answers]:
    """A form's answers by the screen that asks for them: without who one is and where one works, which are known."""
    parents = [number for number in range(1, 5) if f"parent-{number}" in form]
    found = {"family": {**form["family"], **form["people"], "role": form["you"]["role"], **form["referral"]}}
    del found["family"]["source"]
    for number in parents:
        name = f"parent-{number}"
        found[name] = {**form[name], **form[f"{name}-contact"]}
        found |= {f"{name}{part}": form[f"{name}{part}"] for part in ("-talk", "-ready")}
    return {**found, **{name: answers for name, answers in form.items() if name.startswith("child")}}


_FILL = """
answers => {
  for (const [name, given] of Object.entries(answers)) {
    for (const value of Array.isArray(given) ? given : [given]) {
      const field = document.querySelector(`[name="${name}"]`)
      if (!field.checkVisibility()) throw new Error(`${name} is not to be seen`)
      const chosen = document.querySelector(`[name="${name}"][value="${value}"]`)
      if (["radio", "checkbox"].includes(field.type)) { if (!chosen.checked) chosen.click() }
      else field.value = value
      if (field.value !== value && field.tagName === "SELECT") throw new Error(`${name} has no ${value}`)
    }
  }
}
"""


class Hand:
    """Whoever fills in a form."""

    def __init__(self, page: Page) -> None:
        self.page = page

    async def reads(self) -> None:
        """Looks at the page as it is."""

    async def presses(self, name: str) -> None:
        """Presses a button, or follows a link that looks like one."""
        async with self.page.expect_navigation():
            await self.page.get_by_role("button", name=name, exact=True).click()

    async def follows(self, name: str) -> None:
        """Follows a link."""
        async with self.page.expect_navigation():
            await self.page.get_by_role("link", name=name, exact=True).click()

    async def answers(self, answers: Answers) -> None:
        """Fills in a page, its days in three fields each."""
        await self.reads()
        await self.page.evaluate(_FILL, fields_of(answers))


def fields_of(answers: Answers, *, kept: bool = False) -> dict[str, str | list[str]]:
    """Answers by the names of their fields, in order: on a screen today is a choice, and says that a talk was held."""
    found: dict[str, str | list[str]] = {}
    for name, value in answers.items():
        if name == "held" and kept is False and "held_on" in answers:
            continue
        if kept is False and value == TODAY and name in _RECENT:
            found[f"{name}-when"] = "today"
        elif isinstance(value, tuple):
            found |= {f"{name}-{part}": str(each) for part, each in zip(("day", "month", "year"), value, strict=True)}
        else:
            found[name] = value
    return found


async def begins(hand: Hand, family_ref: str) -> None:
    """From the first question to the first page of the form."""
    await hand.page.wait_for_url("**/front-door")
    await hand.reads()
    await hand.follows("Parents in conflict")
    await hand.answers({"family_ref": family_ref})
    await hand.presses("Start")


async def fills(hand: Hand, form: Mapping[str, Answers]) -> None:
    """Every page of a form, one after the other."""
    for answers in screens(form).values():
        await hand.answers(answers)
        await hand.presses("Save and continue")


async def checks_and_sends(hand: Hand, parents: int = 2) -> None:
    """Looks at each parent's part, and at what is of neither, and sends."""
    for _ in range(parents):
        await hand.reads()
        await hand.presses("This is right")
    await hand.reads()
    await hand.presses("Send")
    await hand.reads()
