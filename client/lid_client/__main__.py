"""`python -m lid_client` is the command `lid`."""

import sys

from lid_client.cli import main

sys.exit(main())
