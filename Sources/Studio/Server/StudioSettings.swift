public import FileStorage
import Foundation

/// Where a studio listens and keeps its pieces.
public struct StudioSettings: Sendable {
  /// The address to listen on: `127.0.0.1`, or another of this machine's.
  public var host: String
  /// The port; 0 for any that is free.
  public var port: UInt16
  /// The folder of the pieces, made where it is missing.
  public var folder: String
  /// Where models are looked for by name; nil for the program's folders.
  public var modelFolders: [String]?
  /// The SoundFont by name or path; nil for the one that is found first.
  public var soundFont: String?
  /// What a browser must know to be let in; nil where everybody on this machine is.
  public var token: String?
  /// How a piece is made again, in the words of whoever started the studio; nil where nothing makes it.
  public var commandLine: @Sendable (PieceRecord, _ sourcePath: String?) -> String?
  /// How a process is started that trains a model; nil where the studio trains nothing.
  public var training: @Sendable (TrainingTask) -> ProgramCall? = { _ in nil }

  /// Creates settings.
  ///
  /// - Parameters:
  ///   - host: the address to listen on.
  ///   - port: the port; 0 for any that is free.
  ///   - folder: the folder of the pieces.
  ///   - commandLine: how a piece is made again.
  public init(
    host: String = Self.loopback, port: UInt16 = Self.standardPort, folder: String,
    commandLine: @escaping @Sendable (PieceRecord, String?) -> String?
  ) {
    self.host = host
    self.port = port
    self.folder = folder
    self.commandLine = commandLine
  }

  /// The address that only this machine can reach.
  public static let loopback = "127.0.0.1"
  /// The port where nobody asks for another: "muse" on a telephone's keys.
  public static let standardPort: UInt16 = 6873

  /// Whether only this machine can reach the studio.
  public var isLocal: Bool { host == Self.loopback }

  /// Where a user's pieces are kept: `$XDG_DATA_HOME/musegen/studio`, else below `~/.local/share`.
  ///
  /// - Parameter environment: the environment's variables, nil for the process's own.
  /// - Returns: the folder; nil where the user has no home.
  public static func standardFolder(environment: [String: String]? = nil) -> String? {
    let environment = environment ?? processEnvironment()
    if let data = environment["XDG_DATA_HOME"], data.hasPrefix("/") {
      return "\(data)/musegen/studio"
    }
    return homeFolder(environment: environment).map { "\($0)/.local/share/musegen/studio" }
  }

  /// A new token: 128 bits in 32 hexadecimal digits.
  public static func makeToken() -> String { randomHexadecimal() + randomHexadecimal() }
}

/// 64 random bits in 16 hexadecimal digits.
func randomHexadecimal() -> String {
  let digits = String(UInt64.random(in: .min ... .max), radix: 16)
  return String(repeating: "0", count: 16 - digits.count) + digits
}

/// Why a studio cannot be opened.
public struct StudioError: Error, Hashable, Sendable, CustomStringConvertible {
  /// What was found.
  public enum Reason: Hashable, Sendable {
    /// Something listens on the port already.
    case portTaken(UInt16)
    /// The system does not let us listen, for its reason.
    case cannotListen(host: String, port: UInt16, problem: String)
    /// The address is none.
    case invalidHost(String)
    /// The folder of the pieces cannot be used.
    case folder(FileError)
    /// Another studio has the folder open.
    case folderTaken(String)
  }

  /// What was found.
  public var reason: Reason

  /// Creates an error.
  public init(_ reason: Reason) { self.reason = reason }

  /// One line.
  public var description: String {
    switch reason {
    case .portTaken(let port): "port \(port) is taken, expected a free one"
    case .cannotListen(let host, let port, let problem):
      "cannot listen on \(host), port \(port): \(problem)"
    case .invalidHost(let host):
      "host is \"\(host)\", expected an IPv4 address of this machine such as 127.0.0.1 or 0.0.0.0"
    case .folder(let error): error.description
    case .folderTaken(let folder): "\(folder): another studio has it open, expected one at a time"
    }
  }
}
