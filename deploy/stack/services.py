"""The services of the stack: one operating-system process each."""

SERVICES: tuple[tuple[str, str], ...] = (
    ("screening", "services.screening.app"),
    ("referral", "services.referral.app"),
    ("notification", "services.notification.app"),
    ("outcomes", "services.outcomes.app"),
    ("families", "services.families.app"),
    ("workforce", "services.workforce.app"),
)
SERVICE_NAMES = tuple(name for name, _ in SERVICES)
SERVICE_GROUPS = tuple(f"{name}." for name in SERVICE_NAMES)
"""How the services' consumer groups begin."""

KEYRING_DATABASE = "keyring"
KEYRING_SERVICES = SERVICE_NAMES
"""Who may enter the keyring's database. Its row-level security says which keys each of them may see there."""
