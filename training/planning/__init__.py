"""What a run will do, decided before it starts: `plan` every choice, `stages` the curriculum and its rows, `spec` what
the torch code follows."""

from training.planning.plan import Plan, make_plan
from training.planning.spec import training_spec
from training.planning.stages import curriculum, stage_rows, validation_share

__all__ = ["Plan", "curriculum", "make_plan", "stage_rows", "training_spec", "validation_share"]
