import FlyingSocks
import Glibc

/// Tells which sockets are ready, as FlyingFox's own queue does, but for sockets that were closed meanwhile;
/// and has them send at once.
///
/// The kernel forgets a socket that is closed, and gives its number to the next one. FlyingFox's queue does not
/// forget: where a connection ends while somebody waits for it, it takes the next socket of that number for one that
/// it watches already, and that client waits for ever. Here each socket has a queue of its own, which is only
/// believed where the kernel agrees.
struct SocketEvents: EventQueue {
  /// The queue without sockets, to make others of: all share the kernel's list.
  private var blank: ePoll
  private var watched: [Socket.FileDescriptor: ePoll] = [:]

  init(maxEvents: Int = 20) { blank = ePoll(maxEvents: maxEvents) }

  mutating func open() throws {
    watched = [:]
    try blank.open()
  }

  mutating func stop() throws {
    watched = [:]
    try blank.stop()
  }

  mutating func close() throws { try blank.close() }

  mutating func addEvents(_ events: Socket.Events, for socket: Socket.FileDescriptor) throws {
    if watched[socket] == nil {
      // Of two small messages the second would wait for the client to confirm the first, which takes its time: a key
      // would be heard 40 ms later. Connections have it from the socket that listens.
      try? Socket(file: socket).setValue(
        true, for: BoolSocketOption(level: Int32(IPPROTO_TCP), name: TCP_NODELAY))
    }
    // What the kernel takes for new is new.
    var queue = blank
    do {
      try queue.addEvents(events, for: socket)
    } catch {
      guard let known = watched[socket] else { throw error }
      queue = known
      try queue.addEvents(events, for: socket)
    }
    watched[socket] = queue
  }

  mutating func removeEvents(_ events: Socket.Events, for socket: Socket.FileDescriptor) throws {
    guard var queue = watched[socket] else { return }
    do {
      try queue.removeEvents(events, for: socket)
      watched[socket] = queue
    } catch {
      watched[socket] = nil
    }
  }

  func getNotifications() throws -> [EventNotification] {
    try blank.getNotifications().map { notification in
      var notification = notification
      // A connection that broke wakes whoever waits for it.
      if notification.events.isEmpty { notification.events = [.read, .write] }
      return notification
    }
  }
}
