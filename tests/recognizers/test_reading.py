import json

from recognizers.reading import GlyphReading, Reading


def test_a_reading_is_its_text_and_plain_json() -> None:
    glyph = GlyphReading("A", 0.87654321, (1.26, 9.0), (("A", 0.9), ("E", 0.1)))
    reading = Reading("A", 0.87654321, (glyph,), (("A", 0.7), ("E", 0.3)))
    assert str(reading) == "A"
    assert json.loads(json.dumps(reading.to_dict())) == {
        "text": "A",
        "confidence": 0.8765,
        "glyphs": [{"char": "A", "confidence": 0.8765, "span_px": [1.3, 9.0], "candidates": [["A", 0.9], ["E", 0.1]]}],
        "alternatives": [["A", 0.7], ["E", 0.3]],
    }
