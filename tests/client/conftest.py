"""The command, and servers for it."""

import subprocess
import sys

import numpy as np
import pytest
from factories import png, write_zip
from fake_server import fake_server
from running_lid import CLIENT, SECRET, Lid


@pytest.fixture
def fake():
    with fake_server() as server:
        yield server


@pytest.fixture
def home(tmp_path):
    (tmp_path / "home").mkdir()
    return tmp_path / "home"


@pytest.fixture
def lid(fake, home):
    """The command of a person who has a token of the fake server in the environment."""
    return Lid(home, {"LID_SERVER": fake.url, "LID_TOKEN": SECRET})


@pytest.fixture
def archive(tmp_path):
    """A zip as the fake server's manifest wants it."""
    return write_zip(tmp_path / "results.zip", {"a.png": png(np.zeros((3, 4)))})


@pytest.fixture(scope="session")
def wheel(tmp_path_factory):
    folder = tmp_path_factory.mktemp("wheels")
    options = ["--no-deps", "--no-index", "--quiet", "--disable-pip-version-check", "--wheel-dir", folder]
    subprocess.run([sys.executable, "-m", "pip", "wheel", *options, CLIENT], check=True, capture_output=True)
    return next(folder.glob("*.whl"))
