"""Templates are packed when they are loaded."""

import pytest
from django.template.loader import get_template

from server.template_loader import pack


@pytest.mark.parametrize(
    ("source", "packed"),
    [
        ("<ul>\n  <li>\n    a\n  </li>\n</ul>\n", "<ul> <li> a </li> </ul>"),
        ('<a\n  class="b"\n>c</a>', '<a class="b">c</a>'),
        ("<pre>a\n\n  b</pre>\n\n<p>", "<pre>a\n\n  b</pre> <p>"),
        ("<textarea>\n\na  b</textarea>", "<textarea>\n\na  b</textarea>"),
        ("<script>a  // b\nc</script>", "<script>a  // b\nc</script>"),
    ],
)
def test_runs_of_white_space_become_one_space_where_nobody_sees_the_difference(source, packed):
    assert pack(source) == packed


def test_an_included_file_ends_without_a_line_break():
    time = get_template("components/time.html").render({})
    assert time == '<span class="soft">no end</span>'


def test_the_text_of_an_e_mail_keeps_its_lines():
    text = get_template("submissions/email/failed_message.txt").render({"team": "Ada", "method": "m"})
    assert "\n\n" in text
