# One image, three commands: python -m services.api | services.dispatcher | services.worker.
# The base is named by its tag, so that a rebuild brings Debian's and Python's fixes; who needs the same bytes
# each time pins it: FROM python:3.11-slim-bookworm@sha256:...

FROM python:3.11-slim-bookworm AS packages
WORKDIR /build
COPY requirements.lock ./
# Wheels only: nothing is compiled here, and the lock's hashes say which bytes may come in. The environment has
# no pip of its own.
RUN python -m venv --without-pip /opt/venv \
    && pip --python /opt/venv/bin/python install --no-cache-dir --only-binary=:all: \
        --require-hashes --requirement requirements.lock

# Swagger UI, for the reference at /docs: files alone, nothing of it or of Node runs in the image.
FROM node:24-bookworm-slim AS reference
WORKDIR /build
COPY deploy/local/package.json deploy/local/package-lock.json ./
RUN npm ci --omit=dev --omit=optional --ignore-scripts --no-audit --no-fund

FROM python:3.11-slim-bookworm
# Debian's names of the languages Apertium translates; empty for an image that uses another engine.
ARG APERTIUM_PAIRS="apertium-eng-spa apertium-spa-cat apertium-fr-es cg3"
# Debian keeps one version of each in a release: a pinned one would be gone with the next security fix.
# APERTIUM_PAIRS is several words on purpose.
# hadolint ignore=DL3008,SC2086
RUN apt-get update \
    && DEBIAN_FRONTEND=noninteractive apt-get install --yes --no-install-recommends tini $APERTIUM_PAIRS \
    && rm -rf /var/lib/apt/lists/*
# What runs here installs nothing, so the base's own tools for that leave. The user is a number, because
# Kubernetes cannot tell from a name that it is not root, and has an entry in passwd, because libraries look up
# who they are.
RUN pip uninstall --yes --no-input --root-user-action=ignore pip setuptools wheel \
    && useradd --uid 10001 --user-group --no-create-home --home-dir /nonexistent --shell /usr/sbin/nologin app

COPY --from=packages /opt/venv /opt/venv
COPY --from=reference /build/node_modules/swagger-ui-dist /opt/swagger-ui
WORKDIR /app
COPY libs ./libs
COPY services ./services
# Compiled now: whoever runs this may not write here, and the root file system may be read-only.
RUN python -m compileall -q libs services

# No .env is read in a container: settings come from the environment alone.
ENV PATH=/opt/venv/bin:$PATH \
    PYTHONUNBUFFERED=1 \
    PYTHONDONTWRITEBYTECODE=1 \
    REFERENCE_ASSETS=/opt/swagger-ui \
    BATCH_TRANSLATION_ENV_FILE=

ARG VERSION=0.2.0
# docker build --build-arg REVISION=$(git rev-parse HEAD)
ARG REVISION=
LABEL org.opencontainers.image.title="batch-translation" \
      org.opencontainers.image.description="Translates a blob container full of documents" \
      org.opencontainers.image.licenses="MIT" \
      org.opencontainers.image.base.name="docker.io/library/python:3.11-slim-bookworm" \
      org.opencontainers.image.version="$VERSION" \
      org.opencontainers.image.revision="$REVISION"

USER 10001:10001
EXPOSE 8000
# The probe of whichever service runs: the dispatcher and the worker have HEALTH_PORT, the API has its own port.
# Whether it lives, not whether storage answers: an outage of storage is nothing a restart mends. By a bare socket,
# because an HTTP client takes three times as long to import, and this runs four times a minute in each container.
# A busy machine needs a minute to start a service.
HEALTHCHECK --interval=15s --timeout=10s --start-period=120s --retries=3 \
    CMD ["python", "-IS", "-c", "import os, socket; probe = socket.create_connection(('127.0.0.1', int(os.environ.get('HEALTH_PORT') or os.environ.get('API_PORT') or 8000)), 4); probe.sendall(b'GET /healthz HTTP/1.0\\r\\nHost: localhost\\r\\n\\r\\n'); raise SystemExit(b' 200 ' not in probe.recv(99))"]
# As process 1 Python would ignore a SIGTERM that comes while it still imports, and wait out the grace period.
ENTRYPOINT ["tini", "--"]
CMD ["python", "-m", "services.api"]
