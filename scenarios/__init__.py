"""Policy levers, their cited effects, and scenarios compared on shared futures."""
