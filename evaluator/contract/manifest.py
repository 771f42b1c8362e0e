"""The manifest: the public facts of a split, to JSON and back."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from functools import cached_property
from typing import Any

from evaluator.contract.outcome import some_of

PACK_STARTS = b"LIDPACK"  # the first bytes of a pack of any version
PACK_FORMAT = PACK_STARTS + b"2"  # of one that this evaluator writes and reads
MOST_PIXELS = 2**26  # of one image or map; Pillow itself warns at 89 million


class ManifestError(ValueError):
    """A manifest that cannot be used: the server's fault, never a team's."""


@dataclass(frozen=True)
class ImageEntry:
    """One image of a split: its id and its size in pixels."""

    id: str
    width: int
    height: int

    @property
    def pixels(self) -> int:
        """Width × height."""
        return self.width * self.height


@dataclass(frozen=True)
class Manifest:
    """The public facts of a split: everything that the validation of an archive may depend on.

    `options` are all options of the scorer. `max_side` and `max_pixels` limit a map where the scorer resizes.
    `scorer_version` is that of the scorer which packed the ground truth; validation does not need it.
    `pixel_format` and `resizes` are what the scorer declares, for who checks an archive without it.
    """

    scorer: str
    options: dict[str, Any]
    images: tuple[ImageEntry, ...]
    max_side: int
    max_pixels: int
    scorer_version: str = ""
    pixel_format: str = ""
    resizes: bool = False

    def __post_init__(self) -> None:
        if not self.images:
            raise ManifestError("the manifest lists no image")
        if len(self.ids) != len(self.images):
            raise ManifestError("the manifest lists an image twice")
        for image in self.images:
            if not (image.width > 0 and image.height > 0 and image.pixels <= MOST_PIXELS):
                raise ManifestError(f"image {image.id} has an impossible size {image.width}×{image.height}")
        if not (self.max_side > 0 and 0 < self.max_pixels <= MOST_PIXELS):
            raise ManifestError(f"max_side must be above 0, max_pixels from 1 to {MOST_PIXELS}")

    @cached_property
    def ids(self) -> frozenset[str]:
        """All image ids."""
        return frozenset(image.id for image in self.images)

    def differences(self, other: Manifest) -> Iterator[str]:
        """Yield in words what this list of images has unlike `other`: missing, further and resized images."""
        sizes, other_sizes = (
            {image.id: (image.width, image.height) for image in manifest.images} for manifest in (self, other)
        )
        resized = [name for name in self.ids & other.ids if sizes[name] != other_sizes[name]]
        found = {"missing": other.ids - self.ids, "new": self.ids - other.ids, "of another size": resized}
        for what, names in found.items():
            if names:
                yield f"{some_of([f'{name}.png' for name in sorted(names)])}: {what}"

    def to_json(self) -> str:
        """Return JSON with one image per line, so that two manifests can be compared by diff."""
        head: dict[str, Any] = {"scorer": self.scorer, "options": self.options}
        head |= {"scorer_version": self.scorer_version}
        head |= {"pixel_format": self.pixel_format, "resizes": self.resizes}
        head |= {"max_side": self.max_side, "max_pixels": self.max_pixels}
        images = ",\n".join(json.dumps(asdict(image)) for image in self.images)
        return f'{json.dumps(head)[:-1]}, "images": [\n{images}\n]}}\n'

    @classmethod
    def from_json(cls, text: str | bytes) -> Manifest:
        """Read a manifest. Raises ManifestError."""
        try:
            facts = json.loads(text)
            images = [
                ImageEntry(str(entry["id"]), int(entry["width"]), int(entry["height"]))
                for entry in facts["images"]
            ]
            bounds = int(facts["max_side"]), int(facts["max_pixels"])
            version, pixel_format = (str(facts.get(name, "")) for name in ("scorer_version", "pixel_format"))
            scored = str(facts["scorer"]), dict(facts["options"]), tuple(images)
            return cls(*scored, *bounds, version, pixel_format, facts.get("resizes") is True)
        except ManifestError:
            raise
        except (ValueError, KeyError, TypeError) as error:
            raise ManifestError(f"not a manifest: {error!r}") from error
