"""The command line ``batch-translate``."""
