"""What is taught, to whom, and how confidence in it is measured, as data.

The five modules, their titles and the professions are those of the Supporting Separated Families training; the course
for trainers is the 2024 good practice guide's "train the trainers". The guide asks how confident practitioners are
before and after ("less than confident", "quite or very confident") without naming an instrument: the scale is ours.
"""

from dataclasses import dataclass

from shared.contracts.workforce import Profession, TrainingModule


@dataclass(frozen=True, slots=True)
class Scale:
    """How confidence is rated: one whole number for one statement."""

    instrument: str
    version: str
    lowest: int
    highest: int
    confident_from: int
    anchors: tuple[str, ...]


SCALE = Scale(
    instrument="practitioner-confidence",
    version="1",
    lowest=1,
    highest=5,
    confident_from=4,
    anchors=("not at all confident", "less than confident", "fairly confident", "quite confident", "very confident"),
)


@dataclass(frozen=True, slots=True)
class Module:
    """One module: what it is about, and the statement whose confidence is rated before, after and later."""

    title: str
    about: str
    statement: str
    source: str
    scale: Scale = SCALE


_SEPARATED_FAMILIES = "Supporting Separated Families"
MODULES: dict[TrainingModule, Module] = {
    TrainingModule.UNDERSTANDING_SEPARATION: Module(
        "Understanding family separation",
        "The myths and stereotypes that surround family separation.",
        "I can talk about separation with a family without relying on stereotypes.",
        _SEPARATED_FAMILIES,
    ),
    TrainingModule.CHILDRENS_EXPERIENCES: Module(
        "Children's experiences of separation",
        "What children go through, and how to reduce the emotional and psychological impact on them.",
        "I can see how separation affects a child and do something to reduce it.",
        _SEPARATED_FAMILIES,
    ),
    TrainingModule.ENGAGING_PARENTS: Module(
        "Engaging with parents",
        "Strategies and techniques for engaging with parents in ways that promote child-focussed change.",
        "I can begin a conversation about their relationship with each parent, alone.",
        _SEPARATED_FAMILIES,
    ),
    TrainingModule.NEEDS_OF_MUMS_AND_DADS: Module(
        "Meeting the different needs of mums and dads",
        "The different experiences and different needs of mums and dads, and how to respond to them.",
        "I can meet what a mum and what a dad needs, where it differs.",
        _SEPARATED_FAMILIES,
    ),
    TrainingModule.COLLABORATIVE_ARRANGEMENTS: Module(
        "Promoting collaborative post separation parenting arrangements",
        "The blocks and barriers to collaborative parenting, and tools and strategies to overcome them.",
        "I can help parents to agree how they care for their children together.",
        _SEPARATED_FAMILIES,
    ),
    TrainingModule.TRAIN_THE_TRAINER: Module(
        "Train the trainer",
        "Handing the training on to colleagues, refreshing it, and sharing practice.",
        "I can teach what I have learnt to colleagues.",
        "Good practice guide 2024",
    ),
}

PROFESSIONS: dict[Profession, str] = {
    Profession.FAMILY_SUPPORT_WORKER: "Family support workers",
    Profession.CHILDRENS_CENTRE: "Children's centre professionals",
    Profession.NURSERY: "Nursery professionals",
    Profession.FAMILY_INTERVENTION_TEAM: "Family intervention teams",
    Profession.TEACHER: "Teachers",
    Profession.SOCIAL_SERVICES: "Local authority social services",
    Profession.CAFCASS: "Cafcass",
    Profession.NHS_HEALTH_PROFESSIONAL: "NHS health professionals",
    Profession.POLICE_AND_COMMUNITY_SUPPORT: "Police and community support officers",
    Profession.GOVERNMENT_DEPARTMENT: "Government departments",
    Profession.LEGAL_PROFESSIONAL: "Legal professionals",
    Profession.CHILDRENS_GUARDIAN: "Children's guardians",
    Profession.HOUSING_OFFICER: "Housing officers",
    Profession.URBAN_REGENERATION: "Urban regeneration experts",
    Profession.OTHER: "Others who work with separated families",
}
