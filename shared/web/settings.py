"""The settings of a service's pages, each from `PARLEY_<NAME>`."""

from pydantic import SecretStr
from pydantic_settings import BaseSettings, SettingsConfigDict


class PagesSettings(BaseSettings):
    """Where the pages are, and as which client they have people sign in. Without them nobody can."""

    model_config = SettingsConfigDict(env_prefix="PARLEY_", frozen=True)
    entrance_url: str = ""
    """The origin that browsers see, `https://host:port`."""
    pages_client: str = "parley-pages"
    pages_client_secret: SecretStr = SecretStr("")
