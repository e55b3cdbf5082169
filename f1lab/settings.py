"""Settings from the environment or keyword arguments, one name each.

=====================  ====================================================================
``F1LAB_CACHE_DIR``    our cache; default: the user's cache folder
``F1LAB_FASTF1_CACHE`` an existing FastF1 cache folder; default: ``fastf1`` inside our cache
``F1LAB_OFFLINE``      1 = never touch the network
``F1LAB_OPENF1_URL``   where OpenF1 answers; default: ``https://api.openf1.org/v1``
``F1LAB_OPENF1_PER_MINUTE`` requests OpenF1 allows in a minute; default: 30, a tenth of it a second
``F1LAB_DATA_DIR``     what must not be lost: the league's file and runs that wait for it;
                       default: the user's data folder
``F1LAB_DATABASE_URL`` a league elsewhere: an SQLAlchemy URL of SQLite or PostgreSQL
``F1LAB_TOKEN``        token of the standalone API
``F1LAB_API_SECRET``   key that signs the API's other tokens; default: a file in the data folder
=====================  ====================================================================
"""

from __future__ import annotations

from pathlib import Path

import platformdirs
from pydantic import Field, SecretStr, ValidationError
from pydantic_settings import BaseSettings, SettingsConfigDict

from f1lab.errors import InvalidInput

__all__ = ["Settings", "settings"]


class Settings(BaseSettings):
    """What can be set from outside.

    Parameters
    ----------
    cache_dir : Path
        Folder of our cache.
    fastf1_cache : Path or None
        FastF1's cache folder; None means ``fastf1`` inside `cache_dir`.
    offline : bool
        Never touch the network.
    openf1_url : str
        Address of OpenF1's REST API.
    openf1_per_minute : int
        Requests it allows in a minute; a tenth of them in a second.
    data_dir : Path
        Folder of the league's file and of runs that wait for it.
    database_url : str or None
        SQLAlchemy URL of the league; None means an SQLite file inside `data_dir`.
    token : SecretStr or None
        Token of the standalone API.
    api_secret : SecretStr or None
        Key that signs the API's other tokens; None means a file inside `data_dir`.
    """

    model_config = SettingsConfigDict(env_prefix="F1LAB_", env_ignore_empty=True, frozen=True)

    cache_dir: Path = Field(default_factory=lambda: Path(platformdirs.user_cache_dir("f1lab")))
    fastf1_cache: Path | None = None
    offline: bool = False
    openf1_url: str = Field(default="https://api.openf1.org/v1", pattern=r"^https?://[^\s/]+")
    openf1_per_minute: int = Field(default=30, ge=1)
    data_dir: Path = Field(default_factory=lambda: Path(platformdirs.user_data_dir("f1lab")))
    database_url: str | None = None
    token: SecretStr | None = None
    api_secret: SecretStr | None = None

    @property
    def fastf1_dir(self) -> Path:
        """FastF1's cache folder."""
        return (self.fastf1_cache or self.cache_dir / "fastf1").expanduser()


def settings(
    *,
    cache_dir: str | Path | None = None,
    fastf1_cache: str | Path | None = None,
    offline: bool | None = None,
) -> Settings:
    """Read the settings; an argument that is not None wins over the environment.

    Parameters
    ----------
    cache_dir, fastf1_cache : str or Path, optional
        Folders, see :class:`Settings`.
    offline : bool, optional
        Never touch the network.

    Returns
    -------
    Settings
        The settings as they hold now.

    Raises
    ------
    InvalidInput
        If a variable of the environment has a value that cannot be used.
    """
    given = {"cache_dir": cache_dir, "fastf1_cache": fastf1_cache, "offline": offline}
    try:
        return Settings(**{name: value for name, value in given.items() if value is not None})  # type: ignore[arg-type]
    except ValidationError as error:
        wrong = error.errors()[0]
        name = f"F1LAB_{str(wrong['loc'][0]).upper()}"
        raise InvalidInput(
            f"{name} is {wrong['input']!r}, which cannot be used: {wrong['msg']}."
        ) from error
