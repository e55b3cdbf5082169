"""The lap-time model: priors measured on real races, a fit per race, a posterior."""

from f1lab.racemodel.model import Diagnostic, RaceModel
from f1lab.racemodel.priors import Priors, load_priors

__all__ = ["Diagnostic", "Priors", "RaceModel", "load_priors"]
