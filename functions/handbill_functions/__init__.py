"""handbill_functions: what runs after the build. Knows nothing of Markdown, Jinja or MJML.

The build imports from here only what both sides must agree on: the catalog, money, and the filler of programs.
"""
