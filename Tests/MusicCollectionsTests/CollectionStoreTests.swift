import Corpora
import Downloads
import FileStorage
import Foundation
import TestSupport
import Testing

@testable import MusicCollections

struct CollectionStoreTests {
  typealias Entry = ArchiveBytes.Entry
  let root = NSTemporaryDirectory() + "musegen-\(UUID().uuidString)"
  var store: CollectionStore { CollectionStore(folder: root + "/corpora") }
  let archive = ArchiveBytes.zip([
    Entry("set-1/MIDI/a.mid", [1]), Entry("set-1/MIDI/melody/a.mid", [2]),
    Entry("set-1/LICENSE", Array("free".utf8)), Entry("set-1/tool.sh", [3]),
    Entry("__MACOSX/set-1/MIDI/._a.mid", [4]),
  ])

  func collection(
    _ address: String?, sha256: String? = nil, fallbacks: [String] = [], keep: [String] = []
  ) throws -> PublicCollection {
    var collection = try #require(PublicCollection.named("groove"))
    collection.name = "set"
    collection.address = address
    collection.fallbacks = fallbacks
    collection.sha256 = sha256
    collection.keep = keep
    return collection
  }

  var checksum: String {
    var checksum = SHA256()
    checksum.update(archive[...])
    return checksum.hexadecimal
  }

  @Test func `the public collections say all that a user must know`() {
    #expect(PublicCollection.all.count >= 8)
    #expect(Set(PublicCollection.all.map(\.name)).count == PublicCollection.all.count)
    for collection in PublicCollection.all {
      #expect(CollectionStore.isName(collection.name))
      for text in [collection.title, collection.licence, collection.credit] {
        #expect(!text.isEmpty && !text.contains("\n"), "\(collection.name)")
      }
      if let sha256 = collection.sha256 {
        #expect(sha256.count == 64 && sha256.allSatisfy { $0.isHexDigit && !$0.isUppercase })
      }
      for address in [collection.address].compactMap({ $0 }) + collection.fallbacks {
        #expect(URL(string: address)?.host != nil, "\(collection.name)")
      }
    }
  }

  @Test func `music and its licence arrive, programs do not`() throws {
    defer { try? removeFolder(at: root) }
    let server = try LoopbackServer { [archive] request, _ in
      .file(archive, tag: "a", for: request, cutAfter: 300)
    }
    let stored = try store.get(try collection(server.address + "/x/set.zip", sha256: checksum))
    #expect(stored.files == 2)
    #expect(stored.sha256 == checksum)
    #expect(store.collections == [stored])
    let path = store.path(of: "set")
    #expect(try listFolder(at: path) == ["SOURCE.json", "set-1"])
    #expect(try listFolder(at: path + "/set-1") == ["LICENSE", "MIDI"])
    #expect(try listFolder(at: store.folder + "/.downloads").isEmpty)
    #expect(throws: CollectionError(.exists(folder: path), subject: "set")) {
      try store.get(try collection(server.address))
    }
  }

  @Test func `of a collection only what is wanted is taken`() throws {
    defer { try? removeFolder(at: root) }
    let server = try LoopbackServer { [archive] _, _ in .init(body: archive) }
    let stored = try store.get(try collection(server.address, keep: ["MIDI/*"]))
    #expect(stored.files == 1)
    #expect(try listFolder(at: store.path(of: "set") + "/set-1/MIDI") == ["a.mid"])
  }

  @Test func `the first download is trusted, a later one must be the same`() throws {
    defer { try? removeFolder(at: root) }
    let other = ArchiveBytes.zip([Entry("b.mid", [9])])
    let server = try LoopbackServer { [archive] _, number in
      .init(body: number == 1 ? other : archive)
    }
    let address = server.address + "/set.zip"
    _ = try store.get(try collection(address))
    #expect(store.pin(of: address) == checksum)
    try removeFolder(at: store.path(of: "set"))
    let error = #expect(throws: CollectionError.self) { try store.get(try collection(address)) }
    guard case .changed(_, checksum, _)? = error?.reason else {
      Issue.record("\(String(describing: error))")
      return
    }
    #expect(fileKind(at: store.path(of: "set")) == nil)
    #expect(try store.get(try collection(address)).sha256 == checksum)
  }

  @Test func `what holds no music is not trusted for later`() throws {
    defer { try? removeFolder(at: root) }
    let server = try LoopbackServer { [archive] _, number in
      .init(body: number == 0 ? Array("<html>too many visitors today".utf8) : archive)
    }
    #expect(throws: CollectionError.self) { try store.get(try collection(server.address)) }
    #expect(store.pin(of: server.address) == nil)
    #expect(try store.get(try collection(server.address)).sha256 == checksum)
  }

  @Test func `another address helps where the first is gone or wrong`() throws {
    defer { try? removeFolder(at: root) }
    let server = try LoopbackServer { [archive] request, _ in
      switch request.path {
      case "/gone": .init(status: 404)
      case "/wrong": .init(body: [1, 2, 3])
      default: .init(body: archive)
      }
    }
    let stored = try store.get(
      try collection(
        server.address + "/gone", sha256: checksum,
        fallbacks: [server.address + "/wrong", server.address + "/good.zip"]))
    #expect(stored.source == server.address + "/good.zip")
  }

  @Test func `an archive that leads out or holds no music leaves nothing`() throws {
    defer { try? removeFolder(at: root) }
    let server = try LoopbackServer { request, _ in
      request.path == "/none.zip"
        ? .init(body: ArchiveBytes.zip([Entry("README.txt", [1])]))
        : .init(body: ArchiveBytes.zip([Entry("a.mid", [1]), Entry("../../evil.mid", [1])]))
    }
    for name in ["/none.zip", "/evil.zip"] {
      #expect(throws: CollectionError.self) { try store.get(try collection(server.address + name)) }
      #expect(store.collections.isEmpty)
      #expect(fileKind(at: store.path(of: "set")) == nil)
      #expect(fileKind(at: root + "/evil.mid") == nil)
    }
    #expect(
      throws: CollectionError(
        .notAnArchive(homepage: try collection(nil).homepage), subject: "set")
    ) { try store.get(try collection(nil)) }
  }

  @Test func `a collection counts what it holds, not what its archive lists`() throws {
    defer { try? removeFolder(at: root) }
    try createFolder(at: root)
    try writeFile(
      ArchiveBytes.zip([
        Entry("a.mid", [1]), Entry("a.mid", [2]), Entry("b.mid", [3]), Entry("b.mid/c.mid", [4]),
        Entry("d.mid/e.mid", [5]), Entry("d.mid", [6]),
      ]), at: root + "/twice.zip")
    #expect(try store.add(root + "/twice.zip", name: "twice").files == 3)
    #expect(try readFile(at: store.path(of: "twice") + "/a.mid") == [2])

    // Music that no file here can hold is none.
    let long = String(repeating: "n", count: 300) + ".mid"
    try writeFile(ArchiveBytes.zip([Entry(long, [1])]), at: root + "/long.zip")
    #expect(throws: CollectionError(.noMusic, subject: root + "/long.zip")) {
      try store.add(root + "/long.zip", name: "long")
    }
    #expect(try listFolder(at: store.folder) == ["twice"])
  }

  @Test func `checksums that are kept at once are all kept`() throws {
    defer { try? removeFolder(at: root) }
    let store = store
    DispatchQueue.concurrentPerform(iterations: 20) { index in
      #expect(throws: Never.self) { try store.pin("sum \(index)", address: "address \(index)") }
    }
    #expect(
      try store.pins()
        == Dictionary(uniqueKeysWithValues: (0..<20).map { ("address \($0)", "sum \($0)") }))
  }

  @Test func `checksums that cannot be read are an error and stay as they are`() throws {
    defer { try? removeFolder(at: root) }
    try createFolder(at: store.folder)
    let path = store.folder + "/pins.json"
    try writeFile(Array("{\"a\": ".utf8), at: path)
    let server = try LoopbackServer { [archive] _, _ in .init(body: archive) }
    #expect(throws: CollectionError(.malformedPins, subject: path)) {
      try store.get(try collection(server.address))
    }
    #expect(throws: CollectionError(.malformedPins, subject: path)) {
      try store.pin("sum", address: "b")
    }
    #expect(try readFile(at: path) == Array("{\"a\": ".utf8))
    #expect(store.collections.isEmpty)
  }

  @Test func `what is left of a download is told for a week, then removed`() throws {
    defer { try? removeFolder(at: root) }
    let downloads = store.folder + "/.downloads"
    try createFolder(at: downloads)
    let day = 86_400.0
    for (name, age) in [
      ("old.zip.part", 8 * day), ("old.zip.part.tag", 8 * day), ("new.zip.part", 6 * day),
    ] {
      try writeFile([1, 2, 3], at: "\(downloads)/\(name)")
      try FileManager.default.setAttributes(
        [.modificationDate: Date(timeIntervalSinceNow: -age)], ofItemAtPath: "\(downloads)/\(name)")
    }
    #expect(store.unfinishedBytes == 9)
    let server = try LoopbackServer { [archive] _, _ in .init(body: archive) }
    _ = try store.get(try collection(server.address))
    #expect(try listFolder(at: downloads) == ["new.zip.part"])
    #expect(store.unfinishedBytes == 3)
  }

  @Test func `a folder of music without a whole record is told of as far as it is known`() throws {
    defer { try? removeFolder(at: root) }
    let records: [(name: String, text: String?)] = [
      ("broken", "{"), ("none", nil), ("short", #"{"source":"a book","licence":"CC0"}"#),
    ]
    for (name, text) in records {
      let path = store.path(of: name)
      try createFolder(at: path + "/deep")
      try writeFile([1], at: path + "/a.mid")
      try writeFile([2], at: path + "/deep/b.mid")
      try FileManager.default.createSymbolicLink(
        atPath: path + "/deep/loop", withDestinationPath: path)
      if let text { try writeFile(Array(text.utf8), at: path + "/SOURCE.json") }
    }
    try createFolder(at: store.path(of: "empty"))
    let found = store.collections
    #expect(found.map(\.name) == ["broken", "none", "short"])
    #expect(found.map(\.files) == [2, 2, 2])
    #expect(found.map(\.licence) == [nil, nil, "CC0"])
    #expect(found.map(\.source) == [store.path(of: "broken"), store.path(of: "none"), "a book"])
  }

  @Test func `a folder within that cannot be listed is told, and the rest is kept`() throws {
    let locked = root + "/own/locked"
    try createFolder(at: locked)
    try writeFile([1], at: root + "/own/song.mid")
    try writeFile([2], at: locked + "/song.mid")
    let manager = FileManager.default
    try manager.setAttributes([.posixPermissions: 0], ofItemAtPath: locked)
    defer {
      try? manager.setAttributes([.posixPermissions: 0o700], ofItemAtPath: locked)
      try? removeFolder(at: root)
    }
    // Who may read everything may list it.
    if (try? listFolder(at: locked)) != nil { return }
    var leftOut: [String] = []
    let stored = try store.add(root + "/own", name: "own", leftOut: { leftOut.append($0.path) })
    #expect(stored.files == 1)
    #expect(leftOut == [locked])
  }

  @Test func `scores called .xml, and what links lead to, are taken as training takes them`() throws
  {
    defer { try? removeFolder(at: root) }
    let score = Array("<?xml version=\"1.0\"?><score-partwise></score-partwise>".utf8)
    for name in ["own", "elsewhere"] { try createFolder(at: "\(root)/\(name)") }
    try writeFile([1], at: root + "/elsewhere/far.mid")
    try FileManager.default.createSymbolicLink(
      atPath: root + "/own/linked", withDestinationPath: root + "/elsewhere")
    try writeFile(score, at: root + "/own/a.xml")
    try writeFile(Array("<settings/>".utf8), at: root + "/own/b.xml")
    #expect(try store.add(root + "/own", name: "own").files == 2)
    let own = store.path(of: "own")
    #expect(try listFolder(at: own) == ["SOURCE.json", "a.xml", "linked"])
    #expect(try listFolder(at: own + "/linked") == ["far.mid"])
    let zip = ArchiveBytes.zip([Entry("set/a.xml", score), Entry("set/b.txt", [2])])
    try writeFile(zip, at: root + "/scores.zip")
    #expect(try store.add(root + "/scores.zip", name: "scores").files == 1)
    #expect(try store.add(root + "/own/a.xml", name: "one").files == 1)
    // Somebody put it there by hand: the MIDI file is read, and not the score that it was made of.
    let pair = store.path(of: "pair")
    try createFolder(at: pair)
    try writeFile([1], at: pair + "/a.mid")
    try writeFile(score, at: pair + "/a.xml")
    #expect(store.collection(named: "pair")?.files == 1)
  }

  @Test func `a user's own archive, folder, file and address are taken`() throws {
    defer { try? removeFolder(at: root) }
    try createFolder(at: root + "/own/deep/.hidden")
    try writeFile(archive, at: root + "/own.zip")
    try writeFile([1], at: root + "/own/song.MID")
    try writeFile([2], at: root + "/own/deep/tunes.abc")
    try writeFile([3], at: root + "/own/deep/.hidden/x.mid")
    try writeFile([4], at: root + "/own/photo.jpg")
    try FileManager.default.createSymbolicLink(
      atPath: root + "/own/deep/loop", withDestinationPath: root + "/own")
    let server = try LoopbackServer { _, _ in .init(body: [5]) }

    #expect(try store.add(root + "/own.zip", name: "zip", licence: "CC0").licence == "CC0")
    #expect(try store.add(root + "/own", name: "folder").files == 2)
    #expect(try store.add(root + "/own/song.MID", name: "file").files == 1)
    #expect(try store.add(server.address + "/a%20tune.mid?x=1", name: "address").files == 1)
    // A file's own name is no address.
    try writeFile([6], at: root + "/own 100%25 #3?.mid")
    #expect(try store.add(root + "/own 100%25 #3?.mid", name: "named").files == 1)
    #expect(
      try listFolder(at: store.path(of: "named")) == ["SOURCE.json", "own 100%25 #3?.mid"])
    #expect(store.collections.map(\.name) == ["address", "file", "folder", "named", "zip"])
    // As many as training takes: not the tunes that MIDI files beside them were made of.
    try createFolder(at: root + "/twins/sources")
    try writeFile([1], at: root + "/twins/a.mid")
    try writeFile([2], at: root + "/twins/b.abc")
    try writeFile([3], at: root + "/twins/sources/a.abc")
    #expect(try store.add(root + "/twins", name: "twins").files == 2)
    #expect(try listFolder(at: store.path(of: "folder")) == ["SOURCE.json", "deep", "song.MID"])
    #expect(try listFolder(at: store.path(of: "folder") + "/deep") == ["tunes.abc"])
    #expect(try listFolder(at: store.path(of: "address")) == ["SOURCE.json", "a_tune.mid"])

    for name in ["", "..", ".hidden", "a/b", "a b", String(repeating: "n", count: 65)] {
      #expect(throws: CollectionError(.invalidName, subject: name)) {
        try store.add(root + "/own", name: name)
      }
    }
    #expect(throws: CollectionError(.missing, subject: root + "/none")) {
      try store.add(root + "/none", name: "none")
    }
    #expect(throws: CollectionError.self) { try store.add(root + "/own/photo.jpg", name: "photo") }
  }
}
