"""Services of others, imitated for people and tests without an account."""
