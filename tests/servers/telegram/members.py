"""Who is in a chat with the bot, and what the bot hears there."""

from tests.servers.telegram.world import Chat, Json, Message, Person, World


def heard_by_bot(world: World, message: Message) -> bool:
    """In a group a bot hears commands, answers to it and its name (privacy mode)."""
    chat = message.chat
    if chat.private:
        return True
    if chat.bot_status in ("left", "kicked"):
        return False
    if world.reads_all_groups or chat.bot_status == "administrator":
        return True
    answered = message.reply_to is not None and message.reply_to.by_bot
    named = f"@{world.username}" in message.text
    return answered or named or message.text.startswith("/")


def tell_member(world: World, chat: Chat, by: Person, old: Json, new: Json) -> None:
    """Tell the bot that it was let in, put out, blocked or unblocked."""
    bot = world.bot_json()
    body = {
        "chat": chat.as_json(),
        "from": by.as_json(),
        "date": int(world.seconds()),
        "old_chat_member": {**old, "user": bot},
        "new_chat_member": {**new, "user": bot},
    }
    world.tell("my_chat_member", body, chat.id)
    world.changes.announce()


def status_json(status: str) -> Json:
    """A ChatMember without its user."""
    if status == "kicked":
        return {"status": status, "until_date": 0}
    if status != "administrator":
        return {"status": status}
    rights = (
        "can_be_edited is_anonymous can_manage_chat can_delete_messages can_manage_video_chats "
        "can_restrict_members can_promote_members can_change_info can_invite_users "
        "can_post_stories can_edit_stories can_delete_stories can_send_welcome_messages"
    )
    return {"status": status, **dict.fromkeys(rights.split(), True), "can_manage_topics": True}
