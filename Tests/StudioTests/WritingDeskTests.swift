import Dispatch
import Foundation
import MuseGen
import Testing

@testable import Studio

extension ServedTests {
  struct WritingDeskTests {
    let folder = StudioScene.newFolder()

    /// A shelf with one piece, and a desk that puts others there.
    private func open() async throws -> (shelf: PieceShelf, desk: WritingDesk, kept: PieceRecord) {
      try FileManager.default.createDirectory(
        atPath: "\(folder)/models", withIntermediateDirectories: true)
      try StudioScene.model.write(to: "\(folder)/models/tiny.safetensors")
      let shelf = try PieceShelf(folder: folder)
      let desk = WritingDesk(shelf: shelf, models: ModelRack(folders: ["\(folder)/models"]))
      return (shelf, desk, try await shelf.add(PieceRecord(name: "Kept"), Score()))
    }

    private func order(notes: Int) -> PieceOrder {
      var order = PieceOrder(kind: .new, model: "tiny")
      order.length = .init(unit: .notes, amount: notes)
      return order
    }

    /// Holds the shelf until the gate is opened, so that whatever is to be put there waits.
    private func hold(
      _ shelf: PieceShelf, at kept: PieceRecord, until gate: DispatchSemaphore
    ) async -> Task<PieceRecord, any Error> {
      let (entered, entrance) = AsyncStream.makeStream(of: Void.self)
      let holding = Task {
        try await shelf.change(kept.id) { @Sendable _ in
          entrance.yield()
          _ = gate.wait(timeout: .now() + 120)
        }
      }
      var entries = entered.makeAsyncIterator()
      _ = await entries.next()
      return holding
    }

    @Test func `a piece that is thrown away while it is put on the shelf stays thrown away`()
      async throws
    {
      defer { try? FileManager.default.removeItem(atPath: folder) }
      let (shelf, desk, kept) = try await open()
      let gate = DispatchSemaphore(value: 0)
      let holding = await hold(shelf, at: kept, until: gate)

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

    @Test
    func
      `of a piece that goes on from another it is told how much of what was asked for is written`()
      async throws
    {
      defer { try? FileManager.default.removeItem(atPath: folder) }
      let (shelf, desk, _) = try await open()
      // 25 bars of 2.4 seconds.
      let source = try await shelf.add(
        PieceRecord(name: "Line"), LockTests.line(bars: Array(0..<25), of: 25))
      var order = PieceOrder(kind: .continuation, model: "tiny")
      order.source = source.id
      order.length = .init(unit: .seconds, amount: 200)
      let piece = try await desk.take(order, name: "Piece")
      while piece.news(after: 0).share == 0, !piece.stage.isLast {
        try await Task.sleep(for: .milliseconds(1))
      }
      piece.cancel()
      while !piece.stage.isLast { try await Task.sleep(for: .milliseconds(2)) }
      let news = piece.news(after: 0)
      #expect(news.share > 0)
      #expect(abs(news.share - min((news.settledSeconds - 60) / 200, 1)) < 0.01)
    }

    @Test
    func `pieces that are ordered at one moment and that nobody names have names of their own`()
      async throws
    {
      defer { try? FileManager.default.removeItem(atPath: folder) }
      let (_, desk, _) = try await open()
      let orders = (0..<12).map { _ in order(notes: 1) }
      let names = try await withThrowingTaskGroup(of: String.self) { group in
        for order in orders {
          group.addTask { try await desk.take(order, name: nil).record.name }
        }
        var names: Set<String> = []
        for try await name in group { names.insert(name) }
        return names
      }
      #expect(names == Set((1...12).map { "Piece \($0)" }))
      await desk.close()
    }

    @Test func `a desk that is closed keeps what is whole, stops the rest and takes no more`()
      async throws
    {
      defer { try? FileManager.default.removeItem(atPath: folder) }
      let (shelf, desk, kept) = try await open()
      let gate = DispatchSemaphore(value: 0)
      let holding = await hold(shelf, at: kept, until: gate)

      let whole = try await desk.take(order(notes: 1), name: "Whole")
      let others = [
        try await desk.take(order(notes: 1_000_000), name: "Begun"),
        try await desk.take(order(notes: 1_000_000), name: "Next"),
        try await desk.take(order(notes: 1_000_000), name: "Waiting"),
      ]
      while case .waiting = others[1].stage { try await Task.sleep(for: .milliseconds(2)) }
      let closing = Task { await desk.close() }
      while !others[0].isCancelled { try await Task.sleep(for: .milliseconds(2)) }
      gate.signal()
      await closing.value
      #expect(([whole] + others).allSatisfy { $0.stage.isLast })
      _ = try await holding.value
      let names = await shelf.all.map(\.name)
      #expect(Set(names) == ["Kept", "Whole"])
      await #expect(throws: Refusal.self) {
        _ = try await desk.take(order(notes: 1), name: "Late")
      }
    }
  }
}
