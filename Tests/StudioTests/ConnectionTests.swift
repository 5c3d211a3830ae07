import Foundation
import Testing

@testable import Studio

extension ServedTests {
  /// A socket that is closed leaves its number to the next.
  struct ConnectionTests {
    @Test func `whoever comes after a conversation that the studio ended is answered`()
      async throws
    {
      try await StudioScene.run { (studio) async throws in
        let id = try await studio.piece(notes: 5)
        for _ in 0..<10 {
          let socket = try await studio.webSocket("/api/v1/pieces/\(id)/sound?from=0")
          #expect(try await socket.answer().status == 101)
          try await socket.send(Client.frame(1, Array("no request".utf8)))
          while try await socket.frame().opcode != 8 {}
          // The number is free now, and this side still holds its end.
          for _ in 0..<3 { #expect(try await studio.ask("GET", "/icon.svg").status == 200) }
          socket.close()
        }
      }
    }

    @Test func `a hundred clients that come and go at once are all answered`() async throws {
      try await StudioScene.run { (studio) async throws in
        let statuses = try await withThrowingTaskGroup(of: [Int].self) { group in
          for _ in 0..<100 {
            group.addTask {
              var statuses: [Int] = []
              for path in ["/", "/api/v1/models", "/api/v1/pieces"] {
                statuses.append(try await studio.ask("GET", path).status)
              }
              return statuses
            }
          }
          return try await group.reduce(into: []) { $0 += $1 }
        }
        #expect(statuses.count == 300)
        #expect(statuses.allSatisfy { $0 == 200 })
      }
    }
  }
}
