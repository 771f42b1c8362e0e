"""Units in running text."""


def in_unit(title: str, unit: str) -> str:
    """A number's title with its unit, such as “IoU in percent”, “Mean Distance in px” or “Peak-Threshold”."""
    words = {"%": "percent"}.get(unit, unit)
    return f"{title} in {words}" if words else title
