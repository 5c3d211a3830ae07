import Corpora
import FileStorage
import Testing

@Suite struct LabelTableTests {
  private func table(_ text: String, path: String = "labels.csv") throws -> LabelTable {
    try LabelTable(text, path: path)
  }

  private func refused(
    _ reason: LabelError.Reason, line: Int? = nil, by text: String,
    _ location: SourceLocation = #_sourceLocation
  ) {
    #expect(
      throws: LabelError(reason, path: "labels.csv", line: line), sourceLocation: location
    ) { try table(text) }
  }

  @Test(arguments: ["\n", "\r\n", "\r"]) func `a table says several things of each file`(
    end: String
  ) throws {
    let lines = ["style,file,composer", "song, a.mid ,\"Schubert, Franz\"", "", "folk,b.mid,"]
    let table = try table(lines.joined(separator: end))
    #expect(table.columns == ["style", "composer"])
    #expect(table.rows.map(\.file) == ["a.mid", "b.mid"])
    #expect(table.rows.map(\.line) == [2, 4])
    #expect(table[0, "composer"] == "Schubert, Franz")
    #expect(table[1, "composer"] == nil)
    #expect(table[1, "key"] == nil)
    #expect(try table.values(ofColumn: "style") == ["song", "folk"])
  }

  @Test func `quoted fields keep quotation marks, line ends and spaces`() throws {
    let table = try table("\u{FEFF}file,label\n\"a \"\"b\"\".mid\",\" x\ny \" \nc.mid,z\n")
    #expect(table.rows.map(\.file) == ["a \"b\".mid", "c.mid"])
    #expect(table.rows.map(\.line) == [2, 4])
    #expect(table[0, "label"] == " x\ny ")
  }

  @Test func `columns without a name say nothing, however many there are`() throws {
    let table = try table("file,label,,\na.mid,x,,\nb.mid,y,left over,\n")
    #expect(table.columns.first == "label")
    #expect(try table.values(ofColumn: "label") == ["x", "y"])
  }

  @Test func `tabs separate the fields of a table whose name says so`() throws {
    let table = try table("file\tlabel\na, b.mid\tx\n", path: "INDEX.TSV")
    #expect(table.rows.map(\.file) == ["a, b.mid"])
    #expect(table[0, "label"] == "x")
  }

  @Test func `a table that is none is refused with its line`() throws {
    refused(.empty, by: "")
    refused(.empty, by: "\n\n")
    refused(.missingColumn("file", found: ["name", "label"]), line: 1, by: "name,label\na,b\n")
    refused(.repeatedColumn("label"), line: 1, by: "file,label,label\n")
    refused(.fieldCount(found: 3, expected: 2), line: 3, by: "file,label\na,b\na,b,c\n")
    #expect(
      "\(LabelError(.fieldCount(found: 1, expected: 2), path: "t.csv", line: 2))"
        == "t.csv:2: found 1 field, expected 2")
    refused(.emptyField("file"), line: 2, by: "file,label\n,b\n")
    refused(.openQuotes, line: 2, by: "file,label\n\"a,b\nc,d\n")
    refused(.textAfterQuotes, line: 2, by: "file,label\n\"a\"b,c\n")
    #expect(throws: LabelError(.emptyField("label"), path: "labels.csv", line: 3)) {
      try table("file,label\na,b\nc,\n").values(ofColumn: "label")
    }
    #expect(
      throws: LabelError(.missingColumn("label", found: ["style"]), path: "labels.csv", line: 1)
    ) { try table("file,style\na,b\n").values(ofColumn: "label") }
  }

  @Test func `a table that cannot be read says so`() throws {
    let folder = try TemporaryFolder()
    let path = try folder.write("bytes.csv", [0x66, 0xFF])
    #expect(throws: LabelError(.notText, path: path)) { try LabelTable(path: path) }
    #expect(throws: LabelError.self) { try LabelTable(path: folder.path + "/none.csv") }
  }

  @Test func `files count from the named folders, from the table, and by the end of their paths`()
    throws
  {
    let folder = try TemporaryFolder()
    let names = ["music/x/1.mid", "music/y/1.mid", "music/y/deep/2.mid", "other/3.mid"]
    let paths = try names.map { try folder.write($0, []) }
    let pieces = paths.map { PieceSource($0) }
    let table = try LabelTable(
      "file,label\nother/3.mid,c\nx/1.mid,a\ny/1.mid,b\n2.mid,d\n", path: folder.path + "/t.csv")
    #expect(try table.rows(of: pieces, in: [folder.path + "/music"]) == [1, 2, 3, 0])
  }

  @Test func `a book of tunes may be named whole or tune by tune`() throws {
    let folder = try TemporaryFolder()
    let book = try folder.write("book.abc", Array("X:1\nK:C\nC\n\nX:2\nK:C\nD\n".utf8))
    let pieces = [PieceSource(book + "#1"), PieceSource(book + "#2")]
    let whole = try LabelTable("file,label\nbook.abc,a\n", path: folder.path + "/t.csv")
    #expect(try whole.rows(of: pieces) == [0, 0])
    let single = try LabelTable("file,label\nbook.abc#2,a\n", path: folder.path + "/t.csv")
    #expect(try single.rows(of: pieces) == [nil, 0])
  }

  @Test func `rows that name no piece, two pieces or a piece again are refused`() throws {
    let folder = try TemporaryFolder()
    let paths = try ["x/1.mid", "y/1.mid"].map { try folder.write($0, []) }
    let pieces = paths.map { PieceSource($0) }
    func refused(_ reason: LabelError.Reason, line: Int, by rows: String) {
      let path = folder.path + "/t.csv"
      #expect(throws: LabelError(reason, path: path, line: line)) {
        try LabelTable("file,label\n" + rows, path: path).rows(of: pieces, in: [folder.path])
      }
    }
    refused(.unknownFile("z/1.mid"), line: 3, by: "x/1.mid,a\nz/1.mid,b\n")
    refused(.severalPieces("1.mid", paths.sorted()), line: 2, by: "1.mid,a\n")
    refused(
      .repeatedFile("./x/1.mid", firstLine: 2), line: 4, by: "x/1.mid,a\ny/1.mid,a\n./x/1.mid,b\n")
  }

  @Test(.timeLimit(.minutes(1)))
  func `thousands of files of one name are soon told apart by what stands before it`() throws {
    let count = 8_000
    let pieces = (0..<count).map { PieceSource("/music/\($0)/score.mid") }
    // Neither the table's folder nor one that was named tells where they are.
    let rows = (0..<count).reversed().map { "\($0)/score.mid,a\n" }
    let table = try LabelTable("file,label\n" + rows.joined(), path: "/elsewhere/t.csv")
    let expected: [Int?] = (0..<count).map { count - 1 - $0 }
    #expect(try table.rows(of: pieces) == expected)
  }

  @Test func `a row may speak of a file that is none of the pieces`() throws {
    let folder = try TemporaryFolder()
    let piece = try folder.write("x/1.mid", [])
    _ = try folder.write("x/2.mid", [])
    let table = try LabelTable("file,label\nx/2.mid,a\n", path: folder.path + "/t.csv")
    #expect(try table.rows(of: [PieceSource(piece)]) == [nil])
  }
}
