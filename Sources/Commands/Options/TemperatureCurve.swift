import ArgumentParser

/// A temperature on the command line, `0.9`, or where it starts and ends, `0.7:1.1`.
struct TemperatureCurve: ExpressibleByArgument, CustomStringConvertible {
  var start: Float
  var end: Float?

  init(start: Float, end: Float?) {
    self.start = start
    self.end = end
  }

  init?(argument: String) {
    let parts = argument.split(separator: ":", omittingEmptySubsequences: false).map { Float($0) }
    guard parts.count <= 2, let first = parts[0] else { return nil }
    start = first
    if parts.count == 2 {
      guard let last = parts[1] else { return nil }
      end = last
    }
  }

  /// Whether it is 0 from start to end.
  var isZero: Bool { start == 0 && end ?? 0 == 0 }

  var description: String { end.map { "\(start):\($0)" } ?? "\(start)" }
  var defaultValueDescription: String { description }
}
