"""What keeps a case from going out, in plain words for whoever asks for it."""

from services.referral.domain.case.states import WaitingReason

CONDITIONS = {
    WaitingReason.AGREEMENT_MISSING: "both parents' agreement is not recorded",
    WaitingReason.PRIVACY_NOTICE_MISSING: "not every parent has had the privacy notice",
    WaitingReason.CONSENT_EXPIRED: "a parent's consent has expired and is to be asked for again",
    WaitingReason.RESTRICTED: "what is held of one of its people is restricted to being kept, see `parley restrict`",
    WaitingReason.LEGAL_BASIS_MISSING: "the front door has no recorded legal basis for sharing",
    WaitingReason.SIGN_OF_ABUSE: (
        "a sign of abuse is recorded in another case of this family, "
        "or a member of the panel recommends the specialist pathway"
    ),
    WaitingReason.PEOPLE_DIFFER: "its newest screening names other people, see `parley case confirm-people`",
    WaitingReason.SCREENING_TAKEN_BACK: "its front door has taken its screening back",
}

OF_FAMILY = {
    WaitingReason.OPEN_CASE_OF_FAMILY: "the family has an open case already",
    WaitingReason.FAMILY_TO_RECOGNISE: "the family is still being looked for among those of other front doors",
    WaitingReason.LIKENESS_TO_CONFIRM: (
        "the family may be known through another front door, see `parley families doubtful`"
    ),
}
