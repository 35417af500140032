"""The planner's app: page configuration and navigation, nothing else."""

from dashboard.frame import run

run()
