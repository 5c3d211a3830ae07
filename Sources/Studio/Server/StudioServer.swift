import FileStorage
import FlyingFox
import FlyingSocks
import Foundation

/// The studio: a page for this machine's user, and the interface that it and programs use.
public struct StudioServer: Sendable {
  private let settings: StudioSettings
  private let claim: FolderClaim
  private let rooms: Rooms

  /// Opens the shelf of pieces.
  ///
  /// - Parameter settings: where to listen and what to use.
  /// - Throws: ``StudioError`` where the folder cannot be used, or another studio has it open.
  public init(settings: StudioSettings) throws(StudioError) {
    self.settings = settings
    claim = try FolderClaim(folder: settings.folder)
    do {
      rooms = try Rooms(settings)
    } catch {
      throw StudioError(.folder(error))
    }
  }

  /// What could not be read of the pieces that are kept, a line each.
  public var cautions: [String] { get async { await rooms.shelf.cautions } }

  /// Serves until the task is cancelled, and leaves its folder to others then.
  ///
  /// - Parameter listening: is told the port once clients can connect.
  /// - Throws: ``StudioError`` where nothing can be listened on; `CancellationError` at the end.
  public func run(listening: @escaping @Sendable (UInt16) async -> Void) async throws {
    do {
      try await serve(listening)
    } catch let error as StudioError {
      // It has never listened: what an earlier studio had begun to train is not its to stop.
      claim.release()
      throw error
    } catch {
      // Nothing is to be lost; the task may be cancelled already, in which nothing can be waited for.
      await Task { [rooms] in await rooms.close() }.value
      claim.release()
      throw error
    }
  }

  private func serve(_ listening: @escaping @Sendable (UInt16) async -> Void) async throws {
    // Whoever opens the page wants to see them.
    let reading = Task { [rooms] in await rooms.models.all }
    defer { reading.cancel() }
    var port = settings.port
    var hasListened = false
    while true {
      do {
        port = try await serve(port: port) {
          if !hasListened { await listening($0) }
          hasListened = true
        }
      } catch let error as SocketError {
        // A client that hung up while it was let in, or too many at once, end FlyingFox's loop.
        guard hasListened else { throw StudioError(reason(error)) }
      }
      try await Task.sleep(for: .milliseconds(200))
    }
  }

  private func serve(
    port: UInt16, listening: (UInt16) async -> Void
  ) async throws -> UInt16 {
    let address: sockaddr_in
    do {
      address = try sockaddr_in.inet(ip4: settings.host, port: port)
    } catch {
      throw StudioError(.invalidHost(settings.host))
    }
    let front = Front(rooms: rooms, settings: settings)
    let server = HTTPServer(
      config: HTTPServer.Configuration(
        // Bodies have a patience of their own; a handler that was cut off would leave its body behind.
        address: address, timeout: 86_400, pool: SocketPool(queue: SocketEvents()),
        logger: .disabled), handler: front)
    return try await withThrowingTaskGroup(of: Void.self) { group in
      group.addTask { try await server.run() }
      group.addTask { try await server.waitUntilListening(timeout: 86_400) }
      // Either it listens, or its own error comes out here.
      try await group.next()
      guard case .ip4(_, let found) = await server.listeningAddress else { return port }
      front.port.set(found)
      await listening(found)
      try await group.waitForAll()
      return found
    }
  }

  private func reason(_ error: SocketError) -> StudioError.Reason {
    guard case .failed(_, let errno, let message) = error else {
      return .cannotListen(host: settings.host, port: settings.port, problem: "\(error)")
    }
    return errno == EADDRINUSE
      ? .portTaken(settings.port)
      : .cannotListen(host: settings.host, port: settings.port, problem: message)
  }
}
