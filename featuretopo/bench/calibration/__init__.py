"""Calibration: which measures are high for what is alike and low for what is not?"""

from featuretopo.bench.calibration.calibrate import Calibrated, Calibration, calibrate
from featuretopo.bench.calibration.families import KINDS, SHARES

__all__ = ["KINDS", "SHARES", "Calibrated", "Calibration", "calibrate"]
