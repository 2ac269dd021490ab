"""The codes of the pathway. Their meaning is in docs/pathway.md; nothing here decides anything."""

from enum import StrEnum


class Decision(StrEnum):
    """What a screening decides, most urgent first."""

    DOMESTIC_ABUSE_PATHWAY = "domestic-abuse-pathway"
    MORE_INFORMATION = "more-information"
    NOT_SUITABLE = "not-suitable"
    NOT_READY = "not-ready"
    UNIVERSAL_OFFER = "universal-offer"
    REFER = "refer"


class Reason(StrEnum):
    """Why a screening decided as it did. More may be added: a reader takes one that it does not know for a code."""

    ABUSE_INDICATOR_DISCLOSED = "abuse-indicator-disclosed"
    SECOND_PARENT_MISSING = "second-parent-missing"
    PARENT_NOT_SCREENED = "parent-not-screened"
    PARENT_NOT_SEEN_ALONE = "parent-not-seen-alone"
    TOOL_NOT_EVIDENCE_BASED = "tool-not-evidence-based"
    INDICATOR_UNANSWERED = "indicator-unanswered"
    SCREENING_OUT_OF_DATE = "screening-out-of-date"
    NO_CHILD_NAMED = "no-child-named"
    PARENT_UNDER_AGE = "parent-under-age"
    SAME_PERSON_TWICE = "same-person-twice"
    IN_CRISIS = "in-crisis"
    THERAPY_ELSEWHERE = "therapy-elsewhere"
    PUBLIC_LAW_PROCEEDINGS = "public-law-proceedings"
    PARENT_DOES_NOT_AGREE = "parent-does-not-agree"
    PRIVACY_NOTICE_MISSING = "privacy-notice-missing"
    NO_WISH_FOR_CHANGE = "no-wish-for-change"
    CHILDS_PERSPECTIVE_MISSING = "childs-perspective-missing"
    USED_AS_EXIT_STRATEGY = "used-as-exit-strategy"
    NO_WRAP_AROUND = "no-wrap-around"
    UNIVERSAL_OFFER_FIRST = "universal-offer-first"


class OtherParent(StrEnum):
    """Why a front door names no other parent. The last two are signs of abuse."""

    NOT_CONTACTABLE = "not-contactable"
    DOES_NOT_WISH_TO = "does-not-wish-to"
    DECEASED = "deceased"
    NO_CONTACT_ORDER = "no-contact-order"
    UNSAFE_TO_CONTACT = "unsafe-to-contact"


UNSAFE_OTHER_PARENT = frozenset({OtherParent.NO_CONTACT_ORDER, OtherParent.UNSAFE_TO_CONTACT})


class Attention(StrEnum):
    """What a person has to look at before a family goes further, whatever the area lets through by itself.

    `people-differ`: somebody plainly other than before stands under a ref of the family. `contact-not-separate`: a
    parent to be kept confidential has no safe way of contact that is theirs alone. `items-not-judged`: answers to an
    instrument came whose risk nobody can judge from here. `one-parent`: the other parent takes no part.
    """

    PEOPLE_DIFFER = "people-differ"
    CONTACT_NOT_SEPARATE = "contact-not-separate"
    ITEMS_NOT_JUDGED = "items-not-judged"
    ONE_PARENT = "one-parent"


class IdentifierKind(StrEnum):
    """Whose number it is that identifies a person."""

    NHS_NUMBER = "nhs-number"
    UPN = "upn"
    CASE_SYSTEM_ID = "case-system-id"
    OTHER = "other"


class AbuseIndicator(StrEnum):
    """Signs that one parent exerts power and control over the other."""

    AFRAID_OF_OTHER_PARENT = "afraid-of-other-parent"
    PHYSICAL_HARM = "physical-harm"
    SEXUAL_COERCION = "sexual-coercion"
    THREATS_TO_HARM = "threats-to-harm"
    CONTROLS_MONEY = "controls-money"
    ISOLATED_FROM_OTHERS = "isolated-from-others"
    MONITORED_OR_FOLLOWED = "monitored-or-followed"
    CHILD_USED_TO_CONTROL = "child-used-to-control"
    SELF_HARM_THREATS_TO_CONTROL = "self-harm-threats-to-control"
    PROTECTIVE_ORDER_IN_FORCE = "protective-order-in-force"


class ConflictIndicator(StrEnum):
    """Signs of conflict between parents. Recorded, never a gate."""

    BOTH_CAN_VOICE_VIEWS = "both-can-voice-views"
    ARGUMENTS_FREQUENT = "arguments-frequent"
    ARGUMENTS_INTENSE = "arguments-intense"
    ARGUMENTS_UNRESOLVED = "arguments-unresolved"
    CHILD_EXPOSED = "child-exposed"


class Answer(StrEnum):
    """An answer to an indicator. Only `no` is a no."""

    YES = "yes"
    NO = "no"
    UNSURE = "unsure"
    NOT_ASKED = "not-asked"


class EmergencyReason(StrEnum):
    """Why somebody opens a case that is beyond their reach."""

    CHILD_AT_RISK_NOW = "child-at-risk-now"
    PARENT_AT_RISK_NOW = "parent-at-risk-now"
    PERSON_MISSING = "person-missing"
    POLICE_OR_COURT_ASK = "police-or-court-ask"
    FAMILY_HAS_MOVED = "family-has-moved"


class LevelOfNeed(StrEnum):
    """The continuum of need."""

    UNIVERSAL = "universal"
    UNIVERSAL_PLUS = "universal-plus"
    TARGETED = "targeted"
    CHILD_IN_NEED = "child-in-need"
    CHILD_PROTECTION = "child-protection"


class Relationship(StrEnum):
    """How the parents live."""

    TOGETHER = "together"
    SEPARATED = "separated"
    SEPARATING = "separating"


class FrontDoorKind(StrEnum):
    """The kinds of agency whose practitioners meet families."""

    MASH = "mash"
    EARLY_HELP = "early-help"
    SOCIAL_CARE = "social-care"
    SCHOOL = "school"
    EARLY_YEARS = "early-years"
    HEALTH_VISITOR = "health-visitor"
    MIDWIFE = "midwife"
    GP = "gp"
    SCHOOL_NURSE = "school-nurse"
    CAMHS = "camhs"
    POLICE = "police"
    COURT = "court"
    CAFCASS = "cafcass"
    HOUSING = "housing"
    VOLUNTARY_SECTOR = "voluntary-sector"
    FAMILY_HUB = "family-hub"
    PRISON_PROBATION = "prison-probation"
    SELF = "self"


class ParentRole(StrEnum):
    """Anyone with parental responsibility or a caring role."""

    MOTHER = "mother"
    FATHER = "father"
    STEP_PARENT = "step-parent"
    GRANDPARENT = "grandparent"
    SPECIAL_GUARDIAN = "special-guardian"
    KINSHIP_CARER = "kinship-carer"
    FOSTER_CARER = "foster-carer"


class Tool(StrEnum):
    """What the safety conversation was held with."""

    SAFETY_NET = "safety-net"
    DASH = "dash"
    OTHER_EVIDENCE_BASED = "other-evidence-based"
    NONE = "none"


class Therapy(StrEnum):
    """Whether a parent has therapy elsewhere."""

    NONE = "none"
    RECEIVING = "receiving"
    WAITING = "waiting"


class ViewsSource(StrEnum):
    """How a child's views came to be known."""

    DIRECT = "direct"
    THIRD_PARTY = "third-party"
    OBSERVATION = "observation"
    NOT_SOUGHT = "not-sought"


class UniversalOffer(StrEnum):
    """What became of the universal offer, which comes first."""

    USED = "used"
    DECLINED = "declined"
    NOT_OFFERED = "not-offered"


class Service(StrEnum):
    """The services that a screening can choose, and the one word for none of them."""

    MEDIATION = "mediation"
    COUPLE_SUPPORT = "couple-support"
    FAMILY_COUNSELLING = "family-counselling"
    COORDINATOR_DECIDES = "coordinator-decides"


class ContactMethod(StrEnum):
    """A way in which it is safe to contact a parent."""

    PHONE = "phone"
    TEXT = "text"
    EMAIL = "email"
    POST = "post"


class Occasion(StrEnum):
    """When a measure was taken."""

    BASELINE = "baseline"
    CLOSURE = "closure"
    FOLLOW_UP_6_MONTHS = "follow-up-6-months"
    FOLLOW_UP_12_MONTHS = "follow-up-12-months"


class ClosureReason(StrEnum):
    """How a case ends."""

    COMPLETED = "completed"
    ENDED_EARLY = "ended-early"
    NO_CONTACT = "no-contact"
    WITHDRAWN = "withdrawn"
    UNSUITABLE = "unsuitable"
    HALTED_FOR_SAFETY = "halted-for-safety"


class AssessmentOutcome(StrEnum):
    """What a provider's initial assessment finds."""

    SUITABLE = "suitable"
    NOT_SUITABLE = "not-suitable"
    SAFETY_CONCERN = "safety-concern"


class Attendance(StrEnum):
    """Whether a person came to a session."""

    YES = "yes"
    LATE = "late"
    NO = "no"


class SessionKind(StrEnum):
    """Who a session is with."""

    INDIVIDUAL = "individual"
    JOINT = "joint"
    CHILD_CONSULTATION = "child-consultation"
    FAMILY = "family"


class Delivery(StrEnum):
    """How an offer comes to a family."""

    IN_PERSON = "in-person"
    ONLINE = "online"
    TELEPHONE = "telephone"
    APP = "app"


class OfferedService(StrEnum):
    """The kinds of help in the catalogue. A screening chooses among the first three; a person chooses the others.

    A specialist programme works with somebody who has abused or is alleged to have: it stands in the catalogue, and is
    never an offer, because a case with a sign of abuse is never referred from here. An area may use codes of its own
    beside these.
    """

    MEDIATION = "mediation"
    COUPLE_SUPPORT = "couple-support"
    FAMILY_COUNSELLING = "family-counselling"
    SUPPORTED_CONTACT = "supported-contact"
    SUPERVISED_CONTACT = "supervised-contact"
    PARENTING_PROGRAMME = "parenting-programme"
    RELATIONSHIP_PROGRAMME = "relationship-programme"
    INDIVIDUAL_SUPPORT = "individual-support"
    CONFLICT_COACHING = "conflict-coaching"
    DIGITAL_COURSE = "digital-course"
    UNIVERSAL_OFFER = "universal-offer"
    PRACTITIONER_TRAINING = "practitioner-training"
    SPECIALIST_PROGRAMME = "specialist-programme"


class Audience(StrEnum):
    """Whom an offer is made for, beyond how the parents live and how old the children are.

    The first five are known from who the parents are and how old the children are; the others are known only where
    the referrer says so.
    """

    FATHERS = "fathers"
    MOTHERS = "mothers"
    KINSHIP_CARERS = "kinship-carers"
    FOSTER_CARERS = "foster-carers"
    PARENTS_OF_BABIES = "parents-of-babies"
    EXPECTANT_PARENTS = "expectant-parents"
    FIRST_TIME_PARENTS = "first-time-parents"
    SEND = "send"
    CHILD_CONDUCT = "child-conduct"
    MUSLIM_FAMILIES = "muslim-families"
    ARMED_FORCES = "armed-forces"
    PARENTS_IN_PRISON = "parents-in-prison"
    PRIVATE_LAW_PROCEEDINGS = "private-law-proceedings"
    PROFESSIONALS = "professionals"
