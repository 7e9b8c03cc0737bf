"""Where documents are taken apart and written: small ones on the spot, others in a process that may die."""
