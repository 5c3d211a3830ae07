#!/usr/bin/env python3
"""Writes paired.json: intervals of paired differences as SciPy has them.

    python3 paired.py > paired.json

`t` are quantiles of Student's distribution. `equal` is the paired t test on losses of pieces of equal length;
`ratio` the interval of a ratio of sums from SciPy's t and NumPy's sums, for pieces of unequal length, and beside
it SciPy's bootstrap over pairs of pieces, which knows nothing of that formula.
"""
import json

import numpy as np
from scipy import stats

generator = np.random.default_rng(5)
quantiles = [[n, float(stats.t.ppf(0.975, n))] for n in (1, 2, 3, 4, 5, 7, 10, 30, 100, 1_000, 100_000)]

first = np.round(generator.normal(100, 20, 12), 3)
second = np.round(first + generator.normal(3, 4, 12), 3)
test = stats.ttest_rel(first, second).confidence_interval(0.95)

units = generator.integers(40, 900, 40)
long_first = np.round(units * generator.normal(1.4, 0.2, 40), 3)
long_second = np.round(long_first + units * generator.normal(0.05, 0.1, 40), 3)
difference = long_first - long_second
value = difference.sum() / units.sum()
residuals = difference - value * units
error = np.sqrt(40 / 39 * (residuals ** 2).sum()) / units.sum()
width = stats.t.ppf(0.975, 39) * error
boot = stats.bootstrap(
    (difference, units.astype(float)), lambda d, u, axis=-1: d.sum(axis) / u.sum(axis), paired=True,
    n_resamples=100_000, method="percentile", vectorized=True, rng=generator).confidence_interval

print(json.dumps({
    "t": quantiles,
    "equal": {"first": first.tolist(), "second": second.tolist(), "low": float(test.low), "high": float(test.high)},
    "ratio": {"first": long_first.tolist(), "second": long_second.tolist(), "units": units.tolist(),
              "value": float(value), "low": float(value - width), "high": float(value + width),
              "bootstrapLow": float(boot.low), "bootstrapHigh": float(boot.high)},
}))
