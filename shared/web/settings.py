"""The settings of a service's pages, each from `PARLEY_<NAME>`."""

from typing import Annotated

from pydantic import AfterValidator, BaseModel, SecretStr
from pydantic_settings import BaseSettings, SettingsConfigDict


class PlaceShown(BaseModel, frozen=True):
    """An entry of the navigation, of this service or another: its words, its path at the entrance, and whose it is."""

    text: str
    href: str
    roles: frozenset[str]


class PagesSettings(BaseSettings):
    """Where the pages are, and as which client they have people sign in. Without them nobody can."""

    model_config = SettingsConfigDict(env_prefix="PARLEY_", frozen=True)
    entrance_url: Annotated[str, AfterValidator(lambda url: url.rstrip("/"))] = ""
    """The origin that browsers see, `https://host:port`: without a slash at its end, as a path follows."""
    places: tuple[PlaceShown, ...] = ()
    """The navigation, of all services: none of them knows which others there are."""
    pages_client: str = "parley-pages"
    pages_client_secret: SecretStr = SecretStr("")
    changes_sign_ins: bool = False
    """Whether people change their password and second factor from a page: at the embedded Keycloak, not another's."""
    command_line_client: str = "parley-cli"

    @property
    def clients(self) -> tuple[str, str]:
        """The clients as which people sign in: the identity provider says of each when a sign-in has ended."""
        return self.pages_client, self.command_line_client
