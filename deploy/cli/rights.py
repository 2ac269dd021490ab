"""The rights that each command needs at the services, by action of the table of access."""

from collections.abc import Mapping

from shared.access.table import Action

ACTIONS_OF_COMMANDS: Mapping[str, tuple[Action, ...]] = {
    "status": (Action.HEALTH_READ, Action.STATUS_READ),
    "replay": (Action.STATUS_READ, Action.QUEUES_READ),
    "decisions": (Action.DECISIONS_READ,),
    "summary": (Action.SUMMARY_READ,),
    "clock": (Action.CLOCK_READ, Action.CLOCK_MOVE),
    "dead-letters list": (Action.DEAD_LETTERS_READ,),
    "dead-letters show": (Action.DEAD_LETTERS_READ,),
    "dead-letters retry": (Action.DEAD_LETTERS_READ, Action.DEAD_LETTERS_RESOLVE),
    "dead-letters discard": (Action.DEAD_LETTERS_READ, Action.DEAD_LETTERS_RESOLVE),
    "dead-letters resume": (Action.SUBSCRIPTIONS_RESUME,),
    "outbox list": (Action.SET_ASIDE_READ,),
    "outbox send": (Action.SET_ASIDE_RESOLVE,),
    "outbox discard": (Action.SET_ASIDE_RESOLVE,),
    "worklist": (Action.WORKLIST_READ,),
    "case show": (Action.CASES_READ,),
    **dict.fromkeys(
        (
            *("case agree", "case take-off-list", "case return", "case refuse", "case to-panel", "case from-panel"),
            *("case answer", "case hold", "case resume", "case specialist-contact", "case reopen", "case seen-to"),
            *("case confirm-people", "case wrap-around"),
        ),
        (Action.CASES_DECIDE,),
    ),
    "case halt": (Action.CASES_STOP,),
    "case withdraw": (Action.CASES_STOP,),
    "case sign-seen-to": (Action.SIGNS_SEE_TO,),
    "case claim": (Action.CASES_CLAIM,),
    "case release": (Action.CASES_CLAIM,),
    "case note": (Action.NOTES_WRITE,),
    "case notes": (Action.NOTES_READ,),
    "panel members": (Action.PANEL_MEMBERS_READ,),
    "panel add-member": (Action.PANEL_MEMBERS_MANAGE,),
    "panel retire": (Action.PANEL_MEMBERS_MANAGE,),
    "panel meetings": (Action.PANEL_MEETINGS_READ,),
    **dict.fromkeys(("panel schedule", "panel attend", "panel close", "panel cancel"), (Action.PANEL_MEETINGS_PLAN,)),
    "panel agenda": (Action.PANEL_ITEMS_READ,),
    "panel show": (Action.PANEL_ITEMS_READ,),
    "panel view": (Action.PANEL_ITEMS_DECIDE,),
    "panel decide": (Action.PANEL_ITEMS_DECIDE,),
    "panel withheld": (Action.CONFLICTS_READ,),
    "panel withhold": (Action.CONFLICTS_DECIDE,),
    "panel lift": (Action.CONFLICTS_DECIDE,),
    "consent show": (Action.CONSENTS_READ,),
    "consent record": (Action.CONSENTS_RECORD,),
    "consent withdraw": (Action.CONSENTS_RECORD,),
    **dict.fromkeys(("families doubtful", "families show", "families of"), (Action.LIKENESSES_READ,)),
    **dict.fromkeys(
        ("families confirm", "families reject", "families note", "families link", "families separate"),
        (Action.LIKENESSES_DECIDE,),
    ),
    "erase": (Action.PEOPLE_ERASE,),
    "training modules": (Action.MODULES_READ,),
    "training sessions": (Action.SESSIONS_READ,),
    "training show": (Action.PLACES_READ,),
    **dict.fromkeys(("training arrange", "training places", "training call-off"), (Action.SESSIONS_ARRANGE,)),
    **dict.fromkeys(("training book", "training give-up"), (Action.PLACES_BOOK,)),
    "training attend": (Action.ATTENDANCE_RECORD,),
    "training certificate": (Action.CERTIFICATES_READ,),
    "training follow-ups": (Action.FOLLOW_UPS_READ,),
    "training answer": (Action.FOLLOW_UPS_ANSWER,),
    "training untrained": (Action.UNTRAINED_READ,),
    "training champions": (Action.CHAMPIONS_READ,),
    **dict.fromkeys(("training champion", "training stand-down"), (Action.CHAMPIONS_NAME,)),
    "training summary": (Action.TRAINING_SUMMARY_READ,),
    "practitioner handover": (Action.PRACTITIONERS_HAND_OVER,),
    "offers": (Action.OFFERS_READ,),
    "offers waiting": (Action.WAITING_LISTS_READ,),
}

ASK_NO_SERVICE = frozenset(
    {
        *("up", "down", "rebuild", "demo", "bench", "offers export", "offers import"),
        *("sign-in", "sign-out", "whoami"),
        *("record-keys show", "record-keys new", "keys status", "keys rotate", "keys retire"),
        *("access check", "access rotate", "access revoke", "access restore"),
        *("people add", "people list", "people remove", "people disable", "people enable", "people reset-password"),
        *("directory apply", "directory export", "directory list", "directory show"),
    }
)
"""Commands that need no right at the services: those that use the home's own credentials, as whoever can read it may,
and those by which one signs in. `demo` ends with what `summary` shows."""
