"""Families of whom every field is marked, and what each of their people would be given of it by every service."""

import asyncio
import copy
from collections.abc import Mapping
from datetime import date
from random import Random
from typing import Any
from uuid import UUID

import httpx
from starlette.applications import Starlette

from deploy.rights.subject_access import Question, SubjectAccess, put_together
from deploy.stack.operator_api import NotFoundError
from services import MANIFESTS
from services.families import web as families_web
from services.families.repository import pages as of_families
from services.notification.repository import erasures as of_notification
from services.outcomes.repository import people as of_outcomes
from services.referral.repository import pages as of_referral
from services.screening.repository import people as of_screening
from shared.access.roles import Role
from shared.audit.recorder import ConcernedBy
from shared.contracts.subject_access import SubjectAccessReason
from shared.contracts.vocabulary import AbuseIndicator
from shared.messaging.timers.clock import Clock
from shared.service.definition import Context
from shared.service.gate import reads_nothing
from shared.service.staff import Staff
from shared.service.subject_access import subject_access_routes
from tests.support.identity import gate, signed_in
from tests.support.pathway import AREA, WIRING
from tests.support.recorded import recorder
from tests.support.whole_families import MarkedFamily, WholeFamilies

TODAY = date(2026, 11, 30)
OWN = SubjectAccessReason.OWN_REQUEST
PARENTS = ("mother", "father")
_CONCERNED_BY: Mapping[str, ConcernedBy] = {
    "screening": of_screening.concerned_by,
    "referral": of_referral.concerned_by,
    "notification": of_notification.concerned_by,
    "outcomes": of_outcomes.concerned_by,
    "families": of_families.concerned_by,
}


class MarkedInEveryField(MarkedFamily):
    """Besides name, birth, address and e-mail: number, ethnicity, safe times, workers and a measure."""

    def marked(self, agency: str, family_ref: str, day: int) -> dict[str, Any]:
        """A front door's record of them."""
        record = self.record(agency, family_ref, day)
        worker = {"id": f"w{self.worker}", "name": f"{self.worker} Pryce", "role": "teacher"}
        worker["email"] = f"{self.worker}@agency.example.org"
        for who, parent in zip(PARENTS, record["parents"], strict=True):
            word = self.words[who]
            # Whether a slip in a name leaves two families in doubt is another test's.
            parent["name"]["given"] = word.capitalize()
            parent["demographics"] = {**parent["demographics"], "ethnicity": f"{word}-ethnicity"}
            parent["identifiers"] = [{"kind": "other", "value": f"{word}-number"}]
            parent["contact"]["safe_times"] = f"{word} after six"
            parent["conversation"]["answers"] = {
                **{each.value: "no" for each in AbuseIndicator},
                "arguments-frequent": "unsure",
                "both-can-voice-views": "unsure",
            }
        measure = {"instrument": "", "version": "1", "occasion": "baseline", "score": 17.0}
        record["measures"] = [
            {**measure, "subject_ref": parent["ref"], "instrument": f"{self.words[who]}-scale"}
            for who, parent in zip(PARENTS, record["parents"], strict=True)
        ]
        record["practitioner"] = worker
        record["wrap_around"] = [{"parent_ref": each["ref"], "practitioner": worker} for each in record["parents"]]
        return copy.deepcopy(record)

    @property
    def worker(self) -> str:
        return f"worker{self.words['mother'][:3]}{self.words['father'][:3]}"

    def must_be_given(self, who: str) -> list[str]:
        """Marks of a parent that their own copy must hold."""
        word = self.words[who]
        marks = ["lane", "-ethnicity", "-number", "-scale"]
        joined = [f"{word} {mark}" if mark == "lane" else f"{word}{mark}" for mark in marks]
        return [*joined, f"o{word[::-1]}", f"{word}.", self.births[who]]

    def must_not_be_given(self, who: str) -> list[str]:
        """Marks that the copy of this parent must not hold: of everybody else, and what is withheld of their own."""
        own = self.words[who]
        others = [mark for other, word in self.words.items() if other != who for mark in (word, word[::-1])]
        births = [born for other, born in self.births.items() if other != who and born != self.births[who]]
        return [*others, *births, self.worker, f"{own} after six", *(each.value for each in AbuseIndicator)]


class Askable:
    """The services' HTTP for whoever exports, on the pathway's databases."""

    def __init__(self, whole: WholeFamilies) -> None:
        self.whole = whole
        self.http = {name: self._app(name) for name in _CONCERNED_BY}
        self.headers = signed_in("d.pofficer", Role.AREA_ADMINISTRATOR, areas=[AREA])
        self.loop = asyncio.get_running_loop()

    def _app(self, name: str) -> httpx.AsyncClient:
        """The routes of the right of access. Outcomes opens no box, so any keyring will do there."""
        database = self.whole.databases.get(name) or self.whole.databases["families"]
        pool = self.whole.outcomes.pool if name == "outcomes" else database.pool
        settings = self.whole.settings if name in ("families", "outcomes") else WIRING[name][1]
        context = Context(name, settings, pool, database.keyring, Clock("events"))
        routes = [*subject_access_routes(context, _CONCERNED_BY[name])]
        routes += families_web.routes(context) if name == "families" else []
        app = Starlette(routes=routes, middleware=[reads_nothing()])
        app.state.gate = gate(next(each.requests for each in MANIFESTS if each.name == name))
        app.state.staff = Staff(pool, database.keyring)
        app.state.recorder = recorder(name, pool, _CONCERNED_BY[name])
        return httpx.AsyncClient(transport=httpx.ASGITransport(app=app), base_url=f"http://{name}")

    def get(self, service: str, path: str, **parameters: Any) -> Any:
        """As the command line's client asks, from a thread of its own."""
        if service not in self.http:
            raise NotFoundError("nothing is held there")
        asked = self.http[service].get(path, params=parameters, headers=self.headers)
        answer = asyncio.run_coroutine_threadsafe(asked, self.loop).result(30)
        if answer.status_code == 404:
            raise NotFoundError("nothing is held there")
        assert answer.status_code == 200, answer.text
        return answer.json()

    async def export(self, person: UUID, **more: Any) -> SubjectAccess:
        """What `parley subject-access` would put together."""
        question = Question(person, more.pop("reason", OWN), **more)
        return await asyncio.to_thread(put_together, self, question, TODAY)  # type: ignore[arg-type]


def found(marks: list[str], text: str) -> list[str]:
    """Which of these marks a text holds, whatever their letters' case."""
    folded = text.casefold()
    return [mark for mark in marks if mark.casefold() in folded]


def families(seed: int, count: int) -> Mapping[int, MarkedInEveryField]:
    """So many families, alike for the same seed."""
    random = Random(seed)
    return {at: MarkedInEveryField(seed + at, random) for at in range(count)}
