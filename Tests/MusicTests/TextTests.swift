import Music
import Testing

struct TextTests {
  @Test(
    arguments: [
      // "Für Elise" in UTF-8 and in Latin-1.
      ([0x46, 0xC3, 0xBC, 0x72, 0x20, 0x45, 0x6C, 0x69, 0x73, 0x65], "Für Elise"),
      ([0x46, 0xFC, 0x72, 0x20, 0x45, 0x6C, 0x69, 0x73, 0x65], "Für Elise"),
      // "Prélude" in Latin-1, whose é and l look like a kanji of Shift-JIS.
      ([0x50, 0x72, 0xE9, 0x6C, 0x75, 0x64, 0x65], "Prélude"),
      // "Don’t" in Windows-1252, whose ’ and t do too.
      ([0x44, 0x6F, 0x6E, 0x92, 0x74], "Don’t"),
      // "ピアノ" and "日本" in Shift-JIS, and "ﾋﾟｱﾉ" in half-width kana.
      ([0x83, 0x73, 0x83, 0x41, 0x83, 0x6D], "ピアノ"),
      ([0x93, 0xFA, 0x96, 0x7B], "日本"),
      ([0xCB, 0xDF, 0xB1, 0xC9], "ﾋﾟｱﾉ"),
      ([], ""),
    ] as [([UInt8], String)])
  func `texts are decoded by what their bytes can be`(bytes: [UInt8], text: String) {
    #expect(String(midiText: bytes[...]) == text)
  }
}
