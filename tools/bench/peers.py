"""Other ways to score the same files, as one would write them in an afternoon: none checks what it reads.

python tools/bench/peers.py PEER SCORER submission.zip TRUTH IMAGES
"""

import io
import json
import sys
import tempfile
import time
import zipfile
from collections.abc import Iterator
from pathlib import Path

import numpy as np
from PIL import Image

Pairs = Iterator[tuple[np.ndarray, np.ndarray]]
CLASSES = {"segmentation": 200, "scene-parsing": 150}
IGNORED = {"segmentation": 255, "scene-parsing": 0}


def streamed(submission: str, truth: Path, images: int) -> Pairs:
    """Yield (prediction, truth), each read into memory and decoded by Pillow."""
    with zipfile.ZipFile(submission) as archive:
        for name in archive.namelist()[:images]:
            yield np.asarray(Image.open(io.BytesIO(archive.read(name)))), np.asarray(Image.open(truth / name))


def extracted(submission: str, truth: Path, images: int) -> Pairs:
    """Yield the same after the archive was extracted to a disk."""
    with tempfile.TemporaryDirectory() as folder, zipfile.ZipFile(submission) as archive:
        names = archive.namelist()[:images]
        archive.extractall(folder, names)
        for name in names:
            yield np.array(Image.open(Path(folder, name))), np.array(Image.open(truth / name))


def count_by_bincount(pairs: Pairs, scorer: str) -> float:
    """Count all pairs of values at once, image by image."""
    total = np.zeros((256, 256), np.int64)
    for prediction, truth in pairs:
        total += np.bincount((truth.astype(np.intp) << 8 | prediction).ravel(), minlength=2**16).reshape(256, 256)
    return peak_iou(total[255], total[0]) if scorer == "localization" else mean_iou(total, scorer)


def count_where_valid(pairs: Pairs, scorer: str) -> float:
    """Pick the valid pixels out, then count their pairs: the fast_hist of many repositories."""
    labels, total = CLASSES[scorer] + 1, np.zeros((256, 256), np.int64)
    for prediction, truth in pairs:
        valid = (truth != IGNORED[scorer]) & (truth < labels)
        indices = labels * truth[valid].astype(int) + prediction[valid]
        total[:labels, :labels] += np.bincount(indices, minlength=labels**2).reshape(labels, labels)
    return mean_iou(total, scorer)


def count_by_threshold(pairs: Pairs, scorer: str) -> float:
    """Compare the whole map with each of the 256 thresholds."""
    counts = np.zeros((256, 3))
    for heat, mask in pairs:
        objects = mask == 255
        for threshold in range(256):
            chosen = heat >= threshold
            counts[threshold] += (chosen & objects).sum(), (chosen & ~objects).sum(), (~chosen & objects).sum()
    return float((counts[:, 0] / counts.sum(axis=1)).max())


def count_by_torchmetrics(pairs: Pairs, scorer: str) -> float:
    """Update torchmetrics' confusion matrix image by image."""
    import torch  # noqa: PLC0415 (where it is installed)
    from torchmetrics.classification import MulticlassConfusionMatrix  # noqa: PLC0415

    torch.set_num_threads(1)
    labels, total = CLASSES[scorer] + 1, np.zeros((256, 256), np.int64)
    metric = MulticlassConfusionMatrix(labels, ignore_index=IGNORED[scorer], validate_args=False)
    for prediction, truth in pairs:
        metric.update(*(torch.from_numpy(pixels.astype(np.int64)) for pixels in (prediction, truth)))
    total[:labels, :labels] = metric.compute().numpy()
    return mean_iou(total, scorer)


def count_by_histc(pairs: Pairs, scorer: str) -> float:
    """Take three histograms of floats per image, as mmsegmentation's IoUMetric does."""
    import torch  # noqa: PLC0415 (where it is installed)

    torch.set_num_threads(1)
    labels, sums = CLASSES[scorer] + 1, np.zeros((3, CLASSES[scorer] + 1))
    for pair in pairs:
        guessed, true = map(torch.from_numpy, pair)
        valid = true != IGNORED[scorer]
        guessed, true = guessed[valid], true[valid]
        for row, values in enumerate((guessed[guessed == true], true, guessed)):
            sums[row] += torch.histc(values.float(), labels, 0, labels - 1).numpy()
    return mean_of(sums[0, 1:], sums[1, 1:], sums[2, 1:], scorer)


def mean_iou(joint: np.ndarray, scorer: str) -> float:
    joint = joint.copy()
    joint[IGNORED[scorer]] = 0
    counted = slice(1, CLASSES[scorer] + 1)
    return mean_of(joint.diagonal()[counted], joint.sum(axis=1)[counted], joint.sum(axis=0)[counted], scorer)


def mean_of(true_positives: np.ndarray, target: np.ndarray, prediction: np.ndarray, scorer: str) -> float:
    union = target + prediction - true_positives
    iou = true_positives[union > 0] / union[union > 0]
    return float(iou.mean() if scorer == "segmentation" else iou.sum() / CLASSES[scorer])


def peak_iou(objects: np.ndarray, rest: np.ndarray) -> float:
    inside, outside = (part[::-1].cumsum()[::-1] for part in (objects, rest))
    return float((inside / (objects.sum() + outside)).max())


PEERS = {
    "numpy": (streamed, count_by_bincount),
    "extract": (extracted, count_where_valid),
    "thresholds": (extracted, count_by_threshold),
    "torchmetrics": (streamed, count_by_torchmetrics),
    "histc": (streamed, count_by_histc),
}


def main() -> None:
    peer, scorer, submission, truth, images = sys.argv[1:]
    read, count = PEERS[peer]
    if peer in ("torchmetrics", "histc"):
        __import__("torchmetrics" if peer == "torchmetrics" else "torch")  # what is timed is the work
    begun = time.process_time()
    score = count(read(submission, Path(truth), int(images)), scorer)
    print(json.dumps({"cpu": time.process_time() - begun, "score": score}))


if __name__ == "__main__":
    main()
