"""The colours of the curves can be distinguished with red or green colour blindness, on light and dark pages."""

import re
from itertools import combinations

import numpy as np
import pytest
from django.conf import settings

from server.tracks.models.track import ACCENTS, Track

# Simulations on linear RGB by Machado, Oliveira and Fernandes (2009), severity 1, and what all others see.
SIGHTS = {
    "all colours": [[1, 0, 0], [0, 1, 0], [0, 0, 1]],
    "no red": [
        [0.152286, 1.052583, -0.204868],
        [0.114503, 0.786281, 0.099216],
        [-0.003882, -0.048116, 1.051998],
    ],
    "no green": [
        [0.367322, 0.860646, -0.227968],
        [0.280085, 0.672501, 0.047413],
        [-0.011820, 0.042940, 0.968881],
    ],
}
# Oklab by Ottosson (2020): linear RGB to cones, and their cube roots to lightness and two hues.
TO_CONES = np.array(
    [
        [0.4122214708, 0.5363325363, 0.0514459929],
        [0.2119034982, 0.6806995451, 0.1073969566],
        [0.0883024619, 0.2817188376, 0.6299787005],
    ]
)
TO_LAB = np.array(
    [
        [0.2104542553, 0.7936177850, -0.0040720468],
        [1.9779984951, -2.4285922050, 0.4505937099],
        [0.0259040371, 0.7827717662, -0.8086757660],
    ]
)
LEAST = 0.11  # a step that is seen at a glance; 0.02 is just noticeable


def linear(colour: str) -> np.ndarray:
    share = np.array([int(colour[at : at + 2], 16) / 255 for at in (1, 3, 5)])
    return np.where(share <= 0.04045, share / 12.92, ((share + 0.055) / 1.055) ** 2.4)


def seen(colour: str, sight: str) -> np.ndarray:
    return TO_LAB @ np.cbrt(TO_CONES @ np.clip(np.array(SIGHTS[sight]) @ linear(colour), 0, 1))


def contrast(one: str, other: str) -> float:
    dark, light = sorted(float(linear(each) @ [0.2126, 0.7152, 0.0722]) for each in (one, other))
    return (light + 0.05) / (dark + 0.05)


def paper_and_colours(scheme: str) -> tuple[str, list[str]]:
    style = (settings.BASE_DIR / "server/static/css/colours.css").read_text()
    light, _, dark = style.partition("prefers-color-scheme: dark")
    part = light if scheme == "light" else dark
    return re.search(r"--bg: (#\w{6})", part)[1], re.findall(r"--s[1-8]: (#\w{6})", part)


def test_the_measure_knows_what_is_far_and_what_is_near():
    assert np.linalg.norm(seen("#000000", "all colours") - seen("#ffffff", "all colours")) == pytest.approx(
        1, abs=0.01
    )
    red, green = "#c04000", "#708000"
    apart = {sight: np.linalg.norm(seen(red, sight) - seen(green, sight)) for sight in SIGHTS}
    assert apart["no green"] < apart["all colours"] / 2


@pytest.mark.parametrize("sight", SIGHTS)
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_every_two_colours_are_told_apart(scheme, sight):
    _, colours = paper_and_colours(scheme)
    assert len(colours) == 8
    near = [
        pair
        for pair in combinations(colours, 2)
        if np.linalg.norm(seen(pair[0], sight) - seen(pair[1], sight)) < LEAST
    ]
    assert near == []


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_every_colour_stands_out_from_the_paper(scheme):
    paper, colours = paper_and_colours(scheme)
    assert [colour for colour in colours if contrast(colour, paper) < 3] == []


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_every_track_has_an_accent_that_is_legible(scheme):
    css = settings.BASE_DIR / "server/static/css"
    style = (css / "colours.css").read_text()
    names = re.findall(r"\.accent-(\d) \{\s*--accent: var\(--(\w+)\);\s*\}", (css / "base.css").read_text())
    assert [int(number) for number, _ in names] == [
        Track(number=number).accent for number in range(1, ACCENTS + 1)
    ]
    assert Track(number=ACCENTS + 1).accent == 1
    light, _, dark = style.partition("prefers-color-scheme: dark")
    part = light if scheme == "light" else dark
    colours = {name: re.search(rf"--{name}: (#\w{{6}})", part)[1] for _, name in names}
    paper, _ = paper_and_colours(scheme)
    assert {name: colour for name, colour in colours.items() if contrast(colour, paper) < 4.5} == {}
