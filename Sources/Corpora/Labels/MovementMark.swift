import FileStorage
import Reproducibility

/// A text at the beginning of a MIDI file that tells of which work the piece is a movement.
///
/// Movements that are pieces of their own are by it learned from together, or held out.
public struct MovementMark: Hashable, Sendable {
  /// Sixteen hexadecimal digits, the same for all movements of a work.
  public let work: String

  /// Marks the movements of a work.
  ///
  /// - Parameter bytes: the file of the whole work.
  public init(ofWork bytes: [UInt8]) {
    var hash = StableHash()
    hash.combine(bytes)
    work = hash.value.hexadecimal
  }

  /// The text that stands in a movement's file.
  ///
  /// - Parameters:
  ///   - number: which movement it is, from 1.
  ///   - count: how many movements the work has.
  /// - Returns: such as `musegen: movement 2 of 4 of work 0123456789abcdef`.
  public func text(ofMovement number: Int, of count: Int) -> String {
    "musegen: movement \(number) of \(count) of work \(work)"
  }

  /// What every mark begins with.
  private static let beginning = Array("musegen: movement ".utf8)
  /// The mark stands before all music, behind the piece's title at most.
  private static let bytesRead = 4_096
  /// More characters than this no mark has.
  private static let longest = 100

  /// The works of which a piece's file says that it is a movement: one, or none.
  ///
  /// Only files are looked into that are called as movements are, `work-1.mid`: others are too many.
  static func works(of piece: PieceSource) -> [String] {
    guard !piece.isABC, isNumbered(piece.file), fileKind(at: piece.file) == .file,
      let read = try? readBeginning(ofFile: piece.file, count: bytesRead)
    else { return [] }
    return works(in: read.bytes[...])
  }

  /// The same, told by what was read of the file.
  ///
  /// - Parameters:
  ///   - piece: the piece.
  ///   - content: what was read of it.
  /// - Returns: the works; nil where the piece's name tells that there are none, or it may be one tune of a file.
  static func works(of piece: PieceSource, in content: [UInt8]) -> [String]? {
    guard !piece.mayBeABC, isNumbered(piece.file) else { return nil }
    return works(in: content.prefix(bytesRead))
  }

  /// Whether a file's name ends with a hyphen and a number of at most four digits.
  private static func isNumbered(_ path: String) -> Bool {
    let name = pathWithoutExtension(path).utf8
    let digits = name.reversed().prefix { UInt8(ascii: "0")...UInt8(ascii: "9") ~= $0 }.count
    return (1...4).contains(digits) && name.dropLast(digits).last == UInt8(ascii: "-")
  }

  private static func works(in bytes: ArraySlice<UInt8>) -> [String] {
    var works: [String] = []
    var rest = bytes
    while let place = rest.firstIndex(of: beginning[0]) {
      rest = rest[place...]
      if rest.starts(with: beginning) {
        let characters = rest.prefix(longest).prefix { 0x20..<0x7F ~= $0 }
        let text = String(decoding: characters, as: UTF8.self)
        if let match = text.prefixMatch(
          of: /musegen: movement [0-9]+ of [0-9]+ of work ([0-9a-f]{16})/)
        {
          works.append(String(match.1))
        }
      }
      rest = rest.dropFirst()
    }
    return works
  }
}
