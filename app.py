"""The planner's app: page configuration and navigation, nothing else."""
