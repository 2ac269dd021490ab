"""The people of one case, as its screenings name them one after the other."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from uuid import UUID

from services.screening.domain.people import Described, Known, Part, who_is_who
from shared.contracts.ids import id_beside


@dataclass(frozen=True, slots=True)
class NamedPeople:
    """The ids of a record's people by ref; `differ` where a person has to look who they are."""

    ids: Mapping[str, UUID]
    differ: bool


class Members:
    """Whom the case has. Ids follow people: nobody who is new ever gets an id that somebody had."""

    def __init__(self, case_id: UUID, known: Iterable[Known] = ()) -> None:
        self._case_id = case_id
        self._known = {each.person_id: each for each in known}
        self._before = self.parts()

    def name(self, submission_id: UUID, described: Sequence[Described]) -> NamedPeople:
        """Who the people of a record are. Whoever is new has an id from then on."""
        found = who_is_who(list(self._known.values()), described)
        ids = dict(found.same)
        for each in described:
            if each.ref not in ids:
                ids[each.ref] = self._new_id(submission_id, each)
                self._known[ids[each.ref]] = Known(ids[each.ref], each, Part.UNCONFIRMED)
        return NamedPeople(ids, found.differ)

    def update(self, described: Sequence[Described], named: NamedPeople) -> None:
        """Updates people by a screening that is current: how they are described, and who takes part."""
        for each in described:
            person_id = named.ids[each.ref]
            self._known[person_id] = replace(self._known[person_id], described=each)
        if not named.differ:
            self.set_participants(named.ids.values())

    def set_participants(self, people: Collection[UUID]) -> None:
        """These are who takes part from now on, and nobody else."""
        for person_id, known in self._known.items():
            if person_id in people:
                self._known[person_id] = replace(known, part=Part.TAKES_PART)
            elif known.part is Part.TAKES_PART:
                self._known[person_id] = replace(known, part=Part.LEFT)

    def parts(self) -> dict[UUID, Part]:
        """Each person's part in the case."""
        return {each.person_id: each.part for each in self._known.values()}

    def changed(self) -> dict[UUID, Part]:
        """The part in the case of those who are new, or who had another one before."""
        return {person: part for person, part in self.parts().items() if self._before.get(person) is not part}

    def _new_id(self, submission_id: UUID, described: Described) -> UUID:
        # A person who is new under a ref that somebody had before is not that one.
        first = id_beside(self._case_id, described.ref)
        return first if first not in self._known else id_beside(self._case_id, f"{submission_id}/{described.ref}")
