"""The voices of a recording with two channels: one, if both heard the same, or one for each. Pure.

Two channels of one room are added, the second turned over where it is in opposite phase, so that nothing cancels. Two
people with a channel each are heard one by one: when both talk, their sum is no speech that a model knows.
Not covered: telling people apart on one channel.
"""

import numpy as np

from ingest.readers.voice.sound import RATE, Samples

_SILENT = 1e-3  # a channel that is weaker by this factor (-60 dB) than the other holds nothing
_ALIKE = 0.35  # two people reach 0.25, one person before two microphones 0.6
_STEP = 2  # every second pair of samples is enough to tell
_LAG = 24  # such steps that sound may reach one microphone later: 3 ms, 1 m


def voices(samples: Samples) -> tuple[Samples, ...]:
    """One or two arrays [n] of what ``samples`` [channels, n] hold."""
    if len(samples) == 1 or samples.shape[1] == 0:
        return (samples[0],)
    left, right = samples
    levels = [float(np.sqrt(np.mean(np.square(channel)))) for channel in samples]
    if min(levels) <= _SILENT * max(levels):
        return (left if levels[0] >= levels[1] else right,)
    alike = _likeness(left, right)
    if abs(alike) < _ALIKE:
        return (left, right)
    return ((left + np.copysign(np.float32(1), alike) * right) / 2,)


def _likeness(left: Samples, right: Samples) -> float:
    """From -1 (opposite phase) to 1: their correlation, second by second, weighted by how loud both are together."""
    a, b = (_coarse(channel) for channel in (left, right))
    power = np.sqrt(np.sum(np.square(a), axis=1) * np.sum(np.square(b), axis=1))
    inner = a[:, _LAG:-_LAG]
    width = inner.shape[1]
    best = np.zeros(len(a), np.float32)
    for lag in range(2 * _LAG + 1):
        found = np.einsum("ij,ij->i", inner, b[:, lag : lag + width])
        best = np.where(np.abs(found) > np.abs(best), found, best)
    total = float(power.sum())
    sizes = float(np.abs(best).sum()) / total if total > 0 else 1.0
    return float(np.copysign(sizes, best.sum()))


def _coarse(channel: Samples) -> Samples:
    """At half the rate, [seconds, samples]; what is left of the last second is filled with silence."""
    pairs = channel[: len(channel) // _STEP * _STEP].reshape(-1, _STEP).mean(axis=1)
    rate = RATE // _STEP
    return np.pad(pairs, (0, -len(pairs) % rate)).reshape(-1, rate)
