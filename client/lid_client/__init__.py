"""The command `lid`: submits archives to a LID challenge server. Python 3.9, standard library only."""

import sys
from pathlib import Path

__version__ = "0.1.0"

# The evaluator is beside us in a wheel, and at the top of the repository else. It goes first, since a training
# machine may well have another module of this name.
_BUNDLED = Path(__file__).with_name("bundled")
sys.path.insert(0, str(_BUNDLED if _BUNDLED.is_dir() else Path(__file__).resolve().parents[2]))
