"""What programs send and what they are answered, as models, for the HTTP interface and for Gradio's client: the models
check requests, and the OpenAPI description is made of them.

A picture comes in JSON as base64 or as a data URL, or as a file of a form. A form is text: its fields are the same, and
a claim is `true` or `false` there.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Annotated, Any, TypeVar

from fastapi import UploadFile
from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, ValidationError, WithJsonSchema

from app.answers import data_url, decoded, picture_of, read_drawing, read_glyph, read_picture
from app.errors import AnswerError
from app.registry import AUTO, READERS
from app.writing import MOST_LETTERS, MOST_SEED, STYLES, Writing, write_svg, write_text

# lengths that are answered with an error of their own are in the description alone
Base64 = Annotated[
    str,
    Field(
        json_schema_extra={"minLength": 1},
        description="the picture as base64, or as a data URL; PNG, JPEG, WebP, AVIF, GIF, TIFF and others",
    ),
]
FileOrBase64 = Annotated[
    UploadFile | str, WithJsonSchema({"type": "string", "format": "binary", "description": "the picture's file"})
]
FormClaim = Annotated[bool, BeforeValidator(lambda text: {"true": True, "false": False}.get(text, text))]
LineScript = Annotated[
    str,
    Field(
        json_schema_extra=lambda schema: schema.update(enum=[AUTO, *READERS.names()]),
        description="auto: whichever script each line is in",
    ),
]
GlyphScript = Annotated[str, Field(json_schema_extra=lambda schema: schema.update(enum=READERS.names(of_glyphs=True)))]
Color = Annotated[str, Field(description="a color of CSS, such as #20242c")]
Share = Annotated[float, Field(ge=0, le=1, allow_inf_nan=False)]


_Body = TypeVar("_Body", bound="Body")


class Body(BaseModel):
    """Fields of a request: no others, each of its own type, a number never as text."""

    model_config = ConfigDict(extra="forbid", strict=True, arbitrary_types_allowed=True)


class ReadBody(Body):
    """A picture with any number of lines; pictures: answer with boxes drawn, and with lines as the network saw them."""

    image: Base64
    script: LineScript = "hylian"
    pictures: bool = Field(default=False, description="with boxes, and as seen")


class ReadForm(ReadBody):
    """The same as a form."""

    image: FileOrBase64  # type: ignore[assignment]  # a form holds the file itself
    pictures: FormClaim = Field(default=False, description="with boxes, and as seen")


class GlyphBody(Body):
    """A picture of one glyph; or a drawing, on which several may stand in a row."""

    image: Base64
    script: GlyphScript = "hylian"
    is_drawing: bool = False


class GlyphForm(GlyphBody):
    """The same as a form."""

    image: FileOrBase64  # type: ignore[assignment]  # a form holds the file itself
    is_drawing: FormClaim = False


class WriteBody(Body):
    """A text to write in Hylian, and how."""

    text: str = Field(json_schema_extra={"minLength": 1, "maxLength": MOST_LETTERS})
    look: str = Field(default=Writing.look, json_schema_extra={"enum": list(STYLES)})
    ink: Color = Writing.ink
    paper: Color = Writing.paper
    material: Share = 0.0
    degradation: Share = 0.0
    slant: Share = 0.0
    perspective: Share = 0.0
    seed: int = Field(default=0, ge=0, le=MOST_SEED)


class Problem(BaseModel):
    """Why a request was not answered: a word for programs, a sentence for people."""

    code: str
    message: str


class ErrorAnswer(BaseModel):
    """An error with a code and a sentence."""

    error: Problem


class ScriptsResult(BaseModel):
    """Names of what reads lines, and of what reads single glyphs."""

    read: list[str]
    glyph: list[str]


class Letter(BaseModel):
    """A letter that a glyph may be, and how likely that is."""

    letter: str
    probability: float


class GlyphResult(BaseModel):
    """The likeliest letters of a glyph, or the word of several; seen: what the network saw, as a data URL."""

    script: str
    letter: str
    letters: list[Letter]
    word: str
    word_confidence: float
    seen: str | None


class WriteResult(BaseModel):
    """What was written: image, a PNG as a data URL; svg, its outlines."""

    image: str
    svg: str


def checked(model: type[_Body], validate: Callable[[], Any]) -> _Body:
    """Return the model that a function makes. Raises AnswerError, which names the first field that is wrong."""
    try:
        made: _Body = validate()
    except ValidationError as error:
        first = error.errors(include_url=False, include_context=False, include_input=False)[0]
        if first["type"] == "json_invalid":
            raise AnswerError("bad_json", "the body is not valid JSON") from error
        if not first["loc"]:
            raise AnswerError("bad_json", "the body is not a JSON object") from error
        name = str(first["loc"][0])[:40]
        if first["type"] == "extra_forbidden":
            message = f"there is no field {name!r}; there are {', '.join(model.model_fields)}"
        elif first["type"] == "missing":
            message = f"the field {name!r} is missing"
        else:
            message = f"the field {name!r} is wrong: {first['msg'][:1].lower()}{first['msg'][1:]}"
        raise AnswerError("bad_field", message) from error
    return made


def answer_read(body: ReadBody, image: str | bytes) -> dict[str, Any]:
    """Return the lines of a picture, given as base64 or as a file's bytes. Raises AnswerError."""
    answer = read_picture(_picture(image), body.script)
    data = {**answer.page.to_dict(), "script": body.script, "confidence": round(answer.confidence, 4)}
    if body.pictures:
        data |= {"annotated": data_url(answer.annotated), "seen": [data_url(one) for one in answer.seen]}
    return data


def answer_glyph(body: GlyphBody, image: str | bytes) -> dict[str, Any]:
    """Return the letters of a glyph or the word of a drawing, as GlyphResult has them. Raises AnswerError."""
    answer = (read_drawing if body.is_drawing else read_glyph)(_picture(image), body.script)
    return {
        "script": body.script,
        "letter": answer.letters[0][0] if answer.letters else "",
        "letters": [{"letter": letter, "probability": round(p, 4)} for letter, p in answer.letters],
        "word": answer.word,
        "word_confidence": round(answer.word_confidence, 4),
        "seen": data_url(answer.seen) if answer.seen else None,
    }


def answer_write(body: WriteBody) -> dict[str, Any]:
    """Return a text as a picture and as outlines, as WriteResult has them. Raises AnswerError."""
    writing = Writing(**body.model_dump())
    return {"image": data_url(write_text(writing)), "svg": write_svg(writing)}


def _picture(image: str | bytes) -> Any:
    return picture_of(decoded(image) if isinstance(image, str) else image)
