"""The results of LID 2020 as the paper prints them (Tables 1-3). This server holds no files of these rows."""

from dataclasses import dataclass


@dataclass(frozen=True)
class PublishedRow:
    """A row of the paper: “Team” (an affiliation, or a dash), “Username”, and the numbers as printed."""

    affiliation: str
    team: str
    values: tuple[str, ...]


@dataclass(frozen=True)
class PublishedTable:
    number: int
    track: str
    title: str
    columns: tuple[str, ...]
    rows: tuple[PublishedRow, ...]

    @property
    def name(self) -> str:
        return f"Table {self.number}"

    @property
    def stem(self) -> str:
        """The beginning of its file names."""
        return f"table-{self.number}."

    @property
    def units(self) -> tuple[str, ...]:
        return tuple("" if column == "Peak-Threshold" else "%" for column in self.columns)


def _rows(text: str) -> tuple[PublishedRow, ...]:
    cells = [tuple(cell.strip() for cell in line.split(";")) for line in text.strip().splitlines()]
    return tuple(PublishedRow(affiliation, team, tuple(values)) for affiliation, team, *values in cells)


TITLE = "LID 2020, as published"
LEAD = "The challenge’s results as its paper prints them, in percent. It ran from 22 March to 8 June 2020."
PAPER_TITLE, ARXIV = "LID 2020: The Learning from Imperfect Data Challenge Results", "2010.11724"
PAPER = f"{PAPER_TITLE}, arXiv:{ARXIV}"
CITATION = """@misc{lid2020,
  title = {{LID 2020: The Learning from Imperfect Data Challenge Results}},
  author = {Wei, Yunchao and Zheng, Shuai and Cheng, Ming-Ming and others},
  year = {2020},
  eprint = {2010.11724},
  archivePrefix = {arXiv},
  primaryClass = {cs.CV},
  url = {https://arxiv.org/abs/2010.11724},
}
"""
ACCURACIES = ("Mean IoU", "Mean Accuracy", "Pixel Accuracy")

TABLES = (
    PublishedTable(
        1,
        "segmentation",
        "Weakly supervised semantic segmentation",
        ACCURACIES,
        _rows("""
            ETH Zurich; cvl; 45.18; 59.62; 80.46
            Seoul National University; VL-task1; 37.73; 60.15; 82.98
            Ukrainian Catholic University; UCU & SoftServe; 37.34; 54.87; 83.64
            –; IOnlyHaveSevenDays; 36.24; 68.27; 84.10
            –; play-njupt; 31.90; 46.07; 82.63
            –; xingxiao; 29.48; 48.66; 80.82
            –; hagenbreaker; 22.50; 39.92; 77.38
            –; go-g0; 19.80; 38.30; 76.21
            –; lasthours-try; 12.56; 24.65; 64.35
            –; WH-ljs; 7.79; 16.59; 62.52
        """),
    ),
    PublishedTable(
        2,
        "scene-parsing",
        "Weakly supervised scene parsing",
        ACCURACIES,
        _rows("Tsinghua&Intel; fromandto; 25.33; 36.88; 64.95"),
    ),
    PublishedTable(
        3,
        "localization",
        "Weakly supervised object localization",
        ("Peak-IoU", "Peak-Threshold"),
        _rows("""
            Seoul National University; VL-task3; 63.08; 24
            Mepro-MIC of Beijing Jiaotong U; BJTU-Mepro-MIC; 61.98; 35
            NUST; LEAP Group of PCA Lab; 61.48; 7
            –; chohk (wsol-aug); 52.89; 36
            Beijing Normal University; TEN; 48.17; 42
        """),
    ),
)
