import Generation
import Testing

struct FormTests {
  @Test func `a form is read as it is written, with either kind of mark`() throws {
    let form = try Form("AA'BA’A′′", sectionBars: 4)
    #expect(form.sections.map(\.letter) == ["A", "A", "B", "A", "A"])
    #expect(form.sections.map(\.variation) == [0, 1, 0, 1, 2])
    #expect(form.bars == 20)
    #expect("\(form)" == "AA'BA'A''")
    #expect(try Form("Z").bars == 8)
  }

  @Test(
    arguments: ["", "'A", "A1", "aab", "A B", "Ä", "B\u{301}", "AB\u{308}A", "A'", "AB'", "BA'A"])
  func `what is no form is refused`(_ text: String) {
    #expect(throws: GenerationError.self) { try Form(text) }
  }

  @Test func `sections have 1 to 1000 bars, and the piece no more than may be asked for`() throws {
    #expect(throws: GenerationError.self) { try Form("A", sectionBars: 0) }
    #expect(throws: GenerationError.self) { try Form("A", sectionBars: 1_001) }
    var settings = GenerationSettings()
    settings.length = .form(try Form(String(repeating: "A", count: 50), sectionBars: 1_000))
    try settings.validate()
    settings.length = .form(try Form(String(repeating: "A", count: 51), sectionBars: 1_000))
    let error = #expect(throws: GenerationError.self) { try settings.validate() }
    #expect(error?.description == "form is 51000 bars long, expected at most 50000")
  }
}
