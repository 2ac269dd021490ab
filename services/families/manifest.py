"""What the families service is: its topics, its port, and the keys that it may use."""

from shared.access.actions import Action
from shared.access.roles import Role
from shared.contracts.manifest import KeyRights, Manifest, Place

MANIFEST = Manifest(
    name="families",
    purpose="which front doors' families are one and the same?",
    port=18086,
    reads=(
        "parent-identity-sealed",
        "screening-taken-back",
        "retention-ended",
        "directory",
        "notices",
    ),
    writes=(
        "family-recognised",
        "family-linked",
        "family-unlinked",
        "person-erased",
        "person-restricted",
    ),
    pages=True,
    places=(Place("May be one family", "/pages/likenesses", (Role.COORDINATOR,)),),
    keys=KeyRights(opens=("person",), erases=("person",)),
    # The key that tokens of identities are made under.
    secrets=("linkage-key",),
    tuning=("automatic_weight", "doubtful_weight", "parent_weight"),
    requests={
        "GET /likenesses": Action.LIKENESSES_READ,
        "GET /likenesses/{id:uuid}": Action.LIKENESSES_READ,
        "POST /likenesses/{id:uuid}/confirm": Action.LIKENESSES_DECIDE,
        "POST /likenesses/{id:uuid}/reject": Action.LIKENESSES_DECIDE,
        "POST /likenesses/{id:uuid}/note": Action.LIKENESSES_DECIDE,
        "GET /families/{id:uuid}": Action.LIKENESSES_READ,
        "POST /families/{id:uuid}/link": Action.LIKENESSES_DECIDE,
        "POST /families/{id:uuid}/separate": Action.LIKENESSES_DECIDE,
        "GET /people/{id:uuid}/ids": Action.PEOPLE_EXPORT,
        "GET /people/{id:uuid}/erasure": Action.PEOPLE_ERASE,
        "POST /people/{id:uuid}/erase": Action.PEOPLE_ERASE,
        "GET /people/{id:uuid}/restriction": Action.PEOPLE_RESTRICT,
        "POST /people/{id:uuid}/restrict": Action.PEOPLE_RESTRICT,
        "POST /people/{id:uuid}/lift-restriction": Action.PEOPLE_RESTRICT,
        "POST /retention/people": Action.RETENTION_READ,
        # The coordinator's pages: the same decisions, by the same rights.
        "GET /pages/likenesses": Action.LIKENESSES_READ,
        "GET /pages/likenesses/{id:uuid}": Action.LIKENESSES_READ,
        "GET /pages/likenesses/{id:uuid}/confirm": Action.LIKENESSES_DECIDE,
        "POST /pages/likenesses/{id:uuid}/confirm": Action.LIKENESSES_DECIDE,
        "GET /pages/likenesses/{id:uuid}/reject": Action.LIKENESSES_DECIDE,
        "POST /pages/likenesses/{id:uuid}/reject": Action.LIKENESSES_DECIDE,
        "GET /pages/likenesses/{id:uuid}/note": Action.LIKENESSES_DECIDE,
        "POST /pages/likenesses/{id:uuid}/note": Action.LIKENESSES_DECIDE,
        "GET /pages/families/{id:uuid}": Action.LIKENESSES_READ,
        "GET /pages/families/{id:uuid}/separate": Action.LIKENESSES_DECIDE,
        "POST /pages/families/{id:uuid}/separate": Action.LIKENESSES_DECIDE,
        "GET /pages/families/{id:uuid}/find": Action.LIKENESSES_DECIDE,
        "POST /pages/families/{id:uuid}/find": Action.LIKENESSES_DECIDE,
        "GET /pages/families/{id:uuid}/link": Action.LIKENESSES_DECIDE,
        "POST /pages/families/{id:uuid}/link": Action.LIKENESSES_DECIDE,
    },
)
