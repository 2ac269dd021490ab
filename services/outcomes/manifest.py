"""What the outcomes service is: its topics, its port, and the keys that it may use."""

from shared.access.actions import Action
from shared.access.roles import Role
from shared.contracts.manifest import KeyRights, Manifest, Place

MANIFEST = Manifest(
    name="outcomes",
    purpose="what helped?",
    port=18084,
    reads=(
        # Where nothing happened to the family, or only its provider or a practitioner is concerned, there is nothing to
        # measure.
        "screening-completed",
        "screening-taken-back",
        "referral-agreed",
        "provider-accepted",
        "provider-declined",
        "provider-assessed",
        "session-recorded",
        "concern-raised",
        "follow-up-due",
        "case-reopened",
        "case-returned",
        "case-refused",
        "case-taken-to-panel",
        "case-held",
        "case-resumed",
        "case-halted",
        "case-joined",
        "case-closed",
        "parent-contacted",
        "parent-assessed",
        "session-scheduled",
        "measure-recorded",
        "family-referred-again",
        "training",
        "directory",
        "notices",
    ),
    writes=("outcomes", "outcomes-current"),
    keys=KeyRights(makes=("person", "practitioner", "dead-letter")),
    # Its rows are worked out from the others' events, and it is rebuilt by reading these again.
    changelog=False,
    # The key that pseudonyms are made under.
    secrets=("pseudonym-key",),
    # What is measured is counted from Parquet files.
    folders=("star", "publications"),
    tuning=("star_memory_mb", "star_threads"),
    pages=True,
    places=(Place("Outcomes", "/pages/outcomes", (Role.ANALYST, Role.AREA_ADMINISTRATOR)),),
    requests={
        "GET /facts": Action.FACTS_READ,
        "GET /releases": Action.FACTS_READ,
        "GET /summary": Action.SUMMARY_READ,
        "GET /star": Action.STAR_READ,
        "POST /star/rebuild": Action.STAR_REBUILD,
        "GET /publications": Action.RETURNS_PUBLISH,
        "POST /publications": Action.RETURNS_PUBLISH,
        "GET /publications/{name}/verification": Action.RETURNS_PUBLISH,
        # For analysts' programs: what was published, and never anything else.
        "GET /api/v1/outcomes/indicators": Action.SUMMARY_READ,
        "GET /api/v1/outcomes/indicators/{name}": Action.SUMMARY_READ,
        "GET /api/v1/outcomes/releases": Action.SUMMARY_READ,
        "GET /api/v1/outcomes/releases/{id}": Action.SUMMARY_READ,
        "GET /api/v1/outcomes/releases/{id}/files/{name}": Action.SUMMARY_READ,
        # The indicators as pages, each with its table as a file.
        "GET /pages/outcomes": Action.SUMMARY_READ,
        "GET /pages/outcomes/flow": Action.SUMMARY_READ,
        "GET /pages/outcomes/waiting": Action.SUMMARY_READ,
        "GET /pages/outcomes/change": Action.SUMMARY_READ,
        "GET /pages/outcomes/fathers": Action.SUMMARY_READ,
        "GET /pages/outcomes/again": Action.SUMMARY_READ,
        "GET /pages/outcomes/areas": Action.SUMMARY_READ,
        # The board's report.
        "GET /pages/outcomes/report": Action.SUMMARY_READ,
        "GET /pages/outcomes/report.pdf": Action.SUMMARY_READ,
        "GET /pages/outcomes/report.xlsx": Action.SUMMARY_READ,
        "GET /pages/outcomes/report.zip": Action.SUMMARY_READ,
        "GET /pages/outcomes/funnel.csv": Action.SUMMARY_READ,
        "GET /pages/outcomes/flow.csv": Action.SUMMARY_READ,
        "GET /pages/outcomes/waiting.csv": Action.SUMMARY_READ,
        "GET /pages/outcomes/change.csv": Action.SUMMARY_READ,
        "GET /pages/outcomes/fathers.csv": Action.SUMMARY_READ,
        "GET /pages/outcomes/again.csv": Action.SUMMARY_READ,
        "GET /pages/outcomes/areas.csv": Action.SUMMARY_READ,
    },
)
