import ArgumentParser
import FileStorage
import Foundation
import MuseGen
import Studio

/// `musegen studio`: a page in the browser to write, hear, see and change music.
struct StudioCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "studio",
    abstract: "Opens a page in your browser to write, hear, see and change music.",
    discussion: """
      The page comes from this machine and talks to nobody else. Its pieces are kept below \
      ~/.local/share/musegen/studio. Ctrl-C closes the studio.
      """)

  @Option(parsing: .unconditional, help: "The port to listen on; 0 for any that is free.")
  var port = StudioSettings.standardPort

  @Option(
    help: """
      Listen on another IPv4 address of this machine, such as 0.0.0.0 for all, and let in whoever has the \
      address with the token that is printed.
      """)
  var host = StudioSettings.loopback

  @Flag(
    inversion: .prefixedNo, exclusivity: .chooseLast,
    help: "Open the page in the browser, where there is a display.")
  var open = true

  @Option(
    help: "The SoundFont (default: $MUSEGEN_SOUNDFONT, soundfonts/, the user's, the system's).",
    completion: .file(extensions: ["sf2", "sf3"]))
  var soundfont: String?

  mutating func run() async throws {
    guard let folder = StudioSettings.standardFolder() else {
      throw Failure(.unavailable, "found no home folder to keep pieces in, expected $HOME")
    }
    if let soundfont {
      do {
        _ = try SoundFont.discover(explicit: soundfont)
      } catch {
        throw Failure(error)
      }
    }
    var settings = StudioSettings(
      host: host, port: port, folder: folder, commandLine: CommandLine.making)
    settings.soundFont = soundfont
    settings.training = TrainingInvocation.starting
    settings.token = settings.isLocal ? nil : StudioSettings.makeToken()
    if ModelCatalog.standard().entries.isEmpty {
      Terminal.warn(
        "found no model, so that nothing can be written; musegen models lists where they are looked for"
      )
    }
    do {
      let server = try StudioServer(settings: settings)
      for caution in await server.cautions { Terminal.warn(caution) }
      try await server.run { [settings, open] port in
        let address = Self.address(settings, port: port)
        let terminal = Terminal()
        terminal.line("The studio is at \(address)", isCommand: true)
        terminal.line("Ctrl-C closes it; the pieces stay in \(settings.folder).")
        // What learns is asked to save before we leave.
        Interruption.keepWork(answering: "closing the studio; Ctrl-C again leaves at once")
        if open { Self.show(address) }
      }
    } catch let error as StudioError {
      throw Failure(error)
    }
  }

  /// Where a browser finds the page.
  private static func address(_ settings: StudioSettings, port: UInt16) -> String {
    let name = settings.host == "0.0.0.0" ? ProcessInfo.processInfo.hostName : settings.host
    return "http://\(name):\(port)/" + (settings.token.map { "?token=\($0)" } ?? "")
  }

  /// Opens a page in the user's browser; where that cannot be, the address stands in the terminal.
  private static func show(_ address: String) {
    let environment = processEnvironment()
    guard ["DISPLAY", "WAYLAND_DISPLAY"].contains(where: { environment[$0]?.isEmpty == false })
    else {
      return
    }
    let folders = (environment["PATH"] ?? "").split(separator: ":")
    guard let program = folders.lazy.map({ "\($0)/xdg-open" }).first(where: isProgram) else {
      return Terminal.warn("found no xdg-open to open a browser with; open the address yourself")
    }
    let process = Process()
    process.executableURL = URL(filePath: program)
    process.arguments = [address]
    process.standardInput = FileHandle.nullDevice
    process.standardOutput = FileHandle.nullDevice
    process.standardError = FileHandle.nullDevice
    do {
      try process.run()
    } catch {
      Terminal.warn("\(program) cannot be run; open the address yourself")
    }
  }
}

extension StudioCommand: FlagChecking {
  package static let flagTable = FlagTable<Self>(always: ["port", "host", "open", "soundfont"])
}

extension Failure {
  /// What keeps a studio from being opened, with the exit code of its kind.
  init(_ error: StudioError) {
    switch error.reason {
    case .portTaken: self.init(.unavailable, "\(error); choose one with --port, or 0 for any")
    case .cannotListen: self.init(.unavailable, "\(error)")
    case .invalidHost(let host):
      self.init(
        .usage,
        "--host is \"\(host)\", expected an IPv4 address of this machine such as 192.168.0.7 or 0.0.0.0"
      )
    case .folder(let file): self.init(file)
    case .folderTaken: self.init(.unavailable, "\(error); use that one, or close it first")
    }
  }
}
