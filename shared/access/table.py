"""The table of access: which role may do what, how far, and which token of the stack's own is for what.

Services' HTTP, the command line and docs/access-matrix.* all follow it. What is not in it, nobody may do. Three rules
hold for every row, and a test holds the rows to them: the operator sees the machinery and never anything about a
family; whoever sees cases sees those of their own area, agency or provider; analysts see what is published.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from shared.access.actions import Action
from shared.access.errors import RightMissingError
from shared.access.principal import Caller, Machine
from shared.access.roles import Purpose, Role
from shared.access.scopes import EVERYWHERE, NOWHERE, Belonging, Reach, Scope


class About(StrEnum):
    """What an action is about. It decides which roles may have it at all."""

    MACHINERY = "machinery"
    FAMILIES = "families"
    PUBLISHED = "published"
    TRAINING = "training"
    PROVIDERS = "providers"
    DIRECTORY = "directory"


@dataclass(frozen=True)
class Rule:
    """A row: what the action does, whom it is given to and how far, and the tokens of the stack's own that do."""

    does: str
    about: About
    roles: Mapping[Role, Scope]
    machines: frozenset[Purpose] = field(default=frozenset())


def _machinery(does: str, *purposes: Purpose) -> Rule:
    return Rule(does, About.MACHINERY, {Role.OPERATOR: Scope.EVERYWHERE}, frozenset(purposes))


def _of_families(does: str, *also: Role, agency: bool = False) -> Rule:
    """A coordinator's, in their areas; `also` these roles in theirs; with `agency` those of the front door's agency."""
    roles = dict.fromkeys((Role.COORDINATOR, *also), Scope.AREA)
    if agency:
        roles |= dict.fromkeys((Role.PRACTITIONER, Role.TEAM_MANAGER), Scope.AGENCY)
    return Rule(does, About.FAMILIES, roles)


def _of_provider(does: str) -> Rule:
    """About families, of those who work for the provider that has them."""
    roles = dict.fromkeys((Role.PROVIDER_WORKER, Role.PROVIDER_MANAGER), Scope.PROVIDER)
    return Rule(does, About.FAMILIES, roles)


def _of_training(does: str, *also: Role) -> Rule:
    return Rule(does, About.TRAINING, dict.fromkeys((Role.TRAINER, Role.AREA_ADMINISTRATOR, *also), Scope.AREA))


def _of_practitioners(does: str) -> Rule:
    """About the training of whoever asks, and the sessions of their areas."""
    return Rule(does, About.TRAINING, dict.fromkeys((Role.PRACTITIONER, Role.TEAM_MANAGER), Scope.AREA))


def _published(does: str, *also: Role) -> Rule:
    return Rule(does, About.PUBLISHED, {Role.ANALYST: Scope.EVERYWHERE, **dict.fromkeys(also, Scope.AREA)})


_LOCAL = Purpose.MACHINERY
_A = Action

TABLE: Mapping[Action, Rule] = {
    _A.METRICS_READ: _machinery("reads a service's metrics", Purpose.METRICS),
    _A.HEALTH_READ: _machinery("reads why a service is not ready", Purpose.HEALTH, _LOCAL),
    _A.STATUS_READ: _machinery("reads a service's waiting work and alarms", Purpose.HEALTH, _LOCAL),
    _A.DEAD_LETTERS_READ: _machinery("reads where dead letters are, and the rules they break", _LOCAL),
    _A.DEAD_LETTERS_RESOLVE: _machinery("retries or discards a dead letter", _LOCAL),
    _A.SET_ASIDE_READ: _machinery("lists events that were too large to send", _LOCAL),
    _A.SET_ASIDE_RESOLVE: _machinery("sends such an event again, or discards it", _LOCAL),
    _A.SUBSCRIPTIONS_RESUME: _machinery("resumes a paused subscription", _LOCAL),
    _A.CLOCK_READ: _machinery("reads a service's calendar and its timers that fail", _LOCAL),
    _A.CLOCK_MOVE: _machinery("moves a calendar that may be moved", _LOCAL),
    _A.QUEUES_READ: _machinery("counts decisions, e-mails, webhooks, and lists by ids which referrals wait", _LOCAL),
    _A.NOTICES_SET: _machinery("sets what every page shows of a downtime, or of what is new, and ends it"),
    _A.AUDIT_VERIFY: _machinery("reads how many entries a service's audit has, and the hash of the last", _LOCAL),
    _A.AUDIT_READ: Rule(
        "reads who asked for what about a case, a person or a family",
        About.FAMILIES,
        {Role.AREA_ADMINISTRATOR: Scope.AREA},
    ),
    _A.DECISIONS_READ: _of_families("lists the screenings' decisions", agency=True),
    _A.TRACKER_READ: Rule(
        "reads where the families are that an agency referred, and what to do next",
        About.FAMILIES,
        {Role.PRACTITIONER: Scope.AGENCY, Role.TEAM_MANAGER: Scope.AGENCY},
    ),
    _A.SCREENINGS_HAND_IN: Rule(
        "hands in a front door's records, and reads what was decided of one",
        About.FAMILIES,
        {Role.PRACTITIONER: Scope.AGENCY, Role.TEAM_MANAGER: Scope.AGENCY},
    ),
    _A.CONTACTS_HAND_IN: Rule(
        "hands in what a wrap-around practitioner reports of a contact",
        About.FAMILIES,
        {Role.PRACTITIONER: Scope.AGENCY, Role.TEAM_MANAGER: Scope.AGENCY},
    ),
    _A.SCREENINGS_WRITE: Rule(
        "writes a screening on the pages, sends and corrects it, and reads what they sent themselves",
        About.FAMILIES,
        {Role.PRACTITIONER: Scope.AGENCY, Role.TEAM_MANAGER: Scope.AGENCY},
    ),
    _A.PARENT_REQUESTS_READ: _of_families("reads what parents asked for without an account", agency=True),
    _A.PARENT_REQUESTS_TAKE: _of_families(
        "takes such a request, records how its parent was reached, hands it on, begins a screening from it, closes it",
        agency=True,
    ),
    _A.SCREENING_CHANGES_READ: _of_families("reads which answers of a screening were corrected and when, never how"),
    _A.WORKLIST_READ: _of_families("reads the worklist, signs about unknown families, and which records are not in"),
    _A.SIGNS_SEE_TO: _of_families("marks a sign about an unknown family as seen to"),
    _A.OWN_MAILS_CHOOSE: Rule(
        "chooses how they are written to themselves: at once, once a week, or not at all",
        About.FAMILIES,
        {
            Role.COORDINATOR: Scope.AREA,
            **dict.fromkeys((Role.PRACTITIONER, Role.TEAM_MANAGER), Scope.AGENCY),
            **dict.fromkeys((Role.PROVIDER_WORKER, Role.PROVIDER_MANAGER), Scope.PROVIDER),
        },
    ),
    _A.REFUSED_RECORDS_SEE_TO: _of_families("asks for a front door's record that is not in, or marks it as done"),
    _A.CASES_READ: _of_families("reads a case and its history"),
    _A.CASES_CLAIM: _of_families("claims a case, or releases it"),
    _A.CASES_COVER: _of_families(
        "names who covers for a coordinator who is away: a coordinator for themselves, an administrator for others",
        Role.AREA_ADMINISTRATOR,
    ),
    _A.CASES_DECIDE: _of_families("decides what becomes of a case"),
    _A.CASES_STOP: _of_families("halts a case for a sign of abuse, or records a withdrawal"),
    _A.SHARING_READ: _of_families(
        "reads what of a case was shared with a provider and what not, and why", Role.AREA_ADMINISTRATOR
    ),
    _A.NOTES_READ: _of_families("reads a case's notes"),
    _A.NOTES_WRITE: _of_families("adds a note to a case"),
    _A.MESSAGES_READ: _of_families(
        "reads the messages with a case's front door, and those with its provider, each apart"
    ),
    _A.MESSAGES_WRITE: _of_families(
        "writes to a case's front door or to its provider, and marks what they wrote as read"
    ),
    _A.REFERRER_MESSAGES_READ: Rule(
        "reads what one's agency and an area's team write each other about a family",
        About.FAMILIES,
        {Role.PRACTITIONER: Scope.AGENCY, Role.TEAM_MANAGER: Scope.AGENCY},
    ),
    _A.REFERRER_MESSAGES_WRITE: Rule(
        "writes to an area's team about a family that one's agency referred",
        About.FAMILIES,
        {Role.PRACTITIONER: Scope.AGENCY, Role.TEAM_MANAGER: Scope.AGENCY},
    ),
    _A.CASES_OPEN_IN_EMERGENCY: Rule(
        "opens a case that is not one's own in an emergency, to read for a time",
        About.FAMILIES,
        {Role.COORDINATOR: Scope.BEYOND, Role.TEAM_MANAGER: Scope.BEYOND},
    ),
    _A.EMERGENCIES_REVIEW: _of_families(
        "reads which cases of an area were opened in an emergency, and reviews what somebody else opened",
        Role.AREA_ADMINISTRATOR,
    ),
    _A.PARENT_LINKS_SEND: _of_families("has a one-time link sent to one parent, or takes it back", agency=True),
    _A.COMPLAINTS_READ: _of_families("reads what parents complain of", Role.AREA_ADMINISTRATOR),
    _A.COMPLAINTS_SEE_TO: _of_families("marks a complaint as seen to", Role.AREA_ADMINISTRATOR),
    _A.CONTACTS_READ: _of_families("reads how a case's parents are reached; what is confidential stays closed"),
    _A.CONTACTS_OPEN: _of_families("opens a confidential contact, once, and says why"),
    _A.OFFERS_READ: _of_families("reads which offers there are for a case"),
    _A.WAITING_LISTS_READ: _of_families("reads who waits for which offer"),
    _A.CONSENTS_READ: _of_families("reads a case's consents", agency=True),
    _A.CONSENTS_RECORD: _of_families("records a consent, or its withdrawal"),
    _A.PANEL_MEMBERS_READ: _of_families("lists an area's panel", Role.AREA_ADMINISTRATOR),
    _A.PANEL_MEMBERS_MANAGE: _of_families("adds a member to a panel, or retires one", Role.AREA_ADMINISTRATOR),
    _A.PANEL_MEETINGS_READ: _of_families("lists a panel's meetings", Role.PANEL_MEMBER),
    _A.PANEL_MEETINGS_PLAN: _of_families("plans, closes or cancels a panel's meeting, and says who is there"),
    _A.PANEL_ITEMS_READ: _of_families("reads a meeting's agenda, views and minutes"),
    _A.PANEL_ITEMS_DECIDE: _of_families("gives a member's view, or records what the panel decides"),
    _A.CONFLICTS_READ: _of_families("reads from whom a case is withheld"),
    _A.CONFLICTS_DECIDE: _of_families("withholds a case from somebody, or no longer"),
    _A.LIKENESSES_READ: _of_families("reads which families may be one, and how a family came to be one"),
    _A.LIKENESSES_DECIDE: _of_families("decides whether two families are one"),
    _A.PEOPLE_ERASE: Rule(
        "counts what is held of a person, and erases them",
        About.FAMILIES,
        {Role.AREA_ADMINISTRATOR: Scope.AREA},
    ),
    _A.REFERRAL_DETAILS_READ: _of_provider("lists the referrals that a provider was sent, without anybody's details"),
    _A.REFERRAL_DETAILS_OPEN: _of_provider("opens one parent's details that its provider was given, and says why"),
    _A.PROVIDER_REFERRALS_READ: _of_provider("reads the referrals to one's own provider"),
    _A.PROVIDER_REFERRALS_TAKE: _of_provider("takes a referral to one's own provider in hand, or gives it back"),
    _A.PROVIDER_REFERRALS_ASSIGN: Rule(
        "gives such a referral to somebody of the same provider",
        About.FAMILIES,
        {Role.PROVIDER_MANAGER: Scope.PROVIDER},
    ),
    _A.PROVIDER_UPDATES_WRITE: _of_provider("answers such a referral, and records the work with the family"),
    _A.PROVIDER_WARNINGS_READ: _of_provider("reads the practical warnings about a family that they have in hand"),
    _A.PROVIDER_WARNINGS_WRITE: _of_provider("adds such a warning, or ends it"),
    _A.PROVIDER_MESSAGES_READ: _of_provider(
        "reads what their provider and an area's team write each other about a family"
    ),
    _A.PROVIDER_MESSAGES_WRITE: _of_provider("writes to an area's team about a family that their provider has"),
    _A.PROVIDER_CAPACITY_READ: Rule(
        "reads how many places the offers of one's own provider have",
        About.PROVIDERS,
        {Role.PROVIDER_MANAGER: Scope.PROVIDER, Role.PROVIDER_WORKER: Scope.PROVIDER},
    ),
    _A.PROVIDER_CAPACITY_STATE: Rule(
        "states how many more families such an offer can take on for now",
        About.PROVIDERS,
        {Role.PROVIDER_MANAGER: Scope.PROVIDER},
    ),
    _A.PARENT_QUESTIONS_ASK: _of_provider("asks one parent by a link to answer a questionnaire by themselves"),
    _A.PROVIDER_PERFORMANCE_READ: Rule(
        "reads the work of one's own provider in figures, beside all providers of the area together",
        About.PROVIDERS,
        {Role.PROVIDER_MANAGER: Scope.PROVIDER},
    ),
    _A.PROVIDER_KEYS_READ: Rule(
        "reads which public keys a provider has given, and which is in force",
        About.PROVIDERS,
        {Role.PROVIDER_MANAGER: Scope.PROVIDER, Role.PROVIDER_WORKER: Scope.PROVIDER},
    ),
    _A.PROVIDER_KEYS_MANAGE: Rule(
        "gives a provider a public key, or another one",
        About.PROVIDERS,
        {Role.PROVIDER_MANAGER: Scope.PROVIDER},
    ),
    _A.PROVIDER_WEBHOOKS_READ: Rule(
        "reads to which address a provider's records are sent, and whether they arrive",
        About.PROVIDERS,
        {Role.PROVIDER_MANAGER: Scope.PROVIDER, Role.PROVIDER_WORKER: Scope.PROVIDER},
    ),
    _A.PROVIDER_WEBHOOKS_MANAGE: Rule(
        "says to which address a provider's records are sent, and gets the secret that they are signed with",
        About.PROVIDERS,
        {Role.PROVIDER_MANAGER: Scope.PROVIDER},
    ),
    _A.PEOPLE_EXPORT: _of_families(
        "puts together what is held of a person, for them, and what is withheld, for whoever decides about it",
        Role.AREA_ADMINISTRATOR,
    ),
    _A.PEOPLE_RESTRICT: _of_families(
        "restricts what is held of a person to being kept, and lifts that", Role.AREA_ADMINISTRATOR
    ),
    _A.RETENTION_READ: Rule(
        "counts what is past the time for which it is kept",
        About.FAMILIES,
        {Role.AREA_ADMINISTRATOR: Scope.AREA},
    ),
    _A.RETENTION_APPLY: Rule(
        "has what is past its time erased now, and not by the next day's job",
        About.FAMILIES,
        {Role.AREA_ADMINISTRATOR: Scope.AREA},
    ),
    _A.PRACTITIONERS_ERASE: Rule(
        "counts what is held of a practitioner who has left, and erases their name",
        About.TRAINING,
        {Role.AREA_ADMINISTRATOR: Scope.AREA},
    ),
    _A.STAFF_ERASE: _machinery("erases the name of one of ours who has left and can no longer sign in"),
    _A.DIRECTORY_READ: Rule(
        "reads what is registered of an area: its settings, front doors, providers and offers",
        About.DIRECTORY,
        {Role.AREA_ADMINISTRATOR: Scope.AREA},
    ),
    _A.DIRECTORY_CHANGE: Rule(
        "changes what is registered of an area alone: its settings, front doors, providers and offers",
        About.DIRECTORY,
        {Role.AREA_ADMINISTRATOR: Scope.AREA},
    ),
    _A.ACCOUNTS_READ: Rule(
        "lists who of an area may sign in, and as what", About.DIRECTORY, {Role.AREA_ADMINISTRATOR: Scope.AREA}
    ),
    _A.ACCOUNTS_MANAGE: Rule(
        "invites people of an area alone, gives them other roles, or keeps them from signing in",
        About.DIRECTORY,
        {Role.AREA_ADMINISTRATOR: Scope.AREA},
    ),
    _A.FACTS_READ: _published("reads the facts as they are published"),
    _A.SUMMARY_READ: _published("reads the summary", Role.AREA_ADMINISTRATOR),
    _A.RETURNS_PUBLISH: _published("publishes a return to a funder, for good, and checks what was published"),
    _A.STAR_READ: _machinery("reads until when the star of outcomes is, its months, and how many rows it has", _LOCAL),
    _A.STAR_REBUILD: _machinery("has the star of outcomes written again", _LOCAL),
    _A.MODULES_READ: _of_training("reads what is taught", Role.COORDINATOR, Role.TEAM_MANAGER, Role.PRACTITIONER),
    _A.SESSIONS_READ: _of_training("lists training sessions", Role.COORDINATOR, Role.TEAM_MANAGER, Role.PRACTITIONER),
    _A.SESSIONS_ARRANGE: _of_training("arranges a training session, changes its places, or calls it off"),
    _A.PLACES_READ: _of_training("reads who has a place in a session"),
    _A.PLACES_BOOK: _of_training("books a place, or gives it up"),
    _A.ATTENDANCE_RECORD: _of_training("records who attended"),
    _A.CERTIFICATES_READ: _of_training("reads a certificate"),
    _A.FOLLOW_UPS_READ: _of_training("reads who is to be asked after a training"),
    _A.FOLLOW_UPS_ANSWER: _of_training("records what a practitioner answered after a training"),
    _A.UNTRAINED_READ: _of_training("reads who screens without the training that the area asks for"),
    _A.CHAMPIONS_READ: _of_training("lists an area's champions"),
    _A.CHAMPIONS_NAME: _of_training("names a champion, or has one stand down"),
    _A.TRAINING_SUMMARY_READ: _of_training("reads how many were trained, and what came of it"),
    _A.TRAINING_ANSWERS_READ: Rule(
        "reads what each participant answered: how sure they feel, and what they made of it",
        About.TRAINING,
        {Role.TRAINER: Scope.AREA},
    ),
    _A.OWN_TRAINING_READ: _of_practitioners(
        "reads the sessions to come, and their own places, answers and certificates"
    ),
    _A.OWN_TRAINING_CHANGE: _of_practitioners("books a place for themselves, gives it up, and answers for themselves"),
    _A.PRACTITIONERS_HAND_OVER: Rule(
        "names who takes over from a practitioner",
        About.TRAINING,
        {Role.AREA_ADMINISTRATOR: Scope.AREA, Role.TEAM_MANAGER: Scope.AGENCY},
    ),
}


def reach_of(caller: Caller, action: Action) -> Reach:
    """How far a caller's right to an action reaches; nowhere without one."""
    rule = TABLE[action]
    if isinstance(caller, Machine):
        return EVERYWHERE if caller.purpose in rule.machines else NOWHERE
    return Reach.of(caller, (scope for role, scope in rule.roles.items() if role in caller.roles))


def is_allowed(caller: Caller, action: Action, record: Belonging | None = None) -> bool:
    """Whether a caller may do this: to a record that belongs so, or at all where none is given."""
    reach = reach_of(caller, action)
    return bool(reach.scopes) if record is None else reach.covers(record)


def roles_for(caller: Caller, action: Action, record: Belonging | None = None) -> frozenset[Role]:
    """The caller's roles that give them an action: upon a record that belongs so, or at all where none is given."""
    if isinstance(caller, Machine):
        return frozenset()
    found = {role: scope for role, scope in TABLE[action].roles.items() if role in caller.roles}
    return frozenset(
        role for role, scope in found.items() if record is None or Reach.of(caller, [scope]).covers(record)
    )


def require(caller: Caller, action: Action) -> Reach:
    """How far a caller's right to an action reaches. Raises RightMissingError, which names the right, without one."""
    reach = reach_of(caller, action)
    if not reach.scopes:
        holders = ", ".join(sorted(TABLE[action].roles))
        raise RightMissingError(action, f"This needs the right {action}, which these roles have: {holders}.")
    return reach
