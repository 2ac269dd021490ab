"""What a provider is told of a case, example by example."""

import orjson
import pytest

from services.notification.domain.case import Case
from services.notification.domain.details import ParentDetails
from shared.contracts.referral import CaseRefused, CaseReturned, CaseTakenToPanel
from tests.support.notification_stories import PROVIDERS, Desk, DetailsKnown, ProviderKnown, Story, everything, opened

FIRST, SECOND, _ = PROVIDERS
OFFER = ["offered", "details", "details"]


def desk(story: Story) -> Desk:
    return Desk(Case(story.case_id))


def one_by_one(story: Story) -> Desk:
    result = desk(story)
    for event in everything(story):
        result.receive([event])
    return result


def test_an_agreed_referral_goes_out_with_each_parents_details_apart() -> None:
    story = Story().screened().agreed()
    result = one_by_one(story)

    assert result.kinds() == OFFER
    people = [person for *_, person in result.sent[1:]]
    assert people == story.parents
    for to, _, _, encrypted, person in result.sent[1:]:
        assert set(orjson.loads(opened(to, encrypted))) == {"person_id", "name", "date_of_birth", "contact"}
        assert orjson.loads(opened(to, encrypted))["person_id"] == str(person)


def test_it_waits_for_the_second_parents_details_however_late() -> None:
    story = Story().screened().agreed()
    *early, late = [each for each in everything(story) if isinstance(each, DetailsKnown)]
    result = desk(story)
    result.receive(each for each in everything(story) if each is not late)
    assert (result.kinds(), result.waits()) == ([], ["parent-details"])
    result.receive([late])
    assert (result.kinds(), result.waits()) == (OFFER, [])
    result.receive([late, *early])
    assert result.kinds() == OFFER


def test_it_waits_for_the_provider_and_for_its_key() -> None:
    story = Story().screened().agreed()
    result = desk(story).receive(story.events)
    assert result.waits() == ["provider-not-in-directory"]
    assert result.receive([ProviderKnown(FIRST, with_key=False)]).waits() == ["provider-without-usable-key"]
    assert result.receive([ProviderKnown(FIRST)]).kinds() == OFFER


def test_erased_details_are_reported_as_erased() -> None:
    story = Story().screened().agreed()
    last = story.events[-2].details
    story.events[-2] = DetailsKnown(ParentDetails(last.person_id, last.submission_id, last.as_of, None))
    assert one_by_one(story).waits() == ["parent-details-erased"]


def test_older_details_are_not_enough_after_a_correction() -> None:
    story = Story().screened()
    before = list(story.events)
    story.screened().agreed()
    corrected = [each for each in story.events if isinstance(each, DetailsKnown)][2:]
    result = desk(story).receive([*before, ProviderKnown(FIRST), story.events[-1]])
    assert result.waits() == ["parent-details"]
    result.receive(corrected)
    assert b"v1" in opened(FIRST, result.sent[1][3])


def test_a_sign_of_abuse_before_the_offer_means_no_record_at_all() -> None:
    assert one_by_one(Story().screened().screened("domestic-abuse-pathway").agreed()).sent == []


def test_a_late_sign_of_abuse_brings_exactly_one_stop() -> None:
    story = Story().screened().agreed().accepted().screened("domestic-abuse-pathway").halted("screening").halted()
    assert one_by_one(story).kinds() == [*OFFER, "stopped"]


def test_a_later_screening_without_a_sign_does_not_take_the_sign_back() -> None:
    story = Story().screened("domestic-abuse-pathway").screened().agreed()
    result = one_by_one(story)
    assert (result.sent, result.waits()) == ([], [])


@pytest.mark.parametrize("reason", ["withdrawn", "unsuitable", "ended-early"])
def test_a_closure_by_somebody_else_stops_the_provider(reason: str) -> None:
    story = Story().screened().agreed().closed(reason, by_provider=False)
    assert one_by_one(story).kinds() == [*OFFER, "stopped"]


def test_a_closure_by_the_provider_itself_needs_no_stop() -> None:
    assert one_by_one(Story().screened().agreed().accepted().closed()).kinds() == OFFER


def test_a_stop_that_overtakes_the_agreement_means_no_offer() -> None:
    story = Story().screened().agreed().closed("withdrawn", by_provider=False)
    result = desk(story)
    for event in reversed(everything(story)):
        result.receive([event])
    assert (result.sent, result.waits()) == ([], [])


def test_a_new_agreement_after_a_closure_is_a_new_referral() -> None:
    story = Story().screened().agreed().closed("withdrawn", by_provider=False).screened().agreed(SECOND)
    result = one_by_one(story)
    assert result.kinds(FIRST) == [*OFFER, "stopped"]
    assert result.kinds(SECOND) == OFFER


def test_after_a_decline_the_next_provider_gets_it_and_the_first_is_not_stopped() -> None:
    result = one_by_one(Story().screened().agreed().declined().agreed(SECOND))
    assert (result.kinds(FIRST), result.kinds(SECOND)) == (OFFER, OFFER)


def test_the_next_provider_waits_until_the_decline_is_known() -> None:
    story = Story().screened().agreed().declined().agreed(SECOND)
    *before, declined, agreed = everything(story)
    result = desk(story).receive(before)
    result.receive([agreed])
    assert (result.kinds(SECOND), result.waits()) == ([], ["earlier-referral-not-ended"])
    result.receive([declined])
    assert (result.kinds(FIRST), result.kinds(SECOND)) == (OFFER, OFFER)


def test_a_hold_stops_and_a_resumption_offers_again() -> None:
    story = Story().screened().agreed().held()
    result = one_by_one(story)
    assert (result.kinds(), result.waits()) == ([*OFFER, "stopped"], ["end-of-hold"])
    result.receive(story.resumed().events[-1:])
    assert (result.kinds(), result.waits()) == ([*OFFER, "stopped", *OFFER], [])


def test_an_old_hold_after_its_resumption_changes_nothing() -> None:
    story = Story().screened().agreed().held().resumed()
    *before, held, resumed = everything(story)
    assert desk(story).receive(before).receive([resumed]).receive([held]).kinds() == OFFER


def test_a_case_closed_while_on_hold_is_stopped_whichever_is_heard_first() -> None:
    story = Story().screened().agreed().held().closed("withdrawn")
    *before, held, closed = everything(story)
    for order in ([held, closed], [closed, held]):
        result = desk(story).receive(before)
        for event in order:
            result.receive([event])
        assert result.kinds() == [*OFFER, "stopped"]


def test_returning_or_refusing_a_case_takes_it_from_its_provider() -> None:
    for event, fields in ((CaseReturned, {"missing": ()}), (CaseRefused, {"reason": "other"}), (CaseTakenToPanel, {})):
        story = Story().screened().agreed().add(event, **fields)
        assert one_by_one(story).kinds() == [*OFFER, "stopped"]
