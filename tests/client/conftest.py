"""The command, and servers for it."""

import numpy as np
import pytest
from factories import png, write_zip
from fake_server import fake_server
from running_lid import SECRET, Lid


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
