"""The bootstrap again in plain Python: image by image, pixel counts as ints, straight from docs/uncertainty.md."""

from itertools import accumulate

import numpy as np


def drawn(images, number, seed):
    """The images of one resample, one after the other, from the upper 32 bits of each word of the stream."""
    stream = np.random.PCG64(np.random.SeedSequence((seed, images, number)))
    return [(int(stream.random_raw()) >> 32) * images // 2**32 for _ in range(images)]


def added(counts, indices):
    """The counts of these images, added one after the other."""
    total = np.zeros(counts.shape[1:], np.int64)
    for index in indices:
        total += counts[index]
    return total.tolist()


def divide(part, whole):
    return part / whole if whole else None


def mean(values):
    defined = [value for value in values if value is not None]
    return divide(sum(defined), len(defined))


def segmentation(total):
    true_positives, target, prediction = total
    labels = range(len(target))
    iou = [divide(true_positives[c], target[c] + prediction[c] - true_positives[c]) for c in labels]
    accuracy = [divide(true_positives[c], target[c]) for c in labels]
    return {
        "mean_iou": mean(iou[1:]),
        "mean_accuracy": mean(accuracy[1:]),
        "pixel_accuracy": divide(sum(true_positives), sum(target)),
        "mean_iou_with_background": mean(iou),
        "per_class_iou": iou,
    }


def scene_parsing(total):
    true_positives, target, prediction = (row[1:] for row in total)
    labels = range(len(target))
    iou = [divide(true_positives[c], target[c] + prediction[c] - true_positives[c]) or 0.0 for c in labels]
    return {
        "mean_iou": sum(iou) / len(iou),
        "mean_accuracy": mean([divide(true_positives[c], target[c]) for c in labels]),
        "pixel_accuracy": divide(sum(true_positives), sum(target)),
        "per_class_iou": iou,
    }


def localization(total):
    inside, _ = total
    if not sum(inside):
        return {"peak_iou": None, "peak_threshold": None, "iou_curve": [None] * 256}
    found, mistaken = (list(accumulate(reversed(side)))[::-1] for side in total)  # at or above each threshold
    curve = [found[t] / (sum(inside) + mistaken[t]) for t in range(256)]
    peak = max(t for t in range(256) if curve[t] == max(curve))
    return {"peak_iou": curve[peak], "peak_threshold": peak, "iou_curve": curve}


COMPUTE = {"segmentation": segmentation, "scene-parsing": scene_parsing, "localization": localization}


def ends(values):
    """The interval of a list of numbers, None left out."""
    defined = sorted(value for value in values if value is not None)
    beyond = max(1, (len(defined) + 1) // 40)
    return (defined[beyond - 1], defined[-beyond]) if defined else (None, None)


def prints(fraction):
    """What a board shows; below everything where there is nothing to show."""
    return float("-inf") if fraction is None else float(f"{fraction * 100:.2f}")


def rank_among(own, all_of_them):
    return 1 + sum(1 for other in all_of_them if other > own)
