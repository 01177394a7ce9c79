"""The slugs of products and series; the home of this is `handbill.slugs`, which needs no pydantic."""

from handbill.slugs import is_slug, slugify

__all__ = ["is_slug", "slugify"]
