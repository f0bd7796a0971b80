"""The tiny language of conditions and computations in flow files.

    pay == 'nothing' and months in ('3-9', 'more')
    worst.urgency == 'U1'
    months_after(payday, 12)

Names are saved answers, `today`, `worst.CATEGORY`, `amount.NAME` and OTHER_FLOW.FIELD; functions
are those of flows/compute.py. An expression is checked when its file is loaded; evaluating one
never raises: what is unknown or does not fit together is None, and None is false.
"""

import ast
from collections.abc import Callable, Mapping
from typing import Any

from flows.compute import FUNCTIONS, Calendar

MAX_DEPTH = 30  # of brackets and "not" in each other
Scope = Mapping[str, Any]
Evaluate = Callable[[Scope, Calendar], Any]

# what a value that is not known, or does not fit, raises
UNKNOWN = (TypeError, ValueError, ArithmeticError, AttributeError, KeyError)

# what computing with an answer that is missing or does not fit raises
UNKNOWN = (TypeError, ValueError, ArithmeticError, AttributeError, KeyError)
ORDERING: Mapping[type[ast.cmpop], Callable[[Any, Any], bool]] = {
    ast.Eq: lambda a, b: a == b,
    ast.NotEq: lambda a, b: a != b,
    ast.Lt: lambda a, b: a < b,
    ast.LtE: lambda a, b: a <= b,
    ast.Gt: lambda a, b: a > b,
    ast.GtE: lambda a, b: a >= b,
    ast.In: lambda a, b: a in b,
    ast.NotIn: lambda a, b: a not in b,
}


class BadExpression(ValueError):
    """Says in plain words what is wrong with an expression."""


class Expression:
    """A compiled expression; `names` are the saved answers it reads ("wages.payday" of others)."""

    def __init__(self, source: str) -> None:
        try:
            tree = ast.parse(source.strip(), mode="eval")
        except (SyntaxError, ValueError, MemoryError, RecursionError):
            raise BadExpression(f"cannot be read: {source[:80]!r}") from None
        if _is_deeper_than(tree, MAX_DEPTH):
            raise BadExpression(f"is nested too deeply: {source[:80]!r}")
        self.source = source
        self.names: set[str] = set()
        self._evaluate = self._compile(tree.body)

    def __call__(self, scope: Scope, calendar: Calendar) -> Any:
        try:
            return self._evaluate(scope, calendar)
        except UNKNOWN:
            return None

    def _compile(self, node: ast.expr) -> Evaluate:
        match node:
            case ast.Constant(value=str() | int() | bool() as value):
                return lambda scope, calendar: value
            case ast.Name(id=name):
                self.names.add(name)
                return lambda scope, calendar: scope.get(name)
            case ast.Attribute(value=ast.Name(id=owner), attr=name):
                self.names.add(f"{owner}.{name}")
                return lambda scope, calendar: (scope.get(owner) or {}).get(name)
            case ast.Tuple(elts=items) | ast.List(elts=items):
                parts = [self._compile(item) for item in items]
                return lambda scope, calendar: tuple(part(scope, calendar) for part in parts)
            case ast.BoolOp(op=operator, values=values):
                return self._bool(operator, [self._compile(value) for value in values])
            case ast.UnaryOp(op=ast.Not(), operand=operand):
                inner = self._compile(operand)
                return lambda scope, calendar: not inner(scope, calendar)
            case ast.UnaryOp(op=ast.USub(), operand=ast.Constant(value=int() as number)):
                return lambda scope, calendar: -number
            case ast.Compare(left=left, ops=[operator], comparators=[right]):
                return self._compare(operator, self._compile(left), self._compile(right))
            case ast.Call(func=ast.Name(id=name), args=args, keywords=[]):
                return self._call(name, [self._compile(arg) for arg in args])
        raise BadExpression(f"uses something that is not allowed: {ast.unparse(node)!r}")

    @staticmethod
    def _bool(operator: ast.boolop, parts: list[Evaluate]) -> Evaluate:
        if isinstance(operator, ast.And):
            return lambda scope, calendar: all(part(scope, calendar) for part in parts)
        return lambda scope, calendar: any(part(scope, calendar) for part in parts)

    @staticmethod
    def _compare(operator: ast.cmpop, left: Evaluate, right: Evaluate) -> Evaluate:
        if type(operator) not in ORDERING:
            raise BadExpression("compares in a way that is not allowed")
        compare = ORDERING[type(operator)]

        def evaluate(scope: Scope, calendar: Calendar) -> bool:
            try:
                return compare(left(scope, calendar), right(scope, calendar))
            except UNKNOWN:  # an answer that is not known (yet)
                return False

        return evaluate

    @staticmethod
    def _call(name: str, args: list[Evaluate]) -> Evaluate:
        if name not in FUNCTIONS:
            known = ", ".join(sorted(FUNCTIONS))
            raise BadExpression(f"calls {name!r}, which is not one of: {known}")
        function, arity = FUNCTIONS[name]
        if len(args) != arity:
            raise BadExpression(f"gives {name} {len(args)} values; it takes {arity}")

        def evaluate(scope: Scope, calendar: Calendar) -> Any:
            try:
                return function(calendar, *(arg(scope, calendar) for arg in args))
            except UNKNOWN:
                return None

        return evaluate


def _is_deeper_than(tree: ast.AST, depth: int) -> bool:
    level = [tree]
    for _ in range(depth):
        level = [child for node in level for child in ast.iter_child_nodes(node)]
    return bool(level)
