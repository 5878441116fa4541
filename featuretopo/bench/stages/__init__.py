"""The stages of a cell, one file each: parameters and inputs in, arrays and a result out."""
