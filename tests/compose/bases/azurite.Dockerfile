# Stands in for Azurite's image: the same release from npm, and nc, which the compose file's health check uses.
FROM node:24-bookworm-slim
ARG VERSION
RUN apt-get update \
    && apt-get install --yes --no-install-recommends netcat-openbsd \
    && rm -rf /var/lib/apt/lists/*
RUN npm install --global "azurite@$VERSION" --prefix /usr/local --no-audit --no-fund \
    && ln -sf /usr/local/lib/node_modules/azurite/dist/src/azurite.js /usr/local/bin/azurite \
    && chmod +x /usr/local/bin/azurite
VOLUME ["/data"]
CMD ["azurite", "-l", "/data", "--blobHost", "0.0.0.0", "--queueHost", "0.0.0.0", "--tableHost", "0.0.0.0"]
