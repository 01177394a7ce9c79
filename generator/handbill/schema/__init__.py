"""What front matter and site.yaml share: names and their spellings, types of single values, and our words for errors.

Three steps, each in its own module: `shape` brings what was typed into the one canonical form (aliases, a text where a
list is meant), pydantic validates that form, and `explain` says in our words what pydantic found. `layers` puts the
steps together and knows in which file each value stands.
"""

from handbill.schema.layers import Layer, layer, place, problem_at, validated
from handbill.schema.part import Commas, Flaw, Part, wrong

__all__ = ["Commas", "Flaw", "Layer", "Part", "layer", "place", "problem_at", "validated", "wrong"]
