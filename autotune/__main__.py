"""``python -m autotune``."""

import sys

from autotune.cli.app import main

if __name__ == "__main__":
    sys.exit(main())
