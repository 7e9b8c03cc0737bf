"""Settings, read from the environment and an optional ``.env``: one class a service.

Nothing else in the project reads the environment. A wrong value ends the process at start with one line.
"""

from libs.common.settings.entra import EntraSettings
from libs.common.settings.kinds import is_loopback, is_private_link
from libs.common.settings.loading import ENV_FILE_VARIABLE, load
from libs.common.settings.memory import fitted
from libs.common.settings.service import ServiceSettings
from libs.common.settings.services import (
    ApiSettings,
    DispatcherSettings,
    HealthSettings,
    TranslatingSettings,
    WorkerSettings,
)
from libs.common.settings.translation import EngineSettings, TranslationSettings

__all__ = [
    "ENV_FILE_VARIABLE",
    "ApiSettings",
    "DispatcherSettings",
    "EngineSettings",
    "EntraSettings",
    "HealthSettings",
    "ServiceSettings",
    "TranslatingSettings",
    "TranslationSettings",
    "WorkerSettings",
    "fitted",
    "is_loopback",
    "is_private_link",
    "load",
]
