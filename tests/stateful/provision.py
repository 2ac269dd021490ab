"""What providers do in a life: what comes next in their work, or anything at all that they could send."""

from datetime import timedelta
from typing import Any

import orjson
from hypothesis import strategies as st
from hypothesis.stateful import precondition, rule

from tests.stateful.couples import written
from tests.stateful.life import FLOW, PICK, Life
from tests.stateful.places import PROVIDERS
from tests.stateful.records import Value

_WORK = (
    *("referral-accepted", "reached-1", "reached-2", "suitable", "session-scheduled", "session", "session-scheduled"),
    *("session", "completed"),
)
_ANYTHING = (
    *("referral-accepted", "referral-declined", "no-answer", "reached-1", "reached-2", "suitable", "one-suitable"),
    *("other-suitable", "not-suitable", "session-scheduled", "rescheduled", "session", "measure", "follow-up-measure"),
    *("concern", "completed", "ended-early", "no-contact", "withdrawn", "case-reopened", "a-stranger"),
)
_SIGNS = ("safety-concern", "assessed-unsafe", "one-assessed-unsafe", "risk-item", "closed-with-risk-item")


class Provision(Life):
    """The rules of providers. They act on whatever they were ever offered, whether they still may or not."""

    @precondition(lambda self: any(self.world.parties.offers.values()))
    @rule(pick=PICK, steps=st.integers(1, 5), flow=FLOW)
    def a_provider_goes_on(self, pick: int, steps: int, flow: int) -> None:
        """The next steps of the work with the family that it has."""
        referred = [*self.world.parties.referred.items()]
        if referred:
            referral, (_, provider) = referred[pick % len(referred)]
            for _ in range(steps):
                self._send_next(provider, self._offer(provider, referral))
        self.go(flow)

    @precondition(lambda self: any(self.world.parties.offers.values()))
    @rule(provider=PICK, pick=PICK, what=st.sampled_from(_ANYTHING), again=st.booleans(), flow=FLOW)
    def a_provider_reports(self, provider: int, pick: int, what: str, again: bool, flow: int) -> None:
        name = PROVIDERS[provider % len(PROVIDERS)]
        offers = self.world.parties.offers[name]
        if offers:
            self._send(name, offers[-1 - pick % len(offers)], what)
            if again:
                topic, key, value = self.sent[-1]
                self.world.publish(topic, key, value)
        self.go(flow)

    @precondition(lambda self: any(self.world.parties.offers.values()) and self.late_enough)
    @rule(provider=PICK, pick=PICK, what=st.sampled_from(_SIGNS), flow=FLOW)
    def a_provider_learns_of_abuse(self, provider: int, pick: int, what: str, flow: int) -> None:
        name = PROVIDERS[provider % len(PROVIDERS)]
        offers = self.world.parties.offers[name]
        if offers:
            self._send(name, offers[-1 - pick % len(offers)], what)
        self.go(flow)

    def _offer(self, provider: str, referral: str) -> Value:
        return next(each for each in self.world.parties.offers[provider] if each["referral_id"] == referral)

    def _send_next(self, provider: str, offer: Value) -> None:
        at = self.order.get(offer["referral_id"], 0)
        self.order[offer["referral_id"]] = at + 1
        if at < len(_WORK):
            self._send(provider, offer, _WORK[at])

    def _send(self, provider: str, offer: Value, what: str) -> None:
        kind, fields = self._update(what, offer["parents"], offer["referral_id"])
        update = {
            "update": kind,
            "update_id": str(self.world.next_id()),
            "case_id": offer["case_id"],
            "occurred_at": written(self.world.now),
            **fields,
        }
        record = (f"provider.{provider}.updates", offer["case_id"], orjson.dumps(update))
        self.sent.append(record)
        self.world.publish(*record)

    def _update(self, what: str, people: list[str], referral: str) -> tuple[str, dict[str, Any]]:
        one, other = people
        today = self.world.now.date().isoformat()
        number = self.numbers.get(referral, 1)
        match what:
            case "reached-1" | "reached-2" | "no-answer":
                parent, outcome = (other if what == "reached-2" else one), what.partition("-1")[0].partition("-2")[0]
                return "contact-attempted", {"parent": parent, "method": "phone", "outcome": outcome}
            case "referral-declined":
                return what, {"reason": "no-capacity"}
            case "suitable" | "not-suitable":
                return "initial-assessment", {"outcome": what, "parents_seen": people}
            case "assessed-unsafe":
                return "initial-assessment", {"outcome": "safety-concern", "parents_seen": people}
            case "one-suitable" | "other-suitable" | "one-assessed-unsafe":
                seen, found = (other if what == "other-suitable" else one), "suitable"
                found = "safety-concern" if what == "one-assessed-unsafe" else found
                parents = [{"parent": seen, "outcome": found}]
                return "initial-assessment", {"outcome": "suitable", "parents_seen": [seen], "parents": parents}
            case "session-scheduled" | "rescheduled":
                days = 3 if what == "session-scheduled" else 9
                at = written(self.world.now + timedelta(days=days))
                return "session-scheduled", {"number": number, "scheduled_for": at, "kind": "joint", "expected": people}
            case "session":
                self.numbers[referral] = number + 1
                came = [{"person": one, "attended": "yes"}, {"person": other, "attended": "late"}]
                return what, {"number": number, "held_on": today, "kind": "joint", "attendance": came}
            case "measure" | "follow-up-measure":
                occasion = "closure" if what == "measure" else "follow-up-6-months"
                return "measure", {"measure": _measure(one, occasion)}
            case "risk-item":
                return "measure", {"measure": {**_measure(one, "closure"), "items": {"6": 1.0}}}
            case "closed-with-risk-item":
                risky = {**_measure(other, "closure"), "items": {"6": 3.0}}
                return "case-closed", {"reason": "completed", "measures": [risky]}
            case "completed" | "ended-early" | "no-contact" | "withdrawn":
                views = [{"person": one, "change": "better", "words": "we talk without shouting now"}]
                return "case-closed", {"reason": what, "views": views, "measures": [_measure(one, "closure")]}
            case "concern":
                return what, {"code": "housing"}
            case "case-reopened":
                return what, {"reason": "family-came-back"}
            case "a-stranger":
                stranger = str(self.world.next_id())
                return "contact-attempted", {"parent": stranger, "method": "text", "outcome": "no-answer"}
            case _:
                return what, {}


def _measure(person: str, occasion: str) -> dict[str, Any]:
    return {"person": person, "instrument": "core-10", "version": "1", "occasion": occasion, "score": 9.0}
