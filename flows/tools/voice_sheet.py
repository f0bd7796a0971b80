"""The sheet that a speaker reads from: text, file name, seconds. As a page to print, or CSV."""

import csv
import io
from collections.abc import Sequence
from html import escape

from flows.tools.html import direction, page
from flows.voices import Voice

STYLE = """\
body { font-size: 12pt; line-height: 1.5; margin: 1.5em auto; max-width: 60em; padding: 0 1em; }
table { border-collapse: collapse; width: 100%; }
th, td { border: 1px solid #a0aec0; padding: 0.4em 0.6em; text-align: start; vertical-align: top; }
th { background: #edf2f7; } tr { break-inside: avoid; } thead { display: table-header-group; }
code { font-family: 'DejaVu Sans Mono', monospace; font-size: 75%; } .words { font-size: 115%; }
"""
HOW_TO_READ = """\
<p>Read calmly, as to a friend, in a quiet room; first the text, then each answer after a short
pause. Do not read the pictures. Save each text as one file with exactly the name beside it
(OGG with Opus, mono), and put the files into the folder <code>media/{language}</code> of the
content.
A name fits only these words: when a text changes, it is read again.</p>
"""


def sheet_page(voices: Sequence[Voice], language: str) -> str:
    """The sheet as a page to print."""
    rows = [
        f"<tr><td>{number}</td><td class='words' {direction(language)}>"
        f"{escape(voice.words).replace(chr(10), '<br>')}</td>"
        f"<td><code>{escape(voice.file.name)}</code></td><td>{voice.seconds}</td></tr>\n"
        for number, voice in enumerate(voices, 1)
    ]
    body = (
        f"<h1>To read aloud: {escape(language)}</h1>\n"
        + HOW_TO_READ.format(language=escape(language))
        + "<table><thead><tr><th>No.</th><th>text</th><th>file</th><th>seconds</th></tr></thead>\n"
        + f"<tbody>\n{''.join(rows)}</tbody></table>\n"
    )
    return page(f"To read aloud: {language}", STYLE, body)


def sheet_csv(voices: Sequence[Voice]) -> str:
    """The sheet as a table for a spreadsheet."""
    buffer = io.StringIO()
    writer = csv.writer(buffer, lineterminator="\n")
    writer.writerow(("file", "seconds", "text"))
    writer.writerows((voice.file.name, voice.seconds, voice.words) for voice in voices)
    return buffer.getvalue()
