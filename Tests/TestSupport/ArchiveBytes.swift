/// Archives made by hand, byte by byte, as no honest program makes them.
public enum ArchiveBytes {
  /// An entry of an archive.
  public struct Entry: Sendable {
    public var name: String
    public var content: [UInt8]
    /// What it is in a tar archive: `0` a file, `1` a hard link, `2` a symbolic link, `5` a folder.
    public var kind: Character
    public var target: String

    public init(
      _ name: String, _ content: [UInt8] = [], kind: Character = "0", target: String = ""
    ) {
      self.name = name
      self.content = content
      self.kind = kind
      self.target = target
    }
  }

  /// A tar archive.
  ///
  /// Reference: POSIX.1-1988, ustar interchange format.
  public static func tar(_ entries: [Entry]) -> [UInt8] {
    var bytes: [UInt8] = []
    for entry in entries {
      func octal(_ value: Int, _ width: Int) -> [UInt8] {
        let digits = String(value, radix: 8)
        return Array(String(repeating: "0", count: width - 1 - digits.count).utf8)
          + Array(digits.utf8) + [0]
      }
      func field(_ text: String, _ width: Int) -> [UInt8] {
        Array((Array(text.utf8) + [UInt8](repeating: 0, count: width)).prefix(width))
      }
      let size = entry.kind == "0" ? entry.content.count : 0
      let before =
        field(entry.name, 100) + octal(0o644, 8) + octal(0, 8) + octal(0, 8) + octal(size, 12)
        + octal(0, 12)
      let after =
        Array(String(entry.kind).utf8) + field(entry.target, 100) + Array("ustar\0".utf8)
        + Array("00".utf8) + [UInt8](repeating: 0, count: 247)
      let blank = before + [UInt8](repeating: 0x20, count: 8) + after
      let sum = blank.reduce(0) { $0 + Int($1) }
      bytes += before + octal(sum, 7) + [0x20] + after
      bytes += entry.content.prefix(size)
      bytes += [UInt8](repeating: 0, count: (512 - size % 512) % 512)
    }
    return bytes + [UInt8](repeating: 0, count: 1024)
  }

  /// A zip archive without compression.
  ///
  /// Reference: PKWARE, APPNOTE.TXT 6.3.10, sections 4.3.7, 4.3.12 and 4.3.16.
  public static func zip(_ entries: [Entry]) -> [UInt8] {
    var bytes: [UInt8] = []
    var directory: [UInt8] = []
    func number(_ value: Int, _ width: Int) -> [UInt8] {
      (0..<width).map { UInt8(truncatingIfNeeded: value >> (8 * $0)) }
    }
    for entry in entries {
      let content = entry.kind == "2" ? Array(entry.target.utf8) : entry.content
      let name = Array(entry.name.utf8)
      // Version, bit 11 for names in UTF-8, stored, no date.
      let common =
        number(20, 2) + number(0x800, 2) + number(0, 2) + number(0, 4)
        + number(Int(crc32(content)), 4) + number(content.count, 4) + number(content.count, 4)
        + number(name.count, 2) + number(0, 2)
      let mode = entry.kind == "2" ? 0o120777 : 0o100644
      directory +=
        number(0x0201_4B50, 4) + number(3 << 8 | 20, 2) + common + number(0, 6)
        + number(mode << 16, 4) + number(bytes.count, 4) + name
      bytes += number(0x0403_4B50, 4) + common + name + content
    }
    let end =
      number(0x0605_4B50, 4) + number(0, 4) + number(entries.count, 2) + number(entries.count, 2)
      + number(directory.count, 4) + number(bytes.count, 4) + number(0, 2)
    return bytes + directory + end
  }

  private static func crc32(_ bytes: [UInt8]) -> UInt32 {
    var crc = ~UInt32(0)
    for byte in bytes {
      crc ^= UInt32(byte)
      for _ in 0..<8 { crc = crc & 1 == 1 ? crc >> 1 ^ 0xEDB8_8320 : crc >> 1 }
    }
    return ~crc
  }
}
