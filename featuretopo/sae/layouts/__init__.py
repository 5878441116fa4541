"""The layouts that SAEs are written in, one file each: which tensors, and what the codes are."""
