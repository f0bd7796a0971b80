"""Nothing that a person wrote is found where it does not belong.

Canaries are planted in a worker's messages, a file and its name, a lawyer's name, reply and note;
then everything that was written down in the clear is searched for them: logs, error pages,
addresses, the database file with its journal, the media folder.
"""

import re
from pathlib import Path

import aiohttp

from tests.house import SIGN_IN, Browser, House
from tests.talk import PNG
from tests.visitors import DeskVisitor

CANARIES = {
    "message": "canary-aardvark-message",
    "persian": "قناری‌پیام",
    "file name": "canary-bittern-file.png",
    "file": "canary-cormorant-content",
    "staff": "Canary-Dunlin-Name",
    "reply": "canary-egret-reply",
    "note": "canary-finch-note",
}


async def test_what_people_write_is_nowhere_in_the_clear(tmp_path: Path) -> None:
    addresses: list[str] = []
    async with House(tmp_path) as house, Browser(house) as browser:
        await browser.taps("en")
        for option in ("yes", "no", "adult", "lawyer", "yes", "yes"):
            await browser.taps(option)
        await browser.says(CANARIES["message"])
        await browser.says(CANARIES["persian"])
        await browser.uploads(CANARIES["file name"], PNG + CANARIES["file"].encode())
        async with aiohttp.ClientSession(
            house.address, cookie_jar=aiohttp.CookieJar(unsafe=True)
        ) as session:
            lawyer = DeskVisitor(session)  # type: ignore[arg-type]  # it only asks for pages
            [link] = SIGN_IN.findall(await house.command("staff", "add", CANARIES["staff"]))
            await lawyer.get(link)
            queue = await lawyer.post(link)
            case = await lawyer.send(queue, "/claim")
            assert CANARIES["message"] in case.text
            assert CANARIES["persian"] in case.text
            assert CANARIES["file name"] in case.text
            case = await lawyer.send(case, "/reply", text=CANARIES["reply"])
            case = await lawyer.send(case, "/note", note=CANARIES["note"])
            assert CANARIES["staff"] in case.text
            assert CANARIES["note"] in case.text
            addresses += re.findall(r'(?:href|src|action)="([^"]*)"', queue.text + case.text)
        await browser.reads(CANARIES["reply"])
        errors = await provoke_errors(house.address)
        await house.stop()
    written = {
        "log": "".join(house.output).encode(),
        "address": " ".join(addresses).encode(),
        "error page": "".join(errors).encode(),
        **{str(path.relative_to(tmp_path)): path.read_bytes() for path in files_of(tmp_path)},
    }
    assert any(name.startswith("media/") for name in written)
    assert any(name.endswith(".db") for name in written)
    found = [
        (where, name)
        for where, content in written.items()
        for name, canary in CANARIES.items()
        if canary.encode() in content or canary.lower().encode() in content.lower()
    ]
    assert found == []


async def provoke_errors(address: str) -> list[str]:
    """What a stranger gets who tries doors, with canaries in hand."""
    pages = []
    async with aiohttp.ClientSession(address) as session:
        for method, path, data in (
            ("GET", "/desk/cases/1", None),
            ("GET", f"/desk/cases/{CANARIES['message']}", None),
            ("GET", f"/nowhere/{CANARIES['staff']}", None),
            ("POST", "/desk/cases/1/reply", {}),
            ("POST", f"/desk/sign-in/{CANARIES['staff']}", {}),
            ("POST", "/chat/file", CANARIES["file"].encode()),
            ("GET", "/chat/socket", None),
            ("GET", "/chat/file/1", None),
        ):
            async with session.request(method, path, data=data) as answer:
                assert answer.status != 500
                pages.append(await answer.text())
    return pages


def files_of(folder: Path) -> list[Path]:
    return [path for path in folder.rglob("*") if path.is_file()]
