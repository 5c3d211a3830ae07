import Archives
import FileStorage
import Foundation
import TestSupport
import Testing

/// Archives, good and hostile.
struct UnpackArchiveTests {
  typealias Entry = ArchiveBytes.Entry
  let folder = NSTemporaryDirectory() + "musegen-\(UUID().uuidString)"
  var archive: String { folder + "/archive" }
  var target: String { folder + "/out" }

  func unpack(
    _ bytes: [UInt8], limits: UnpackingLimits = UnpackingLimits()
  ) throws -> UnpackingReport {
    try createFolder(at: folder)
    try writeFile(bytes, at: archive)
    var output = try AtomicFolder(path: target)
    let report = try unpackArchive(at: archive, into: &output, limits: limits) {
      !$0.hasSuffix(".exe")
    }
    try output.commit()
    return report
  }

  /// Nothing but the archive is there, neither under the target's name nor under a temporary one.
  func expectNothing(sourceLocation: SourceLocation = #_sourceLocation) throws {
    #expect(try listFolder(at: folder) == ["archive"], sourceLocation: sourceLocation)
  }

  @Test(arguments: ["tar", "tar.gz", "zip"])
  func `files arrive with their folders and their names in any script`(format: String) throws {
    defer { try? removeFolder(at: folder) }
    let entries = [
      Entry("set/", kind: "5"), Entry("set/a.mid", [1, 2, 3]), Entry("./set//b/./c.mid", [4]),
      Entry("set/Frédéric — 夜.mid", [5]), Entry("set/virus.exe", [6]),
      Entry("Part 1:/d..e.mid", [7]),
    ]
    let plain =
      format == "zip"
      ? ArchiveBytes.zip(entries.filter { $0.kind == "0" }) : ArchiveBytes.tar(entries)
    let report = try unpack(format == "tar.gz" ? try gzip(plain) : plain)
    #expect(report.files == 4)
    #expect(report.bytes == 6)
    #expect(report.skipped == 1)
    #expect(try readFile(at: target + "/set/a.mid") == [1, 2, 3])
    #expect(try readFile(at: target + "/set/b/c.mid") == [4])
    #expect(try readFile(at: target + "/Part 1:/d..e.mid") == [7])
    #expect(try readFile(at: target + "/set/Frédéric — 夜.mid") == [5])
  }

  @Test(arguments: [
    "../out.mid", "a/../../out.mid", "/tmp/out.mid", "..\\out.mid", "C:\\out.mid", "a/..",
    "\\\\server\\out.mid", "./C:/out.mid", "../\u{301}out.mid",
    "a/../\u{301}b/../../\u{301}out.mid",
  ])
  func `a name that leads out of the folder condemns the archive`(name: String) throws {
    defer { try? removeFolder(at: folder) }
    // libarchive itself takes the backslashes of a .zip for slashes.
    for (bytes, entry) in [
      (ArchiveBytes.tar([Entry("good.mid", [1]), Entry(name, [2])]), name),
      (
        ArchiveBytes.zip([Entry("good.mid", [1]), Entry(name, [2])]),
        name.replacing("\\", with: "/")
      ),
    ] {
      #expect(throws: ArchiveError(.leadsOutside(entry: entry), path: archive)) {
        try unpack(bytes)
      }
      try expectNothing()
    }
  }

  @Test func `a name that becomes a drive's is one`() throws {
    defer { try? removeFolder(at: folder) }
    #expect(throws: ArchiveError(.leadsOutside(entry: "_:/out.mid"), path: archive)) {
      try unpack(ArchiveBytes.tar([Entry("\u{6DD}:/out.mid", [1])]))
    }
  }

  @Test func `links and devices are left out, and nothing is written through them`() throws {
    defer { try? removeFolder(at: folder) }
    let outside = folder + "/outside"
    try createFolder(at: outside)
    try writeFile([9], at: outside + "/secret")
    let entries = [
      Entry("link", kind: "2", target: outside), Entry("link/new.mid", [1]),
      Entry("hard.mid", kind: "1", target: outside + "/secret"),
      Entry("device", kind: "3"), Entry("pipe", kind: "6"), Entry("good.mid", [2]),
    ]
    let report = try unpack(ArchiveBytes.tar(entries))
    #expect(report.files == 2)
    #expect(report.skipped == 4)
    #expect(try listFolder(at: outside) == ["secret"])
    #expect(try readFile(at: target + "/link/new.mid") == [1])
    #expect(try listFolder(at: target) == ["good.mid", "link"])

    try removeFolder(at: target)
    let zipped = try unpack(
      ArchiveBytes.zip([
        Entry("link", kind: "2", target: outside), Entry("link/new.mid", [1]),
      ]))
    #expect(zipped.files == 1)
    #expect(zipped.skipped == 1)
    #expect(try listFolder(at: outside) == ["secret"])
  }

  @Test func `a name that is no text arrives as it is`() throws {
    defer { try? removeFolder(at: folder) }
    // Latin-1, as old archives have it. The head of an entry in a tar archive is a sum of bytes: what one
    // byte of the name has more, the other has less.
    var bytes = ArchiveBytes.tar([Entry("M\u{7F}\u{7F}ller.mid", [1])])
    bytes.replaceSubrange(1..<3, with: [0xFC, 0x02])
    _ = try unpack(bytes)
    #expect(
      try listFolder(at: target).map(\.systemPath)
        == [Array("M".utf8) + [0xFC] + Array("_ller.mid".utf8)])
  }

  @Test func `control characters do not reach the disk's names`() throws {
    defer { try? removeFolder(at: folder) }
    _ = try unpack(ArchiveBytes.tar([Entry("a\u{1B}[2J\u{202E}.mid", [1])]))
    #expect(try listFolder(at: target) == ["a_[2J_.mid"])
  }

  @Test func `names that cannot be are left out, twins replace each other`() throws {
    defer { try? removeFolder(at: folder) }
    let long = String(repeating: "n", count: 90)
    let report = try unpack(
      ArchiveBytes.zip([
        Entry("a", [1]), Entry("a/b", [2]), Entry("c/d", [3]), Entry("c", [4]),
        Entry(long + long + long, [5]), Entry("twin", [6]), Entry("twin", [7]),
      ]))
    #expect(report.files == 3)
    #expect(report.skipped == 4)
    #expect(try listFolder(at: target) == ["a", "c", "twin"])
    #expect(try readFile(at: target + "/twin") == [7])
  }

  @Test func `a bomb is not unpacked`() throws {
    defer { try? removeFolder(at: folder) }
    let zeros = [UInt8](repeating: 0, count: 30 << 20)
    for name in ["zeros.mid", "zeros.exe"] {
      #expect(
        throws: ArchiveError(.bomb("unpacks to more than 100 times its size"), path: archive)
      ) {
        try unpack(try gzip(ArchiveBytes.tar([Entry(name, zeros)])))
      }
      try expectNothing()
    }
  }

  @Test func `too many entries, too many bytes and too large a file are too much`() throws {
    defer { try? removeFolder(at: folder) }
    var limits = UnpackingLimits()
    limits.entries = 3
    let four = (0..<4).map { Entry("\($0).mid", [UInt8](repeating: 1, count: 100)) }
    #expect(throws: ArchiveError(.bomb("more than 3 entries"), path: archive)) {
      try unpack(ArchiveBytes.tar(four), limits: limits)
    }
    limits = UnpackingLimits()
    limits.bytes = 399
    #expect(throws: ArchiveError(.bomb("more than 399 bytes unpacked"), path: archive)) {
      try unpack(ArchiveBytes.tar(four), limits: limits)
    }
    try expectNothing()
    limits = UnpackingLimits()
    limits.fileBytes = 99
    #expect(try unpack(ArchiveBytes.tar(four), limits: limits).skipped == 4)
  }

  @Test func `what is damaged, cut short or no archive is refused`() throws {
    defer { try? removeFolder(at: folder) }
    let good = ArchiveBytes.zip([Entry("a.mid", [UInt8](repeating: 3, count: 5000))])
    var damaged = good
    damaged[2000] ^= 1
    let packed = try gzip(ArchiveBytes.tar([Entry("a.mid", Array("abc".utf8))]))
    for bytes in [
      damaged, Array(good.prefix(3000)), Array(packed.dropLast(40)), [], [0], Array("MThd".utf8),
      Array("<html>not found</html>".utf8),
    ] {
      let error = #expect(throws: ArchiveError.self) { try unpack(bytes) }
      guard case .malformed? = error?.reason else {
        Issue.record("\(bytes.count) bytes: \(String(describing: error))")
        continue
      }
      try expectNothing()
    }
  }

  @Test func `any flipped bit gives the files, others or an error, never a trap`() throws {
    defer { try? removeFolder(at: folder) }
    let good = [
      ArchiveBytes.zip([Entry("a.mid", [1, 2, 3]), Entry("b/c.mid", [4])]),
      try gzip(ArchiveBytes.tar([Entry("a.mid", [1, 2, 3]), Entry("b/c.mid", [4])])),
    ]
    withEvery(seed: 0..<60) { random in
      var bytes = good.randomElement(using: &random) ?? []
      let position = Int.random(in: bytes.indices, using: &random)
      bytes[position] ^= 1 << UInt8.random(in: 0..<8, using: &random)
      _ = try? unpack(bytes)
      try? removeFolder(at: target)
      #expect((try? listFolder(at: folder)) == ["archive"])
    }
  }

  /// Compresses with the system's gzip.
  func gzip(_ bytes: [UInt8]) throws -> [UInt8] {
    try createFolder(at: folder)
    let plain = folder + "/plain"
    try writeFile(bytes, at: plain)
    let process = Process()
    process.executableURL = URL(filePath: "/bin/gzip")
    process.arguments = ["-9", "-n", plain]
    try process.run()
    process.waitUntilExit()
    defer { try? removeFile(at: plain + ".gz") }
    return try readFile(at: plain + ".gz")
  }
}
