"""YAML, the one format to write in: values with YAML 1.2 scalars, and the place of every key.

The only door to PyYAML. It stands at the bottom of the house, because front matter, `site.yaml`, `theme.yaml` and the
words of a theme are all read through it.
"""

from handbill.yaml.reading import Document, KeyPath, Mark, read, scalar, written
from handbill.yaml.writing import dump

__all__ = ["Document", "KeyPath", "Mark", "dump", "read", "scalar", "written"]
