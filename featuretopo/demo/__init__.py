"""The main experiment, end to end: six simulated LLMs, their SAEs, and what they share."""

from featuretopo.demo.run import run_demo

__all__ = ["run_demo"]
