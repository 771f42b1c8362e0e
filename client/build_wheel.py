"""Builds the client's wheel: `lid_client`, and the repository's evaluator, whose code checks and scores archives.

A PEP 517 backend of its own, since the evaluator is outside this folder; and pip needs no network for it.
"""

from __future__ import annotations

import base64
import hashlib
import re
import zipfile
from collections.abc import Iterator
from pathlib import Path

HERE = Path(__file__).resolve().parent
EVALUATOR, LICENCE = HERE.parent / "evaluator", HERE.parent / "LICENSE"
SCORE = ("numpy", "pillow", "numba", "deflate")
EPOCH = (2020, 1, 1, 0, 0, 0)  # of every file, so that equal sources make an equal wheel


def build_wheel(wheel_directory: str, config_settings: object = None, metadata_directory: object = None) -> str:
    """Write the wheel into a folder; return its name."""
    version = _version()
    name, about = f"lid-{version}-py3-none-any.whl", f"lid-{version}.dist-info"
    files = {**dict(_sources()), **{f"{about}/{file}": text for file, text in _metadata(version).items()}}
    record = [f"{file},sha256={_digest(contents)},{len(contents)}\n" for file, contents in files.items()]
    files[f"{about}/RECORD"] = "".join([*record, f"{about}/RECORD,,\n"]).encode()
    with zipfile.ZipFile(Path(wheel_directory, name), "w", zipfile.ZIP_DEFLATED) as wheel:
        for file, contents in files.items():
            entry = zipfile.ZipInfo(file, EPOCH)
            entry.external_attr = 0o644 << 16
            wheel.writestr(entry, contents, zipfile.ZIP_DEFLATED)
    return name


def build_sdist(sdist_directory: str, config_settings: object = None) -> str:
    """Raises NotImplementedError: half of the source is outside this folder."""
    raise NotImplementedError("build a wheel instead, from a clone of the repository")


def _sources() -> Iterator[tuple[str, bytes]]:
    for folder, into in ((HERE / "lid_client", "lid_client"), (EVALUATOR, "lid_client/bundled/evaluator")):
        for path in sorted(folder.rglob("*.py")):
            yield f"{into}/{path.relative_to(folder).as_posix()}", path.read_bytes()


def _metadata(version: str) -> dict[str, bytes]:
    about = [
        "Metadata-Version: 2.1",
        "Name: lid",
        f"Version: {version}",
        "Summary: Checks archives and submits them to a LID challenge server",
        "License: Apache-2.0",
        "Requires-Python: >=3.9",
        "Provides-Extra: score",
        *(f'Requires-Dist: {package}; extra == "score"' for package in SCORE),
    ]
    wheel = ["Wheel-Version: 1.0", f"Generator: lid {version}", "Root-Is-Purelib: true", "Tag: py3-none-any"]
    texts = {
        "METADATA": about,
        "WHEEL": wheel,
        "entry_points.txt": ["[console_scripts]", "lid = lid_client.cli:main"],
    }
    return {
        "LICENSE": LICENCE.read_bytes(),
        **{name: "".join(f"{line}\n" for line in lines).encode() for name, lines in texts.items()},
    }


def _version() -> str:
    source = (HERE / "lid_client" / "__init__.py").read_text()
    versions: list[str] = re.findall(r'^__version__ = "(.+)"', source, re.MULTILINE)
    return versions[0]


def _digest(contents: bytes) -> str:
    return base64.urlsafe_b64encode(hashlib.sha256(contents).digest()).rstrip(b"=").decode()
