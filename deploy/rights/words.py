"""The words in which a person reads what is held of them."""

from collections.abc import Mapping

from shared.contracts.subject_access import Values

_LABELS: Mapping[str, str] = {
    "about_a_child": "About a child",
    "agrees": "You agreed to be referred",
    "agrees_to_referral": "You agreed to be referred",
    "basis": "On which legal basis",
    "came": "You came",
    "contact.address.lines": "Address",
    "contact.address.postcode": "Postcode",
    "contact.email": "E-mail",
    "contact.phone": "Telephone",
    "date_of_birth": "Date of birth",
    "decided_at": "Decided",
    "family": "Family name",
    "first_at": "First tried to reach you",
    "given": "Given name",
    "given_on": "Since",
    "held_on": "On",
    "name.family": "Family name",
    "name.given": "Given name",
    "privacy_notice_on": "You were given the privacy notice on",
    "purpose": "To what",
    "reached": "You were reached",
    "reasons": "Reasons that are about the family as a whole",
    "recorded_by": "Recorded by",
    "somebody_in_the_role": "Somebody in the role",
    "submitted_at": "Sent",
    "withdrawn_at": "Taken back",
}
_WORDS: Mapping[str, str] = {
    "no-child-named": "no child was named",
    "public-law-proceedings": "there are proceedings in public law",
    "used-as-exit-strategy": "help was sought to leave another plan",
    "universal-offer-first": "what is there for every family comes first",
    "True": "yes",
    "False": "no",
}


def label(field: str) -> str:
    """What a field is called."""
    return _LABELS.get(field) or field.rpartition(".")[2].replace("_", " ").replace("-", " ").capitalize()


def words(value: Values) -> str:
    """A value as it is read: codes without their hyphens."""
    if isinstance(value, list):
        return ", ".join(words(each) for each in value)
    text = str(value)
    if text in _WORDS:
        return _WORDS[text]
    return text.replace("-", " ") if text.islower() and "@" not in text and text.replace("-", "").isalpha() else text
