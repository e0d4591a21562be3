import json

import numpy as np
import pytest

from recognizers.reading import Evidence, GlyphReading, Reading, Word


def test_a_reading_is_its_text_and_plain_json() -> None:
    glyph = GlyphReading("R", 0.87654321, (1.26, 9.0), (("R", 0.9), ("E", 0.1)), "F", (("F", 0.8), ("R", 0.2)))
    reading = Reading("R", 0.87654321, (glyph,), (("F", 0.7), ("R", 0.3)), "F", 0.7, (Word("F", False, (1.26, 9.0)),))
    assert str(reading) == "F"
    assert str(Reading("R", 0.5)) == "R"
    assert json.loads(json.dumps(reading.to_dict())) == {
        "text": "R",
        "letters": "F",
        "confidence": 0.8765,
        "letters_confidence": 0.7,
        "is_script": True,
        "words": [{"text": "F", "is_known": False, "span_px": [1.3, 9.0]}],
        "added": [],
        "glyphs": [
            {
                "char": "R",
                "confidence": 0.8765,
                "span_px": [1.3, 9.0],
                "candidates": [["R", 0.9], ["E", 0.1]],
                "letter": "F",
                "letters": [["F", 0.8], ["R", 0.2]],
                "is_choice": True,
                "is_changed": False,
                "is_left_out": False,
            }
        ],
        "alternatives": [["F", 0.7], ["R", 0.3]],
    }


def test_evidence_of_a_text() -> None:
    evidence = Evidence.of_text("AB A", "AB")
    assert evidence.log_p.argmax(axis=1).tolist() == [0, 1, 0]
    assert np.exp(evidence.log_p).sum(axis=1) == pytest.approx([1, 1, 1], abs=1e-4)
    assert evidence.space.tolist() == [0, 0, 1]
