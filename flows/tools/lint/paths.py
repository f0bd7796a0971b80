"""The rules of what happens on the paths: values, red flags, consent (E5, E7, E9, E10, W4, W5)."""

from collections.abc import Iterator

from flows.model import Branch, End
from flows.tools.lint.conditions import is_told, saved_by
from flows.tools.lint.content import Content
from flows.tools.lint.problem import Problem
from flows.tools.lint.walk import MAX_STATES, Walked, Way


def dead_arms(content: Content, walked: Walked) -> Iterator[Problem]:
    """E5: an arm of a branch that no path takes."""
    if walked.cut:
        return  # not all paths were seen
    for flow in content.flows.values():
        for node in flow.nodes.values():
            place = (flow.id, node.id)
            if not isinstance(node, Branch) or place not in walked.nodes - content.stand_ins:
                continue
            for index, (condition, _) in enumerate(node.arms):
                if condition is None or (place, index) in walked.arms:
                    continue
                if not is_told(content, flow, condition):
                    path = [node.id, "branch", str(index)]
                    message = f"no answers lead into the arm {condition!r}"
                    mend = "An arm above takes them all, or they do not come here: remove it."
                    yield content.problem("E5", flow.id, path, message, mend)


def inserted_without_value(content: Content, walked: Walked) -> Iterator[Problem]:
    """E7: a text that inserts a value which some path has not got."""
    for ((flow, node), name), way in walked.unset.items():
        if name in saved_by(content.flows[flow]):
            message = f"inserts {{{name}}}, which has no value {_after(way)}"
            mend = "Branch before this text: `when` a condition that reads it."
            yield content.problem("E7", flow, [node], message, mend)


def compared_before_asked(content: Content, walked: Walked) -> Iterator[Problem]:
    """E7: "not" about an answer that some path has not asked for."""
    for ((flow, node), name), way in walked.unasked.items():
        if name in saved_by(content.flows[flow]):
            message = f'says "not" of {name!r}, which was never asked {_after(way)}'
            mend = "Name the answers that you mean: `in ('a', 'b')`."
            yield content.problem("E7", flow, [node], message, mend)


def red_without_help(content: Content, walked: Walked) -> Iterator[Problem]:
    """E9: a red flag whose path ends without a lawyer or a number to call."""
    for (flow, node), ((end_flow, end), way) in walked.unhelped.items():
        where = end if end_flow == flow else f"{end_flow}.{end}"
        path = f"the path {way}" if way.steps else "every path"
        message = (
            f"raises a red flag; {path} ends at {where!r} without a lawyer or a number to call"
        )
        mend = "Lead it to `run: lawyer`, `escalate`, or a text with `hotlines`."
        yield content.problem("E9", flow, [node], message, mend)


def personal_without_consent(content: Content, walked: Walked) -> Iterator[Problem]:
    """E10: a question about who somebody is, before that person agreed to anything."""
    for (flow, node), way in walked.personal.items():
        message = f"asks for personal data without a consent {_after(way)}"
        mend = "Ask first, with an answer that has `consent`; or do not ask."
        yield content.problem("E10", flow, [node], message, mend)


def too_many_paths(content: Content, walked: Walked) -> Iterator[Problem]:
    """W4: a flow whose paths could not all be followed, so that other rules may miss something."""
    for flow in sorted(walked.cut):
        message = f"has more than {MAX_STATES} different paths; not all of them were checked"
        yield content.problem("W4", flow, ["start"], message, "Split it into two flows.")


def untested_outcomes(content: Content) -> Iterator[Problem]:
    """W5: an outcome that no scripted conversation comes to."""
    for flow in content.flows.values():
        for node in flow.nodes.values():
            if isinstance(node, End) and (flow.id, node.outcome) not in content.tested:
                if (flow.id, node.id) in content.stand_ins:
                    continue
                message = f"no test ends with the outcome {node.outcome!r}"
                mend = f"Play one: `hamrah flows chat {flow.id} --save`."
                yield content.problem("W5", flow.id, [node.id], message, mend)


def _after(way: Way) -> str:
    return f"after {way}" if way.steps else "from the start"
