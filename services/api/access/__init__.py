"""Who may call: by an API key, by a token of Microsoft Entra ID, or on loopback by where a call comes from.

Each of the three is an `Authenticator` in a module of its own; `guard` asks the one that is set.
"""
