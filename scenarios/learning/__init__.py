"""Learning from history: what the bundled figures can and cannot say about past events."""

from scenarios.learning.learned import Learned, learned, learned_about, learned_for

__all__ = ["Learned", "learned", "learned_about", "learned_for"]
