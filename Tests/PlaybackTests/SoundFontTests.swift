import FileStorage
import Foundation
import Logging
import Playback
import PlaybackTestSupport
import Synchronization
import Testing

struct SoundFontTests {
  /// A folder of empty but well-formed SoundFonts.
  final class Folder {
    let path = Pieces.temporaryPath("soundfonts")

    init(_ names: String...) throws {
      for name in names {
        let file = "\(path)/\(name)"
        try createFolder(at: String(file[..<file.lastIndex(of: "/")!]))
        // "RIFF", 4 bytes follow, "sfbk".
        try writeFile([0x52, 0x49, 0x46, 0x46, 4, 0, 0, 0, 0x73, 0x66, 0x62, 0x6B], at: file)
      }
    }

    deinit { try? FileManager.default.removeItem(atPath: path) }

    var environment: [String: String] { ["XDG_DATA_HOME": path, "HOME": "/nonexistent"] }
  }

  @Test func `the user's folder comes before the system's`() throws {
    let folder = try Folder("soundfonts/Mine.sf2")
    let found = try SoundFont.discover(environment: folder.environment)
    #expect(found.path == "\(folder.path)/soundfonts/Mine.sf2")
  }

  @Test func `in one folder the better sounding fonts come first`() throws {
    let folder = try Folder(
      "soundfonts/Aardvark.sf2", "soundfonts/TimGM6mb.sf2", "soundfonts/FluidR3_GM.sf2",
      "soundfonts/FluidR3_GM.sf3", "soundfonts/notes.txt")
    let found = try SoundFont.discover(environment: folder.environment)
    #expect(found.path == "\(folder.path)/soundfonts/FluidR3_GM.sf2")
  }

  @Test func `what is named goes before the environment, which goes before folders`() throws {
    let folder = try Folder("a.sf2", "b.sf2", "soundfonts/c.sf2")
    var environment = folder.environment
    environment["MUSEGEN_SOUNDFONT"] = "\(folder.path)/b.sf2"
    let explicit = try SoundFont.discover(
      explicit: "\(folder.path)/a.sf2", environment: environment)
    #expect(explicit.path == "\(folder.path)/a.sf2")
    #expect(
      try SoundFont.discover(environment: environment).path == "\(folder.path)/b.sf2")
  }

  @Test(arguments: ["c", "c.sf2"])
  func `a bare name is looked for in the folders`(name: String) throws {
    let folder = try Folder("soundfonts/c.sf2", "soundfonts/FluidR3_GM.sf2")
    let found = try SoundFont.discover(explicit: name, environment: folder.environment)
    #expect(found.path == "\(folder.path)/soundfonts/c.sf2")
  }

  @Test func `a folder may be named`() throws {
    let folder = try Folder("z.sf3", "y.sf2")
    let found = try SoundFont.discover(explicit: folder.path, environment: [:])
    #expect(found.path == "\(folder.path)/y.sf2")
  }

  @Test func `a name that is nowhere is an error that says where it was looked for`() throws {
    let folder = try Folder("soundfonts/c.sf2")
    let error = #expect(throws: PlaybackError.self) {
      try SoundFont.discover(explicit: "nosuchfont", environment: folder.environment)
    }
    let text = try #require(error).description
    #expect(text.hasPrefix("nosuchfont: not found in soundfonts, \(folder.path)/soundfonts"))
    #expect(text.hasSuffix("; apt install fluid-soundfont-gm"))
  }

  @Test func `a file that is no SoundFont is refused by name`() throws {
    let folder = try Folder("soundfonts/c.sf2")
    let path = "\(folder.path)/piece.sf2"
    try writeFile(Array("MThd and so on".utf8), at: path)
    #expect(
      throws: PlaybackError(.soundFontInvalid(path: path, problem: "is not a SoundFont"))
    ) { try SoundFont(path: path) }
  }

  @Test func `a SoundFont that is cut short is refused with both sizes`() throws {
    let folder = try Folder("soundfonts/c.sf2")
    let path = "\(folder.path)/short.sf2"
    try writeFile([0x52, 0x49, 0x46, 0x46, 0, 1, 0, 0, 0x73, 0x66, 0x62, 0x6B], at: path)
    #expect(
      throws: PlaybackError(
        .soundFontInvalid(path: path, problem: "is cut short: found 12 bytes, expected 264"))
    ) { try SoundFont(path: path) }
  }

  @Test func `a broken SoundFont is named, and FluidSynth's words go to the logger`() throws {
    let folder = try Folder("broken.sf2")
    let log = MessageLog()
    NativeLog.forward(to: Logger(label: "test") { _ in log })
    let font = try SoundFont(path: "\(folder.path)/broken.sf2")
    let error = #expect(throws: PlaybackError.self) { _ = try Synthesizer(font) }
    guard case .soundFontInvalid(font.path, _) = try #require(error).reason else {
      Issue.record("unexpected error: \(String(describing: error))")
      return
    }
    #expect(log.contains("SoundFont"))
  }
}

/// Keeps what is logged.
final class MessageLog: LogHandler, Sendable {
  private let messages = Mutex<[String]>([])
  var metadata: Logger.Metadata {
    get { [:] }
    set {}
  }
  var logLevel: Logger.Level {
    get { .trace }
    set {}
  }

  subscript(metadataKey _: String) -> Logger.Metadata.Value? {
    get { nil }
    set {}
  }

  func contains(_ text: String) -> Bool {
    messages.withLock { $0.contains { $0.localizedCaseInsensitiveContains(text) } }
  }

  func log(event: LogEvent) { messages.withLock { $0.append("\(event.message)") } }
}
