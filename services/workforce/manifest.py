"""What the workforce service is: its topics, its port, and the keys that it may use."""

from shared.access.roles import Role
from shared.access.table import Action
from shared.contracts.manifest import KeyRights, Manifest, Place

MANIFEST = Manifest(
    name="workforce",
    purpose="who is trained, and who screens without it?",
    port=18085,
    reads=(
        "screening-completed",
        "directory",
        "notices",
    ),
    writes=(
        "training",
        "practitioner-untrained",
        "practitioner-handed-over",
        "training-reminders",
    ),
    keys=KeyRights(makes=("practitioner", "dead-letter"), opens=("practitioner",), erases=("practitioner", "staff")),
    pages=True,
    places=(Place("Training", "/pages/training", (Role.TRAINER,)),),
    requests={
        "GET /modules": Action.MODULES_READ,
        "GET /sessions": Action.SESSIONS_READ,
        "POST /sessions": Action.SESSIONS_ARRANGE,
        "GET /sessions/{id:uuid}": Action.PLACES_READ,
        "POST /sessions/{id:uuid}/places": Action.PLACES_BOOK,
        "POST /sessions/{id:uuid}/places/{training:uuid}/give-up": Action.PLACES_BOOK,
        "POST /sessions/{id:uuid}/number-of-places": Action.SESSIONS_ARRANGE,
        "POST /sessions/{id:uuid}/call-off": Action.SESSIONS_ARRANGE,
        "POST /sessions/{id:uuid}/attendance": Action.ATTENDANCE_RECORD,
        "GET /certificates/{number}": Action.CERTIFICATES_READ,
        "GET /follow-ups": Action.FOLLOW_UPS_READ,
        "POST /follow-ups/{training:uuid}": Action.FOLLOW_UPS_ANSWER,
        "GET /untrained": Action.UNTRAINED_READ,
        "GET /champions": Action.CHAMPIONS_READ,
        "POST /champions": Action.CHAMPIONS_NAME,
        "POST /champions/stand-down": Action.CHAMPIONS_NAME,
        "GET /summary": Action.TRAINING_SUMMARY_READ,
        "POST /practitioners/hand-over": Action.PRACTITIONERS_HAND_OVER,
        "POST /practitioners/held": Action.PRACTITIONERS_ERASE,
        "POST /practitioners/erase": Action.PRACTITIONERS_ERASE,
        "POST /staff/held": Action.STAFF_ERASE,
        "POST /staff/erase": Action.STAFF_ERASE,
        # The trainer's pages: the same commands, by the same rights.
        "GET /pages/training": Action.SESSIONS_READ,
        "GET /pages/arrange": Action.SESSIONS_ARRANGE,
        "POST /pages/arrange": Action.SESSIONS_ARRANGE,
        "GET /pages/training/{id:uuid}": Action.PLACES_READ,
        "GET /pages/training/{id:uuid}/places": Action.PLACES_BOOK,
        "POST /pages/training/{id:uuid}/places": Action.PLACES_BOOK,
        "POST /pages/training/{id:uuid}/places/{training:uuid}/give-up": Action.PLACES_BOOK,
        "POST /pages/training/{id:uuid}/number-of-places": Action.SESSIONS_ARRANGE,
        "GET /pages/training/{id:uuid}/call-off": Action.SESSIONS_ARRANGE,
        "POST /pages/training/{id:uuid}/call-off": Action.SESSIONS_ARRANGE,
        "POST /pages/training/{id:uuid}/attendance": Action.ATTENDANCE_RECORD,
    },
)
