"""A lawyer's file: fetched from Telegram after it was noted, checked, passed on to the worker."""

import asyncio
from datetime import timedelta

from bot.casework import cases
from bot.channels.telegram.api import Api
from bot.channels.telegram.lawyers.faults import why_of
from bot.errors import HamrahError, NoAnswer, Rejected, TryLater, Unreachable
from bot.media import MAX_FILE_BYTES, clean_name, type_of
from bot.messages import FileIn
from bot.office import staff_chats
from bot.runtime import Runtime
from storage.staff_posts import Post

GIVE_UP_AFTER = timedelta(hours=1)


async def pass_on(runtime: Runtime, api: Api, post: Post) -> None:
    """Fetch the file of a post and reply with it; where that cannot be, the lawyer is told why.

    Raises TryLater while Telegram does not give it out.
    """
    assert post.case_id is not None
    assert post.body is not None
    body, chat, number = post.body, post.chat, int(post.args["number"])
    case_id = post.case_id
    try:
        content = await api.download(body["reference"], MAX_FILE_BYTES)
    except (TryLater, NoAnswer) as error:
        if runtime.clock() - post.created_at < GIVE_UP_AFTER:
            raise TryLater("download", getattr(error, "after_seconds", None)) from error
        await _refuse(runtime, post, "file_lost")
        return
    except (Rejected, Unreachable) as error:
        big = isinstance(error, Rejected) and "too big" in error.reason
        await _refuse(runtime, post, "file_big" if big else "file_lost")
        return
    known = await asyncio.to_thread(type_of, content, body["media_type"])
    if known is None:
        await _refuse(runtime, post, "file")
        return
    name = clean_name(body["name"], known)
    try:
        await cases.reply(
            runtime,
            chat.staff,
            case_id,
            body["caption"],
            file=FileIn(known.kind, known.media_type, name, content),
            form_id=f"telegram:{chat.id}:{number}",
            written_in=await staff_chats.written_in(runtime, chat.staff, case_id, body["caption"]),
            also=lambda tx, said: staff_chats.hear(tx, runtime, chat, number, case_id, said),
        )
    except HamrahError as error:
        await _refuse(runtime, post, why_of(error))


async def _refuse(runtime: Runtime, post: Post, why: str) -> None:
    room = await staff_chats.room_of(runtime, post.chat, post.case_id)
    args = {"card": "problem", "why": why, "reply": post.args["number"]}
    await staff_chats.show_card(
        runtime, post.chat, f"refused:{post.id}", args, case_id=post.case_id, room=room
    )
