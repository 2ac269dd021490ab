"""What the screening service is: its topics, its port, and the keys that it may use."""

from shared.access.actions import Action
from shared.contracts.manifest import KeyRights, Manifest, Place

MANIFEST = Manifest(
    name="screening",
    purpose="is it conflict, and is a referral safe?",
    port=18081,
    reads=(
        "front-door.{agency}.screenings",
        # A family whose case has ended gets a new one with its next screening.
        "case-closed",
        "case-reopened",
        # Whom a coordinator has agreed on is no stranger.
        "referral-agreed",
        "family-changed",
        "people-confirmed",
        "person-erased",
        "directory",
        "notices",
    ),
    writes=(
        "screening-completed",
        "parent-details-sealed",
        "submission-refused",
        "help-requested",
        "drafts-expiring",
        "stop-reported",
        "screening-taken-back",
        "parent-identity-sealed",
    ),
    takes=("front-door.{agency}.screenings",),
    pages=True,
    places=(
        Place("Your families", "/pages/front-door", ("practitioner", "team-manager")),
        Place("Requests from parents", "/pages/requests", ("practitioner", "team-manager", "coordinator")),
    ),
    tuning=("draft_days", "request_days"),
    keys=KeyRights(
        makes=("person", "practitioner", "dead-letter", "form"),
        opens=("person", "practitioner"),
    ),
    requests={
        "GET /people/{id:uuid}/held": Action.PEOPLE_ERASE,
        "GET /decisions": Action.DECISIONS_READ,
        "POST /front-doors/{agency}/screenings": Action.SCREENINGS_HAND_IN,
        "POST /front-doors/{agency}/screenings/bulk": Action.SCREENINGS_HAND_IN,
        "GET /front-doors/{agency}/screenings/{id:uuid}": Action.SCREENINGS_HAND_IN,
        "GET /decisions/count": Action.QUEUES_READ,
        "GET /cases/{id:uuid}/contacts": Action.CONTACTS_READ,
        "POST /cases/{id:uuid}/people/{person:uuid}/contact/open": Action.CONTACTS_OPEN,
        # The front door's form: started, written page by page, sent, corrected.
        "GET /pages/front-door": Action.SCREENINGS_WRITE,
        "GET /pages/front-door/worry": Action.SCREENINGS_WRITE,
        "GET /pages/front-door/new": Action.SCREENINGS_WRITE,
        "POST /pages/front-door/new": Action.SCREENINGS_WRITE,
        "GET /pages/front-door/{id:uuid}": Action.SCREENINGS_WRITE,
        "GET /pages/front-door/{id:uuid}/ask/{page}": Action.SCREENINGS_WRITE,
        "POST /pages/front-door/{id:uuid}/ask/{page}": Action.SCREENINGS_WRITE,
        "GET /pages/front-door/{id:uuid}/danger/{page}": Action.SCREENINGS_WRITE,
        "GET /pages/front-door/{id:uuid}/look/{section}": Action.SCREENINGS_WRITE,
        "GET /pages/front-door/{id:uuid}/send": Action.SCREENINGS_WRITE,
        "POST /pages/front-door/{id:uuid}/send": Action.SCREENINGS_WRITE,
        "POST /pages/front-door/{id:uuid}/delete": Action.SCREENINGS_WRITE,
        "POST /pages/front-door/{id:uuid}/correct": Action.SCREENINGS_WRITE,
        "GET /pages/cases/{id:uuid}/changes": Action.SCREENING_CHANGES_READ,
        # What parents asked for without an account.
        "GET /pages/requests": Action.PARENT_REQUESTS_READ,
        "GET /pages/requests/{request:uuid}": Action.PARENT_REQUESTS_READ,
        "POST /pages/requests/{request:uuid}/take": Action.PARENT_REQUESTS_TAKE,
        "POST /pages/requests/{request:uuid}/tried": Action.PARENT_REQUESTS_TAKE,
        "POST /pages/requests/{request:uuid}/hand-on": Action.PARENT_REQUESTS_TAKE,
        "POST /pages/requests/{request:uuid}/close": Action.PARENT_REQUESTS_TAKE,
        # Begins a draft, which is whoever's writes screenings.
        "POST /pages/requests/{request:uuid}/screen": Action.SCREENINGS_WRITE,
        # The coordinator's pages: the same, by the same rights.
        "GET /pages/cases/{id:uuid}/contacts": Action.CONTACTS_READ,
        "POST /pages/cases/{id:uuid}/people/{person:uuid}/contact/open": Action.CONTACTS_OPEN,
    },
    open_pages=(
        "GET /pages/help",
        "GET /pages/help/{area}",
        "GET /pages/help/{area}/privacy",
        "GET /pages/help/{area}/ask",
        "POST /pages/help/{area}/ask",
        "GET /pages/help/{area}/sent",
    ),
)
