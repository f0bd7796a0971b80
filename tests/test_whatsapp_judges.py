"""People who did not write our code judge it: pywa's parser, and Meta's own description."""

from pathlib import Path

import pytest

from tests.servers.whatsapp import WhatsAppServer
from tests.servers.whatsapp.judges import description, faults, judge_sent, judge_told, whole
from tests.talk import PNG
from tests.whatsapp_bot import tap, through_the_welcome, whatsapp_bot


async def a_long_talk(folder: Path) -> WhatsAppServer:
    """Every kind of message, in both directions."""
    async with WhatsAppServer() as server:
        server.templates["news", "en"] = "APPROVED"
        async with whatsapp_bot(server, folder):
            user, nameless = server.new_user(), server.new_user(hidden_phone=True)
            user.says("hello")
            nameless.says("hello")
            await through_the_welcome(server, user)
            await tap(server, user, "💰 My pay", "⏳ Late or not paid")
            await server.until(lambda: bool(user.news()))
            user.sends_file("image", PNG, "image/png", caption="here")
            user.sends_location(40.4, 49.8)
            user.reacts(user.screen[1])
            await server.settled()
            user.says("lawyer")
            await tap(server, user, "✅ Yes", "✅ Yes, here")
            await server.hears(user, "Your case has the number")
            server.change_number(user, "447000990099")
            server.stops_marketing(user)
            await server.settled()
        assert server.violations == []
        return server


async def test_others_find_nothing_wrong(tmp_path: Path) -> None:
    server = await a_long_talk(tmp_path)
    assert judge_told(server) == []
    schemas = description()
    if schemas is None:
        pytest.skip("Meta's description does not lie beside the project (../shared/specs)")
    assert judge_sent(server, schemas) == []


def test_the_judge_of_what_we_send_is_strict() -> None:
    schemas = description()
    if schemas is None:
        pytest.skip("Meta's description does not lie beside the project (../shared/specs)")
    base = {"messaging_product": "whatsapp", "recipient_type": "individual", "to": "1"}
    button = {"type": "reply", "reply": {"id": "1", "title": "x" * 21}}
    inner = {"type": "button", "body": {"text": "y"}, "action": {"buttons": [button]}}
    schema = whole(schemas, {"$ref": "#/components/schemas/InteractiveMessage"})
    body = {**base, "type": "interactive", "interactive": inner}
    assert list(faults(schemas, schema, body, "")) != []
    button["reply"] = {"id": "1", "title": "x" * 20}
    assert list(faults(schemas, schema, body, "")) == []
    assert list(faults(schemas, schema, body | {"colour": "red"}, "")) == [" has no colour"]
