"""A brand's page: its facts as people read them, and below them the form that changes them."""

from __future__ import annotations

from typing import Any

from django.contrib import admin
from django.db.models import Field
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _

from brands.admin.form_fields import IndentedJSONField, LinesField
from brands.admin.pages import Readable
from brands.admin.pieces import Fact, fact
from brands.admin.scope import ScopedRelatedFilter
from brands.cards import FIELDS, LABELS, facts_in
from brands.models import Brand

LISTS = ("tone", "core_values", "products", "hashtags", "banned_words", "languages")


@admin.register(Brand)
class BrandAdmin(Readable):
    list_display = ("name", "industry", "products_text", "origin", "team", "updated_at")
    list_filter = ("synthetic", ("team", ScopedRelatedFilter))
    list_select_related = ("team",)
    search_fields = ("name", "slug", "industry", "description")
    change_form_outer_before_template = "admin/brands/brand.html"
    empty_hint = _("A brand's facts are what the models learn from and write from. The demo loads eleven.")
    empty_command = "manage.py load_pack brands"
    fieldsets = (
        (None, {"fields": (("name", "slug"), "team", "industry", "description", "synthetic")}),
        (
            _("Voice"),
            {"fields": (("tone", "core_values"), ("target_audience", "visual_style"), "banned_words")},
        ),
        (_("What it sells and says"), {"fields": (("products", "hashtags"),)}),
        (_("Languages"), {"fields": ("languages", "translations")}),
    )

    def formfield_for_dbfield(self, db_field: Field[Any, Any], request: HttpRequest, **kwargs: Any) -> Any:
        if db_field.name in LISTS:
            return LinesField(label=str(db_field.verbose_name).capitalize(), required=False)
        if db_field.name == "translations":
            label = str(db_field.verbose_name).capitalize()
            return IndentedJSONField(label=label, required=False, help_text=db_field.help_text)
        return super().formfield_for_dbfield(db_field, request, **kwargs)

    def get_prepopulated_fields(self, request: HttpRequest, obj: Any = None) -> dict[str, Any]:
        return {} if obj is not None else {"slug": ("name",)}

    def page(self, request: HttpRequest, row: Any) -> dict[str, Any]:
        return {"cards": [card(row, language) for language in card_languages(row)]}

    @admin.display(description=_("origin"), ordering="synthetic")
    def origin(self, brand: Any) -> Any:
        return _("synthetic") if brand.synthetic else _("real")

    @admin.display(description=_("products"))
    def products_text(self, brand: Any) -> str:
        products = brand.products if isinstance(brand.products, list) else []
        return ", ".join(map(str, products[:3])) + (" …" if len(products) > 3 else "")


def card_languages(brand: Any) -> list[str]:
    """English, and each language the brand speaks or is translated to, if the card knows its words."""
    translated = list(brand.translations) if isinstance(brand.translations, dict) else []
    spoken = brand.languages if isinstance(brand.languages, list) else []
    return [
        "en",
        *(language for language in LABELS if language != "en" and language in spoken + translated),
    ]


def card(brand: Any, language: str) -> dict[str, Any]:
    """The brand card in one language, as facts."""
    facts = brand.facts()
    translations = facts["translations"] if isinstance(facts["translations"], dict) else {}
    own = translations.get(language)
    known = facts_in({**facts, "translations": {language: own if isinstance(own, dict) else {}}}, language)
    lines: list[Fact] = [
        fact(label, known[field])
        for field, label in zip(FIELDS, LABELS[language], strict=True)
        if known[field] and field != "name"
    ]
    if brand.banned_words and language == "en":
        lines.append(fact(str(_("Never says")), brand.banned_words))
    return {"language": language, "name": known["name"], "facts": lines}
