"""Hypothesis strategies for the counts of teams on one target, and the files of per-image counts made of them."""

import numpy as np
from hypothesis import strategies as st

from evaluator.per_image_counts import PerImageCounts
from evaluator.scorers import make, options_of
from evaluator.uncertainty.confidence_intervals import compare
from evaluator.uncertainty.inputs import Entry

SCORERS = {"segmentation": {"num_classes": 3}, "scene-parsing": {"num_classes": 3}, "localization": {}}
levels = st.sampled_from([0, 1, 7, 254, 255])
amounts = st.sampled_from([0, 0, 0, 1, 2, 5, 2**26])


@st.composite
def label_maps(draw_, scorer, teams, images):
    """Counts of each team [images, 3, 4] over the same target, many classes absent."""
    target = np.array(draw_(st.lists(amounts, min_size=4 * images, max_size=4 * images))).reshape(images, 4)
    target[:, 0] *= scorer == "segmentation"
    counts = []
    for _ in range(teams):
        share = draw_(st.sampled_from([0, 0.5, 1]))
        wrong = draw_(st.lists(amounts, min_size=4 * images, max_size=4 * images))
        true_positives = (target * share).astype(int)
        prediction = true_positives + np.array(wrong).reshape(images, 4)
        counts.append(np.stack([true_positives, target, prediction], axis=1))
    return counts


@st.composite
def heat_maps(draw_, teams, images):
    """Counts of each team [images, 2, 256] over the same target; some images without object."""
    pixels = draw_(st.lists(st.tuples(st.integers(0, 3), st.integers(0, 3)), min_size=images, max_size=images))
    counts = np.zeros((teams, images, 2, 256), int)
    for team in range(teams):
        for image, sides in enumerate(pixels):
            for side, number in enumerate(sides):
                for level in draw_(st.lists(levels, min_size=number, max_size=number)):
                    counts[team, image, side, level] += draw_(st.just(3)) ** side
    return list(counts)


@st.composite
def comparisons(draw_):
    """A scorer, options of it, and the counts of one to four teams over one to five images."""
    scorer = draw_(st.sampled_from(list(SCORERS)))
    sizes = draw_(st.integers(1, 4)), draw_(st.integers(1, 5))
    maps = heat_maps(*sizes) if scorer == "localization" else label_maps(scorer, *sizes)
    return scorer, draw_(options_for(scorer)), draw_(maps)


def options_for(scorer):
    """Options that change what becomes of counts."""
    if scorer != "segmentation":
        return st.just({})
    ignored = st.sampled_from([None, 0, 1, 3, 255])
    return st.fixed_dictionaries({"ignore_label": ignored, "background_in_mean": st.booleans()})


def write(path, scorer, counts, ids=None, **options):
    complete = options_of(make(scorer, {**SCORERS[scorer], **options}))
    ids = ids or [f"image{number}" for number in range(len(counts))]
    PerImageCounts(scorer, complete, tuple(ids), np.asarray(counts, np.int32)).write(path)
    return Entry(path.stem, path)


def compared(folder, scorer, counts, **options):
    """Compare teams called team0, team1 and so on."""
    entries = [write(folder / f"team{number}.npz", scorer, one, **options) for number, one in enumerate(counts)]
    return compare(entries)


def labelled(*rows):
    """The counts of images of three classes, each given as (true positives, target, prediction) of class 1."""
    counts = np.zeros((len(rows), 3, 4), int)
    counts[:, :, 1] = rows
    return counts
