"""Pages that stand alone: no scripts, nothing loaded from elsewhere."""

from html import escape

FONTS = "'Noto Sans', 'Noto Sans Arabic', 'Segoe UI', 'DejaVu Sans', Arial, sans-serif"
RIGHT_TO_LEFT = frozenset({"ar", "fa", "ps", "ur"})


def page(title: str, style: str, body: str) -> str:
    """A page of HTML; `body` is HTML already."""
    return (
        '<!doctype html>\n<html lang="en">\n<head>\n<meta charset="utf-8">\n'
        '<meta name="viewport" content="width=device-width, initial-scale=1">\n'
        f"<title>{escape(title)}</title>\n"
        f"<style>\nbody {{ font-family: {FONTS}; color: #1a202c; }}\n{style}</style>\n</head>\n"
        f"<body>\n{body}</body>\n</html>\n"
    )


def direction(language: str) -> str:
    """The attributes of a part in this language."""
    way = "rtl" if language.split("_")[0] in RIGHT_TO_LEFT else "ltr"
    return f'lang="{escape(language.replace("_", "-"))}" dir="{way}"'
