import FileStorage
import Foundation
import ModelCollection
import Testing

struct ModelCatalogTests {
  let root = NSTemporaryDirectory() + "musegen-\(UUID().uuidString)"

  func put(_ names: String...) throws {
    for name in names {
      let path = "\(root)/\(name)"
      try createFolder(at: URL(filePath: path).deletingLastPathComponent().path)
      try writeFile([1], at: path)
    }
  }

  @Test func `the best model comes first, unknown names by alphabet after the known`() throws {
    defer { try? FileManager.default.removeItem(atPath: root) }
    try put(
      "a/zither.safetensors", "a/drums.safetensors", "a/bagpipe.safetensors",
      "a/piano.safetensors", "a/MODELS.md", "a/.piano.1.safetensors")
    let catalog = ModelCatalog(folders: ["\(root)/a"])
    #expect(catalog.entries.map(\.name) == ["piano", "drums", "bagpipe", "zither"])
    #expect(catalog.preferred?.path == "\(root)/a/piano.safetensors")
    #expect(catalog["none"] == nil)
  }

  @Test func `a user's own model stands in for a shipped one of its name`() throws {
    defer { try? FileManager.default.removeItem(atPath: root) }
    try put("own/piano.safetensors", "shipped/piano.safetensors", "shipped/folk.safetensors")
    // A folder is no model, whatever its name.
    try createFolder(at: "\(root)/own/folk.safetensors")
    let catalog = ModelCatalog(folders: ["\(root)/own", "\(root)/none", "\(root)/shipped"])
    #expect(catalog["piano"]?.path == "\(root)/own/piano.safetensors")
    #expect(catalog["folk"]?.path == "\(root)/shipped/folk.safetensors")
  }

  @Test func `no folder at all is an empty catalogue`() {
    #expect(ModelCatalog(folders: ["\(root)/none"]).preferred == nil)
  }

  @Test func `an installed program looks in share beside its bin, a built one beside itself`() {
    #expect(
      ModelCatalog.folders(environment: ["HOME": "/home/ada"], executableFolder: "/usr/local/bin")
        == [
          "/home/ada/.local/share/musegen/models", "/usr/local/share/musegen/models",
          "/usr/local/bin/musegen_ModelCollection.resources/Models",
        ])
    #expect(
      ModelCatalog.folders(
        environment: ["HOME": "/home/ada", "XDG_DATA_HOME": "/data"], executableFolder: nil)
        == ["/data/musegen/models"])
    #expect(
      ModelCatalog.folders(
        environment: ["HOME": "/home/ada", "MUSEGEN_MODELS": "/models"],
        executableFolder: "/bin") == ["/models"])
  }

  @Test func `a folder of the environment that is none is named`() {
    for (folder, missing) in [
      ("\(root)/none", "\(root)/none"), ("/", nil), ("", nil), (#filePath, #filePath),
    ] {
      #expect(ModelCatalog.missingFolder(environment: ["MUSEGEN_MODELS": folder]) == missing)
    }
    #expect(ModelCatalog.missingFolder(environment: [:]) == nil)
  }

  @Test func `the models that ship are found beside the built program`() {
    let folders = ModelCatalog.standard(environment: [:]).folders
    #expect(folders.contains { fileKind(at: "\($0)/MODELS.md") == .file }, "\(folders)")
  }
}
