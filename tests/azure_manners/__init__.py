"""Azure's own manners in front of the real Azurite: what Microsoft documents and the emulator does not do."""
