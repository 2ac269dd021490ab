"""What whoever imports a file says of the services of another directory: which are offers here, and what they are.

A YAML file. `services` and `terms` report what kind of help something is, by the id of a service or by a term of another
taxonomy (its code or name); `areas` where a service is open that names no local authority of ours; `providers` which
registered provider an organization is.
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
    """What a service of another directory is here."""

    service: Slug
    areas: list[AreaCode] = []


_Here = Annotated[Here, BeforeValidator(lambda value: {"service": value} if isinstance(value, str) else value)]


class Mapping(_MappingPart):
    """The whole file."""

    services: dict[str, _Here] = {}
    terms: dict[str, dict[str, Slug]] = {}
    providers: dict[str, Slug] = {}
    areas: list[AreaCode] = []

    def kind(self, service: Service) -> str | None:
        """What kind of help a service is; None where the file does not report, or more than one."""
        if (here := self.services.get(service.id)) is not None:
            return here.service
        kinds: set[str] = set()
        for term in (each.taxonomy_term for each in service.attributes):
            known = self.terms.get(term.of() or "", {}) if term else {}
            kinds |= {known[name] for name in (term.code, term.name) if name in known} if term else set()
        return kinds.pop() if len(kinds) == 1 else None

    def areas_of(self, service: Service) -> list[str]:
        """Where the file says that this very service is open; empty where it does not."""
        here = self.services.get(service.id)
        return list(here.areas) if here else []


def read_mapping(path: Path) -> Mapping:
    """What a file says. Raises `ParleyError` that names field and rule."""
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
