import Commands
import Dispatch
import Synchronization
import Testing

/// A journal on disks that are slow or full.
struct JournalWriterTests {
  /// A disk that takes as many lines as there is room for, and waits where it is told to.
  private final class Disk: Sendable {
    struct Full: Error, CustomStringConvertible {
      var description: String { "jam.jam: cannot write: no space left on device" }
    }

    let lines = Mutex<[Substring]>([])
    let room = Mutex(Int.max)
    let isAsked = DispatchSemaphore(value: 0)
    let goesOn = DispatchSemaphore(value: 0)
    let isSlow: Bool

    init(isSlow: Bool = false) { self.isSlow = isSlow }

    func write(_ text: String) throws {
      if isSlow {
        isAsked.signal()
        goesOn.wait()
      }
      let new = text.split(separator: "\n")
      let room = self.room.withLock { $0 }
      try lines.withLock { lines in
        guard lines.count + new.count <= room else { throw Full() }
        lines += new
      }
    }

    var written: [String] { lines.withLock { $0.map(String.init) } }
  }

  @Test
  func `whoever plays does not wait for a disk that takes nothing, and all is written in the end`()
  {
    let disk = Disk(isSlow: true)
    let writer = JournalWriter(path: "jam.jam") { try disk.write($0) }
    writer.append(["0"])
    disk.isAsked.wait()
    for number in 1..<1_000 { writer.append(["\(number)"]) }
    #expect(disk.written.isEmpty)
    // From here on it goes on by itself.
    for _ in 0..<1_000 { disk.goesOn.signal() }
    writer.flush()
    #expect(disk.written == (0..<1_000).map { "\($0)" })
    #expect(writer.takeNews().isEmpty)
  }

  @Test func `a full disk takes the lines for which there is room, and is told once`() {
    let disk = Disk()
    disk.room.withLock { $0 = 10 }
    let writer = JournalWriter(path: "jam.jam") { try disk.write($0) }
    writer.append((0..<16).map { "\($0)" })
    writer.flush()
    #expect(disk.written == (0..<10).map { "\($0)" })
    writer.append(["16"])
    writer.flush()
    #expect(writer.takeNews() == ["jam.jam: cannot write: no space left on device"])
    // What found no room stands there once there is some, in its order.
    disk.room.withLock { $0 = Int.max }
    writer.append(["17"])
    writer.flush()
    #expect(disk.written == (0..<18).map { "\($0)" })
    #expect(writer.takeNews() == ["jam.jam is written again"])
  }

  @Test func `what waits for a disk is bounded, and that lines are left out is told once`() {
    let disk = Disk(isSlow: true)
    let writer = JournalWriter(path: "jam.jam", capacity: 8) { try disk.write($0) }
    writer.append(["0"])
    disk.isAsked.wait()
    for number in 1..<100 { writer.append(["\(number)"]) }
    for _ in 0..<100 { disk.goesOn.signal() }
    writer.flush()
    #expect(disk.written == (0...8).map { "\($0)" })
    let news = writer.takeNews()
    #expect(news.count == 1 && news[0].contains("the disk takes too little"), "\(news)")
    writer.append(["100"])
    writer.flush()
    #expect(disk.written.last == "100")
  }
}
