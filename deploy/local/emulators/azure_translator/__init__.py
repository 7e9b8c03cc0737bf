"""The text API of Azure AI Translator as programs see it: both wire versions, its limits, errors, metering
and quota. It translates nothing: each answer is its own text between marks that say so.
"""

from deploy.local.emulators.azure_translator.app import Emulator, build_app
from deploy.local.emulators.azure_translator.knobs import Fault, Knobs
from deploy.local.emulators.azure_translator.quota import CHARACTERS_A_MINUTE

__all__ = ["CHARACTERS_A_MINUTE", "Emulator", "Fault", "Knobs", "build_app"]
