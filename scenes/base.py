"""The base of every scene model: unknown keys are refused with the nearest known one named, numbers are finite, errors are one sentence."""

from __future__ import annotations

from typing import Annotated, Any, TypeVar

from pydantic import BaseModel, ConfigDict, Field, FiniteFloat, ValidationError, model_validator

from scenes.errors import UserError, did_you_mean

__all__ = ["Fraction", "Model", "NonNegative", "Positive", "Quaternion", "Vector3", "one_sentence", "validated"]

Positive = Annotated[FiniteFloat, Field(gt=0)]
NonNegative = Annotated[FiniteFloat, Field(ge=0)]
Fraction = Annotated[FiniteFloat, Field(ge=0, le=1)]
Vector3 = tuple[FiniteFloat, FiniteFloat, FiniteFloat]
Quaternion = tuple[FiniteFloat, FiniteFloat, FiniteFloat, FiniteFloat]  # wxyz


M = TypeVar("M", bound=BaseModel)


class Model(BaseModel):
    """Frozen, so that a scene is a value: `Scene.with_` makes changed copies."""

    model_config = ConfigDict(extra="forbid", frozen=True, allow_inf_nan=False, populate_by_name=True)

    @model_validator(mode="before")
    @classmethod
    def _refuse_unknown_keys(cls, data: Any) -> Any:
        if isinstance(data, dict):
            known = {field.alias or name for name, field in cls.model_fields.items()} | set(cls.model_fields)
            for key in data:
                if key not in known:
                    raise ValueError(f"unknown key {key!r}{did_you_mean(str(key), known)}")
        return data


JARGON = {
    "Input should be a valid dictionary or instance of": "must be a mapping, a",
    "Input should be a valid dictionary": "must be a mapping of names to values",
    "Input should be a valid": "must be a",
    "Input should be": "must be",
    "Input tag": "the kind",
    "found using 'type' does not match any of the expected tags": "is not known; the choices are",
    "found using 'kind' does not match any of the expected tags": "is not known; the choices are",
    "Unable to extract tag using discriminator": "lacks its",
    "Field required": "is missing",
}


def _place(loc: tuple[int | str, ...]) -> list[str]:
    """The keys as a person wrote them: without the names of unions that the validator adds after the key of a body, shape or goal."""
    shown: list[str] = []
    for depth, part in enumerate(loc):
        if isinstance(part, str) and part.startswith("function-"):
            continue
        owner = loc[depth - 2] if depth >= 2 else None
        if owner in {"bodies", "goals", "drivers"} or (depth >= 1 and loc[depth - 1] == "shape"):
            continue
        shown.append(str(part))
    return shown


def one_sentence(error: ValidationError, *, what: str) -> str:
    """The first fault of a validation as one sentence: where, what, and what is allowed."""
    fault = error.errors()[0]
    where = ".".join(_place(fault["loc"]))
    message = fault["msg"].removeprefix("Value error, ")
    for jargon, plain in JARGON.items():
        message = message.replace(jargon, plain)
    more = f" ({error.error_count() - 1} more)" if error.error_count() > 1 else ""
    value = fault.get("input")
    shown = (
        f" (it is {value!r})"
        if isinstance(value, int | float | str) and repr(value) not in message and len(repr(value)) < 60
        else ""
    )
    ending = "" if message.endswith("?") and not shown and not more else "."
    return f"{what}{' at ' + where if where else ''}: {message}{shown}{more}{ending}"


def validated(model: type[M], data: Any, *, what: str) -> M:
    """`model.model_validate(data)` whose error is a UserError of one sentence. `what` names the thing ("The scene ball.yaml")."""
    try:
        return model.model_validate(data)
    except ValidationError as error:
        raise UserError(one_sentence(error, what=what)) from error
