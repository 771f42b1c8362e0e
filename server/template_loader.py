"""Template loader that packs pages: when a template is loaded, each run of white space becomes one space.

Templates are indented for those who read them. Sent as they are, a board of a thousand rows would carry half a
megabyte of indentation, and the line break at the end of a file would show where a sentence includes it.
"""

import re

from django.template import Origin
from django.template.loaders import filesystem

VERBATIM_OR_SPACE = re.compile(r"(<(pre|script|style|textarea)\b.*?</\2>)|\s+", re.DOTALL)


class PackingLoader(filesystem.Loader):
    """Django's loader of DIRS; packs what ends in `.html` and leaves e-mails and other texts as they are."""

    def get_contents(self, origin: Origin) -> str:
        source = super().get_contents(origin)
        return pack(source) if str(origin.name).endswith(".html") else source


def pack(source: str) -> str:
    """Return the template with single spaces, none at its ends, and all of them where each one is seen."""
    packed = VERBATIM_OR_SPACE.sub(lambda match: match[1] or " ", source)
    return packed.strip().replace('" >', '">')
