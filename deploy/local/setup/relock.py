"""The part of `make lock` that npm does: package-lock.json from package.json."""

from deploy.local.setup.emulator import npm

if __name__ == "__main__":
    # Without addresses in the lock every machine asks the registry it is configured for; the hashes decide.
    npm("update", "--package-lock-only", "--ignore-scripts", "--omit-lockfile-registry-resolved")
