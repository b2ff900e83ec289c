"""The admin's pages for teams, people and brands, and what the admin pages of all rooms share.

`scope` holds who sees and edits which rows, `pages` how a row's page is put together, `form_fields` how lists
and JSON are edited, `pieces` the small views (badge, facts) that templates draw.
"""

from __future__ import annotations

from brands.admin import brands, people, teams

__all__ = ["brands", "people", "teams"]
