"""What was wrong with a record that is not in: codes of ours, and nothing that its sender wrote."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.referral.domain.deciders.refused_records import Wrong, what_is_wrong
from services.referral.web.pages.refused_records import WORDS
from shared.contracts.dead_letters import FindingMade
from shared.contracts.vocabulary import AbuseIndicator


@pytest.mark.parametrize(
    ("field", "wrong"),
    [
        ("value", Wrong.UNREADABLE),
        ("parents.1.name.family", Wrong.NAMES),
        ("parents.0.date_of_birth", Wrong.BIRTHS),
        ("children.3.expected_on", Wrong.BIRTHS),
        ("parents.0.contact", Wrong.CONTACT),
        ("parents.0.conversation.alone", Wrong.CONVERSATION),
        ("parents.0.in_crisis", Wrong.PARENTS),
        ("parents", Wrong.PARENTS),
        ("children.0.views", Wrong.CHILDREN),
        ("area", Wrong.REGISTRATION),
        ("submitted_at", Wrong.TIME),
        ("Sam Archer of 1 High Street", Wrong.OTHER),
        ("area.Sam", Wrong.OTHER),
    ],
)
def test_a_field_is_a_code_of_ours(field: str, wrong: Wrong) -> None:
    assert what_is_wrong([FindingMade(field=field, rule="must be given")]) == (wrong,)


def test_an_id_that_was_used_is_another_thing_than_one_that_cannot_be_read() -> None:
    used = "was used for another record; send it with a new one, superseding the old"
    assert what_is_wrong([FindingMade(field="submission_id", rule=used)]) == (Wrong.USED_BEFORE,)
    assert what_is_wrong([FindingMade(field="submission_id", rule="must be a UUID")]) == (Wrong.REFERENCE,)
    assert what_is_wrong([]) == (Wrong.OTHER,)


@pytest.mark.parametrize("answer", list(AbuseIndicator))
def test_which_answer_of_a_conversation_it_was_is_not_kept(answer: AbuseIndicator) -> None:
    found = what_is_wrong([FindingMade(field=f"parents.0.conversation.answers.{answer}", rule="must be yes or no")])
    assert found == (Wrong.CONVERSATION,)
    assert answer not in WORDS[found[0]]


@given(st.lists(st.builds(FindingMade, field=st.text(max_size=40), rule=st.text(max_size=40)), max_size=5))
def test_whatever_was_found_has_words_and_is_listed_once(findings: list[FindingMade]) -> None:
    found = what_is_wrong(findings)
    assert found
    assert sorted(set(found), key=list(Wrong).index) == list(found)
    assert all(WORDS[each] for each in found)
