"""The project's one JSON column: what it stores, both databases can hold and every page can show."""

from __future__ import annotations

import math
from typing import Any

from django.core.exceptions import ValidationError
from django.db import models
from django.utils.translation import gettext as _

MAX_DEPTH = 64


def check_json(value: Any, depth: int = 0) -> None:
    """Raise ValidationError for what a database or a page would choke on.

    That is nesting beyond 64 levels, NaN or infinity, NUL characters, lone surrogates, keys that are not text.
    """
    if depth > MAX_DEPTH:
        raise ValidationError(_("Nested deeper than %(depth)s levels.") % {"depth": MAX_DEPTH})
    if isinstance(value, str):
        check_text(value)
    elif isinstance(value, float) and not math.isfinite(value):
        raise ValidationError(_("Numbers must be finite."))
    elif isinstance(value, dict):
        for key, item in value.items():
            if not isinstance(key, str):
                raise ValidationError(_("Keys must be text."))
            check_text(key)
            check_json(item, depth + 1)
    elif isinstance(value, list | tuple):
        for item in value:
            check_json(item, depth + 1)


def check_text(value: str) -> None:
    if "\x00" in value or any("\ud800" <= character <= "\udfff" for character in value):
        raise ValidationError(_("Text must not contain NUL characters or lone surrogates."))


class SafeJSONField(models.JSONField):
    """A JSONField whose values pass `check_json`, on forms and on every save."""

    default_validators = [check_json]

    def get_prep_value(self, value: Any) -> Any:
        check_json(value)
        return super().get_prep_value(value)


def check_text_list(value: Any) -> None:
    """Raise ValidationError unless `value` is a list of non-empty texts."""
    if not isinstance(value, list) or not all(isinstance(item, str) and item.strip() for item in value):
        raise ValidationError(_('Write a list of texts, for example ["friendly", "modern"].'))
