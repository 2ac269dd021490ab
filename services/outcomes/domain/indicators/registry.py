"""Every indicator by its name, in the order of the guide."""

from collections.abc import Mapping
from types import MappingProxyType

from services.outcomes.domain.indicators.again import AGAIN
from services.outcomes.domain.indicators.change import CHANGE
from services.outcomes.domain.indicators.cost import COST
from services.outcomes.domain.indicators.days import DAYS
from services.outcomes.domain.indicators.flow import FLOW
from services.outcomes.domain.indicators.indicator import Indicator
from services.outcomes.domain.indicators.parents import PARENTS
from services.outcomes.domain.indicators.reached import REACHED
from services.outcomes.domain.indicators.training import TRAINING
from services.outcomes.domain.indicators.voice import VOICE

CHAPTERS: Mapping[str, tuple[Indicator, ...]] = {
    "Cases and referrals": FLOW,
    "Parents": PARENTS,
    "Days between the steps": DAYS,
    "Sessions and the voice of the child": VOICE,
    "Change on validated measures": CHANGE,
    "Families who come again": AGAIN,
    "Who is reached": REACHED,
    "Cost": COST,
    "Training": TRAINING,
}
INDICATORS: Mapping[str, Indicator] = MappingProxyType(
    {each.name: each for chapter in CHAPTERS.values() for each in chapter}
)
if len(INDICATORS) != sum(len(chapter) for chapter in CHAPTERS.values()):
    raise ValueError("two indicators have one name")
