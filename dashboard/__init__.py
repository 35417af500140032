"""The planner's app: Streamlit pages over the engine."""
