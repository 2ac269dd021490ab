"""The line of idling: what the whole stack costs while there is nothing to do."""

from deploy.bench.against import OURS, cpu_seconds, memory
from deploy.bench.measured.whole_build import idle
from deploy.bench.plan import Plan
from deploy.bench.rounds import Comparison, interleave
from deploy.bench.service_processes import running_services
from deploy.stack.home import Stack


def measure_idle(stack: Stack, plan: Plan) -> list[Comparison]:
    """CPU seconds of a minute without any record, by kind of process, and the memory of the services."""
    with running_services(stack) as services:
        done = interleave(
            plan.rounds_of_pathway, {OURS: lambda: idle(stack, services, 60.0 * plan.size)}, plan.quiet, plan.report
        )[OURS]
    kinds = [None, *done[0]["cpu_s"]]
    return [
        Comparison(f"idle: CPU of {kind or 'the whole stack'}", "s/min", cpu_seconds(OURS, done, kind), None)
        for kind in kinds
    ] + [Comparison("idle: memory of the services", "MB", memory(OURS, done), None)]
