class Missing(Exception):
    """What the check needs and does not find, and how to get it."""
