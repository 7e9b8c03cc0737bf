"""LibreOffice, which says whether what we wrote opens; from the system's packages."""

import shutil

from deploy.local.problems import LocalStackError
from deploy.local.setup.apt import apt_install, plan_for, this_system

PACKAGES = ("libreoffice-writer-nogui", "libreoffice-calc-nogui", "libreoffice-impress-nogui")
"""Without windows: a third of the whole."""


def install() -> bool:
    if shutil.which("soffice"):
        return False
    apt_install(plan_for(this_system(), PACKAGES, "install LibreOffice yourself"), PACKAGES)
    if not shutil.which("soffice"):
        raise LocalStackError("apt-get succeeded, but there is no soffice")
    return True
