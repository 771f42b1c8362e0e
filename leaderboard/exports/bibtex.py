"""A BibTeX entry to cite a board as it stood at a moment, or the paper that a table is from."""

from leaderboard.exports.latex import escaped
from leaderboard.exports.table import Table

SAID = ("Page:", "Track:", "Phase:")  # by the other fields


def citation(table: Table) -> str:
    if table.citation:
        return table.citation
    day, url = table.as_of[:10], str(table.facts["page"])
    version = "; ".join(fact for fact in table.facts_in_words if not fact.startswith(SAID))
    fields = {
        "title": f"{{{escaped(table.title)}}}",
        "author": "{LID Challenge server}",
        "howpublished": rf"Leaderboard, \url{{{url}}}",
        "year": day[:4],
        "urldate": day,
        "note": escaped(version),
    }
    lines = [f"  {name} = {{{value}}}," for name, value in fields.items()]
    return "\n".join([f"@misc{{{table.name}-{day},", *lines, "}", ""])
