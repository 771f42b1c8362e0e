"""Elements of a standalone SVG file."""

from xml.etree import ElementTree

NAMESPACE = "http://www.w3.org/2000/svg"


def picture(width: float, height: float, title: str, description: str, style: str) -> ElementTree.Element:
    """The root of a picture on white paper, with its title, its description and its own style sheet."""
    box = {"viewBox": f"0 0 {width:g} {height:g}", "width": f"{width:g}", "height": f"{height:g}"}
    root = ElementTree.Element("svg", {"xmlns": NAMESPACE, **box, "role": "img"})
    add(root, "title", title)
    add(root, "desc", description)
    add(root, "style", style)
    return root


def add(parent: ElementTree.Element, tag: str, text: str = "", /, **attributes: str | float) -> None:
    """Append an element; `class_` is its class."""
    named = {name.rstrip("_"): str(value) for name, value in attributes.items()}
    ElementTree.SubElement(parent, tag, named).text = text or None


def written(root: ElementTree.Element) -> str:
    """The file's text."""
    return '<?xml version="1.0" encoding="UTF-8"?>\n' + ElementTree.tostring(root, encoding="unicode") + "\n"
