"""python -m libs.client: the same as ``batch-translate``, where the package is not installed."""

from libs.client.cli.program import main

if __name__ == "__main__":
    main()
