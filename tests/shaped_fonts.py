"""A font with all that shaping does, made here: forms by place, ligatures, kerning, marks, forms for columns."""

from pathlib import Path

from fontTools.feaLib.builder import addOpenTypeFeaturesFromString
from fontTools.pens.ttGlyphPen import TTGlyphPen
from fontTools.ttLib import TTFont

from tests.conftest import save_font

ARABIC, ACUTE, DASH = "\u0628\u0627\u0644", "\u0301", "\u30fc"  # beh, alef, lam; a mark; the sign of a long vowel
# what each glyph is: boxes (x0, y0, x1, y1), and its advance
_GLYPHS: dict[str, tuple[list[tuple[int, int, int, int]], int]] = {
    ".notdef": ([(0, 0, 50, 700)], 100),
    "space": ([], 300),
    "a": ([(100, 0, 500, 500)], 600),
    "f": ([(100, 0, 200, 700)], 300),
    "i": ([(100, 0, 200, 500)], 300),
    "f_i": ([(100, 0, 200, 700), (200, 600, 500, 700)], 600),
    "A": ([(50, 0, 650, 700)], 700),
    "V": ([(50, 0, 650, 600)], 700),
    "acute": ([(-60, 550, 60, 650)], 0),
    "beh": ([(100, 0, 900, 300)], 1000),  # as it stands alone
    "beh.init": ([(0, 0, 250, 400)], 300),
    "beh.medi": ([(0, 0, 400, 350)], 400),
    "beh.fina": ([(50, 0, 700, 250)], 700),
    "alef": ([(100, 0, 200, 700)], 300),
    "alef.fina": ([(100, 0, 300, 650)], 300),
    "lam": ([(100, -200, 600, 700)], 700),
    "lam.init": ([(0, 0, 120, 700)], 150),
    "lam_alef": ([(50, 0, 450, 700), (100, 750, 200, 800)], 500),
    "dash": ([(100, 300, 900, 400)], 1000),
    "ka": ([(0, 0, 500, 600)], 600),
    "sign_i": ([(0, 0, 100, 700)], 200),
    "circle": ([(100, 100, 500, 500)], 600),  # that HarfBuzz puts under a mark alone
    "dash.vert": ([(450, -120, 550, 680)], 1000),
}
_CMAP = {
    **{ord(char): char for char in "afiAV"},
    **{
        32: "space",
        0x301: "acute",
        0x628: "beh",
        0x627: "alef",
        0x644: "lam",
        0x30FC: "dash",
        0x25CC: "circle",
        0x915: "ka",
        0x93F: "sign_i",
    },
}
_FEATURES = """
languagesystem DFLT dflt; languagesystem latn dflt; languagesystem arab dflt; languagesystem kana dflt;
languagesystem dev2 dflt;
feature init { sub beh by beh.init; sub lam by lam.init; } init;
feature medi { sub beh by beh.medi; } medi;
feature fina { sub beh by beh.fina; sub alef by alef.fina; } fina;
feature rlig { sub lam.init alef.fina by lam_alef; } rlig;
feature liga { sub f i by f_i; } liga;
feature vert { sub dash by dash.vert; } vert;
feature kern { pos A V -200; } kern;
markClass acute <anchor 0 500> @TOP;
feature mark { pos base a <anchor 300 550> mark @TOP; } mark;
"""


def build_shaped_font(path: Path, without: str = "", blank: str = "", has_advances: bool = True) -> Path:
    """Write it; the characters of `without` have no glyph, those of `blank` one without ink."""
    glyphs = {}
    for name, (boxes, _) in _GLYPHS.items():
        pen = TTGlyphPen(None)
        for x0, y0, x1, y1 in [] if name in blank.split() else boxes:
            pen.moveTo((x0, y0))
            for point in ((x0, y1), (x1, y1), (x1, y0)):
                pen.lineTo(point)
            pen.closePath()
        glyphs[name] = pen.glyph()
    cmap = {code: name for code, name in _CMAP.items() if chr(code) not in without}
    save_font(path, glyphs, cmap, 500)
    font = TTFont(path)
    for name, (boxes, advance) in _GLYPHS.items():
        font["hmtx"][name] = (advance if has_advances else 0, min((x0 for x0, *_ in boxes), default=0))
    addOpenTypeFeaturesFromString(font, _FEATURES)
    font.save(path)
    return path
