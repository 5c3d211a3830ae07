import Commands
import TestSupport
import Testing

/// Bars as they are written on the command line.
struct BarRangeTests {
  @Test(
    arguments: [
      ("5-8", 5...8), ("5 - 8", 5...8), ("5–8", 5...8), ("5-8bars", 5...8), ("5-8 bars", 5...8),
      ("bars 5-8", 5...8), ("Bars5-8", 5...8), ("bar 5", 5...5), (" bars 5 ", 5...5),
      ("8bars", 1...8),
      ("8 bars", 1...8), ("1bar", 1...1), ("1-1000000", 1...1_000_000),
    ] as [(String, ClosedRange<Int>)])
  func `bars are spelled in many ways`(text: String, bars: ClosedRange<Int>) {
    #expect(BarRange(text)?.bars == bars)
  }

  @Test(
    arguments: [
      "", "5", "bar", "bars", "5-", "-8", "8-5", "0-3", "bar 0", "5 8", "bars 5 8", "1 2-3",
      "5 8bars",
      "s5", "bar s5", "ba r5", "5..8", "1-1000001", "bar 99999999999999999999",
    ])
  func `what names no bars is none`(text: String) { #expect(BarRange(text) == nil) }

  // Two numbers that were run together would be another bar, and one from 0 would be seconds.
  @Test(
    arguments: [
      ["vary", "--bars", "5 8"], ["vary", "--bars", "s5"], ["edit", "--trim", "bars 5 8"],
      ["edit", "--trim", "0-3"],
    ])
  func `commands take no other bars than those that are written`(arguments: [String]) throws {
    let outcome = try Command().run(arguments + ["C4 D4 E4", "-o", "x.mid"])
    #expect(outcome.code == 64)
    #expect(
      outcome.errors.hasPrefix("musegen: \(arguments[1]) is \"\(arguments[2])\", expected "),
      "\(outcome.errors)")
  }
}
