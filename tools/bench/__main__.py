"""Times the evaluator on generated splits against its floor and its peers, and says which bars hold.

`make bench` takes some minutes; ARGS=--full takes the sizes of LID 2020.
"""

import argparse
import datetime
import os
import platform
import sys
from collections.abc import Iterable
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

from bars import INTERVALS, MEGABYTES, TO_FLOOR, TO_PEERS, TWO_JOBS, WORST, Bar
from children import EVALUATOR, HERE, ROOT, run
from data import Split, make_split
from measure import Figures, measure, median

DOCUMENT = ROOT / "docs" / "performance.md"
BEGIN, END = "<!-- figures of make bench -->", "<!-- end of figures -->"
QUICK = {"segmentation": 800, "scene-parsing": 400, "localization": 800}
FULL = {"segmentation": 10_000, "scene-parsing": 3_000, "localization": 21_120}
DISTINCT = 400  # pictures drawn for a split; the rest are repeats
PEER_IMAGES = 1000
ENOUGH = 3_000  # images, beside which the start does not hide all else


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--full", action="store_true", help="as many images as LID 2020 has")
    parser.add_argument("--rounds", type=int, default=3, help="rounds, of which the median counts (3)")
    parser.add_argument("--data", type=Path, default=ROOT / ".bench", help="where the splits are kept (.bench)")
    parser.add_argument("--write", action="store_true", help=f"put the tables into docs/{DOCUMENT.name}")
    options = parser.parse_args()
    before = os.getloadavg()[1]
    figures = [
        measure(make_split(options.data, scorer, images, DISTINCT), options.rounds, PEER_IMAGES)
        for scorer, images in (FULL if options.full else QUICK).items()
    ]
    worst = run(sys.executable, HERE / "worst_case.py").answer
    text = "\n\n".join(
        [
            machine(options.rounds, before),
            costs(figures),
            worst_maps(worst),
            decoding(figures),
            bars(figures, worst),
        ]
    )
    print(text)
    if options.write:
        head, rest = DOCUMENT.read_text().split(BEGIN)
        DOCUMENT.write_text(f"{head}{BEGIN}\n{text}\n{END}{rest.partition(END)[2]}")


def machine(rounds: int, before: float) -> str:
    """Say where and when this was measured."""
    processor = platform.processor() or platform.machine()
    for line in Path("/proc/cpuinfo").read_text().splitlines() if Path("/proc/cpuinfo").exists() else ():
        if line.startswith("model name"):
            processor = line.partition(":")[2].strip()
    now = datetime.datetime.now(datetime.UTC).date()
    return (
        f"{now}, {os.cpu_count()} cores ({processor}), Python {platform.python_version()}; "
        f"median of {rounds} rounds; load average {before:.1f} before and {os.getloadavg()[1]:.1f} after."
    )


def costs(figures: Iterable[Figures]) -> str:
    """CPU, wall time, memory and file size of each split."""
    head = ["images", "floor", "in bands", "score", "with its start", "numpy + Pillow", "1 job, wall"]
    head += ["2 jobs, wall", "memory, 2 jobs", "per-image counts"]
    rows = [table_head("CPU in µs an image", *head)]
    for one in figures:
        cells = [f"{value:.0f}" for value in (one.floor, one.bands, one.score, one.whole, one.peers["numpy"])]
        cells += [f"{seconds:.1f} s" for seconds in one.wall]
        cells += [f"{one.megabytes:.0f} MB", f"{one.counts_bytes / 1e6:.1f} MB"]
        rows.append(f"| {one.split.scorer} | {one.split.images:,} | {' | '.join(cells)} |")
    return "\n".join(rows)


def worst_maps(worst: dict[str, dict[str, float]]) -> str:
    """What odd maps cost, as ratios to the usual ones of their size."""
    kinds = list(next(iter(worst.values())))
    rows = [table_head("maps of 500 × 375", "usual, µs", *kinds[1:])]
    for scorer, ratios in worst.items():
        usual, *others = ratios.values()
        rows.append(f"| {scorer} | {usual:.0f} | {' | '.join(f'{ratio:.2f}' for ratio in others)} |")
    return "\n".join(rows)


def decoding(figures: Iterable[Figures]) -> str:
    """What decoding costs by each decoder, as ratios to Pillow."""
    rows = []
    for one in figures:
        ratios = run(sys.executable, HERE / "decoders.py", one.split.submission).answer
        alone, *others = ratios.values()
        rows.append(f"| {one.split.scorer} | {alone:.0f} | {' | '.join(f'{ratio:.2f}' for ratio in others)} |")
    return "\n".join([table_head("decoding", "Pillow, µs", *list(ratios)[1:]), *rows])


def bars(figures: list[Figures], worst: dict[str, dict[str, float]]) -> str:
    """Hold all of it against the bars."""
    found = [bar for one in figures for bar in bars_of(one)]
    for scorer, ratios in worst.items():
        found.append(Bar(f"{scorer}: worst map / usual one", max(list(ratios.values())[1:]), WORST))
    for one in figures:
        if one.split.scorer in INTERVALS:
            name = f"{one.split.scorer}: intervals, {one.split.images:,} images"
            found.append(Bar(name, intervals(one.split), INTERVALS[one.split.scorer], unit=" s"))
    return "\n".join([table_head("bar", "measured", "must be", ""), *(bar.row() for bar in found)])


def bars_of(one: Figures) -> Iterable[Bar]:
    name = one.split.scorer
    yield Bar(f"{name}: score / floor, CPU", one.score / one.floor, TO_FLOOR[name])
    if one.split.images >= ENOUGH:
        yield Bar(f"{name}: the same with its start", one.whole / one.floor, TO_FLOOR[name])
        yield Bar(f"{name}: 2 jobs / 1 job, wall", one.wall[1] / one.wall[0], TWO_JOBS)
    for peer, cpu in one.peers.items():
        if peer in TO_PEERS[name]:
            yield Bar(f"{name}: {peer} / score, CPU", cpu / one.score, TO_PEERS[name][peer], least=True)
    yield Bar(f"{name}: memory of all processes", one.megabytes, MEGABYTES, unit=" MB")


def intervals(split: Split) -> float:
    """Seconds of CPU for the intervals of one submission, its file's reading included."""
    command = (*EVALUATOR, "uncertainty", split.pack.with_name("per_image_counts.npz"), "--json")
    return median(run(*command).cpu for _ in range(3))


def table_head(*columns: str) -> str:
    return f"| {' | '.join(columns)} |\n|{'---|' * len(columns)}"


if __name__ == "__main__":
    main()
