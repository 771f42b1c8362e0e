"""Scores a submission and tells the CPU that it took once all was started, as the floor and the peers do.

python tools/bench/score.py submission.zip PACK
"""

import json
import sys
import time
from pathlib import Path

from evaluator.engine import evaluate
from evaluator.groundtruth import open_ground_truth
from evaluator.kernels import compiled
from evaluator.scorers.segmentation import Segmentation


def main() -> None:
    assert compiled.start(), "the kernels are missing"
    begun = time.process_time()
    with open_ground_truth(Path(sys.argv[2]), Segmentation()) as truth:  # a pack knows its own scorer
        result, _ = evaluate(Path(sys.argv[1]), truth)
    print(json.dumps({"cpu": time.process_time() - begun, "scores": result.scores}))


if __name__ == "__main__":
    main()
