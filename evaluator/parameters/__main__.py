"""`python -m evaluator.parameters FILE…`: the same command."""

import sys

from evaluator.parameters.command import main

if __name__ == "__main__":
    sys.exit(main())
