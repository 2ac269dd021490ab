"""The roles that a person or an automation has, and the purposes that a token of the stack's own is bound to."""

from enum import StrEnum


class Role(StrEnum):
    """A role, by the name that it has at the identity provider. Whoever has several may do what any of them may."""

    PRACTITIONER = "practitioner"
    TEAM_MANAGER = "team-manager"
    COORDINATOR = "coordinator"
    PANEL_MEMBER = "panel-member"
    PROVIDER_WORKER = "provider-worker"
    PROVIDER_MANAGER = "provider-manager"
    ANALYST = "analyst"
    TRAINER = "trainer"
    AREA_ADMINISTRATOR = "area-administrator"
    OPERATOR = "operator"


class Purpose(StrEnum):
    """What a token of the stack's own is for, and nothing else. No purpose reaches anything about a family."""

    METRICS = "metrics"
    HEALTH = "health"
    MACHINERY = "machinery"
