"""All we know of a page."""

from typing import ClassVar

from handbill.kinds.base import Entry, Translation


class PageTranslation(Translation):
    """A page's words in another language."""


class Page(Entry):
    """A plain page: about, questions, terms. `index.md` at the top of content/pages gives home its words, and its
    `signup:` shapes the site's own form, which home and lists show."""

    noun = "a page"
    kind: ClassVar[str] = "page"
    section: ClassVar[str] = "pages"
    translation: ClassVar[type[Translation]] = PageTranslation
