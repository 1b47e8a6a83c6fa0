"""HTML and saved pages: what a person sees, one unit per paragraph, heading, list or table.

What the page hides (``hidden``, ``aria-hidden``, ``display: none`` and the like, written on an element or in a plain
rule of the page's own style sheet) is left out: it must not become evidence. The parser (libxml2) keeps no tree and
fetches nothing.
Not covered: what scripts would show, style sheets beside the page, colours that hide, pictures, and forms' contents.
"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from lxml import etree

from ingest.errors import EmptyFile, TooLarge
from ingest.readers import one_line, readable
from ingest.readers.blocks import Blocks, units_of
from ingest.readers.text import decode, decode_as, guess_warning
from ingest.types import Document

_HEAD = 4096  # bytes in which the encoding is declared; HTML §4.2.5.4 demands 1024
_CHARSET = re.compile(rb"""<(?:meta|\?xml)\b[^>]{0,300}?(?:charset|encoding)\s*=\s*["']?\s*([\w.:-]+)""", re.IGNORECASE)
_UNSHOWN = frozenset(
    "script style template noscript head iframe object embed audio video canvas svg select datalist".split()
)
_BLOCKS = frozenset(
    "address article aside blockquote body caption center dd details dialog dir div dl dt fieldset figcaption figure "
    "footer form h1 h2 h3 h4 h5 h6 header hr html legend li main menu nav ol p pre search section summary table tbody "
    "td tfoot th thead tr ul".split()
)
_LISTS = frozenset(("ul", "ol", "menu", "dir"))
_PIECE = 1 << 16  # characters that the parser is fed at once
_MOST_STEPS = 3_000_000_000  # about ten seconds of looking for what ends
_DEEPEST_LIST = 10  # levels that are indented
_HIDING = re.compile(
    r"display\s*:\s*none|visibility\s*:\s*(?:hidden|collapse)|mso-hide\s*:\s*all|opacity\s*:\s*0(?:\.0*)?%?\s*(?:;|!|$)",
    re.IGNORECASE,
)
_SELECTOR = re.compile(r"(\w*)([.#])([\w-]+)")
_Rule = tuple[str, str, str]  # tag or nothing, "." or "#", name


@dataclass(frozen=True, slots=True)
class Page:
    """The title, and the text of each block."""

    title: str | None
    texts: tuple[str, ...]


def read(data: bytes, name: str) -> Document:
    """Read an HTML file.

    Raises:
        UnknownFormat: the bytes are not text in any encoding.
        EmptyFile: there is nothing to see.
        TooLarge: it is beyond the bound of a text, or its elements are nested to cost time.
    """
    markup, guessed = _decoded(data, name)
    page = parse(markup)
    if not page.texts:
        raise EmptyFile(f"{one_line(name)} is a page with no text on it")
    return Document("text", page.title or readable(name), units_of(page.texts), guess_warning(guessed))


def parse(markup: str) -> Page:
    """The visible text of a page or a piece of one. Raises TooLarge: its elements are nested to cost time."""
    if not markup.strip():
        return Page(None, ())
    hidden = _hidden_by(_run(markup, _Styles())) if "<style" in markup.lower() else frozenset[_Rule]()
    seen: _Text = _run(markup, _Text(hidden))
    texts = tuple(seen.blocks.texts())
    return Page(one_line("".join(seen.title)) or seen.blocks.first_heading, texts)


def _decoded(data: bytes, name: str) -> tuple[str, str | None]:
    declared = _CHARSET.search(data[:_HEAD])
    charset = declared[1].decode("ascii", "replace") if declared else ""
    # What says in ASCII that it is UTF-16 is not (WHATWG HTML §13.2.3.2).
    text = decode_as(data, charset) if charset and not charset.lower().startswith("utf-16") else None
    return (text, None) if text is not None else decode(data, name)


def _run(markup: str, target: "_Target") -> Any:
    parser = etree.HTMLParser(target=target, recover=True, no_network=True, huge_tree=True)  # there is no tree
    # Half a character, from a broken decoder, is none that the parser takes.
    markup = markup.encode("utf-8", "replace").decode("utf-8")
    steps = 0
    for at in range(0, len(markup), _PIECE):
        piece = markup[at : at + _PIECE]
        parser.feed(piece)
        # The parser looks for what an end tag ends among all that is open.
        steps += target.deepest * piece.count("</")
        target.deepest = target.depth
        if steps > _MOST_STEPS:
            raise TooLarge("the page has too many elements in elements: it is not read")
    return parser.close()


class _Target:
    """A parser's target, which knows how many elements are open, and were at most since somebody asked."""

    def __init__(self) -> None:
        self.depth = self.deepest = 0

    def start(self, tag: str, attributes: Mapping[str, str]) -> None:
        self.depth += 1
        self.deepest = max(self.deepest, self.depth)

    def end(self, tag: str) -> None:
        self.depth -= 1


class _Styles(_Target):
    """The text of the style sheets."""

    def __init__(self) -> None:
        super().__init__()
        self._css: list[str] = []
        self._inside = False

    def start(self, tag: str, attributes: Mapping[str, str]) -> None:
        super().start(tag, attributes)
        self._inside = tag == "style"

    def end(self, tag: str) -> None:
        super().end(tag)
        self._inside = False

    def data(self, data: str) -> None:
        if self._inside:
            self._css.append(data)

    def close(self) -> str:
        return "".join(self._css).replace("<!--", "").replace("-->", "")  # CDO and CDC (CSS Syntax §4)


def _hidden_by(css: str) -> frozenset[_Rule]:
    """The classes and ids that a style sheet hides on every medium, by rules for one class or id."""
    rules: set[_Rule] = set()
    depth, selectors = 0, ""
    for part in re.split(r"([{}])", "".join(_without_comments(css))):
        if part == "{":
            depth += 1
        elif part == "}":
            depth = max(depth - 1, 0)
        elif depth == 0:
            selectors = part
        elif depth == 1 and _HIDING.search(part):
            found = (_SELECTOR.fullmatch(s.strip()) for s in selectors.split(","))
            rules.update((m[1].lower(), m[2], m[3]) for m in found if m)
    return frozenset(rules)


def _without_comments(css: str) -> Iterator[str]:
    at = 0
    while (start := css.find("/*", at)) >= 0:
        yield css[at:start]
        end = css.find("*/", start + 2)
        if end < 0:
            return
        at = end + 2
    yield css[at:]


class _Text(_Target):
    """The visible text as blocks, and the title."""

    def __init__(self, hidden: frozenset[_Rule]) -> None:
        super().__init__()
        self.blocks = Blocks(fold=True)
        self.title: list[str] = []
        self._hidden = hidden
        self._skipped = 0
        self._in_title = self._in_body = False
        self._pre = 0
        self._lists: list[int | None] = []
        self._mark = ""

    def start(self, tag: str, attributes: Mapping[str, str]) -> None:
        super().start(tag, attributes)
        if tag == "title":
            self._in_title = not self.title and not self._in_body
        self._in_body |= tag == "body"
        if self._skipped or tag in _UNSHOWN or self._is_hidden(tag, attributes):
            self._skipped += 1
            return
        if tag == "br":
            self.blocks.line()
        if tag not in _BLOCKS:
            return
        self._end_block()
        if tag in _LISTS:
            self._lists.append(0 if tag == "ol" else None)
        elif tag == "li":
            self._mark = self._item_mark()
        elif tag in ("table", "dl"):
            self.blocks.open_table()
        elif tag in ("tr", "dt"):
            self.blocks.open_row()
        self._pre += tag == "pre"
        if tag in ("td", "th", "dt", "dd"):
            self.blocks.open_cell()

    def end(self, tag: str) -> None:
        super().end(tag)
        if tag == "title":
            self._in_title = False
        if self._skipped:
            self._skipped -= 1
            return
        if tag not in _BLOCKS:
            return
        self._end_block("#" * int(tag[1]) + " " if tag[0] == "h" and tag[1:].isdigit() else "")
        if tag in _LISTS and self._lists:
            self._lists.pop()
            if not self._lists:
                self.blocks.end_list()
        elif tag == "li":
            self._mark = ""
        elif tag in ("table", "dl"):
            self.blocks.close_table()
        self._pre -= tag == "pre"

    def data(self, data: str) -> None:
        if self._in_title:
            self.title.append(data)
        elif not self._skipped:
            self.blocks.text(data, exact=self._pre > 0)

    def close(self) -> "_Text":
        self._end_block()
        return self

    def _end_block(self, heading: str = "") -> None:
        if self.blocks.end(heading or self._mark, item=bool(self._lists) and not heading, exact=self._pre > 0):
            self._mark = ""

    def _item_mark(self) -> str:
        indent = "  " * (min(len(self._lists), _DEEPEST_LIST) - 1)
        if not self._lists or self._lists[-1] is None:
            return f"{indent}- "
        self._lists[-1] += 1
        return f"{indent}{self._lists[-1]}. "

    def _is_hidden(self, tag: str, attributes: Mapping[str, str]) -> bool:
        if not attributes or tag in ("html", "body"):  # what hides these is taken back by a script
            return False
        if "hidden" in attributes or attributes.get("aria-hidden", "").strip().lower() == "true":
            return True
        if _HIDING.search(attributes.get("style", "")):
            return True
        if not self._hidden:
            return False
        names = [(".", n) for n in attributes.get("class", "").split()] + [("#", attributes.get("id", ""))]
        return any(rule in self._hidden for kind, n in names for rule in (("", kind, n), (tag, kind, n)))
