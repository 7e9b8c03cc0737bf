# Stands in for python:3.11-slim-bookworm: Debian's own Python 3.11, with pip where Docker's image has it.
FROM batch-translation-stand-in:bookworm
RUN apt-get update \
    && apt-get install --yes --no-install-recommends python3 python3-venv \
    && rm -rf /var/lib/apt/lists/* \
    && python3 -m venv --copies /usr/local
CMD ["python3"]
