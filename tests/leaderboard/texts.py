"""A reader of LaTeX that shares nothing with its writer."""

import re

TEX_WORDS = {
    "textbackslash": "\\",
    "textbraceleft": "{",
    "textbraceright": "}",
    "textasciitilde": "~",
    "textasciicircum": "^",
    "textless": "<",
    "textgreater": ">",
    "textbar": "|",
    "textasciigrave": "`",
    "textendash": "–",
    "textemdash": "—",
}
TEX = re.compile(r"(?:\\emph\{|\{\\scriptsize )(.*?)\}|\\([a-z]+)\{\}|\\([&%$#_])|(\{\})|([\\{}&%$#_~^])")


def tex_rows(source: str) -> list[list[str]]:
    """The cells of the one tabular, as they print."""
    (body,) = re.findall(
        r"\\begin\{tabular\}\{r?(?:l|p\{[\d.]+\\linewidth\}){2}r+\}(.*)\\end\{tabular\}", source, re.DOTALL
    )
    lines = [
        line for line in body.split("\n") if line.strip() and not re.match(r"\s*\\(top|mid|bottom)rule$", line)
    ]
    assert all(line.endswith(r" \\") for line in lines)
    return [[as_printed(cell.strip()) for cell in re.split(r"(?<!\\)&", line[:-3])] for line in lines]


def as_printed(tex: str) -> str:
    def letter(found: re.Match) -> str:
        emphasised, word, escaped, nothing, wild = found.groups()
        assert wild is None, f"{wild} stands bare in {tex}"
        if emphasised is not None:
            return as_printed(emphasised)
        return TEX_WORDS[word] if word else escaped or ("" if nothing else "?")

    return TEX.sub(letter, tex)


def assert_sound_tex(source: str) -> None:
    """Braces pair up and environments nest, outside comments."""
    code = re.sub(r"(?m)^%.*$", "", source)
    depth = 0
    for brace in re.findall(r"\\.|[{}]", code):
        depth += {"{": 1, "}": -1}.get(brace, 0)
        assert depth >= 0
    assert depth == 0
    inside: list[str] = []
    for word, name in re.findall(r"\\(begin|end)\{(\w+)\}", code):
        if word == "begin":
            inside.append(name)
        else:
            assert inside.pop() == name
    assert inside == []
