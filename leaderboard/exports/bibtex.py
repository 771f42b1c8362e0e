"""A BibTeX entry that cites a board as it stood at one time, or the paper that a table is from."""

from leaderboard.exports.latex import escaped
from leaderboard.exports.table import Table

IN_OTHER_FIELDS = ("Page:", "Track:", "Phase:")


def citation(table: Table) -> str:
    if table.citation:
        return table.citation
    day, url = table.as_of[:10], str(table.metadata["page"])
    version = "; ".join(fact for fact in table.metadata_lines if not fact.startswith(IN_OTHER_FIELDS))
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
