"""One walk over Markdown's tokens that writes the same words three times: for the page, for an e-mail, as plain text.

The three differ only where a reader would want them to: headings of the page carry anchors, an e-mail carries no ids
and closes its void elements as XHTML does (mrml wants that), and plain text is written by `plaintext.Plain`. So they
cannot drift apart: no rendering is made from another.

Throughout the walk a shortcode is a mark within a string (see shortcodes); only at the end are the strings cut into
parts. Links into the site and pictures become Calls too, because only the build knows where they lead:

    Call("href", (target,))     inside href="…": a path of the site or a file, as its author wrote it, percent-encoded
    Call("href_of", (name,))    inside href="…": the address that the shortcode `name` stands for
    Call("figure", …)           a picture that is a block: options src, alt, caption, class
    Call("image", …)            a picture among words: options src, alt, title, class

In `text` the same Calls stand where the URL, or a word for the picture, belongs.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Literal
from urllib.parse import unquote

from handbill.model import Call, Part, Words
from handbill.render import attributes, authorhtml
from handbill.render.commonmark import Reader, Token
from handbill.render.parts import merge
from handbill.render.plaintext import HARD, Link, Plain, tidy
from handbill.render.proof import Proof
from handbill.render.shortcodes import CLOSE, MARK, OPEN, Found, Spec, Where, fault

EXCERPT = 200
"""Characters of an excerpt at most."""


_Lead = tuple[str | None, str | None, str | None]
"""Where a link leads on the page, in an e-mail and in plain text; None where it is no link."""


_MARKUP = re.compile(r"[\\`*_\[<&~]|[ \t]\n|\n[ \t]")
"""What asks for the inline parser. Words without any of it are their own rendering."""

_ONLY_MARKS = re.compile(rf"\s*{MARK.pattern}\s*(?:{MARK.pattern}\s*)*")
_SCHEME = re.compile(r"([A-Za-z][A-Za-z0-9+.-]*):")
_SILENT = re.compile(rf"<(/?)(?:{'|'.join(sorted(authorhtml.SILENT))})\b", re.IGNORECASE)
_BREAK = re.compile(r"<br\b", re.IGNORECASE)
_HREF = re.compile(r"<a\s(?:[^>]*\s)?href\s*=", re.IGNORECASE)
_NOTE = re.compile(r"\[\^([^\]\s]+)\]")

_TAGS = {
    "em_open": "<em>",
    "em_close": "</em>",
    "strong_open": "<strong>",
    "strong_close": "</strong>",
    "s_open": "<s>",
    "s_close": "</s>",
    "span_close": "</span>",
}


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


def anchor(text: str) -> str:
    """The id of a heading with these words: lower case, hyphens between words, as slugs are made everywhere else."""
    if not text.isascii():
        import unicodedata

        folded = unicodedata.normalize("NFKD", text.replace("ß", "ss"))
        text = unicodedata.normalize("NFC", "".join(c for c in folded if not "\u0300" <= c <= "\u036f"))
    return re.sub(r"[\W_]+", "-", text.casefold()).strip("-")


class Prose:
    """Writes one stream of tokens. Make one for each stream, call `write` once."""

    def __init__(
        self,
        found: list[Found],
        known: Mapping[str, Spec],
        where: Where,
        reader: Reader,
        proof: Proof,
        anchors: set[str],
    ) -> None:
        """`found` are the shortcodes by the numbers of their marks; Calls made here are added to it. `anchors` are the
        ids taken so far; those given here are added."""
        self._where = where
        self._found = found
        self._known = known
        self._reader = reader
        self._proof = proof
        self._report = proof.report
        self._anchors = anchors
        self._prefix = "gate-" if where == "gate" else ""
        self._page: list[str] = []
        self._mail: list[str] = []
        self._plain = Plain(self._width)
        self._headings: list[tuple[int, str, str]] = []
        self._links: list[tuple[str, int]] = []
        self._images: list[tuple[str, str, int]] = []
        self._now: list[Link] = []
        """Links of the block being written."""
        self._targets: dict[str, _Lead] = {}
        self._settled: set[Found] = set()
        """Shortcodes that were found to be right, and right where they stand."""
        self._addresses: set[Found] = set()
        """Shortcodes that became the target of a link."""
        self._excerpt = ""
        self._depth = 0
        self._raw = False
        self._bodies: dict[str, tuple[int, int, int]] = {}
        """Footnote → where its tokens begin and end, and its line."""

    # ---- the whole

    def write(self, tokens: Sequence[Token]) -> Words:
        """The Words of `tokens`. Everything that is wrong went to `report`."""
        self._blocks(tokens, 0, len(tokens))
        if self._reader.notes:
            self._write_notes(tokens)
        page, mail = "".join(self._page), "".join(self._mail)
        if self._raw:
            page, mail = self._clean(page, mail)
        text = self._plain.finish()
        html = self._cut(page)
        return Words(
            html=html,
            mail=html if mail == page else self._cut(mail),
            text=self._cut(text),
            headings=tuple(self._headings),
            links=tuple(self._links),
            images=tuple(self._images),
            excerpt=self._excerpt,
        )

    def _clean(self, page: str, mail: str) -> tuple[str, str]:
        """Both, whole, through the sanitiser: our markup too, since author HTML may have left a tag open around it."""
        wanted = MARK.findall(page)
        page = authorhtml.clean(page, lambda target: self._lead_html(target)[0], xhtml=False)
        mail = authorhtml.clean(mail, lambda target: self._lead_html(target)[1], xhtml=True)
        kept = set(MARK.findall(page))
        for number in wanted:
            one = self._found[int(number)]
            if number not in kept and one.raw and one not in self._addresses:
                self._refuse(one, "A shortcode cannot stand inside an HTML tag.", "Put it between tags.")
        return page, mail

    def _cut(self, text: str) -> tuple[Part, ...]:
        """`text` in parts: the Calls in the places of their marks."""
        if OPEN not in text:
            return (text,) if text else ()
        pieces = MARK.split(text)
        parts: list[Part] = list(pieces)
        for i in range(1, len(pieces), 2):
            one = self._found[int(pieces[i])]
            parts[i] = ""
            if one.call is not None and (not one.raw or one in self._settled):
                parts[i] = one.call
            else:  # it got past every question above, so nobody knows that it may stand here
                self._refuse(one, "A shortcode cannot stand here.", "Put it among words, or in a paragraph of its own.")
        return merge(parts)

    # ---- blocks

    def _blocks(self, tokens: Sequence[Token], i: int, end: int, tail: str = "") -> None:
        """Writes tokens i to end. `tail` goes inside the last paragraph of the page: the way back from a footnote."""
        page, mail, plain = self._page, self._mail, self._plain
        waiting: Token | None = None
        while i < end:
            token = tokens[i]
            kind = token.type
            if waiting is not None:
                self._give(waiting, token)
                waiting = None
            if kind == "paragraph_open":
                i += 3
                self._paragraph(token, tokens[i - 2], tail if i == end else "")
                continue
            if kind == "heading_open":
                if i and tokens[i - 1].hidden:
                    page.append("\n")
                    mail.append("\n")
                self._heading(token, tokens[i + 1])
                i += 3
                continue
            if kind == "fence" or kind == "code_block":
                self._code(token)
            elif kind == "bullet_list_open" or kind == "ordered_list_open":
                self._open(tokens, i)
                start = token.attrs.get("start", 1) if kind == "ordered_list_open" else None
                plain.open_list(start=None if start is None else int(start), tight=_is_tight(tokens, i))
                self._depth += 1
            elif kind == "bullet_list_close" or kind == "ordered_list_close":
                self._close(token)
                plain.close_list()
                self._depth -= 1
            elif kind == "list_item_open":
                self._open(tokens, i)
                plain.open_item()
            elif kind == "list_item_close":
                self._close(token)
                plain.close_item()
            elif kind == "blockquote_open":
                self._open(tokens, i)
                plain.open_quote()
                self._depth += 1
            elif kind == "blockquote_close":
                self._close(token)
                plain.close_quote()
                self._depth -= 1
            elif kind == "hr":
                lead = "\n" if i and tokens[i - 1].hidden else ""
                page.append(f"{lead}<hr{self._attrs(token)}>\n")
                mail.append(f"{lead}<hr{self._attrs(token, mail=True)} />\n")
                plain.rule()
            elif kind == "table_open":
                i = self._table(tokens, i)
                continue
            elif kind == "html_block":
                self._html(token)
            elif kind == "attrs_block":
                waiting = token
                if i + 1 == end or tokens[i + 1].nesting < 0 or tokens[i + 1].type == "footnote_reference_open":
                    self._report(
                        _line(token),
                        "These attributes stand above nothing.",
                        "Put them on the line before a block.",
                        level="warning",
                    )
                    waiting = None
            elif kind == "footnote_reference_open":
                i = self._skip_note(tokens, i)
                continue
            i += 1

    def _open(self, tokens: Sequence[Token], i: int) -> None:
        token = tokens[i]
        lead = "\n" if i and tokens[i - 1].hidden else ""
        following = tokens[i + 1]
        inside = following.type == "inline" or following.hidden
        empty = following.nesting == -1 and following.tag == token.tag
        end = ">" if inside or empty else ">\n"
        if not token.attrs:
            text = f"{lead}<{token.tag}{end}"
            self._page.append(text)
            self._mail.append(text)
        else:
            self._page.append(f"{lead}<{token.tag}{self._attrs(token)}{end}")
            self._mail.append(f"{lead}<{token.tag}{self._attrs(token, mail=True)}{end}")

    def _close(self, token: Token) -> None:
        text = f"</{token.tag}>\n"
        self._page.append(text)
        self._mail.append(text)

    def _paragraph(self, token: Token, inline: Token, tail: str) -> None:
        page, mail = self._page, self._mail
        content = inline.content
        line = _line(token)
        self._now = []
        if content[:1] == OPEN and _ONLY_MARKS.fullmatch(content) and self._block_calls(content):
            return
        alone = False
        children: Sequence[Token] = ()
        if _MARKUP.search(content):
            children = self._read(content, line)
            if content[:2] == "![" and len(children) == 1 and children[0].type == "image" and not token.hidden:
                mark = self._picture(children[0], line, token)
                page.append(f"{mark}\n")
                mail.append(f"{mark}\n")
                self._plain.block(mark)
                return
            html, letter, words = self._rich(children, line)
            alone = (
                len(self._now) == 1
                and children[0].type == "link_open"
                and children[-1].type == "link_close"
                and sum(child.type == "link_open" for child in children) == 1
            )
        else:
            words = self._settle(content) if OPEN in content else content
            html = letter = escape(words)
        if token.hidden:
            page.append(html)
            mail.append(letter)
        elif token.attrs:
            page.append(f"<p{self._attrs(token)}>{html}{tail}</p>\n")
            mail.append(f"<p{self._attrs(token, mail=True)}>{letter}</p>\n")
        else:
            page.append(f"<p>{html}{tail}</p>\n")
            mail.append(f"<p>{letter}</p>\n")
        self._plain.paragraph(words, self._now, alone=alone)
        if not self._excerpt and not self._depth and OPEN not in words:
            if any(child.type == "footnote_ref" for child in children):
                words = self._alt([child for child in children if child.type != "html_inline"])
            self._excerpt = excerpt(words)

    def _block_calls(self, content: str) -> bool:
        """Shortcodes that are blocks of their own, where a paragraph holds nothing else; False where one is not."""
        numbers = [int(number) for number in MARK.findall(content)]
        for number in numbers:
            call = self._found[number].call
            spec = self._known.get(call.name) if call is not None else None
            if spec is None or not spec.block:
                return False
        for number in numbers:
            one = self._found[number]
            if not self._fits(one):
                text = escape(one.raw)
                self._page.append(f"<p>{text}</p>\n")
                self._mail.append(f"<p>{text}</p>\n")
                self._plain.paragraph(one.raw)
                continue
            self._note_call(number)
            text = f"{OPEN}{number}{CLOSE}"
            self._page.append(text + "\n")
            self._mail.append(text + "\n")
            self._plain.block(text)
        return True

    def _heading(self, token: Token, inline: Token) -> None:
        line = _line(token)
        content = inline.content
        if content[-1:] == "}":
            match = attributes.TRAILING_LIST.search(content)
            if match:
                content = content[: match.start()]
                self._give_all(token, attributes.read(match.group(1)), line)
        self._now = []
        if _MARKUP.search(content):
            html, letter, words = self._rich(self._read(content, line), line)
        else:
            words = self._settle(content) if OPEN in content else content
            html = letter = escape(words)
        level = int(token.tag[1])
        if level == 1:
            self._report(
                line,
                "This heading is as high as the page's own title.",
                "Write ## for a heading of the text.",
                level="warning",
            )
        text = tidy(MARK.sub("", words) if OPEN in words else words)
        name = token.attrs.get("id")
        if not isinstance(name, str):
            name = self._free(self._prefix + (anchor(text) or "section"))
            token.attrs = {"id": name, **token.attrs}
            self._headings.append((level, name, text))
        else:  # _give_all has listed it as a bare anchor
            self._headings[-1] = (level, name, text)
        self._page.append(f"<{token.tag}{self._attrs(token)}>{html}</{token.tag}>\n")
        self._mail.append(f"<{token.tag}{self._attrs(token, mail=True)}>{letter}</{token.tag}>\n")
        self._plain.heading(level, words, self._now)

    def _code(self, token: Token) -> None:
        content = token.content
        if OPEN in content:
            content = self._as_typed(content)
        info = ""
        if token.type == "fence" and token.info:
            info = self._reader.language(self._as_typed(token.info))
        if info:
            _add_class(token, f"language-{info}", before=False)
        html = escape(content)
        for out, mail in ((self._page, False), (self._mail, True)):
            attrs = self._attrs(token, mail=mail)
            opened = f"<pre><code{attrs}>" if token.type == "fence" else f"<pre{attrs}><code>"
            out.append(f"{opened}{html}</code></pre>\n")
        self._plain.code(content)

    def _table(self, tokens: Sequence[Token], i: int) -> int:
        """A table: alignment as a class on the page, where the CSP allows no `style`, and as `align` in an e-mail."""
        page, mail = self._page, self._mail
        rows: list[list[str]] = []
        aligns: list[str] = []
        links: list[Link] = []
        self._open(tokens, i)
        i += 1
        while tokens[i].type != "table_close":
            token = tokens[i]
            kind = token.type
            if kind == "th_open" or kind == "td_open":
                inline = tokens[i + 1]
                style = str(token.attrs.get("style", ""))
                align = style.rpartition(":")[2]
                if kind == "th_open":
                    aligns.append(align)
                self._now = []
                content = inline.content
                if _MARKUP.search(content):
                    html, letter, words = self._rich(self._read(content, _line(inline)), _line(inline))
                else:
                    words = self._settle(content) if OPEN in content else content
                    html = letter = escape(words)
                links += self._now
                rows[-1].append(words)
                start = '<th scope="col"' if kind == "th_open" else "<td"
                page.append(f"{start}{_attr('class', f'align-{align}' if align else '')}>{html}</{token.tag}>\n")
                mail.append(f"{start}{_attr('align', align)}>{letter}</{token.tag}>\n")
                i += 3
                continue
            if kind == "tr_open":
                rows.append([])
            text = f"</{token.tag}>\n" if token.nesting < 0 else f"<{token.tag}>\n"
            page.append(text)
            mail.append(text)
            i += 1
        self._close(tokens[i])
        self._plain.table(rows[0], rows[1:], aligns, links)
        return i + 1

    # ---- footnotes

    def _skip_note(self, tokens: Sequence[Token], i: int) -> int:
        start = i
        depth = 1
        while depth:
            i += 1
            if tokens[i].type == "footnote_reference_open":
                depth += 1
            elif tokens[i].type == "footnote_reference_close":
                depth -= 1
        label = tokens[start].meta["label"]
        self._bodies.setdefault(label, (start + 1, i, _line(tokens[start])))
        return i + 1

    def _write_notes(self, tokens: Sequence[Token]) -> None:
        """Footnotes at the end, in the order they are referred to; a note may refer to further ones."""
        used = self._reader.notes
        page, mail = self._page, self._mail
        self._depth += 1
        number = 0
        written: set[str] = set()
        while number < len(used):
            note = used[number]
            number += 1
            if number == 1:
                page.append('<section class="footnotes" role="doc-endnotes">\n<ol>\n')
                mail.append("<hr />\n<ol>\n")
                self._plain.rule()
            name = f"{self._prefix}fn-{number}"
            page.append(f'<li id="{name}">\n')
            mail.append("<li>\n")
            self._plain.open_note(number)
            at = len(page)
            label = note.get("label")
            if label is None:
                self._now = []
                html, letter, words = self._rich(note["tokens"], note.get("line", 0))
                page.append(f"<p>{html} {self._back(name, 1)}</p>\n")
                mail.append(f"<p>{letter}</p>\n")
                self._plain.paragraph(words, self._now)
            else:
                written.add(label)
                start, end, _ = self._bodies.get(label, (0, 0, 0))
                back = self._back(name, max(1, note.get("count", 1)))
                inside = start < end and tokens[end - 1].type == "paragraph_close" and not tokens[end - 1].hidden
                self._blocks(tokens, start, end, " " + back if inside else "")
                if back not in "".join(page[at:]):
                    page.append(f"<p>{back}</p>\n")
            page.append("</li>\n")
            mail.append("</li>\n")
            self._plain.close_note()
        if number:
            page.append("</ol>\n</section>\n")
            mail.append("</ol>\n")
        self._depth -= 1
        for label, (_, _, line) in self._bodies.items():
            if label not in written:
                self._report(
                    line,
                    f"Nothing refers to the footnote '{label}'.",
                    f"Write [^{label}] where it belongs.",
                    level="warning",
                )

    def _back(self, name: str, count: int) -> str:
        reference = name.replace("fn-", "fnref-")
        links = []
        for n in range(1, count + 1):
            target, shown = (reference, "↩") if n == 1 else (f"{reference}-{n}", f"↩{n}")
            links.append(f'<a href="#{target}" class="footnote-back" role="doc-backlink">{shown}</a>')
        return " ".join(links)

    # ---- words

    def _read(self, content: str, line: int) -> Sequence[Token]:
        children = self._reader.inline(content, line)
        for token, given in self._reader.attributes():
            self._give_all(token, given, line)
        return children

    def _rich(self, children: Sequence[Token], line: int) -> tuple[str, str, str]:
        """Page, e-mail and plain text of inline tokens. Links met are left in `_now`."""
        page: list[str] = []
        mail: list[str] = []
        plain: list[str] = []
        opened: list[tuple[str | None, str | None, str | None, int]] = []
        opened_html: list[tuple[str | None, int]] = []
        muted: int | None = None
        for token in children:
            kind = token.type
            if kind == "text" or kind == "text_special":
                content = token.content
                if not content:
                    continue
                if OPEN in content:
                    content = self._settle(content)
                if "[^" in content:
                    self._missing_note(content, line)
                html = escape(content)
                page.append(html)
                mail.append(html)
                plain.append(content)
                if "\n" in content:
                    line += content.count("\n")
            elif kind == "softbreak":
                page.append("\n")
                mail.append("\n")
                plain.append("\n")
                line += 1
            elif kind in _TAGS:
                text = _TAGS[kind]
                page.append(text)
                mail.append(text)
                if text == "<s>" or text == "</s>":
                    plain.append("~")
            elif kind == "link_open":
                target = str(token.attrs["href"])
                to_page, to_mail, to_text = self._lead(target, line)
                opened.append((to_page, to_mail, to_text, len(plain)))
                if to_page is not None:
                    page.append(f'<a href="{escape(to_page)}"{self._attrs(token, leave="href")}>')
                if to_mail is not None:
                    mail.append(f'<a href="{escape(to_mail)}"{self._attrs(token, leave="href", mail=True)}>')
            elif kind == "link_close":
                to_page, to_mail, to_text, at = opened.pop()
                if to_page is not None:
                    page.append("</a>")
                if to_mail is not None:
                    mail.append("</a>")
                if to_text is not None:
                    self._text_link("".join(plain[at:]), to_text)
            elif kind == "code_inline":
                content = self._as_typed(token.content)
                html = escape(content)
                page.append(f"<code{self._attrs(token)}>{html}</code>")
                mail.append(f"<code{self._attrs(token, mail=True)}>{html}</code>")
                plain.append(content)
            elif kind == "hardbreak":
                page.append("<br>\n")
                mail.append("<br />\n")
                plain.append(HARD)
                line += 1
            elif kind == "image":
                mark = self._picture(token, line, None)
                page.append(mark)
                mail.append(mark)
                plain.append(mark)
                line += token.content.count("\n")
            elif kind == "footnote_ref":
                number = int(token.meta["id"]) + 1
                again = int(token.meta.get("subId", 0)) + 1
                name = f"{self._prefix}fnref-{number}{f'-{again}' if again > 1 else ''}"
                page.append(
                    f'<sup class="footnote-ref"><a href="#{self._prefix}fn-{number}" id="{name}" role="doc-noteref">'
                    f"[{number}]</a></sup>"
                )
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
                silent = _SILENT.match(content)
                if silent is not None and not silent.group(1):
                    muted = len(plain)
                elif silent is not None and muted is not None:
                    del plain[muted:]
                    muted = None
                elif _BREAK.match(content):
                    plain.append(HARD)
                elif _HREF.match(content):
                    target = authorhtml.links(content + "</a>")[0][1]
                    opened_html.append((self._lead(target, line)[2], len(plain)))
                elif opened_html and content[:3].lower() == "</a":
                    to_text, at = opened_html.pop()
                    if to_text is not None:
                        self._text_link("".join(plain[at:]), to_text)
                line += content.count("\n")
        return "".join(page), "".join(mail), "".join(plain)

    def _text_link(self, words: str, target: str) -> None:
        shown = words.strip()
        if shown == target or f"https://{shown}" == target:
            self._plain.seen(target)
        else:
            self._now.append((words, target))

    def _lead(self, target: str, line: int) -> _Lead:
        """Where a link leads on the page, in an e-mail and in plain text (None: not a link there). Not escaped."""
        answer = self._targets.get(target)
        if answer is None:
            answer = self._lead_by_call(target) if OPEN in target else self._lead_plain(target, line)
            self._targets[target] = answer
        if answer[0] and OPEN not in target:
            self._links.append((target, self._proof.line(line)))
        return answer

    def _lead_html(self, target: str) -> _Lead:
        """The same for an href that stands in author HTML, or in ours."""
        return self._targets.get(target) or self._lead(target, 0)

    def _lead_plain(self, target: str, line: int) -> _Lead:
        if not target:
            self._report(line, "This link leads nowhere.", "Write where it goes between the round brackets.")
            return target, None, None
        if target[0] == "#":
            return target, None, None  # neither an e-mail nor a text has anything to jump to
        scheme = _SCHEME.match(target)
        if scheme is not None:
            name = scheme.group(1).lower()
            if name not in authorhtml.SCHEMES:
                self._report(
                    line,
                    f"A link cannot lead to '{name}:'.",
                    "Write an https address or a path of this site.",
                    needle=target,
                )
                return None, None, None
            return target, target, target[7:] if name == "mailto" else target
        if target.startswith("//"):
            self._report(line, f"'{target}' does not say how to get there.", f"Write https:{target}.", needle=target)
            return None, None, None
        mark = self._add(Call("href", (target,), (), self._proof.line(line)))
        return mark, mark, mark

    def _lead_by_call(self, target: str) -> _Lead:
        """`[words]({{< confirm_url >}})`: an address shortcode as the whole target."""
        whole = MARK.fullmatch(target)
        first = whole or MARK.search(target)
        assert first is not None
        one = self._found[int(first.group(1))]
        call = one.call
        if one.raw == "" and whole is not None:  # a Call of ours, met again while author HTML is cleaned
            return target, target, target
        if call is None or not self._fits(one):
            if call is None:
                self._refuse(one, one.what or "An escaped shortcode is no address.", one.fix)
            return None, None, None
        spec = self._known[call.name]
        if whole is None or not spec.url or call.args:
            names = ", ".join(spec.name for spec in self._known.values() if spec.url and self._where in spec.where)
            self._refuse(
                one,
                f"'{call.name}' is not an address."
                if not spec.url
                else f"'{call.name}' must be the whole target of the link.",
                f"Addresses are {names}." if not spec.url else f"Write [words]({{{{< {call.name} >}}}}).",
            )
            return None, None, None
        self._addresses.add(one)
        mark = self._add(Call("href_of", (call.name,), (), one.line, one.column))
        return mark, mark, mark

    def _picture(self, token: Token, line: int, paragraph: Token | None) -> str:
        """The mark of a picture; a figure where it is all of `paragraph`."""
        source = unquote(self._as_typed(str(token.attrs.get("src", ""))))
        alt = tidy(self._alt(token.children or ()))
        if OPEN in alt:
            self._stray(alt, "the description of a picture")
            alt = self._as_typed(alt)
        caption = self._bare(str(token.attrs.get("title", "")), "the caption of a picture")
        classes = " ".join(
            str(one.attrs["class"]) for one in (token, paragraph) if one is not None and one.attrs.get("class")
        )
        self._see_picture(source, alt, line, decoration="decoration" in classes.split())
        options = [("src", source), ("alt", alt)]
        if caption:
            options.append(("title" if paragraph is None else "caption", caption))
        if classes:
            options.append(("class", classes))
        name = "image" if paragraph is None else "figure"
        return self._add(Call(name, (), tuple(options), self._proof.line(line)))

    def _see_picture(self, source: str, alt: str, line: int, *, decoration: bool) -> None:
        scheme = _SCHEME.match(source)
        if scheme is not None or source.startswith("//"):
            self._report(
                line,
                "A picture cannot come from elsewhere: each reader's visit would be told to that place.",
                "Save it beside this file and write its name.",
                needle=source,
            )
        elif not source:
            self._report(line, "This picture has no file.", "Write its name between the round brackets.")
        else:
            self._images.append((source, alt, self._proof.line(line)))
        if not alt and not decoration:
            self._report(
                line,
                "This picture says nothing to those who cannot see it.",
                "Write what it shows between the square brackets, or {.decoration} behind it where it shows nothing.",
                level="warning",
                needle=source,
            )

    def _alt(self, children: Sequence[Token]) -> str:
        out: list[str] = []
        for token in children:
            if token.type in ("text", "text_special", "code_inline"):
                out.append(token.content)
            elif token.type == "image":
                out.append(self._alt(token.children or ()))
            elif token.type in ("softbreak", "hardbreak"):
                out.append("\n")
            elif token.type == "html_inline":
                out.append(token.content)
        return "".join(out)

    def _missing_note(self, content: str, line: int) -> None:
        for label in _NOTE.findall(content):
            self._report(
                line,
                f"There is no footnote '{label}'.",
                f"Write it on a line of its own: [^{label}]: its words.",
                level="warning",
                needle=f"[^{label}]",
            )

    # ---- shortcodes

    def _settle(self, text: str) -> str:
        """`text` with the marks of shortcodes that fit; others as they were typed, and reported."""
        return MARK.sub(self._settle_one, text)

    def _settle_one(self, match: re.Match[str]) -> str:
        number = int(match.group(1))
        one = self._found[number]
        if one.call is None:
            if one.what:
                self._refuse(one, one.what, one.fix)
            return one.literal or one.raw
        if not self._fits(one):
            return one.raw
        spec = self._known[one.call.name]
        if not spec.inline:
            self._refuse(one, f"'{spec.name}' cannot stand among words.", "Give it a paragraph of its own.")
            return one.raw
        self._note_call(number)
        return match.group()

    def _fits(self, one: Found) -> bool:
        assert one.call is not None
        what, fix = fault(one.call, self._where, self._known)
        if what:
            self._refuse(one, what, fix)
        return not what

    def _note_call(self, number: int) -> None:
        """Takes down a shortcode that is right, and what it brings along: its picture, its link."""
        one = self._found[number]
        call = one.call
        assert call is not None
        self._settled.add(one)
        if call.name == "figure":
            given = dict(call.options)
            source, alt = given["src"], given.get("alt", "")
            if _SCHEME.match(source) or source.startswith("//"):
                self._refuse(
                    one,
                    "A picture cannot come from elsewhere: each reader's visit would be told to that place.",
                    "Save it beside this file and write its name.",
                )
                return
            self._images.append((source, alt, one.line))
            if "alt" not in given:
                self._refuse(
                    one,
                    "This picture says nothing to those who cannot see it.",
                    'Write what it shows as alt="…", or alt="" where it shows nothing.',
                    level="warning",
                )
        elif call.name == "link":
            self._links.append((call.args[0], one.line))
        elif call.name == "button" and call.args[1] not in self._known:
            self._links.append((call.args[1], one.line))

    def _refuse(self, one: Found, what: str, fix: str, level: Literal["error", "warning"] = "error") -> None:
        """Reports what is wrong with a shortcode, where it stands."""
        self._proof.report_at(one.line, one.column, what, fix, width=len(one.raw.partition("\n")[0]), level=level)

    def _as_typed(self, text: str) -> str:
        """`text` with every shortcode as its author typed it."""
        return MARK.sub(lambda match: self._found[int(match.group(1))].raw, text) if OPEN in text else text

    def _bare(self, text: str, place: str) -> str:
        if OPEN in text:
            self._stray(text, place)
            return self._as_typed(text)
        return text

    def _stray(self, text: str, place: str) -> None:
        for number in MARK.findall(text):
            self._refuse(
                self._found[int(number)], f"A shortcode cannot stand in {place}.", "Write the words themselves."
            )

    def _add(self, call: Call) -> str:
        self._found.append(Found("", call, call.line, call.column))
        return f"{OPEN}{len(self._found) - 1}{CLOSE}"

    def _width(self, number: int) -> int:
        call = self._found[number].call
        if call is None:
            return 0
        spec = self._known.get(call.name)
        return spec.width if spec is not None else 40

    # ---- attributes

    def _give(self, source: Token, token: Token) -> None:
        """Attributes on a line of their own belong to the block below."""
        self._give_all(token, source.meta["attributes"], _line(source))

    def _give_all(self, token: Token, given: Mapping[str, str], line: int) -> None:
        for name, value in self._allow(given, line).items():
            if name == "class":
                _add_class(token, value, before=True)
            else:
                token.attrs[name] = value

    def _allow(self, given: Mapping[str, str], line: int) -> dict[str, str]:
        """Those attributes that may be; the others are reported."""
        allowed = {}
        for name, value in given.items():
            if name not in attributes.ALLOWED:
                why = "would run a script" if name.startswith("on") else "is not for the text to say"
                self._report(
                    line,
                    f"The attribute '{name}' {why}.",
                    f"Allowed are {', '.join(sorted(attributes.ALLOWED))}.",
                    needle=name,
                )
                continue
            if name == "id":
                if value in self._anchors:
                    self._report(line, f"Something is called '#{value}' already.", "Choose another name.", needle=value)
                    continue
                self._anchors.add(value)
                self._headings.append((0, value, ""))
            allowed[name] = value
        return allowed

    def _free(self, name: str) -> str:
        taken = self._anchors
        if name in taken:
            number = 2
            while f"{name}-{number}" in taken:
                number += 1
            name = f"{name}-{number}"
        taken.add(name)
        return name

    def _attrs(self, token: Token, *, mail: bool = False, leave: str = "") -> str:
        attrs = token.attrs
        if not attrs:
            return ""
        out = []
        for name, value in attrs.items():
            if name == leave or (mail and name == "id"):
                continue
            text = str(value)
            out.append(f' {name}="{escape(self._bare(text, "an attribute") if OPEN in text else text)}"')
        return "".join(out)

    # ---- author HTML

    def _html(self, token: Token) -> None:
        line = _line(token)
        content = self._settle(token.content) if OPEN in token.content else token.content
        self._check_html(content, line)
        self._page.append(content)
        self._mail.append(content)
        found: list[Link] = []
        for label, target in authorhtml.links(content):
            to_text = self._lead(target, line)[2]
            if to_text is not None:
                found.append((label, to_text))
        self._plain.paragraph(authorhtml.words(content), found)

    def _check_html(self, content: str, line: int) -> None:
        self._raw = True
        for what in authorhtml.dropped(content):
            self._report(
                line, f"{what} is not kept.", "Author HTML may not run, style or load anything.", level="warning"
            )


def excerpt(words: str) -> str:
    """The beginning of `words` in one line: at most EXCERPT characters, cut between words."""
    text = tidy(words)
    if len(text) <= EXCERPT:
        return text
    cut = text.rfind(" ", 0, EXCERPT)
    return text[: cut if cut > 0 else EXCERPT - 1].rstrip(" ,;:.–—-") + "…"


def _line(token: Token) -> int:
    return token.map[0] if token.map else 0


def _attr(name: str, value: str) -> str:
    return f' {name}="{escape(value)}"' if value else ""


def _add_class(token: Token, name: str, *, before: bool) -> None:
    has = token.attrs.get("class")
    token.attrs["class"] = (f"{name} {has}" if before else f"{has} {name}") if has else name


def _is_tight(tokens: Sequence[Token], i: int) -> bool:
    """True where the items of the list that opens at `i` stand close together: its own paragraphs are hidden."""
    level = 0
    for j in range(i + 1, len(tokens)):
        token = tokens[j]
        level += token.nesting
        if token.type == "paragraph_open" and level == 2:
            return token.hidden
        if level < 0:
            break
    return True
