import Glibc

/// e to a number.
func exponential(_ value: Double) -> Double { exp(value) }

/// The natural logarithm of a number.
func logarithm(_ value: Double) -> Double { log(value) }
