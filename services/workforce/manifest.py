"""What the workforce service is: its topics, its port, and the keys that it may use."""

from shared.contracts.manifest import KeyRights, Manifest

MANIFEST = Manifest(
    name="workforce",
    purpose="who is trained, and who screens without it?",
    port=18085,
    reads=(
        "screening-completed",
        "directory",
    ),
    writes=(
        "training",
        "practitioner-untrained",
        "practitioner-handed-over",
        "training-reminders",
    ),
    keys=KeyRights(makes=("practitioner", "dead-letter"), opens=("practitioner",)),
)
