"""The letters of a site as e-mails among others: those of content/letters/, each compiled when it is asked for.

No build makes a letter, so none is in the catalog that a build wrote. What is shown here is compiled by the same code
that sends it.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime

from handbill.config import SiteConfig
from handbill.errors import Problem
from handbill.letters import FOLDER, Written, languages_of, letters_of, write_letter
from handbill.options import Options
from handbill.preview.mail import FilesReader, Mailbag, Posted
from handbill.samples import Samples
from handbill.site import Site
from handbill_functions.catalog import Catalog
from handbill_functions.errors import NotInCatalog

NAME = "letter"
"""Of the e-mail that a letter is."""


class Letters(Mailbag):
    """All letters of one site. The id of one is the path of its file below content/letters/, without its ending."""

    def __init__(
        self, options: Options, config: SiteConfig, samples: Samples, *, at: datetime,
        site: Callable[[], Site] | None = None,
    ) -> None:  # fmt: skip
        """`site` gives the entries that letters may link to, where they are known."""
        folder = options.root / "content" / FOLDER
        files = letters_of(options.root, config.languages)
        self._letters = {file.relative_to(folder).with_suffix("").as_posix(): file for file in files}
        self._options, self._site = options, site
        self._made: dict[str, bytes] = {}
        self._written: dict[str, Written] = {}
        super().__init__(Catalog(FilesReader(self._made)), tuple(self._letters), config, samples, at=at)

    def entry(self, id: str) -> Posted:
        """A letter as its file's name and those beside it tell, without reading any: so a list of them is cheap."""
        file = self._letters.get(id)
        if file is None:
            raise NotInCatalog("There is no such letter.")
        languages = languages_of(file, self.config.languages)
        titles, emails = dict.fromkeys(languages, id), {NAME: dict.fromkeys(languages, "")}
        return {"id": f"{FOLDER}/{id}", "titles": titles, "emails": emails}

    def hash(self, id: str, name: str, lang: str) -> str:
        """See Mailbag; raises ProblemsFound besides, for all that is wrong with the letter."""
        super().hash(id, name, lang)
        return self._write(id).emails[lang]

    def found(self, id: str, lang: str) -> tuple[Problem, ...]:
        path = languages_of(self._letters[id], self.config.languages)[lang].relative_to(self._options.root).as_posix()
        return tuple(problem for problem in self._write(id).warnings if problem.path == path)

    def _write(self, id: str) -> Written:
        found = self._written.get(id)
        if found is None:
            found = write_letter(self._options, self._letters[id], judged=False, site=self._site)
            self._written[id] = found
            self._made.update(found.files)
        return found
