"""What the pages say of a likeness: every code in words, and of what was compared only how."""

from services.families.domain.levels import Level
from services.families.domain.links import Status
from services.families.web.pages import words
from services.families.web.pages.likenesses import DECISIONS, possible
from shared.contracts.families import LinkReason


def test_every_reason_status_and_field_has_words() -> None:
    assert set(words.REASONS) == set(LinkReason)
    assert set(words.STATUSES) == {status.value for status in Status}
    fields = dict.fromkeys(words._FIELDS, Level.SAME)
    found = words.compared({"parents": [fields, fields], "children": "missing", "house": "differs"})
    assert len(found) == 2 * len(words._FIELDS) + 2
    assert {level for _, level in found} == {"The same", "Not known for both", "Different"}


def test_families_of_two_areas_may_be_noted_and_never_joined() -> None:
    for status in Status:
        found = {"status": status.value, "across_areas": True, "look_again": True}
        assert [each.name for each in possible(found)] in ([], ["note"])
    waiting = {"status": "open", "across_areas": False, "look_again": False}
    assert [each.name for each in possible(waiting)] == ["confirm", "reject"]
    assert possible({**waiting, "status": "linked"}) == []
    assert set(DECISIONS) == {"confirm", "reject", "note"}
