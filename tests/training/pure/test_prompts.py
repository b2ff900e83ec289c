from __future__ import annotations

from training.prompts import with_context

MESSAGES = [
    {"role": "system", "content": "Be kind."},
    {"role": "user", "content": "First"},
    {"role": "assistant", "content": "Yes"},
    {"role": "user", "content": "Second"},
]


def test_the_context_stands_before_the_first_request() -> None:
    put = with_context(MESSAGES, "Brand: Acme")
    assert [message["content"] for message in put] == ["Be kind.", "Brand: Acme\n\nFirst", "Yes", "Second"]
    assert MESSAGES[1]["content"] == "First"


def test_without_context_or_request_the_messages_are_copied() -> None:
    for messages, context in ((MESSAGES, ""), (MESSAGES[:1], "Brand: Acme")):
        put = with_context(messages, context)
        assert put == messages
        assert put[0] is not messages[0]
