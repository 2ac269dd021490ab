"""What somebody asks of the worklist: all of it in the address, so that a page can be kept, sent on and reloaded."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from uuid import UUID

from starlette.requests import Request

from services.referral.domain.case.states import State
from services.referral.domain.safety.urgency import Urgency
from services.referral.domain.safety.worklist_order import Order, Place
from services.referral.repository.worklist import Narrowed
from services.referral.web.pages import words

ORDERS = {
    Order.URGENCY: "Most urgent first",
    Order.DUE: "Due first",
    Order.OLDEST: "Longest waiting first",
    Order.NEWEST: "Newest first",
}
WHOSE = {"": "Everybody's", "mine": "Mine and covered", "team": "My team's", "nobody": "Nobody's yet"}
URGENCIES = {urgency.name.lower(): words.URGENCIES[urgency][0] for urgency in Urgency}
STATES = {state.value: words.state(state) for state in State if state not in (State.NEW, State.CLOSED, State.REFUSED)}
_LONGEST = 80
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_LATEST_MICROSECONDS = 10**16


@dataclass(frozen=True, slots=True)
class Asked:
    """The filter, the order and the page. What makes no sense counts as not asked."""

    waits: str
    whose: str
    state: str
    agency: str
    urgency: str
    area: str
    q: str
    sort: Order
    come_from: Place | None = None
    forward: bool = True
    every_step_up: bool = False

    @classmethod
    def of(cls, request: Request) -> "Asked":
        """From the parameters of a request."""
        given = request.query_params

        def one_of(name: str, known: Mapping[str, object]) -> str:
            return value if (value := given.get(name, "")) in known else ""

        after, before = (_place(given.get(name, "")) for name in ("after", "before"))
        return cls(
            waits=one_of("waits", words.GROUPS),
            whose=one_of("whose", WHOSE),
            state=one_of("state", STATES),
            agency=_text(given.get("agency", "")),
            urgency=one_of("urgency", URGENCIES),
            area=_text(given.get("area", "")),
            q=_text(given.get("q", "")),
            sort=Order(one_of("sort", dict.fromkeys(Order)) or Order.URGENCY),
            come_from=after or before,
            forward=before is None or after is not None,
            every_step_up=given.get("step-ups") == "all",
        )

    def shown(self) -> dict[str, str]:
        """The fields of the form, which links of the page carry on."""
        names = ("waits", "whose", "state", "agency", "urgency", "area", "q")
        return {**{name: getattr(self, name) for name in names}, "sort": self.sort.value}

    @property
    def is_narrowed(self) -> bool:
        """Whether the filter leaves anything out."""
        return any(value for name, value in self.shown().items() if name != "sort")

    @property
    def is_of_safety_alone(self) -> bool:
        """Whether this is the first page of what concerns safety, and of all of it."""
        given = {name for name, value in self.shown().items() if value and name != "sort"}
        safety = self.waits in ("", "safety") and self.only in (None, Urgency.IMMEDIATE)
        return safety and bool(given) and given <= {"waits", "urgency"} and self.come_from is None

    @property
    def only(self) -> Urgency | None:
        """Those that are so urgent now."""
        return Urgency[self.urgency.upper()] if self.urgency else None

    def areas(self, within: Sequence[str]) -> list[str]:
        """Of the areas within reach, those that are asked for."""
        return [area for area in within if self.area in ("", area)]

    def narrowed(self, mine: Sequence[str], but: Sequence[UUID] = ()) -> Narrowed:
        """Which lines are wanted. `mine`: the hands that count as one's own."""
        held = {"mine": mine, "nobody": ()}.get(self.whose)
        return Narrowed(
            state=self.state or None,
            agency=self.agency or None,
            reasons=sorted(words.GROUPS[self.waits][1]) if self.waits else None,
            held_by=held,
            others_than=mine if self.whose == "team" else None,
            but=but,
        )


def mark_of(place: Place) -> str:
    """A place as a page's address has it."""
    return f"{place.rank}-{(place.at - _EPOCH) // timedelta(microseconds=1)}-{place.case_id.hex}"


def _place(mark: str) -> Place | None:
    rank, _, rest = mark.partition("-")
    at, _, case_id = rest.partition("-")
    try:
        microseconds = int(at)
        if not 0 <= microseconds < _LATEST_MICROSECONDS:
            return None
        return Place(int(rank), _EPOCH + timedelta(microseconds=microseconds), UUID(case_id))
    except ValueError:
        return None


def _text(value: str) -> str:
    return "".join(each for each in value.strip() if each.isprintable())[:_LONGEST]
