"""What a condition can be when only some of its values are known.

The same language as flows/expressions.py, with four kinds of value: known, not there, there but
not known (a date that somebody will type), and perhaps there.
"""

import ast
from collections.abc import Callable
from enum import Enum
from typing import Any, NamedTuple

from flows.expressions import ORDERING


class Unknown(Enum):
    """A value of which we do not know what it is."""

    UNSET = "never asked"
    NONE = "asked, and there is no answer"
    SOME = "there is an answer, whatever it is"
    ANY = "there may be an answer"


class Known(NamedTuple):
    """A value that we know: the id of an option, a constant."""

    value: Any


Abstract = Known | Unknown
Lookup = Callable[[str | None, str], Abstract]  # (owner or None, name) -> what it can be
NOTHING = (Unknown.UNSET, Unknown.NONE)


def evaluate(tree: ast.expr, lookup: Lookup, on_unset: Callable[[str], None]) -> Abstract:
    """What an expression can be; calls `on_unset` with a name that is compared by "not" before
    anybody was asked for it: there, an answer that is missing counts like a different answer.
    """

    def value_of(node: ast.expr) -> Abstract:
        match node:
            case ast.Constant(value=value):
                return Known(value)
            case ast.Name(id=name):
                return lookup(None, name)
            case ast.Attribute(value=ast.Name(id=owner), attr=name):
                return lookup(owner, name)
            case ast.Tuple(elts=items) | ast.List(elts=items):
                return _tuple([value_of(item) for item in items])
            case ast.UnaryOp(op=ast.Not(), operand=operand):
                inner = value_of(operand)
                _note(operand, inner, on_unset)
                return _not(inner)
            case ast.UnaryOp(operand=ast.Constant(value=int() as number)):
                return Known(-number)
            case ast.BoolOp(op=operator, values=parts):
                return _bool(isinstance(operator, ast.And), (value_of(part) for part in parts))
            case ast.Compare(left=left, ops=[operator], comparators=[right]):
                compared = value_of(left)
                if isinstance(operator, ast.NotEq | ast.NotIn):
                    _note(left, compared, on_unset)
                return _compare(operator, compared, value_of(right))
            case ast.Call(args=args):
                return _call([value_of(arg) for arg in args])
        return Unknown.ANY

    return value_of(tree)


def truth(value: Abstract) -> bool | None:
    """Whether a condition with this value holds; None for perhaps."""
    if isinstance(value, Known):
        return bool(value.value)
    return False if value in NOTHING else None


def _note(node: ast.expr, value: Abstract, on_unset: Callable[[str], None]) -> None:
    if isinstance(node, ast.Name) and value is Unknown.UNSET:
        on_unset(node.id)


def _tuple(items: list[Abstract]) -> Abstract:
    if all(isinstance(item, Known) for item in items):
        return Known(tuple(item.value for item in items if isinstance(item, Known)))
    return Unknown.SOME


def _not(value: Abstract) -> Abstract:
    held = truth(value)
    return Unknown.SOME if held is None else Known(not held)


def _bool(all_of: bool, values: Any) -> Abstract:
    perhaps = False
    for value in values:
        held = truth(value)
        if held is not None and held is not all_of:
            return Known(held)
        perhaps = perhaps or held is None
    return Unknown.SOME if perhaps else Known(all_of)


def _compare(operator: ast.cmpop, left: Abstract, right: Abstract) -> Abstract:
    if isinstance(left, Known) and isinstance(right, Known):
        try:
            return Known(ORDERING[type(operator)](left.value, right.value))
        except TypeError:
            return Known(False)
    if Unknown.ANY in (left, right):
        return Unknown.SOME
    nothing = (left in NOTHING, right in NOTHING)
    match operator:
        case ast.Eq() if any(nothing):
            return Known(all(nothing))
        case ast.NotEq() if any(nothing):
            return Known(not all(nothing))
        case ast.In() | ast.NotIn() if nothing[0] and not nothing[1]:
            return Known(isinstance(operator, ast.NotIn))
        case _ if any(nothing):
            return Known(False)  # nothing is neither less nor more than anything
    return Unknown.SOME


def _call(args: list[Abstract]) -> Abstract:
    if any(arg in NOTHING for arg in args):
        return Unknown.NONE
    return Unknown.ANY if Unknown.ANY in args else Unknown.SOME
