"""One walk over Markdown's tokens that writes the same words three times: for the page, for an e-mail, as plain text.

The three differ only where a reader would want them to: headings of the page carry anchors, an e-mail carries no ids
and closes its void elements as XHTML does (mrml wants that), and plain text is written by `plaintext.Plain`. So they
cannot drift apart: no rendering is made from another.

Beyond what CommonMark says: column headings have a `scope`; a column's alignment is a class on the page
(`align-right`), where the CSP allows no `style`, and `align` in an e-mail; a picture or a block shortcode alone in
its paragraph has no `<p>` around it.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence

from handbill.model import Words
from handbill.render import attributes, authorhtml
from handbill.render.commonmark import PLAIN_LINK, Reader, Token
from handbill.render.mentions import Mentions
from handbill.render.plaintext import HARD, Link, Plain, Silent, tidy
from handbill.render.proof import Proof
from handbill.render.shortcodes import MARK, OPEN
from handbill.slugs import slugify

EXCERPT = 200
"""Characters of an excerpt at most."""

_MARKUP = re.compile(rf"[\\`*_\[<&~{OPEN}]")
"""What may be markup among words. A set of characters alone: so `re` runs over a text at its fastest."""

_LETTER = r"[^\W_]"
_INSIDE = rf"[^\\`*_\[\]<&~{OPEN}]"
_MARKED = rf"(?={_LETTER}){_INSIDE}+(?<={_LETTER})"
_SPAN = re.compile(
    rf"\*\*(?<!\*\*\*)(?P<strong>{_MARKED})\*\*(?!\*)"
    rf"|\*(?<!\*\*)(?P<em>{_MARKED})\*(?!\*)"
    rf"|_(?<![^ \n(]_)(?P<em_>{_MARKED})_(?![^ \n.,;:!?)])"
    rf"|`(?<!``)(?P<code>(?! )[^`\n{OPEN}]+)`(?![`{{])"
    rf"|\[(?<![!^]\[)(?P<words>{_INSIDE}+)\]\((?P<target>(?=[^#&;)][^&;)]*\)){PLAIN_LINK})\)(?!{{)"
)
"""Emphasis, code and links in their plainest form: words with a letter or digit at both ends, nothing nested."""
_STRONG, _EM, _CODE = ("<strong>", "</strong>"), ("<em>", "</em>"), ("<code>", "</code>")
_GROUPS = 1 + _SPAN.groups
_NO_SPAN = re.compile(rf"[\\`*_\[<~{OPEN}]|&[#A-Za-z]")
"""What is markup in the words between such spans. Where nothing is, each span can mean one thing only, and no parser
need be asked."""
_ONE_SPAN = _SPAN.fullmatch
_HARD_BREAK = re.compile(r"[ \t]\n|\n[ \t]")

_TAGS = {
    "em_open": "<em>",
    "em_close": "</em>",
    "strong_open": "<strong>",
    "strong_close": "</strong>",
    "s_open": "<s>",
    "s_close": "</s>",
    "span_close": "</span>",
}
_SILENT = re.compile(rf"<(/?)(?:{'|'.join(sorted(authorhtml.SILENT))})\b", re.IGNORECASE)
_NOT_BELOW = ("footnote_reference_open", "html_block")
"""What attributes cannot be given to."""
_BREAK = re.compile(r"<br\b", re.IGNORECASE)
_NOTE = re.compile(r"\[\^([^\[\]\s]{1,99})\]")


def escape(text: str) -> str:
    """For HTML, between tags or within double quotes: the four replacements of CommonMark's reference renderer."""
    if "&" in text:
        text = text.replace("&", "&amp;")
    if "<" in text:
        text = text.replace("<", "&lt;")
    if ">" in text:
        text = text.replace(">", "&gt;")
    if '"' in text:
        text = text.replace('"', "&quot;")
    return text


def excerpt(words: str) -> str:
    """The beginning of `words` in one line: at most EXCERPT characters, cut between words."""
    text = tidy(words)
    if len(text) <= EXCERPT:
        return text
    cut = text.rfind(" ", 0, EXCERPT)
    return text[: cut if cut > 0 else EXCERPT - 1].rstrip(" ,;:.–—-") + "…"


class Prose:
    """Writes one stream of tokens. Make one for each stream, call `write` once."""

    def __init__(
        self,
        reader: Reader,
        mentions: Mentions,
        proof: Proof,
        anchors: dict[str, int],
        prefix: str = "",
        *,
        plain: bool = True,
    ) -> None:
        """`anchors` are the ids taken so far, each with the last number given to its like; more are added. `prefix`
        stands before the ids made here. `plain`: plain text is wanted too."""
        self._reader = reader
        self._mentions = mentions
        self._report = proof.report
        self._anchors = anchors
        self._prefix = prefix
        self._page: list[str] = []
        self._mail: list[str] = []
        self._aloud = plain
        self._plain = Plain(mentions.width) if plain else Silent(mentions.width)
        self._headings: list[tuple[int, str, str]] = []
        self._excerpt = ""
        self._depth = 0
        """How many lists, quotations and footnotes are open."""
        self._now: list[Link] = []
        """Links of the block being written, for plain text."""
        self._raw = False
        """There is author HTML."""
        self._bodies: dict[str, tuple[int, int, int]] = {}
        """Footnote → where its tokens begin and end, and its line."""
        self._lines: dict[int, int] = {}
        """Number of a footnote → the line that first refers to it."""

    def write(self, tokens: Sequence[Token]) -> Words:
        """The Words of `tokens`. Everything that is wrong went to the Proof."""
        self._blocks(tokens, 0, len(tokens))
        if self._bodies or self._reader.notes:
            self._write_notes(tokens)
        page, mail = "".join(self._page), "".join(self._mail)
        mentions = self._mentions
        if self._raw:
            before = page
            page = authorhtml.clean(page, lambda target: mentions.lead_again(target).page, xhtml=False)
            mail = authorhtml.clean(mail, lambda target: mentions.lead_again(target).mail, xhtml=True)
            mentions.lost(before, page)
        html = mentions.cut(page)
        return Words(
            html=html,
            mail=html if mail == page else mentions.cut(mail),
            text=mentions.cut(self._plain.finish()),
            headings=tuple(self._headings),
            links=tuple(mentions.links),
            images=tuple(mentions.images),
            excerpt=self._excerpt,
        )

    # ---- blocks

    def _blocks(self, tokens: Sequence[Token], i: int, end: int, tail: str = "") -> None:
        """Writes tokens i to end. `tail` goes inside the last paragraph of the page: the way back from a footnote."""
        page, mail, plain = self._page, self._mail, self._plain
        above: dict[str, str] = {}  # attributes of the lines just before
        while i < end:
            token = tokens[i]
            kind = token.type
            if above and kind != "attrs_block":
                self._give(token, above, _line(tokens[i - 1]))
                above = {}
            if kind == "paragraph":
                i += 1
                self._paragraph(token, token.content, "")
                continue
            if kind == "paragraph_open":
                i += 3
                self._paragraph(token, tokens[i - 2].content, tail if i == end else "")
                continue
            if kind == "heading":
                i += 1
                self._heading(token, token.content)
                continue
            if kind == "bullets" or kind == "numbers":
                i += 1
                self._items(token, token.meta["items"])
                continue
            if kind == "quote":
                i += 1
                self._quote(token, token.content)
                continue
            if kind == "heading_open":
                if i and tokens[i - 1].hidden:
                    page.append("\n")
                    mail.append("\n")
                self._heading(token, tokens[i + 1].content)
                i += 3
                continue
            if kind == "list_item_open":
                self._open(tokens, i)
                plain.open_item()
            elif kind == "list_item_close":
                self._close(token)
                plain.close_item()
            elif kind == "bullet_list_open" or kind == "ordered_list_open":
                self._open(tokens, i)
                start = None if kind == "bullet_list_open" else int(token.attrs.get("start", 1))
                plain.open_list(start=start, tight=_is_tight(tokens, i))
                self._depth += 1
            elif kind == "bullet_list_close" or kind == "ordered_list_close":
                self._close(token)
                plain.close_list()
                self._depth -= 1
            elif kind == "blockquote_open":
                self._open(tokens, i)
                plain.open_quote()
                self._depth += 1
            elif kind == "blockquote_close":
                self._close(token)
                plain.close_quote()
                self._depth -= 1
            elif kind == "fence" or kind == "code_block":
                self._code(token)
            elif kind == "hr":
                lead = "\n" if i and tokens[i - 1].hidden else ""
                page.append(f"{lead}<hr{self._attrs(token)}>\n")
                mail.append(f"{lead}<hr{self._attrs(token, mail=True)} />\n")
                plain.rule()
            elif kind == "table":
                rows, first = token.meta["rows"], _line(token)
                lines = [first, *range(first + 2, first + len(rows) + 1)]
                self._write_table(token, rows, lines, token.meta["aligns"])
            elif kind == "table_open":
                i = self._table(tokens, i)
                continue
            elif kind == "html_block":
                self._html(token)
            elif kind == "footnote_reference_open":
                i = self._pass_note(tokens, i)
                continue
            elif kind == "attrs_block":
                below = tokens[i + 1] if i + 1 < end else None
                if below is None or not below.map or below.map[0] != _line(token) + 1 or below.type in _NOT_BELOW:
                    fix = "Put them on the line before a block."
                    self._report(_line(token), "These attributes stand above nothing.", fix, level="warning")
                    above = {}
                else:
                    above = attributes.join(above, token.meta["attributes"])
            i += 1

    def _open(self, tokens: Sequence[Token], i: int) -> None:
        token = tokens[i]
        lead = "\n" if i and tokens[i - 1].hidden else ""
        following = tokens[i + 1]
        inside = following.type == "inline" or following.hidden
        empty = following.nesting == -1 and following.tag == token.tag
        end = ">" if inside or empty else ">\n"
        self._append(f"{lead}<{token.tag}", token, end)

    def _append(self, start: str, token: Token, end: str, mail_end: str = "") -> None:
        """Appends `start`, the attributes of `token`, and `end`, or `mail_end` where an e-mail ends otherwise."""
        page = mail = ""
        if token.attrs:
            page, mail = self._attrs(token), self._attrs(token, mail=True)
        self._page.append(f"{start}{page}{end}")
        self._mail.append(f"{start}{mail}{mail_end or end}")

    def _close(self, token: Token) -> None:
        text = f"</{token.tag}>\n"
        self._page.append(text)
        self._mail.append(text)

    def _block(self, text: str) -> None:
        """A Call that is a block of its own; or what was meant as one, as it was typed."""
        html = text if text[:1] == OPEN else f"<p>{escape(text)}</p>"
        self._page.append(html + "\n")
        self._mail.append(html + "\n")
        self._plain.block(text)

    def _paragraph(self, token: Token, content: str, tail: str) -> None:
        self._now = []
        if content[:1] == OPEN:
            blocks = self._mentions.blocks(content)
            if blocks is not None:
                if token.attrs:
                    self._refuse_attributes(token, "A shortcode", ())
                for block in blocks:
                    self._block(block)
                return
        if content[:2] == "![" and not token.hidden:
            children = self._read(content, _line(token))
            if len(children) == 1 and children[0].type == "image":
                self._block(self._picture(children[0], _line(token), token))
                return
            page, mail, text = self._rich(children, _line(token))
        else:
            page, mail, text, children = self._words(content, _line(token))
        if token.hidden:
            self._page.append(page)
            self._mail.append(mail)
        else:
            self._append("<p", token, f">{page}{tail}</p>\n", f">{mail}</p>\n")
        self._say(content, text, children)
        if not self._excerpt and not self._depth and OPEN not in text:
            if any(child.type == "footnote_ref" for child in children):
                text = _text_of([child for child in children if child.type != "html_inline"])
            self._excerpt = excerpt(text)

    def _say(self, content: str, text: str, children: Sequence[Token]) -> None:
        """The words of a paragraph, as plain text has them."""
        if self._aloud:
            alone = bool(self._now) and (_is_one_link(children) if children else _ONE_SPAN(content) is not None)
            self._plain.paragraph(text, self._now, alone=alone)

    def _items(self, token: Token, items: Sequence[str]) -> None:
        """A list whose items are words alone, a line each."""
        page, mail, plain = self._page, self._mail, self._plain
        self._append(f"<{token.tag}", token, ">\n")
        plain.open_list(start=1 if token.tag == "ol" else None, tight=True)
        self._depth += 1
        for line, content in enumerate(items, _line(token)):
            plain.open_item()
            self._now = []
            blocks = self._mentions.blocks(content) if content[:1] == OPEN else None
            if blocks is None:
                html, letter, text, children = self._words(content, line)
                page.append(f"<li>{html}</li>\n")
                mail.append(f"<li>{letter}</li>\n")
                self._say(content, text, children)
            else:
                page.append("<li>")
                mail.append("<li>")
                for block in blocks:
                    self._block(block)
                page.append("</li>\n")
                mail.append("</li>\n")
            plain.close_item()
        self._depth -= 1
        plain.close_list()
        page.append(f"</{token.tag}>\n")
        mail.append(f"</{token.tag}>\n")

    def _quote(self, token: Token, content: str) -> None:
        """A quotation of one paragraph."""
        self._append("<blockquote", token, ">\n")
        self._plain.open_quote()
        self._depth += 1
        token.attrs = {}
        self._paragraph(token, content, "")
        self._depth -= 1
        self._plain.close_quote()
        self._close(token)

    def _heading(self, token: Token, content: str) -> None:
        line = _line(token)
        if content[-1:] == "}":
            match = attributes.TRAILING_LIST.search(content)
            if match:
                content = content[: match.start()]
                self._give(token, attributes.read(match.group(1)), line)
        level = int(token.tag[1])
        self._now = []
        page, mail, text, _ = self._words(content, line)
        if level == 1:
            what = "This heading is as high as the page's own title."
            self._report(line, what, "Write ## for a heading of the text.", level="warning")
        words = tidy(MARK.sub("", text) if OPEN in text else text)
        name = token.attrs.get("id")
        if isinstance(name, str):
            self._headings[self._headings.index((0, name, ""))] = (level, name, words)
        else:
            name = self._free(self._prefix + (slugify(words) or "section"))
            token.attrs = {"id": name, **token.attrs}
            self._headings.append((level, name, words))
        self._append(f"<{token.tag}", token, f">{page}</{token.tag}>\n", f">{mail}</{token.tag}>\n")
        self._plain.heading(level, text, self._now)

    def _code(self, token: Token) -> None:
        content = self._mentions.as_typed(token.content)
        html = escape(content)
        fence = token.type == "fence"
        language = self._reader.language(self._mentions.as_typed(token.info)) if fence and token.info else ""
        if language:
            has = token.attrs.get("class")
            token.attrs["class"] = f"{has} language-{language}" if has else f"language-{language}"
        for out, mail in ((self._page, False), (self._mail, True)):
            attrs = self._attrs(token, mail=mail)
            out.append(f"<pre><code{attrs}>" if fence else f"<pre{attrs}><code>")
            out.append(f"{html}</code></pre>\n")
        self._plain.code(content)

    def _table(self, tokens: Sequence[Token], i: int) -> int:
        """Writes the table that opens at `i`; gives where the tokens go on."""
        opened = tokens[i]
        rows: list[list[str]] = []
        lines: list[int] = []
        aligns: list[str] = []
        while tokens[i].type != "table_close":
            token = tokens[i]
            if token.type == "tr_open":
                rows.append([])
                lines.append(_line(token))
            elif token.type == "inline":
                rows[-1].append(token.content)
                if len(rows) == 1:
                    aligns.append(str(tokens[i - 1].attrs.get("style", "")).rpartition(":")[2])
            i += 1
        self._write_table(opened, rows, lines, aligns)
        return i + 1

    def _write_table(
        self, token: Token, rows: Sequence[Sequence[str]], lines: Sequence[int], aligns: Sequence[str]
    ) -> None:
        page, mail = self._page, self._mail
        said: list[list[str]] = []
        self._now = []
        self._append("<table", token, ">\n<thead>\n")
        for row, line in zip(rows, lines, strict=True):
            start, end = ("<td", "</td>\n") if said else ('<th scope="col"', "</th>\n")
            cells = []
            page.append("<tr>\n")
            mail.append("<tr>\n")
            for cell, align in zip(row, aligns, strict=True):
                html, letter, text, _ = self._words(cell, line)
                page.append(f'{start} class="align-{align}">{html}{end}' if align else f"{start}>{html}{end}")
                mail.append(f'{start} align="{align}">{letter}{end}' if align else f"{start}>{letter}{end}")
                cells.append(text)
            below = "</tr>\n</thead>\n<tbody>\n" if not said and len(rows) > 1 else "</tr>\n"
            page.append(below)
            mail.append(below)
            said.append(cells)
        below = "</tbody>\n</table>\n" if len(rows) > 1 else "</thead>\n</table>\n"
        page.append(below)
        mail.append(below)
        self._plain.table(said[0], said[1:], aligns, self._now)

    def _html(self, token: Token) -> None:
        line = _line(token)
        content = self._mentions.settle(token.content) if OPEN in token.content else token.content
        self._check_html(content, line)
        self._page.append(content)
        self._mail.append(content)
        leads = [(words, self._mentions.lead(target, line).text) for words, target in authorhtml.links(content)]
        self._plain.paragraph(authorhtml.words(content), [(words, to) for words, to in leads if to is not None])

    def _check_html(self, content: str, line: int) -> None:
        self._raw = True
        for what, fix in authorhtml.dropped(content):
            self._report(line, what, fix, level="warning")

    # ---- footnotes

    def _pass_note(self, tokens: Sequence[Token], i: int) -> int:
        """Remembers where the body of a footnote stands, and goes past it."""
        start = i
        depth = 1
        while depth:
            i += 1
            kind = tokens[i].type
            depth += (kind == "footnote_reference_open") - (kind == "footnote_reference_close")
        self._bodies.setdefault(tokens[start].meta["label"], (start + 1, i, _line(tokens[start])))
        return i + 1

    def _write_notes(self, tokens: Sequence[Token]) -> None:
        """Footnotes at the end, in the order they are referred to; one may refer to further ones."""
        page, mail, plain = self._page, self._mail, self._plain
        notes = self._reader.notes
        self._depth += 1
        number = 0
        written: set[str] = set()
        while number < len(notes):
            note = notes[number]
            number += 1
            if number == 1:
                page.append('<div class="footnotes" role="doc-endnotes">\n<ol>\n')
                mail.append("<hr />\n<ol>\n")
                plain.rule()
            page.append(f'<li id="{self._prefix}fn-{number}">\n')
            mail.append("<li>\n")
            plain.open_note(number)
            label = note.get("label")
            if label is None:  # written in place: ^[…]
                self._now = []
                html, letter, text = self._rich(note["tokens"], self._lines.get(number, 0))
                page.append(f"<p>{html} {self._back(number, 1)}</p>\n")
                mail.append(f"<p>{letter}</p>\n")
                plain.paragraph(text, self._now)
            else:
                written.add(label)
                start, end, _ = self._bodies.get(label, (0, 0, 0))
                back = self._back(number, note.get("count", 1))
                at = len(page)
                self._blocks(tokens, start, end, f" {back}")
                if not any(back in piece for piece in page[at:]):
                    page.append(f"<p>{back}</p>\n")
            page.append("</li>\n")
            mail.append("</li>\n")
            plain.close_note()
        if number:
            page.append("</ol>\n</div>\n")
            mail.append("</ol>\n")
        self._depth -= 1
        for label, (_, _, line) in self._bodies.items():
            if label not in written:
                fix = f"Write [^{label}] where it belongs."
                self._report(line, f"Nothing refers to the footnote '{label}'.", fix, level="warning")

    def _back(self, number: int, count: int) -> str:
        """Links from a footnote to the places that refer to it."""
        links = []
        for n in range(1, max(1, count) + 1):
            again = f"-{n}" if n > 1 else ""
            shown = f"↩{n}" if n > 1 else "↩"
            target = f"{self._prefix}fnref-{number}{again}"
            links.append(f'<a href="#{target}" class="footnote-back" role="doc-backlink">{shown}</a>')
        return " ".join(links)

    # ---- words

    def _words(self, content: str, line: int) -> tuple[str, str, str, Sequence[Token]]:
        """Page, e-mail and plain text of the words of a block, and their tokens if it took any."""
        broken = "\n" in content and _HARD_BREAK.search(content)
        if not broken and not _MARKUP.search(content):
            html = escape(content)
            return html, html, content, ()
        pieces = _SPAN.split(content)
        between = "|".join(pieces[::_GROUPS])
        if not broken and not (_MARKUP.search(between) and _NO_SPAN.search(between)):
            html, plain = self._spans(pieces, line)
            return html, html, plain, ()
        children = self._read(content, line)
        return *self._rich(children, line), children

    def _read(self, content: str, line: int) -> Sequence[Token]:
        children = self._reader.inline(content, line)
        for token, given in self._reader.attributes():
            self._give(token, given, line)
        return children

    def _spans(self, pieces: Sequence[str], line: int) -> tuple[str, str]:
        """HTML and plain text of words that hold only plain spans. `pieces` are those that _SPAN splits them into."""
        html: list[str] = []
        plain: list[str] = []
        for i in range(0, len(pieces) - 1, _GROUPS):
            before, strong, em, em_, code, words, target = pieces[i : i + _GROUPS]
            said = strong or em or em_ or code or words
            plain += before, said
            if target:
                line += before.count("\n")
                lead = self._mentions.lead(target, line)
                if self._aloud:
                    self._link(said, lead.text)
                line += said.count("\n")
                start, end = ("", "") if lead.page is None else (f'<a href="{escape(lead.page)}">', "</a>")
            else:
                line += before.count("\n") + said.count("\n")
                start, end = _STRONG if strong else _CODE if code else _EM
            html.append(f"{escape(before)}{start}{escape(said)}{end}")
        rest = pieces[-1]
        return "".join(html) + escape(rest), "".join(plain) + rest

    def _rich(self, children: Sequence[Token], line: int) -> tuple[str, str, str]:
        """Page, e-mail and plain text of inline tokens. Links met are added to `_now`."""
        mentions = self._mentions
        page: list[str] = []
        mail: list[str] = []
        plain: list[str] = []
        opened: list[tuple[str | None, str | None, str | None, int]] = []
        for token in children:
            kind = token.type
            if kind == "text" or kind == "text_special":
                content = token.content
                if not content:
                    continue
                if OPEN in content:
                    content = mentions.settle(content)
                if "[^" in content:
                    self._miss_notes(content, line)
                html = escape(content)
                page.append(html)
                mail.append(html)
                plain.append(content)
                if "\n" in content:
                    line += content.count("\n")
            elif kind in _TAGS:
                tag = _TAGS[kind]
                page.append(tag)
                mail.append(tag)
                if tag == "<s>" or tag == "</s>":
                    plain.append("~")
            elif kind == "link_open":
                to_page, to_mail, to_text = mentions.lead(str(token.attrs.pop("href")), line)
                opened.append((to_page, to_mail, to_text, len(plain)))
                if to_page is not None:
                    page.append(f'<a href="{escape(to_page)}"{self._attrs(token)}>')
                if to_mail is not None:
                    mail.append(f'<a href="{escape(to_mail)}"{self._attrs(token, mail=True)}>')
            elif kind == "link_close":
                to_page, to_mail, to_text, at = opened.pop()
                if to_page is not None:
                    page.append("</a>")
                if to_mail is not None:
                    mail.append("</a>")
                self._link("".join(plain[at:]), to_text)
            elif kind == "softbreak":
                page.append("\n")
                mail.append("\n")
                plain.append("\n")
                line += 1
            elif kind == "hardbreak":
                page.append("<br>\n")
                mail.append("<br />\n")
                plain.append(HARD)
                line += 1
            elif kind == "code_inline":
                content = mentions.as_typed(token.content)
                html = escape(content)
                page.append(f"<code{self._attrs(token)}>{html}</code>")
                mail.append(f"<code{self._attrs(token, mail=True)}>{html}</code>")
                plain.append(content)
            elif kind == "image":
                mark = self._picture(token, line, None)
                page.append(mark)
                mail.append(mark)
                plain.append(mark)
                line += token.content.count("\n")
            elif kind == "footnote_ref":
                number = int(token.meta["id"]) + 1
                again = int(token.meta.get("subId", 0)) + 1
                self._lines.setdefault(number, line)
                name = f"{self._prefix}fnref-{number}" + (f"-{again}" if again > 1 else "")
                link = f'<a href="#{self._prefix}fn-{number}" id="{name}" role="doc-noteref">[{number}]</a>'
                page.append(f'<sup class="footnote-ref">{link}</sup>')
                mail.append(f"<sup>[{number}]</sup>")
                plain.append(f"[{number}]")
            elif kind == "span_open":
                page.append(f"<span{self._attrs(token)}>")
                mail.append(f"<span{self._attrs(token, mail=True)}>")
            elif kind == "html_inline":
                content = token.content
                self._check_html(content, line)
                page.append(content)
                mail.append(content)
                self._tag(content, line, plain, opened)
                line += content.count("\n")
        return "".join(page), "".join(mail), "".join(plain)

    def _link(self, words: str, target: str | None) -> None:
        """A link as plain text has it: below the block, unless its words are its target."""
        shown = words.strip()
        if target is None:
            return
        if shown == target or f"https://{shown}" == target:
            self._plain.seen(target)
        else:
            self._now.append((words, target))

    def _tag(
        self, tag: str, line: int, plain: list[str], opened: list[tuple[str | None, str | None, str | None, int]]
    ) -> None:
        """What an HTML tag among words is in plain text. `opened` are the links and silent elements open so far."""
        silent = _SILENT.match(tag)
        if silent is not None and not silent.group(1):
            opened.append(("silent", None, None, len(plain)))
        elif silent is not None:
            if opened and opened[-1][0] == "silent":
                del plain[opened.pop()[3] :]
        elif _BREAK.match(tag):
            plain.append(HARD)
        elif tag[:3].lower() == "</a":
            if opened and opened[-1][0] == "html":
                _, _, to_text, at = opened.pop()
                self._link("".join(plain[at:]), to_text)
        else:
            links = authorhtml.links(tag + "</a>")
            if links:
                opened.append(("html", None, self._mentions.lead(links[0][1], line).text, len(plain)))

    def _picture(self, token: Token, line: int, paragraph: Token | None) -> str:
        """The mark of a picture; a figure where it is all that `paragraph` holds."""
        self._refuse_attributes(token, "A picture", ("src", "alt", "title", "class"), line)
        if paragraph is not None:
            self._refuse_attributes(paragraph, "A picture", ("class",))
        classes = " ".join(str(one.attrs["class"]) for one in (token, paragraph) if one and one.attrs.get("class"))
        return self._mentions.picture(
            str(token.attrs["src"]),
            tidy(_text_of(token.children or ())),
            str(token.attrs.get("title", "")),
            classes,
            line,
            block=paragraph is not None,
        )

    def _miss_notes(self, content: str, line: int) -> None:
        for label in _NOTE.findall(content):
            fix = f"Write it on a line of its own: [^{label}]: its words."
            self._report(line, f"There is no footnote '{label}'.", fix, needle=f"[^{label}]", level="warning")

    # ---- attributes and ids

    def _give(self, token: Token, given: Mapping[str, str], line: int) -> None:
        """Attributes in braces to what they belong to; those that may not be are reported."""
        for name, value in given.items():
            if name not in attributes.ALLOWED:
                why = "would run a script" if name.startswith("on") else "is not for the text to say"
                fix = f"Allowed are {', '.join(sorted(attributes.ALLOWED))}."
                self._report(line, f"The attribute '{name}' {why}.", fix, needle=name)
            elif name == "class":
                has = token.attrs.get("class")
                token.attrs["class"] = f"{value} {has}" if has else value
            elif name == "id":
                if value in self._anchors:
                    self._report(line, f"Something is called '#{value}' already.", "Choose another name.", needle=value)
                else:
                    self._anchors[value] = 1
                    self._headings.append((0, value, ""))
                    token.attrs["id"] = value
            else:
                token.attrs[name] = value

    def _refuse_attributes(self, token: Token, what: str, taken: Sequence[str], line: int = -1) -> None:
        """Reports attributes that nothing can carry: what stands there is made by the theme."""
        for name in token.attrs:
            if name not in taken:
                fix = "Give it a class, or none." if "class" in taken else "Leave it out."
                self._report(_line(token) if line < 0 else line, f"{what} takes no {name}.", fix)

    def _free(self, name: str) -> str:
        """`name`, or with a number behind it where that id is taken."""
        taken = self._anchors
        number = taken.get(name, 0)
        free = name
        while number and free in taken:
            number += 1
            free = f"{name}-{number}"
        taken[name] = max(1, number)
        taken.setdefault(free, 1)
        return free

    def _attrs(self, token: Token, *, mail: bool = False) -> str:
        if not token.attrs:
            return ""
        out = ""
        for name, value in token.attrs.items():
            if not (mail and name == "id"):
                out += f' {name}="{escape(self._mentions.as_typed(str(value), "an attribute"))}"'
        return out


def _line(token: Token) -> int:
    return token.map[0] if token.map else 0


def _text_of(children: Sequence[Token]) -> str:
    """The words of inline tokens alone, as for the description of a picture."""
    out: list[str] = []
    for token in children:
        if token.type in ("softbreak", "hardbreak"):
            out.append("\n")
        elif token.type == "image":
            out.append(_text_of(token.children or ()))
        else:
            out.append(token.content)
    return "".join(out)


def _is_one_link(children: Sequence[Token]) -> bool:
    """Whether the words are one link from end to end."""
    return (
        children[0].type == "link_open"
        and children[-1].type == "link_close"
        and sum(child.type == "link_open" for child in children) == 1
    )


def _is_tight(tokens: Sequence[Token], i: int) -> bool:
    """Whether the items of the list that opens at `i` stand close together: then its own paragraphs are hidden."""
    level = 0
    for j in range(i + 1, len(tokens)):
        token = tokens[j]
        level += token.nesting
        if token.type == "paragraph_open" and level == 2:
            return token.hidden
        if level < 0:
            break
    return True
