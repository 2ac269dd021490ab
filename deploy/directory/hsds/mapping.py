"""A mapping file for imports: which services of another directory are offers here, and of which kind.

The file is YAML. `services` and `terms` give the kind of help, by the id of a service or by a term of another taxonomy
(its code or name); `areas` where services without a local authority of ours are available; `providers` which registered
provider an organization is.
"""

from pathlib import Path
from typing import Annotated

import yaml
from pydantic import BaseModel, BeforeValidator, ConfigDict, ValidationError

from deploy.directory.hsds.model import Service
from deploy.stack.errors import ParleyError
from shared.contracts.base import AreaCode, Slug


class _MappingPart(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class Here(_MappingPart):
    """The kind of help and the areas of a service of another directory."""

    service: Slug
    areas: list[AreaCode] = []


_Here = Annotated[Here, BeforeValidator(lambda value: {"service": value} if isinstance(value, str) else value)]


class Mapping(_MappingPart):
    """The contents of a mapping file."""

    services: dict[str, _Here] = {}
    terms: dict[str, dict[str, Slug]] = {}
    providers: dict[str, Slug] = {}
    areas: list[AreaCode] = []

    def kind(self, service: Service) -> str | None:
        """The kind of help of a service; None if the file gives none or more than one."""
        if (here := self.services.get(service.id)) is not None:
            return here.service
        kinds: set[str] = set()
        for term in (each.taxonomy_term for each in service.attributes):
            known = self.terms.get(term.of() or "", {}) if term else {}
            kinds |= {known[name] for name in (term.code, term.name) if name in known} if term else set()
        return kinds.pop() if len(kinds) == 1 else None

    def areas_of(self, service: Service) -> list[str]:
        """The areas that the file gives for this very service; empty if it gives none."""
        here = self.services.get(service.id)
        return list(here.areas) if here else []


def read_mapping(path: Path) -> Mapping:
    """Reads a mapping file. Raises `ParleyError` naming field and rule."""
    try:
        content = yaml.safe_load(path.read_text(encoding="utf-8"))
        return Mapping.model_validate(content or {})
    except OSError as error:
        raise ParleyError(f"{path} can't be read: {error.strerror}.") from error
    except (yaml.YAMLError, UnicodeDecodeError):
        raise ParleyError(f"{path} is not YAML.") from None
    except ValidationError as error:
        rules = (
            f"{'.'.join(map(str, each['loc']))}: {each['msg']}"
            for each in error.errors(include_url=False, include_input=False)
        )
        raise ParleyError("\n".join(f"{path} {rule}" for rule in rules)) from None
