"""The distillation workshop: from a teacher to a measured, quantized student. Nothing is built here yet."""
