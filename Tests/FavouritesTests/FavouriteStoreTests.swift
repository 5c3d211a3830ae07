import Favourites
import FileStorage
import Foundation
import Testing
import TestSupport

struct FavouriteStoreTests {
  let folder = FileManager.default.temporaryDirectory.path + "/favourites-\(UUID().uuidString)"
  var store: FavouriteStore { FavouriteStore(folder: folder) }

  private func note(_ title: String) -> FavouriteNote {
    var note = FavouriteNote()
    note.title = title
    return note
  }

  private func removeAll() { try? FileManager.default.removeItem(atPath: folder) }

  @Test func `what is kept is listed with what was said of it`() throws {
    defer { removeAll() }
    #expect(store.list().favourites.isEmpty)
    let midi = Array("MThd and so on".utf8)
    let (kept, isNew) = try store.add(midi, named: "folk-7") { name in
      var note = FavouriteNote()
      note.title = "a title"
      note.seed = .max
      note.model = .init(name: "folk", title: "dance tunes", sha256: "ab")
      note.command = "musegen generate -o \(name).mid"
      note.date = "2026-11-29T03:00:00Z"
      note.seconds = 12.5
      return note
    }
    #expect(isNew && kept.name == "folk-7" && kept.path == "\(folder)/folk-7.mid")
    #expect(store.list().favourites == [kept])
    #expect(store["folk-7"]?.note.command == "musegen generate -o folk-7.mid")
    #expect(try readFile(at: kept.path) == midi)
    // As another program reads it.
    let data = try Data(contentsOf: URL(filePath: "\(folder)/folk-7.json"))
    let object = try #require(JSONSerialization.jsonObject(with: data) as? [String: Any])
    #expect(object["schema"] as? Int == 1 && object["seed"] as? UInt64 == .max)
    #expect((object["model"] as? [String: String])?["sha256"] == "ab")
    #expect(object["rating"] == nil)
  }

  @Test func `names are not taken twice, and the same piece is not kept twice`() throws {
    defer { removeAll() }
    var names: [String] = []
    for text in ["a", "b", "a", "c", "b"] {
      let (kept, isNew) = try store.add(Array(text.utf8), named: "piece") { _ in note(text) }
      if isNew { names.append(kept.name) }
      #expect(kept.note.title == text || !isNew)
    }
    // The second b has a name of its own already, which is found on the way.
    #expect(names == ["piece", "piece-2", "piece-3"])
    let titles = store.list().favourites.map { [$0.name, $0.note.title ?? ""] }
    #expect(Set(titles) == [["piece", "a"], ["piece-2", "b"], ["piece-3", "c"]])
  }

  @Test func `kept from many threads at once, no two are one`() throws {
    defer { removeAll() }
    let store = store
    DispatchQueue.concurrentPerform(iterations: 24) { index in
      _ = try? store.add(Array("\(index)".utf8), named: "x") { FavouriteNote.titled($0) }
    }
    let favourites = store.list().favourites
    #expect(favourites.count == 24)
    #expect(favourites.allSatisfy { $0.note.title == $0.name })
    let contents = try favourites.map { try readFile(at: $0.path) }
    #expect(Set(contents).count == 24)
    #expect(try listFolder(at: folder).count == 48)
  }

  @Test(arguments: [
    "../../etc/x", "/abs", ".hidden", "", "a\u{1B}[2Jb", "ü/ö", String(repeating: "名", count: 300),
  ])
  func `whatever it is called, it stays in the folder under a plain name`(_ name: String) throws {
    defer { removeAll() }
    let (kept, _) = try store.add([1], named: name) { _ in FavouriteNote() }
    #expect(!kept.name.contains("/") && !kept.name.hasPrefix(".") && !kept.name.isEmpty)
    #expect(kept.name.utf8.count <= 120 && !kept.name.contains("\u{1B}"))
    #expect(store.list().favourites.map(\.name) == [kept.name])
    #expect(try listFolder(at: folder).count == 2)
  }

  @Test func `a rating is kept, one that there is not counts as none, and what is removed is gone`()
    throws
  {
    defer { removeAll() }
    let (kept, _) = try store.add([1], named: "x") { _ in note("t") }
    try store.rate(kept, 4)
    #expect(store["x"]?.note.rating == 4 && store["x"]?.note.title == "t")
    try writeFile(
      Array(#"{"schema": 9, "rating": 77, "title": "t", "new": []}"#.utf8), at: "\(folder)/x.json")
    #expect(store["x"]?.note.rating == nil && store["x"]?.note.title == "t")
    try store.remove(kept)
    #expect(store["x"] == nil)
    #expect(try listFolder(at: folder).isEmpty)
  }

  @Test func `a MIDI file alone is a favourite, a note alone is none, a broken one is told`() throws
  {
    defer { removeAll() }
    try createFolder(at: folder)
    try writeFile([1], at: "\(folder)/mine.mid")
    try writeFile(Array("{}".utf8), at: "\(folder)/lost.json")
    try writeFile([2], at: "\(folder)/broken.mid")
    try writeFile(Array("[1, 2".utf8), at: "\(folder)/broken.json")
    try createFolder(at: "\(folder)/folder.mid")
    let (favourites, unreadable) = store.list()
    #expect(favourites.map(\.name) == ["broken", "mine"])
    #expect(unreadable == ["\(folder)/broken.json"])
    // What is kept now comes between no other's music and note.
    let (kept, _) = try store.add([3], named: "lost") { _ in FavouriteNote() }
    #expect(kept.name == "lost-2")
    try store.rate(try #require(store["mine"]), 5)
    #expect(store["mine"]?.note.rating == 5)
  }

  @Test func `what cannot be written leaves nothing behind`() throws {
    defer { removeAll() }
    try writeFile([], at: folder)
    #expect(throws: FileError.self) { try store.add([1], named: "x") { _ in FavouriteNote() } }
    #expect(throws: FileError.self) {
      try FavouriteStore(folder: "").add([1], named: "x") { _ in FavouriteNote() }
    }
  }

  @Test func `the folder is the variable's, else that of the user's data`() {
    func folder(_ environment: [String: String]) -> String {
      FavouriteStore.standard(environment: environment).folder
    }
    #expect(folder(["MUSEGEN_FAVOURITES": "here", "HOME": "/h"]) == "here")
    #expect(folder(["XDG_DATA_HOME": "/data", "HOME": "/h"]) == "/data/musegen/favourites")
    #expect(
      folder(["XDG_DATA_HOME": "data", "HOME": "/h"]) == "/h/.local/share/musegen/favourites")
  }
}

extension FavouriteNote {
  static func titled(_ title: String) -> FavouriteNote {
    var note = FavouriteNote()
    note.title = title
    return note
  }
}
