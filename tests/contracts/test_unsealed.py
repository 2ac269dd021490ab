"""No field travels or rests unsealed that nobody has decided on."""

from pydantic import create_model

from services import TOPOLOGY
from shared.contracts.base import Text
from shared.contracts.catalogue import messages
from shared.contracts.front_door import Submission
from shared.contracts.screening import StopReported
from tests.support.unsealed import DECIDED_BY, IN_CLEAR, SEALED, TEXT_OF_OURS, leaves, texts


def test_every_field_of_a_front_doors_record_has_its_place() -> None:
    listed = sorted([*IN_CLEAR, *SEALED, *DECIDED_BY])
    assert sorted(leaves(Submission)) == listed, (
        "decide where a new field may travel, and list it in tests/support/unsealed.py"
    )


def _unlisted(found: set[str]) -> set[str]:
    return {each for each in found if each not in TEXT_OF_OURS and each.partition(".")[2] not in TEXT_OF_OURS}


def test_no_message_of_ours_has_text_that_is_not_listed() -> None:
    ours = [each for each in messages(TOPOLOGY) if set(each.senders) <= set(TOPOLOGY.services)]
    assert ours
    unlisted = {field for each in ours for field in _unlisted(texts(each.shape))}
    assert not unlisted, "seal it, or list it in tests/support/unsealed.py and say why it may travel in clear"


def test_a_text_that_is_added_would_be_found() -> None:
    wider = create_model("Wider", __base__=StopReported, why=(Text, ...), whys=(list[Text | None], []))
    assert _unlisted(texts(wider)) == {"Wider.why", "Wider.whys"}
    more = create_model("More", __base__=Submission, nickname=(Text, ...))
    assert leaves(more) - leaves(Submission) == {"nickname"}
