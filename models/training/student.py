"""Student's t with an even number of degrees of freedom, in closed form (Abramowitz and Stegun 26.7.4)."""

from math import comb, exp, lgamma, pi, sqrt

import numpy as np


def cdf(z, nu: int):
    """1/2 + s/2 · Σ C(2k, k) / 4^k · c^k, k < nu/2, with s = z / √(nu + z²) and c = nu / (nu + z²)."""
    wide = z * z + nu
    c = nu / wide
    return 0.5 + z / np.sqrt(wide) * 0.5 * polynomial(c, nu)


def polynomial(c, nu: int):
    """Horner's scheme, so that few nodes are needed."""
    coefficients = [comb(2 * k, k) / 4**k for k in range(nu // 2)]
    value = c * 0.0 + coefficients[-1]
    for coefficient in reversed(coefficients[:-1]):
        value = c * value + coefficient
    return value


def pdf(z: np.ndarray, nu: int) -> np.ndarray:
    constant = exp(lgamma((nu + 1) / 2) - lgamma(nu / 2)) / sqrt(nu * pi)
    return constant * (1 + z * z / nu) ** (-(nu + 1) / 2)
