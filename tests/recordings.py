"""Real recordings: made by Chromium's own recorder, and put into the boxes that phones send.

Telegram and WhatsApp send voice as Opus in Ogg (core.telegram.org/bots/api#sendvoice, read
2026-11-28); Chromium records Opus in WebM, so the same packets go into another box here.
"""

import base64
import struct
from collections.abc import Iterator, Sequence

from playwright.async_api import Page

RECORD = """async (type) => {
  const parts = [];
  let stream;
  if (type.startsWith("audio")) {
    const context = new AudioContext();
    await context.resume();
    const tone = context.createOscillator(), end = context.createMediaStreamDestination();
    tone.connect(end);
    tone.start();
    stream = end.stream;
  } else {
    const canvas = document.createElement("canvas"), pen = canvas.getContext("2d");
    let n = 0;
    const blink = () => { pen.fillStyle = n++ % 2 ? "red" : "blue"; pen.fillRect(0, 0, 99, 99); };
    setInterval(blink, 50);
    stream = canvas.captureStream(20);
  }
  const recorder = new MediaRecorder(stream, {mimeType: type});
  const over = new Promise(done => { recorder.onstop = done; });
  recorder.ondataavailable = event => parts.push(event.data);
  recorder.start();
  await new Promise(done => setTimeout(done, 1000));
  recorder.stop();
  await over;
  const bytes = new Uint8Array(await new Blob(parts).arrayBuffer());
  return btoa(Array.from(bytes, byte => String.fromCharCode(byte)).join(""));
}"""
PLAY = """async (player) => {
  player.muted = true;
  await player.play();
  while (player.currentTime === 0) await new Promise(done => setTimeout(done, 20));
  return player.error === null && player.readyState >= 2;
}"""
CLUSTERS = {b"\x18\x53\x80\x67", b"\x1f\x43\xb6\x75", b"\x16\x54\xae\x6b", b"\xae"}  # opened up
OPUS_HEAD, SIMPLE_BLOCK = b"\x63\xa2", b"\xa3"
SAMPLES = 960  # of a packet of 20 ms at 48 kHz


async def record(page: Page, media_type: str) -> bytes:
    """About a second of sound or of a blinking picture."""
    await page.mouse.click(1, 1)  # sound needs somebody who pressed something
    return base64.b64decode(await page.evaluate(RECORD, media_type))


def as_ogg(webm: bytes) -> bytes:
    """The same Opus packets as a voice message of a phone (RFC 7845)."""
    found = list(_elements(webm, 0, len(webm)))
    head = next(value for name, value in found if name == OPUS_HEAD)
    packets = [value[4:] for name, value in found if name == SIMPLE_BLOCK]  # after track and time
    tags = b"OpusTags" + struct.pack("<I", 4) + b"test" + struct.pack("<I", 0)
    pages = [_page([head], 0, 0, 2), _page([tags], 1, 0, 0)]
    for n in range(0, len(packets), 50):
        part = packets[n : n + 50]
        last = 4 if n + 50 >= len(packets) else 0
        pages.append(_page(part, len(pages), (n + len(part)) * SAMPLES, last))
    return b"".join(pages)


def silent_mp3(frames: int = 60) -> bytes:
    """A second and a half of silence: MPEG-1 layer III, 128 kbit/s, 44.1 kHz."""
    return (b"\xff\xfb\x90\x00" + bytes(413)) * frames


def _elements(data: bytes, at: int, end: int) -> Iterator[tuple[bytes, bytes]]:
    while at < end:
        name = data[at : at + _width(data[at])]
        at += len(name)
        width = _width(data[at])
        size = int.from_bytes(data[at : at + width], "big") & ((1 << 7 * width) - 1)
        at += width
        unknown = size == (1 << 7 * width) - 1
        stop = end if unknown else min(end, at + size)
        if name in CLUSTERS:
            if unknown:  # what follows stands beside it: the same loop reads on
                continue
            yield from _elements(data, at, stop)
        else:
            yield name, data[at:stop]
        at = stop


def _width(first: int) -> int:
    return 9 - first.bit_length()


def _page(packets: Sequence[bytes], number: int, granule: int, flags: int) -> bytes:
    lacing = b"".join(
        bytes([255] * (len(packet) // 255) + [len(packet) % 255]) for packet in packets
    )
    body = b"".join(packets)
    head = struct.pack("<4sBBqIIIB", b"OggS", 0, flags, granule, 7, number, 0, len(lacing))
    crc = 0
    for byte in head + lacing + body:
        crc ^= byte << 24
        for _ in range(8):
            crc = (crc << 1) ^ 0x04C11DB7 if crc & 0x80000000 else crc << 1
        crc &= 0xFFFFFFFF
    return head[:22] + struct.pack("<I", crc) + head[26:] + lacing + body
