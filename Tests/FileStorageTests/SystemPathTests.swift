import FileStorage
import Glibc
import Testing

@Suite struct SystemPathTests {
  @Test func `any bytes can be a name, and come back as they were`() {
    for byte in UInt8.min...UInt8.max {
      let name = [UInt8(ascii: "a"), byte, UInt8(ascii: "b")]
      #expect(String(systemPath: name).systemPath == name)
    }
    for name: [UInt8] in [
      [0xC3], [0xC3, 0xC3, 0xA9], [0xE2, 0x82], [0xED, 0xA0, 0x80], [0xC0, 0xAF], [0xFF, 0xFE],
      // U+10FEFC, which stands for the byte 0xFC in other names, and a part of it.
      [0xF4, 0x8F, 0xBB, 0xBC], [0xF4, 0x8F, 0xBB], [0xF4, 0x90, 0x80, 0x80],
    ] {
      #expect(String(systemPath: name).systemPath == name)
    }
  }

  @Test func `two names never give one text`() {
    let names: [[UInt8]] = [
      [0xFC], [0xF4, 0x8F, 0xBB, 0xBC], Array("ü".utf8), Array("u\u{308}".utf8),
    ]
    for (index, name) in names.enumerated() {
      for other in names[..<index] {
        #expect(!String(systemPath: name).utf8.elementsEqual(String(systemPath: other).utf8))
      }
    }
  }

  @Test func `a name in UTF-8 is its text`() {
    #expect(String(systemPath: Array("Dvořák 🎻.mid".utf8)) == "Dvořák 🎻.mid")
    #expect("Dvořák".systemPath == Array("Dvořák".utf8))
  }

  @Test func `what is shown steers no terminal`() {
    #expect(String(systemPath: Array("Dvo".utf8) + [0xF8, 0xE1]).displayed == "Dvo\\xf8\\xe1")
    #expect("two\nlines\t\u{1B}[31m\u{7F}".displayed == "two\\x0alines\\x09\\x1b[31m\\x7f")
    #expect(
      "\u{85}\u{9B}\u{202E}x\u{2028}\u{2066}".displayed
        == "\\u{85}\\u{9b}\\u{202e}x\\u{2028}\\u{2066}")
    #expect("Dvořák 👩‍🎤 \r\n".displayed == "Dvořák 👩‍🎤 \\x0d\\x0a")
  }
}
