/// A length of time in whole notes, exact.
struct WholeNotes: Hashable, Comparable, CustomStringConvertible {
  let numerator: Int
  let denominator: Int

  static let zero = WholeNotes(0, 1)

  init(_ numerator: Int, _ denominator: Int) {
    precondition(denominator > 0, "a length has a positive denominator")
    var (a, b) = (abs(numerator), denominator)
    while b != 0 { (a, b) = (b, a % b) }
    self.numerator = numerator / max(a, 1)
    self.denominator = denominator / max(a, 1)
  }

  var description: String { "\(numerator)/\(denominator)" }

  static func + (a: WholeNotes, b: WholeNotes) -> WholeNotes {
    WholeNotes(
      a.numerator * b.denominator + b.numerator * a.denominator, a.denominator * b.denominator)
  }

  static func * (a: WholeNotes, b: WholeNotes) -> WholeNotes {
    WholeNotes(a.numerator * b.numerator, a.denominator * b.denominator)
  }

  static func < (a: WholeNotes, b: WholeNotes) -> Bool {
    a.numerator * b.denominator < b.numerator * a.denominator
  }
}
