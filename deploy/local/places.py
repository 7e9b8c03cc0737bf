from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
HERE = ROOT / "deploy" / "local"
VENV = ROOT / ".venv"
DATA = ROOT / ".local"
CORPORA = ROOT / "build" / "corpora"
SAMPLES = ROOT / "samples"
AZURITE_PROGRAM = HERE / "node_modules" / "azurite" / "dist" / "src" / "azurite.js"
