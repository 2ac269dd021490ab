"""Safety across the services, over generated families and any race of their topics."""

import itertools
from datetime import timedelta
from typing import Any
from uuid import UUID, uuid5

import orjson
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.support.families import SUBMITTED, submissions
from tests.support.pathway import AGENCY, PROVIDERS, Pathway

_IDS = UUID("5b6e7f3a-1111-4d6e-8a43-0c3f0a5f7b11")
UPDATES = ("referral-accepted", "initial-assessment", "session", "safety-concern", "referral-declined", "case-closed")


@pytest.fixture(scope="module")
def services() -> tuple[str, ...]:
    return ("screening", "referral", "notification")


@pytest.fixture
async def pathway(databases: Any, services: tuple[str, ...]) -> Pathway:
    running = Pathway({service: await databases(service) for service in services})
    await running.register()
    return running


@st.composite
def willing(draw: st.DrawFn) -> dict[str, Any]:
    """A family that can be referred, unless somebody discloses abuse."""
    values = draw(submissions(may_disclose=False))
    base = draw(submissions(may_disclose=False))["parents"][0]
    values["parents"] = [{**(values["parents"][0]), "ref": "P1"}, {**base, "ref": "P2"}]
    worker = values["practitioner"]
    values["wrap_around"] = [{"parent_ref": ref, "practitioner": worker} for ref in ("P1", "P2")]
    values |= {
        "level_of_need": "targeted",
        "universal_offer": "used",
        "public_law_proceedings": False,
        "used_as_exit_strategy": False,
        "children": [
            {
                "ref": "C1",
                "date_of_birth": "2012-05-01",
                "views": None,
                "views_source": "not-sought",
                "takes_part": True,
            }
        ],
    }
    for number, parent in enumerate(values["parents"]):
        parent |= {
            "name": {**parent["name"], "given": ("Ada", "Ben")[number]},
            "parental_responsibility": True,
            "in_crisis": False,
            "therapy": "none",
            "wants_change": True,
            "sees_childs_perspective": True,
            "agrees_to_referral": True,
            "privacy_notice_on": "2025-03-20",
            "conversation": {
                "held_on": "2025-03-20",
                "alone": True,
                "tool": "safety-net",
                "answers": dict.fromkeys(
                    (
                        "afraid-of-other-parent",
                        "physical-harm",
                        "sexual-coercion",
                        "threats-to-harm",
                        "controls-money",
                        "isolated-from-others",
                        "monitored-or-followed",
                        "child-used-to-control",
                        "self-harm-threats-to-control",
                        "protective-order-in-force",
                    ),
                    "no",
                ),
            },
            "contact": {**parent["contact"], "phone": f"07700 9{draw(st.integers(0, 9999)):04d}{number}"},
        }
    return values


def _disclosed(values: dict[str, Any]) -> dict[str, Any]:
    copied: dict[str, Any] = orjson.loads(orjson.dumps(values))
    copied["parents"][1]["conversation"] = {
        "held_on": "2025-03-20",
        "alone": True,
        "tool": "dash",
        "answers": {"controls-money": "yes"},
    }
    return copied


class Story:
    """A family's screenings, sent one after the other."""

    numbers = itertools.count()

    def __init__(self, pathway: Pathway) -> None:
        self.pathway = pathway
        self.number = next(self.numbers)
        self.family_ref = f"F{self.number}"
        self.sent: list[str] = []

    def screen(self, values: dict[str, Any]) -> None:
        submission_id = str(uuid5(_IDS, f"{self.number}/{len(self.sent)}"))
        values = {
            **values,
            "submission_id": submission_id,
            "supersedes": self.sent[-1] if self.sent else None,
            "family_ref": self.family_ref,
            "submitted_at": (SUBMITTED + timedelta(hours=len(self.sent))).isoformat().replace("+00:00", "Z"),
        }
        self.sent.append(submission_id)
        self.pathway.publish(f"front-door.{AGENCY}.screenings", self.family_ref, orjson.dumps(values))


def _report(pathway: Pathway, kind: str, step: int) -> None:
    """Every provider reports on every case that it was offered."""
    for record in list(pathway.provider_records):
        event = orjson.loads(record.value or b"{}")
        if "parents" not in event:
            continue
        extra: dict[str, Any] = {
            "referral-declined": {"reason": "no-capacity"},
            "initial-assessment": {"outcome": "suitable", "parents_seen": event["parents"]},
            "session": {
                "number": step + 1,
                "held_on": "2025-06-01",
                "kind": "joint",
                "attendance": [{"person": event["parents"][0], "attended": "yes"}],
            },
            "case-closed": {"reason": "completed"},
        }.get(kind, {})
        update = {
            "update": kind,
            "update_id": str(uuid5(_IDS, f"{event['referral_id']}/{kind}/{step}")),
            "case_id": event["case_id"],
            "occurred_at": "2025-06-01T10:00:00Z",
            **extra,
        }
        provider = record.topic.split(".")[1]
        pathway.publish(f"provider.{provider}.updates", event["case_id"], orjson.dumps(update))


_SLOW = settings(
    max_examples=25, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow], deadline=None
)


@given(families=st.lists(submissions(), min_size=5, max_size=15), data=st.data())
@_SLOW
async def test_no_family_on_the_domestic_abuse_pathway_reaches_a_provider(
    pathway: Pathway, families: list[dict[str, Any]], data: st.DataObject
) -> None:
    pathway.begin()
    stories = [Story(pathway) for _ in families]
    for story, values in zip(stories, families, strict=True):
        story.screen(values)
    await pathway.run(lambda count: data.draw(st.integers(0, count - 1)))

    cases = await pathway.cases(story.family_ref for story in stories)
    assert sum(map(len, cases.values())) == len(families)
    sent = {event["case_id"] for _, event in pathway.sent_to_providers()}
    assert sent <= {case_id for case_id, decisions in cases.items() if decisions == ["refer"]}


@given(family=willing(), events=st.lists(st.sampled_from(["screen", "disclose", *UPDATES]), max_size=8), data=st.data())
@_SLOW
async def test_after_a_sign_of_abuse_a_provider_hears_one_stop_and_nothing_else(
    pathway: Pathway, family: dict[str, Any], events: list[str], data: st.DataObject
) -> None:
    pathway.begin()
    story = Story(pathway)
    story.screen(family)
    await pathway.run()
    assert any(kind == "parley.referral-offered.v1" for kind, _ in pathway.sent_to_providers())

    abuse, heard_before = False, len(pathway.provider_records)
    for step, event in enumerate(events):
        if event == "screen":
            story.screen(family)
        elif event == "disclose":
            story.screen(_disclosed(family))
        else:
            _report(pathway, event, step)
        await pathway.run(lambda count: data.draw(st.integers(0, count - 1)))
        sent = pathway.sent_to_providers()
        halted = await pathway.halted(sent[0][1]["case_id"])
        if not abuse and halted:
            abuse = True
            assert {kind for kind, _ in sent[heard_before:]} <= {"parley.referral-stopped.v1"}
            assert len(sent[heard_before:]) <= 1
        elif abuse:
            assert sent[heard_before:] == [], "something was sent after the halt"
        heard_before = len(sent)
    # The words of a stop are the same for every reason.
    assert {event["instruction"] for _, event in pathway.sent_to_providers() if "instruction" in event} <= {
        "Stop all work on this case and do not contact the family."
    }


@given(families=st.lists(willing(), min_size=1, max_size=4), data=st.data())
@_SLOW
async def test_one_parents_details_are_never_with_the_others(
    pathway: Pathway, families: list[dict[str, Any]], data: st.DataObject
) -> None:
    pathway.begin()
    stories = [Story(pathway) for _ in families]
    for story, values in zip(stories, families, strict=True):
        story.screen(values)
    await pathway.run(lambda count: data.draw(st.integers(0, count - 1)))

    opened = pathway.opened()
    assert len(opened) == sum(len(values["parents"]) for values in families)
    phones = [parent["contact"]["phone"] for values in families for parent in values["parents"]]
    clear = b"".join(record.value or b"" for record in pathway.provider_records)
    for phone in phones:
        assert phone.encode() not in clear
    for _, details in opened:
        text = orjson.dumps(details).decode()
        assert [phone for phone in set(phones) if phone in text] == [details["contact"]["phone"]]
    assert {record.topic.split(".")[1] for record in pathway.provider_records} <= set(PROVIDERS)
