import numpy as np

from glyphgen.captions import plain_font
from glyphgen.datasets.captcha import HEIGHT_PX, CaptchaSynth
from glyphgen.faces.font_collection import FontCollectionSource
from glyphgen.script import load_script


def make(seed: int = 0) -> CaptchaSynth:
    return CaptchaSynth(
        FontCollectionSource(sorted(plain_font().parent.glob("DejaVuSans*.ttf")), load_script("alnum")),
        "none",
        seed,
        "train",
        60,
        n_faces=4,
    )


def test_captchas_have_their_length_their_height_and_a_box_for_each_glyph() -> None:
    synth = make()
    for i in range(60):
        sample = synth[i]
        assert 3 <= len(sample.text) <= 8
        assert sample.image.shape[0] == HEIGHT_PX
        assert len(sample.boxes) == len(sample.text)
        for x0, y0, x1, y1 in sample.boxes.astype(int).tolist():
            assert sample.image[y0:y1, x0:x1].min() < 200  # there is ink
            assert 0 <= x0 < x1 <= sample.image.shape[1]
    assert len({sample.text for sample in (synth[i] for i in range(60))}) > 55


def test_captchas_depend_on_seed_and_index() -> None:
    assert np.array_equal(make()[9].image, make()[9].image)
    assert make()[9].text != make(1)[9].text
