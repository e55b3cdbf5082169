"""Plans for a race: which tyres, from which lap."""

from f1lab.strategy.plans import Plan, Stint, best_plan, driven_plan

__all__ = ["Plan", "Stint", "best_plan", "driven_plan"]
