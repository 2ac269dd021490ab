"""Codes in the words of a provider's people."""

from services.referral.domain.case.shown_to_provider import Stage
from shared.contracts.instruments import listed

STAGES = {
    Stage.NEW: "New",
    Stage.ACCEPTED: "Accepted",
    Stage.ASSESSED: "Assessed",
    Stage.IN_SESSIONS: "In sessions",
    Stage.CLOSED: "Closed",
    Stage.DECLINED: "Declined",
    Stage.STOPPED: "Stopped",
}
COLOURS = {Stage.NEW: "govuk-tag--blue", Stage.STOPPED: "govuk-tag--red", Stage.CLOSED: "govuk-tag--grey"}
SERVICES = {"couple-support": "Couple support", "family-counselling": "Family counselling", "mediation": "Mediation"}
DECLINES = {
    "no-capacity": "We have no free place",
    "outside-eligibility": "The family is not one that this service is for",
    "language": "We do not work in a language that the family needs",
    "conflict-of-interest": "We have a conflict of interest",
    "other": "Another reason",
}
METHODS = {"phone": "Phone", "text": "Text message", "email": "Email", "post": "Post"}
CONTACTS = {
    "reached": "I reached them",
    "no-answer": "There was no answer",
    "message-left": "I left a message",
    "declined": "They do not want the service",
}
OUTCOMES = {
    "suitable": "Suitable for this service",
    "not-suitable": "Not suitable for this service",
    "safety-concern": "I have a safety concern",
}
KINDS = {
    "joint": "Both parents together",
    "individual": "One person alone",
    "child-consultation": "Consultation with a child",
    "family": "The whole family",
}
ATTENDANCE = {"yes": "Came", "late": "Came late", "no": "Did not come"}
CLOSURES = {
    "completed": "The work is completed",
    "ended-early": "It ended early",
    "no-contact": "We could not reach them",
    "withdrawn": "A parent no longer wants it",
    "unsuitable": "The service turned out not to be suitable",
}
CHANGES = {"better": "Better", "same": "The same", "worse": "Worse", "not-said": "They did not say"}
REOPENINGS = {
    "family-came-back": "The family came back",
    "further-sessions-agreed": "Further sessions were agreed",
    "closed-by-mistake": "It was closed by mistake",
}
CONCERNS = {
    "attendance": "Attendance",
    "childcare": "Childcare",
    "child-wellbeing": "A child's wellbeing",
    "education": "Education",
    "employment": "Employment",
    "finances": "Money",
    "housing": "Housing",
    "mental-health": "Mental health",
    "physical-health": "Physical health",
    "substance-use": "Drugs or alcohol",
    "access-needs": "Access needs",
    "wrap-around-support": "Support around the family",
}
OCCASIONS = {
    "baseline": "At the start",
    "closure": "At the end",
    "follow-up-6-months": "Six months after",
    "follow-up-12-months": "Twelve months after",
}
INSTRUMENTS = {each.code: f"{each.name}: {each.about}" for each in listed()}


def service(code: str) -> str:
    """A service by its name."""
    return SERVICES.get(code) or code[:1].upper() + code[1:].replace("-", " ")
