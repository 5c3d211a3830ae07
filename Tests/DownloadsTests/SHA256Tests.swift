import Downloads
import Testing

struct SHA256Tests {
  /// FIPS 180-4's examples, as NIST publishes them, and the empty message.
  @Test(arguments: [
    ("", "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"),
    ("abc", "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"),
    (
      "abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq",
      "248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1"
    ),
  ])
  func `known messages have their known checksums`(_ message: String, _ expected: String) {
    var checksum = SHA256()
    checksum.update(Array(message.utf8)[...])
    #expect(checksum.hexadecimal == expected)
  }

  @Test func `a million letters have the known checksum, in pieces of any size`() {
    for size in [1, 63, 64, 65, 1000] {
      var checksum = SHA256()
      let piece = [UInt8](repeating: UInt8(ascii: "a"), count: size)
      for _ in 0..<(1_000_000 / size) { checksum.update(piece[...]) }
      checksum.update(piece.prefix(1_000_000 % size))
      #expect(
        checksum.hexadecimal == "cdc76e5c9914fb9281a1c7e284d73e67f1809a48a497200e046d39ccc7112cd0",
        "\(size)")
    }
  }
}
