/// A cyclic redundancy check of 32 bits, the lowest bit of each byte first.
public struct CyclicRedundancyCheck: Sendable {
  /// By what bytes are divided, its highest power at the lowest bit.
  public enum Polynomial: Sendable {
    /// That of ISO 3309, as in zlib and PNG.
    case iso3309
    /// Castagnoli's, as in iSCSI (RFC 3720) and TFRecord.
    case castagnoli
  }

  private static let tables = [table(0xEDB8_8320), table(0x82F6_3B78)]

  private let table: [UInt32]
  private var state: UInt32 = .max

  /// Creates the check of no bytes.
  public init(_ polynomial: Polynomial) {
    table = Self.tables[polynomial == .iso3309 ? 0 : 1]
  }

  /// The check of all bytes so far.
  public var value: UInt32 { ~state }

  /// Takes in bytes, one after the other.
  public mutating func update(_ bytes: ArraySlice<UInt8>) {
    let table = table
    var state = state
    for byte in bytes {
      state = table[Int((state ^ UInt32(byte)) & 0xFF)] ^ (state >> 8)
    }
    self.state = state
  }

  private static func table(_ polynomial: UInt32) -> [UInt32] {
    (0..<256).map { index in
      (0..<8).reduce(UInt32(index)) { value, _ in
        value & 1 == 1 ? polynomial ^ (value >> 1) : value >> 1
      }
    }
  }
}
