"""What front doors send that is not as it should be: broken records that say something certain, and odd families."""

import re
from collections.abc import Callable
from datetime import date, datetime, timedelta
from typing import Any

import orjson
from hypothesis import strategies as st
from hypothesis.stateful import precondition, rule

from tests.stateful.couples import Filing, screening, written
from tests.stateful.front_doors import FrontDoors
from tests.stateful.life import FLOW, PICK

Values = dict[str, Any]
_SCORE = {"subject_ref": "P1", "instrument": "core-10", "version": "1", "occasion": "baseline", "score": 424242.0}


def _edit(change: Callable[[Values], Any]) -> Callable[[bytes], bytes]:
    def edited(record: bytes) -> bytes:
        values: Values = orjson.loads(record)
        change(values)
        return orjson.dumps(values)

    return edited


def _score(written_as: bytes) -> Callable[[bytes], bytes]:
    measured = _edit(lambda values: values["measures"].append(_SCORE))
    return lambda record: measured(record).replace(b"424242.0", written_as)


def _answered_twice(record: bytes) -> bytes:
    """Each answer of a safety conversation again, the other way round: what comes last would hide what comes first."""
    return re.sub(rb'"(controls-money|threats-to-harm)":"\w+"', rb'\g<0>,"\1":"no"', record)


def _days_after(values: Values, days: int) -> str:
    return (_date(values) + timedelta(days=days)).isoformat()


def _date(values: Values) -> date:
    return datetime.fromisoformat(values["submitted_at"]).date()


def _later(values: Values, days: int) -> None:
    at = datetime.fromisoformat(values["submitted_at"]) + timedelta(days=days)
    values["submitted_at"] = written(at)


SPOILT: dict[str, Callable[[bytes], bytes]] = {
    "not-a-number": _score(b"NaN"),
    "beyond-every-number": _score(b"1e999"),
    "answered-twice": _answered_twice,
    "an-unknown-field": _edit(lambda values: values.update(shoe_size=43)),
    "not-born-yet": _edit(lambda values: values["children"][0].update(date_of_birth=_days_after(values, 2))),
    "too-old-for-a-child": _edit(lambda values: values["children"][0].update(date_of_birth="1999-01-01")),
    "held-tomorrow": _edit(lambda values: values["parents"][0]["conversation"].update(held_on=_days_after(values, 2))),
    "noticed-at-the-end-of-time": _edit(lambda values: values["parents"][0].update(privacy_notice_on="9999-12-31")),
    "from-the-future": _edit(lambda values: _later(values, 8_000)),
    "too-many-children": _edit(
        lambda values: values["children"].extend([{**values["children"][0], "ref": f"C{at}"} for at in range(2, 40)])
    ),
    "too-large": _edit(lambda values: values["children"][0].update(views="x" * 300_000)),
    "with-nul": _edit(lambda values: values["children"][0].update(views="a\0b")),
}
"""Ways to spoil a record that leave standing what is certain in it."""

_BROKEN_KINDS = st.sampled_from(["refer", "refer", "does-not-agree", "abuse"])
_CORRECTED = st.sampled_from(["refer", "refer", "refer", "in-crisis", "does-not-agree"])
_ODD = st.sampled_from(
    [
        *("swapped", "swapped", "strangers", "strangers", "at-the-bounds", "not-judged", "one-as-both", "no-children"),
        "under-age",
    ]
)


class Oddities(FrontDoors):
    """The rules of what is odd."""

    @rule(pick=PICK, door=PICK, kind=_BROKEN_KINDS, how=st.sampled_from(sorted(SPOILT)), flow=FLOW)
    def sends_a_broken_record(self, pick: int, door: int, kind: str, how: str, flow: int) -> None:
        """It is a dead letter. A sign of abuse in it, or that a parent does not agree, counts all the same."""
        if kind == "abuse" and not self.late_enough:
            kind = "refer"
        couple = self.world.couples[pick % len(self.world.couples)]
        key = couple.key(couple.doors[door % len(couple.doors)])
        at = self.world.now
        _, value = screening(couple, key[0], Filing(kind, self.world.next_id(), at, len(self.world.submissions)))
        record = self.world.publish(f"front-door.{key[0]}.screenings", key[1], SPOILT[how](value))
        self.world.broken.add((record.topic, record.partition, record.offset))
        if kind == "abuse":
            self.world.agreements.owed_signs.add(key)
        elif kind == "does-not-agree":
            self.world.agreements.owed_stops[key] = at
        self.go(flow)

    @rule(pick=PICK, door=PICK, kind=_ODD, flow=FLOW)
    def screens_an_odd_family(self, pick: int, door: int, kind: str, flow: int) -> None:
        couple = self.world.couples[pick % len(self.world.couples)]
        self._screen(couple, couple.doors[door % len(couple.doors)], kind)
        self.go(flow)

    @precondition(lambda self: self.world.submissions)
    @rule(pick=PICK, kind=_CORRECTED, minutes=st.sampled_from([0, 0, 1, 600]), flow=FLOW)
    def corrects_by_a_slow_clock(self, pick: int, kind: str, minutes: int, flow: int) -> None:
        """A correction stamped like what it corrects, or before it."""
        couple, submission = self._sent_before(pick)
        at = submission.submitted_at - timedelta(minutes=minutes)
        self._screen(couple, submission.key[0], kind, supersedes=submission.submission_id, at=at)
        self.go(flow)

    @rule(pick=PICK, door=PICK, kind=_CORRECTED, flow=FLOW)
    def corrects_what_comes_later(self, pick: int, door: int, kind: str, flow: int) -> None:
        """The correction overtakes what it corrects, which then stands above nothing."""
        couple = self.world.couples[pick % len(self.world.couples)]
        agency = couple.doors[door % len(couple.doors)]
        late = str(self.world.next_id())
        at = self.world.now
        self._screen(couple, agency, kind, supersedes=late)
        self.go(flow)
        self._screen(couple, agency, "refer", at=at, submission_id=late)
        self.go(flow)

    @precondition(lambda self: self.late_enough)
    @rule(pick=PICK, door=PICK, parent=st.sampled_from(["P1", "P2", "P7"]), flow=FLOW)
    def a_practitioner_knows_before_anybody_has_screened(self, pick: int, door: int, parent: str, flow: int) -> None:
        couple = self.world.couples[pick % len(self.world.couples)]
        agency, family_ref = couple.key(couple.doors[door % len(couple.doors)])
        self._send_contact((agency, family_ref), parent, "spoken", sign_of_abuse=True)
        self.go(flow)
