"""The delete-one jackknife again in plain Python: scores recomputed without each image, and ranks by loops."""

import math
from itertools import accumulate


def total(images):
    """The sum of the counts of some images, each a nested list of ints."""
    return [[sum(column) for column in zip(*rows, strict=True)] for rows in zip(*images, strict=True)]


def divide(part, whole):
    return part / whole if whole else None


def mean(values):
    defined = [value for value in values if value is not None]
    return divide(sum(defined), len(defined))


def segmentation(total, ignore_label=255, background_in_mean=False):
    columns = [column for label, column in enumerate(zip(*total, strict=True)) if label != ignore_label]
    true_positives, target, prediction = zip(*columns, strict=True)
    labels = range(len(target))
    first = 0 if background_in_mean or ignore_label == 0 else 1
    iou = [divide(true_positives[c], target[c] + prediction[c] - true_positives[c]) for c in labels]
    accuracy = [divide(true_positives[c], target[c]) for c in labels]
    return {
        "mean_iou": mean(iou[first:]),
        "mean_accuracy": mean(accuracy[first:]),
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


def delete_one(compute, images):
    """The scores without each image in turn."""
    nothing = [[0] * len(row) for row in images[0]]  # where no other image is left
    return [
        compute(total(images[:left_out] + images[left_out + 1 :] or [nothing])) for left_out in range(len(images))
    ]


def error(values):
    """The standard error by the delete-one values of a number; None where it has none."""
    if len(values) < 2 or None in values:
        return None
    average = sum(values) / len(values)
    return math.sqrt((len(values) - 1) / len(values) * sum((value - average) ** 2 for value in values))


def prints(fraction):
    """What a board shows of a percentage."""
    return float(f"{fraction * 100:.2f}")


def relation(scores, errors, critical_value):
    """Who is significantly better than whom, pair by pair."""
    return {
        (one, other)
        for one in range(len(scores))
        for other in range(len(scores))
        if errors[one][other]
        and prints(scores[one]) > prints(scores[other])
        and scores[one] - scores[other] > critical_value * errors[one][other]
    }


def places(scores, better):
    """Rank, best and worst rank, and the ranks of all that are not significantly different, of each team."""
    teams, shown = range(len(scores)), [prints(score) for score in scores]
    ranks = [1 + sum(shown[other] > shown[team] for other in teams) for team in teams]
    return [
        (
            ranks[team],
            1 + sum((other, team) in better for other in teams),
            len(scores) - sum((team, other) in better for other in teams),
            sorted(
                {ranks[other] for other in teams if other != team and not {(other, team), (team, other)} & better}
            ),
        )
        for team in teams
    ]
