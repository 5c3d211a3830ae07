import Dispatch
import Foundation
import MuseGen
import Testing

@testable import Studio

extension ServedTests {
  struct WritingDeskTests {
    @Test func `a piece that is thrown away while it is put on the shelf stays thrown away`()
      async throws
    {
      let folder = StudioScene.newFolder()
      defer { try? FileManager.default.removeItem(atPath: folder) }
      try FileManager.default.createDirectory(
        atPath: "\(folder)/models", withIntermediateDirectories: true)
      try StudioScene.model.write(to: "\(folder)/models/tiny.safetensors")
      let shelf = try PieceShelf(folder: folder)
      let desk = WritingDesk(shelf: shelf, models: ModelRack(folders: ["\(folder)/models"]))
      func order(notes: Int) -> PieceOrder {
        var order = PieceOrder(kind: .new, model: "tiny")
        order.length = .init(unit: .notes, amount: notes)
        return order
      }
      let kept = try await shelf.add(PieceRecord(name: "Kept"), Score())

      // The shelf is held, so that whatever is to be put there waits.
      let gate = DispatchSemaphore(value: 0)
      let (entered, entrance) = AsyncStream.makeStream(of: Void.self)
      let holding = Task {
        try await shelf.change(kept.id) { @Sendable _ in
          entrance.yield()
          _ = gate.wait(timeout: .now() + 120)
        }
      }
      var entries = entered.makeAsyncIterator()
      _ = await entries.next()

      // Two are written at a time: the third begins as the first one is put on the shelf.
      let piece = try await desk.take(order(notes: 1), name: "Piece")
      let other = try await desk.take(order(notes: 10_000), name: "Other")
      let third = try await desk.take(order(notes: 1), name: "Third")
      while case .waiting = third.stage { try await Task.sleep(for: .milliseconds(2)) }
      #expect(await desk.drop(piece.record.id))
      _ = await desk.drop(other.record.id)
      gate.signal()
      _ = try await holding.value
      for written in [piece, other, third] {
        while !written.stage.isLast { try await Task.sleep(for: .milliseconds(2)) }
      }
      let names = await shelf.all.filter { !$0.isDeleted }.map(\.name)
      #expect(Set(names) == ["Kept", "Third"])
    }
  }
}
