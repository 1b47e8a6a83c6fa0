"""Word documents (.docx, ECMA-376): one unit per paragraph, heading, list or table; pictures become attachments.

Running headers stand first and footers last, each once; text boxes stand before the paragraph they hang on, notes
after the text. What was deleted with changes tracked, and hidden text, is left out.
Not covered: numbers that Word counts (``4.2`` before a clause), comments, charts, formulas as formulas, and .doc.
"""

import posixpath
import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field, replace

from ingest import zips
from ingest.errors import DamagedFile, ReadError
from ingest.readers import one_line, readable, stated_title
from ingest.readers.blocks import Blocks, units_of
from ingest.readers.ooxml import BROKEN, Package, Relation, local
from ingest.types import Attachment, Document

MAX_PICTURES = 100
"""Pictures of one document that are read."""
SMALLEST_PICTURE = 2048
"""Bytes: what is smaller is a bullet or a rule, and not the scan of a page."""
_DEEPEST_HEADING, _DEEPEST_LIST = 6, 8
_MOST_ANCESTORS = 10  # of a style: Word has 11 levels
_UNREAD = frozenset("del moveFrom Fallback instrText delInstrText rt pPrChange rPrChange".split())
_NAMED = re.compile(r"title|heading (\d)", re.IGNORECASE)
_NO = frozenset(("0", "false", "off", "none"))
_PICTURE = ("/relationships}embed", "/relationships}id")
_STRUCTURE: Mapping[str, Callable[[Blocks], None]] = {
    "txbxContent": Blocks.end_list,
    "tbl": Blocks.open_table,
    "tr": Blocks.open_row,
    "tc": Blocks.open_cell,
}
Nested = Callable[[bytes, str], Document]


def read(data: bytes, name: str, nested: Nested) -> Document:
    """Read a document; ``nested`` reads a picture's bytes and name.

    Raises:
        DamagedFile: it is not whole, or its main part is missing or broken.
        NeedsPassword: its parts are encrypted.
        TooLarge: a part unpacks to more than ``ooxml.MAX_PART`` or like a bomb, or all to more than ``MAX_PARTS``.
    """
    try:
        with zips.listed(data, one_line(name)) as archive:
            return _read(Package(archive, name), name, nested)
    except BROKEN:
        raise DamagedFile(f"{one_line(name)} is a damaged Word document: save it again") from None


def _read(package: Package, name: str, nested: Nested) -> Document:
    root = package.relations("")
    main = next((r.target for r in root if r.kind == "officeDocument"), "word/document.xml")
    if not package.has(main):
        raise DamagedFile(f"{one_line(name)} is a Word document without a text: save it again")
    relations = package.relations(main)
    styles = _styles(package, relations)
    body: _Text = package.parse(main, _Text(styles))
    around = {kind: _texts(package, relations, styles, kind) for kind in ("header", "footnotes", "endnotes", "footer")}
    texts = [*around["header"], *body.blocks.texts(), *around["footnotes"], *around["endnotes"], *around["footer"]]
    title = _stated(package, root) or body.blocks.first_heading or readable(name)
    attachments = tuple(_pictures(package, {r.id: r for r in relations}, body.pictures, title, nested))
    if not texts and not attachments:
        package.notes.append("No text was found in the document.")
    return Document("text", title, units_of(texts), tuple(package.notes), attachments)


def _styles(package: Package, relations: list[Relation]) -> dict[str, "_Paragraph"]:
    """What each style makes of a paragraph. Word gives headings the same names in every language."""
    styles: dict[str, _Paragraph] = {}
    parents: dict[str, str] = {}
    style = ""
    for element in package.elements(next((r.target for r in relations if r.kind == "styles"), None)):
        value = element.get("val")
        if element.name == "style":
            style = element.get("styleId")
            styles[style] = _Paragraph()
        elif element.name == "basedOn":
            parents[style] = value
        elif style and element.name == "name" and (level := _NAMED.fullmatch(value)):
            styles[style].level = min(int(level[1] or 1), _DEEPEST_HEADING)
        elif style:
            styles[style].take(element.name, value)
    return {name: _inherited(name, styles, parents) for name in styles}


def _inherited(name: str, styles: Mapping[str, "_Paragraph"], parents: Mapping[str, str]) -> "_Paragraph":
    result = replace(styles[name])
    for _ in range(_MOST_ANCESTORS):
        name = parents.get(name, "")
        if name not in styles:
            break
        result.level = result.level or styles[name].level
        result.numbering = result.numbering or styles[name].numbering
    return result


def _texts(package: Package, relations: list[Relation], styles: dict[str, "_Paragraph"], kind: str) -> list[str]:
    """The blocks of all parts of a kind, each text once: the pages of a chapter have the same header."""
    found: dict[str, None] = {}
    for part in dict.fromkeys(r.target for r in relations if r.kind == kind and package.has(r.target)):
        try:
            found.update(dict.fromkeys(package.parse(part, _Text(styles)).blocks.texts()))
        except BROKEN:
            package.note_damaged(part)
    return list(found)


def _stated(package: Package, root: list[Relation]) -> str | None:
    core = next((r.target for r in root if r.kind == "core-properties"), None)
    return next((stated_title(e.text) for e in package.elements(core) if e.name == "title"), None)


def _pictures(
    package: Package, relations: dict[str, Relation], used: list[str], title: str, nested: Nested
) -> Iterator[Attachment]:
    targets = dict.fromkeys(relations[i].target for i in used if i in relations)
    number = 0
    for part in targets:
        if not package.has(part):
            continue
        number += 1
        if number > MAX_PICTURES:
            package.notes.append(f"Only the first {MAX_PICTURES} pictures were read.")
            return
        try:
            content = b"".join(package.pieces(part))
            if len(content) < SMALLEST_PICTURE:
                continue
            document = nested(content, posixpath.basename(part))
        except ReadError as error:
            package.notes.append(f"Picture {number} was not read: {error}.")
        except BROKEN:
            package.notes.append(f"Picture {number} is damaged and was not read.")
        else:
            named = replace(document, title=f"picture {number} in {title}")
            yield Attachment(posixpath.basename(part), 1, content, named)


@dataclass(slots=True)
class _Paragraph:
    """What the properties of a paragraph or style say (ECMA-376-1 §17.3.1): heading level 1 to 6, place in a list."""

    level: int = 0
    numbering: str = ""
    depth: int = 0

    def take(self, name: str, value: str) -> None:
        """Note one property."""
        if name == "outlineLvl" and value.isdecimal() and int(value) < 9:  # 9 is the text's own level
            self.level = self.level or min(int(value) + 1, _DEEPEST_HEADING)
        elif name == "numId":
            self.numbering = value
        elif name == "ilvl" and value.isdecimal():
            self.depth = min(int(value), _DEEPEST_LIST)

    @property
    def is_item(self) -> bool:
        """Whether it is an item of a list. Number 0 takes it out of the list of its style."""
        return not self.level and self.numbering not in ("", "0")

    @property
    def mark(self) -> str:
        """What stands before it in the reading."""
        if self.level:
            return "#" * self.level + " "
        return "  " * self.depth + "- " if self.is_item else ""


@dataclass(slots=True)
class _Text:
    """A parser's target: the text of a part as blocks, and the relations of its pictures."""

    styles: Mapping[str, _Paragraph]
    blocks: Blocks = field(default_factory=lambda: Blocks(fold=False))
    pictures: list[str] = field(default_factory=list)
    _paragraphs: list[_Paragraph] = field(default_factory=list)
    _skipped: int = 0
    _in_properties: int = 0
    _runs: list[bool] = field(default_factory=list)  # the runs that are open, and whether they are hidden
    _in_text: bool = False

    def start(self, tag: str, attributes: Mapping[str, str]) -> None:
        """An element begins."""
        name = local(tag)
        if self._skipped or name in _UNREAD:
            self._skipped += 1
        elif self._in_properties or (name == "pPr" and self._paragraphs):
            self._in_properties += 1
            self._property(name, _value(attributes))
        elif name == "p":
            self._paragraphs.append(_Paragraph())
        elif name == "r":
            self._runs.append(False)
        elif name == "vanish" and self._runs:
            self._runs[-1] = _value(attributes).lower() not in _NO
        elif name in _STRUCTURE:
            self._end_block()
            _STRUCTURE[name](self.blocks)
        elif not any(self._runs):
            self._content(name, attributes)

    def end(self, tag: str) -> None:
        """An element ends."""
        name = local(tag)
        if self._skipped:
            self._skipped -= 1
        elif self._in_properties:
            self._in_properties -= 1
        elif name == "t":
            self._in_text = False
        elif name == "r":
            self._runs.pop()
        elif name == "p":
            self._end_block()
            self._paragraphs.pop()
        elif name == "tbl":
            self.blocks.close_table()

    def data(self, data: str) -> None:
        """Text of an element."""
        if self._in_text and not self._skipped:
            self.blocks.text(data)

    def close(self) -> "_Text":
        """The part ends."""
        return self

    def _property(self, name: str, value: str) -> None:
        if name == "pStyle" and value in self.styles:
            self._paragraphs[-1] = replace(self.styles[value])
        else:
            self._paragraphs[-1].take(name, value)

    def _content(self, name: str, attributes: Mapping[str, str]) -> None:
        if name == "t":
            self._in_text = True
        elif name in ("tab", "ptab"):
            self.blocks.text("  ")  # a gap, which keeps two columns apart as in other readings
        elif name in ("br", "cr"):
            self.blocks.line()
        elif name == "noBreakHyphen":
            self.blocks.text("-")
        elif name in ("blip", "imagedata"):
            self.pictures += [value for key, value in attributes.items() if key.endswith(_PICTURE)]

    def _end_block(self) -> None:
        paragraph = self._paragraphs[-1] if self._paragraphs else _Paragraph()
        self.blocks.end(paragraph.mark, item=paragraph.is_item)


def _value(attributes: Mapping[str, str]) -> str:
    return next((v for k, v in attributes.items() if local(k) == "val"), "")
