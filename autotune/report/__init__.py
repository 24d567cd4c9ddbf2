"""A study as a document: one HTML file that opens offline, or Markdown for a pull request.

What is said (``sections``) is written once, as blocks; ``html`` and ``markdown`` are two ways to spell them.
"""

from autotune.report.gathered import Gathered, gather
from autotune.report.html import to_html
from autotune.report.markdown import to_markdown
from autotune.report.sections import document

__all__ = ["Gathered", "document", "gather", "to_html", "to_markdown"]
