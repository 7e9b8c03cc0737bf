"""Where the check keeps what it makes: `make clean` removes it."""

import hashlib

from deploy.local.places import ROOT

HOME = ROOT / "build" / "compose-check"
TOOLS = HOME / "tools"
#: One name a checkout: a run removes what a killed run of the same checkout left.
PROJECT = "batch-translation-check-" + hashlib.sha256(str(ROOT).encode()).hexdigest()[:8]
IMAGE = f"{PROJECT}:local"
