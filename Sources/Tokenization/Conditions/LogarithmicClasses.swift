import Foundation

/// Classes of one width on a logarithmic scale, each called by the number in its middle.
struct LogarithmicClasses {
  private let middle: Double
  private let perOctave: Double
  private let places: ClosedRange<Int>
  /// How many digits stand behind the point of a name.
  private let digits: Int

  /// Quarter notes a minute, four classes to each doubling: 60, 71, 85, 101, 120 and so on.
  static let tempo = LogarithmicClasses(
    middle: 120, perOctave: 4, places: -12...12, digits: 0)
  /// Notes a second, two classes to each doubling: 2, 2.8, 4, 5.7 and so on.
  static let density = LogarithmicClasses(
    middle: 4, perOctave: 2, places: -8...10, digits: 1)

  /// The name of a number's class; what lies beyond the last is of the last.
  func name(of value: Double) -> String { name(place(of: value)) }

  /// The names of the classes that some numbers are of, rising.
  func names(of values: [Double]) -> [String] {
    Set(values.map(place)).sorted().map { name($0) }
  }

  private func place(of value: Double) -> Int {
    let place = (log2(max(value, 1e-9) / middle) * perOctave).rounded()
    return Int(max(Double(places.lowerBound), min(Double(places.upperBound), place)))
  }

  private func name(_ place: Int) -> String {
    let value = middle * exp2(Double(place) / perOctave)
    guard digits > 0 else { return "\(Int(value.rounded()))" }
    let tenths = Int((value * 10).rounded())
    return tenths % 10 == 0 ? "\(tenths / 10)" : "\(tenths / 10).\(tenths % 10)"
  }
}
