import Testing

@testable import Studio

struct PieceRecordTests {
  @Test(arguments: [
    ("Air", "Air"), ("  two\nlines\t", "two lines"), ("a\u{202E}b\u{0}c", "abc"),
    ("Ünïcödé 🎹", "Ünïcödé 🎹"),
  ])
  func `a name is kept without what is not seen`(text: String, name: String) {
    #expect(PieceRecord.cleanName(text) == name)
  }

  @Test func `nothing is no name, and a long one is cut`() {
    #expect(PieceRecord.cleanName(" \u{7}\n") == nil)
    #expect(PieceRecord.cleanName(String(repeating: "x", count: 5000))?.count == 120)
  }
}
